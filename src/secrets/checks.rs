//! What a match of a pattern must still pass: that it is a token and no filler, code, comment or torn key.

use super::forms::is_base64;

/// How far the end of a private key is looked for.
const LONGEST_KEY: usize = 16 * 1024;
/// How far back the beginning of a line is looked for.
const LONGEST_LINE: usize = 512;

/// Whether a token may begin here: not inside a word.
pub(super) fn begins_word(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !(is_word(bytes[at]) && at > 0 && is_word(bytes[at - 1]))
}

pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-+/=.~".contains(&byte)
}

/// `ghp_xxxxxxxx…`, `AKIA…EXAMPLE`: shows the format.
pub(super) fn is_filler(token: &str) -> bool {
    let mut run = 1;
    let mut previous = 0;
    for byte in token.bytes() {
        run = if byte == previous { run + 1 } else { 1 };
        if run >= 8 {
            return true;
        }
        previous = byte;
    }
    token.contains("EXAMPLE") || token.contains("example")
}

/// `getpass()`, `args.password`, `config["x"]`: program text.
pub(super) fn is_expression(value: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    let words = value.bytes().take_while(|byte| is_word(*byte)).count();
    let is_path =
        value[..words].split('.').all(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    let rest = &value[words..];
    is_path && (value[..words].contains('.') && ["", ")"].contains(&rest) || rest.starts_with(['(', '[']))
}

/// Whether a place stands in a comment: what is shown there is an example.
pub(super) fn is_comment(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[at.saturating_sub(LONGEST_LINE)..at];
    let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let line = before[line..].trim_ascii_start();
    line.starts_with(b"#") || line.starts_with(b"//")
}

/// The end of a private key whose header ends at `from`; `None` where no body follows, as in documentation.
pub(super) fn pem_end(text: &str, from: usize) -> Option<usize> {
    let limit = text.floor_char_boundary(from + LONGEST_KEY);
    let rest = &text[from..limit];
    let body_end = rest.find("-----").unwrap_or(rest.len());
    let body = &rest[..body_end];
    let letters = body.bytes().filter(|byte| is_base64(*byte)).take(64).count();
    let mut seen = [false; 128];
    for byte in body.bytes().filter(u8::is_ascii_alphanumeric) {
        seen[usize::from(byte)] = true;
    }
    let is_filler = seen.iter().filter(|seen| **seen).count() < 12;
    if letters < 64
        || is_filler
        || body.contains("...")
        || body.contains('<')
        || body.contains("${")
        || body.contains("{{")
    {
        return None;
    }
    let footer = rest[body_end..].strip_prefix("-----END ").and_then(|footer| footer.find("-----"));
    Some(from + body_end + footer.map_or(0, |at| "-----END ".len() + at + "-----".len()))
}

/// Whether a text holds a long word in which letters and digits alternate as only machines write them.
pub(super) fn has_random_word(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        let changes = word
            .as_bytes()
            .windows(2)
            .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
            .count();
        word.len() >= 20 && changes >= 4
    })
}
