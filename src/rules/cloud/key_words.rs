//! What NHI601 calls a key that a container is given.

use crate::graph::credential::static_keys::{StaticKey, Surface};

/// What the key is, as far as its name and the names beside it say.
pub(super) fn words(key: &StaticKey<'_>) -> String {
    let name = &key.name;
    if key.clouds().len() > 1 {
        return format!("`{name}` is the file of a key of some cloud, which never expires");
    }
    if let Some(opaque) = key.opaque() {
        let file = if key.surface == Surface::File { "the file of " } else { "" };
        return format!("`{name}` is {file}{opaque}: a key among them never expires");
    }
    let what = &key.kind.what;
    match key.surface {
        Surface::Literal | Surface::Variable => format!("`{name}` is {what}, which never expires"),
        Surface::Injected => format!("`{name}` of the Secret is {what}, which never expires"),
        Surface::File => format!("`{name}` is the file of {what}, which never expires"),
    }
}
