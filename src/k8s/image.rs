//! References to images.

/// The parts of a reference to an image; what is not written is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// The name, with registry and folders.
    pub repository: &'a str,
    /// What follows the colon.
    pub tag: &'a str,
    /// What follows the `@`.
    pub digest: &'a str,
}

impl<'a> Image<'a> {
    /// Splits a reference (kustomize `api/internal/image/image.go`, `Split`): a colon before the first slash is that of
    /// a port.
    #[must_use]
    pub fn parse(image: &'a str) -> Self {
        let from = image.find('/').unwrap_or(0);
        let at = image[from..].find('@').map(|at| at + from);
        let end = at.unwrap_or(image.len());
        let colon = image[from..end].find(':').map(|colon| colon + from);
        Self {
            repository: &image[..colon.unwrap_or(end)],
            tag: colon.map_or("", |colon| &image[colon + 1..end]),
            digest: at.map_or("", |at| &image[at + 1..]),
        }
    }
}
