//! What a credential that is written down is called, and what is said of where it stands.

use crate::graph::Literal;
use crate::k8s::container::Container;
use crate::render::Made;
use crate::rules::{Context, Draft};
use crate::secrets::Strength;

/// The form of NHI201 and NHI202 for a credential of a kind.
pub(super) fn form(strength: Strength, kind: &str) -> &'static str {
    match strength {
        Strength::Vendor => "format",
        Strength::Named => "named",
        Strength::DefaultWord => "default-credential",
        Strength::TemplateWord => "template-word",
        Strength::PublicOrHash if kind == "password-hash" => "hash",
        Strength::PublicOrHash => "identifier",
    }
}

/// What helps where the kubelet asks the container with a credential, which takes nothing from a Secret or a file.
pub(super) fn asked(literal: &Literal<'_>) -> Option<&'static str> {
    let place = literal.place.as_str();
    let is_hook = ["postStart", "preStop"].iter().any(|hook| place.ends_with(&format!("of `{hook}`")));
    if !place.starts_with("header `") && !place.starts_with("the path of ") {
        None
    } else if is_hook {
        Some(
            "rotate the credential, and let `exec` make the call, with the credential read from a mounted file.",
        )
    } else {
        Some(
            "rotate the credential, and probe without it: by `tcpSocket`, by an address that asks for none, or by `exec` \
             with the credential read from a mounted file.",
        )
    }
}

/// Says where it stands and what follows from that. A comment that asks for another value says that this one may be
/// nobody's; it changes no severity.
pub(super) fn say_where(
    literal: &Literal<'_>,
    form: &str,
    made: Option<&Made>,
    context: &Context<'_>,
    draft: &mut Draft,
) {
    let container = literal.container.map(Container::name);
    match container.filter(|name| !name.is_empty()) {
        Some(name) => draft.label(format!("given to container `{name}`")),
        None if form == "generated" => draft.label("stands in no file"),
        None => draft.label("stands in the repository"),
    };
    let note = match form {
        "format" | "named" if context.graph.places.asks_to_replace(literal.span()) => {
            "Rotate it, unless it is still the example that the comment beside it asks to replace."
        }
        "format" | "named" => "Rotate it: taking it out of the manifest leaves it in git history.",
        "default-credential" => "It is among the first that anybody tries.",
        "generated" => "It was rendered twice, and this differed: it stands in no file.",
        _ => return,
    };
    draft.note(note);
    if form == "generated" && made.is_some_and(|made| !made.is_kept) {
        let loser = if literal.container.is_some() {
            "the pods are started anew"
        } else {
            "what uses the old one fails"
        };
        draft.step(1, format!("Each rendering makes another, and {loser}."));
    }
}
