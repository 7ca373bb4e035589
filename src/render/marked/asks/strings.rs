//! The strings of Go's templates, as they are meant.

use std::borrow::Cow;

use super::super::words::string;

/// What a string means, if the word is one: its escapes are read as Go reads them (`strconv.Unquote`).
pub(super) fn text_of(word: &str) -> Option<Cow<'_, str>> {
    if let Some(plain) = string(word) {
        return Some(Cow::Borrowed(plain));
    }
    let inside = word.strip_prefix('"')?.strip_suffix('"')?;
    Some(Cow::Owned(unescaped(inside)))
}

/// The text of a string with escapes. What is no escape stays: Go refuses such a template.
pub(in crate::render) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let (length, meant) = meant(escape).unwrap_or((0, b"\\".to_vec()));
        bytes.extend(meant);
        rest = escape.get(length..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How long the escape at the start is, after its backslash, and what it means.
fn meant(escape: &str) -> Option<(usize, Vec<u8>)> {
    let first = escape.chars().next()?;
    let digits = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0'..='7' => {
            let number = u16::from_str_radix(escape.get(..3)?, 8).ok()?;
            return Some((3, vec![u8::try_from(number).ok()?]));
        }
        _ => {
            let byte = match first {
                'a' => 0x07,
                'b' => 0x08,
                'f' => 0x0c,
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                'v' => 0x0b,
                '\\' | '"' | '\'' => u8::try_from(first).ok()?,
                _ => return None,
            };
            return Some((1, vec![byte]));
        }
    };
    let number = u32::from_str_radix(escape.get(1..=digits)?, 16).ok()?;
    let bytes = match digits {
        2 => vec![u8::try_from(number).ok()?],
        _ => char::from_u32(number)?.to_string().into_bytes(),
    };
    Some((1 + digits, bytes))
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn escapes_are_read_as_go_reads_them() {
        for (word, meant) in [
            (r#""a.io/v1""#, "a.io/v1"),
            (r"`a\n`", r"a\n"),
            (r#""a.\u0069o/v\x31""#, "a.io/v1"),
            (r#""\U00000061\056io""#, "a.io"),
            (r#""a\"b\\n\n""#, "a\"b\\n\n"),
            (r#""\xc3\xa9""#, "é"),
            (r#""a\q""#, r"a\q"),
        ] {
            assert_eq!(text_of(word).as_deref(), Some(meant), "{word}");
        }
        assert!(text_of("a").is_none() && text_of("\"a").is_none());
    }
}
