//! What the bytes of a file are: text, or something that is no manifest.

use std::sync::Arc;

/// Bytes of a file, as text. A clone shares the text.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Manifest(Arc<str>),
    /// Encrypted as a whole by git-crypt: nothing in it is in the open.
    Encrypted,
    /// In the place of a file that Git LFS keeps elsewhere.
    Elsewhere,
    /// Not UTF-8; the offset of the first byte that is not.
    Binary(Arc<str>, usize),
}

/// How a pointer of Git LFS begins (its specification, "The pointer").
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// Reads bytes as text. `in_place`: they stand in a file of the tree, where a pointer of Git LFS may stand for them.
pub(super) fn decode(bytes: Vec<u8>, in_place: bool) -> Text {
    if in_place && bytes.starts_with(LFS_POINTER) {
        return Text::Elsewhere;
    }
    // Files of git-crypt begin with this (its documentation, "File format").
    if bytes.starts_with(b"\0GITCRYPT\0") {
        return Text::Encrypted;
    }
    if let Some(text) = utf16(&bytes) {
        return Text::Manifest(text.into());
    }
    match String::from_utf8(bytes) {
        Ok(text) => match memchr::memchr(0, text.as_bytes()) {
            None => Text::Manifest(text.into()),
            Some(at) => Text::Binary(text.into(), at),
        },
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Text::Binary(String::from_utf8_lossy(error.as_bytes()).into(), at)
        }
    }
}

/// Text in UTF-16, which kubectl and kustomize read where a byte order mark says so (goyaml, `readerc.go`).
fn utf16(bytes: &[u8]) -> Option<String> {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let pairs = rest.chunks_exact(2);
    let is_whole = pairs.remainder().is_empty();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .ok()
        .filter(|text| is_whole && !text.contains('\0'))
}
