//! What a child wrote to standard error, made fit for people.

/// Bytes of a complaint that are kept, half of its start and half of its end.
const KEPT: usize = 64 << 10;

/// The bytes as text that cannot steer a terminal: no control characters but line ends, nothing that turns the writing
/// direction or hides, at most 64 KiB; without the path of the scratch folder, which differs from run to run.
#[must_use]
pub fn printable(bytes: &[u8], scratch: Option<&str>) -> String {
    let text = if bytes.len() > KEPT {
        let (start, end) = (&bytes[..KEPT / 2], &bytes[bytes.len() - KEPT / 2..]);
        format!("{}\n…\n{}", String::from_utf8_lossy(start), String::from_utf8_lossy(end))
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    let text = match scratch {
        Some(path) => text.replace(&format!("{path}/"), "").replace(path, "."),
        None => text,
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => skip_escape(&mut rest),
            '\t' => out.push(' '),
            '\n' => out.push('\n'),
            _ if character.is_control() || hides(character) => {}
            _ => out.push(character),
        }
    }
    out
}

/// Skips what a terminal takes for one command: `ESC [ … letter`, `ESC ] … BEL`, else one character.
fn skip_escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let ends: fn(char) -> bool = match rest.next() {
        Some('[') => |c| ('\u{40}'..='\u{7e}').contains(&c),
        Some(']') => |c| matches!(c, '\u{7}' | '\n'),
        _ => return,
    };
    for character in rest.by_ref().take(64) {
        if ends(character) {
            break;
        }
    }
}

/// Characters that turn the direction of the text or have no width.
fn hides(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}
