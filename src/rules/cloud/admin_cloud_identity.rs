//! NHI603: an identity that is an administrator of the cloud.

use crate::graph::Placed;
use crate::graph::cloud::identity::CloudIdentity;
use crate::k8s::cloud::{admin_clauses, short_name};
use crate::rules::{Context, Draft, Emit};

/// Words in the names of identities that are administrators.
const WORDS: [&str; 8] =
    ["admin", "administrator", "poweruser", "owner", "root", "fullaccess", "superuser", "god"];

/// Longer texts are shown by their start.
const SHOWN: usize = 48;

pub(crate) fn policies(placed: &Placed<'_>, _: &Context<'_>, emit: &mut Emit<'_>) {
    for clause in admin_clauses(&placed.object) {
        let text: String = clause.text().chars().take(SHOWN).collect();
        let shown = text.rsplit("policy/").next().unwrap_or(&text);
        let draft = emit.part("policy", clause.node, clause.span(), format!("`{shown}` {}", clause.what));
        draft.label("whoever takes the identity may do so too").subject(text.clone());
        if placed.object.node.get("spec").is_some_and(|spec| {
            let settings = spec.get("forProvider").unwrap_or(spec);
            ["permissionsBoundary", "permissionsBoundaryRef"].iter().any(|key| settings.get(key).is_some())
        }) {
            draft.step(-1, "A permissions boundary limits it; that is not judged here.");
        }
    }
}

pub(crate) fn names(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    for identity in graph.cloud.identities() {
        let name = short_name(&identity.named.identity);
        let Some(word) = admin_word(name) else { continue };
        let placed = &graph.places[identity.object];
        if placed.partial || is_own_word(identity, word, context) || graph.cloud.is_repeated(identity) {
            continue;
        }
        let noun = identity.named.provider.noun();
        let mut emit = Emit::object(context.rule, placed, drafts);
        let message = format!("`{name}` is an administrator by its name");
        let draft = emit.part("name", identity.named.node, identity.named.span(), message);
        draft.label(format!("the {noun} of `{}`", identity.holder()));
        draft.identity(identity.holder()).subject(&identity.named.identity);
        draft.note(
            "Its policies are not in the input; if they are narrow, a name that says so helps reviewers.",
        );
    }
}

/// The word of a name that says that it is an administrator's.
fn admin_word(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let words = || lower.split(|c: char| !c.is_ascii_alphanumeric());
    let glued = [("power", "user", "poweruser"), ("full", "access", "fullaccess")];
    let pair = || {
        words().zip(words().skip(1)).find_map(|(one, two)| {
            glued
                .into_iter()
                .find(|(first, second, _)| *first == one && *second == two)
                .map(|(_, _, word)| word)
        })
    };
    words()
        .find_map(|word| WORDS.into_iter().find(|known| word == *known || word == format!("{known}access")))
        .or_else(pair)
}

/// Whether the word is that of the program: `content-admin` runs as a role of that name.
fn is_own_word(identity: &CloudIdentity<'_>, word: &str, context: &Context<'_>) -> bool {
    let graph = context.graph;
    let Some((namespace, account)) = &identity.account else { return false };
    let at = &graph.places[identity.object];
    let has_word = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word);
    graph.places.users_of(at, namespace.as_deref(), account).into_iter().any(|user| {
        let images = user.workload.containers.iter().map(|container| container.image());
        images.into_iter().any(|image| has_word(image.rsplit('/').next().unwrap_or_default()))
    })
}
