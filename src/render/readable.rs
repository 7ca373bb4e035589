//! What can be read in a file that is no text to the last byte.

/// A file as Helm reads it: bytes that are no UTF-8 stop nothing. Each of these is shown as `?`, so that places stay.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn places_stay() {
        assert_eq!(readable(b"{{/* caf\xe9 */}}{{ if .a }}\xf0\x9f"), "{{/* caf? */}}{{ if .a }}??");
        assert_eq!(readable("é".as_bytes()), "é");
    }
}
