//! The part of NHI401 about tokens in texts: in the data of Secrets and config maps, in kubeconfigs.

use jiff::Timestamp;

use crate::graph::{Literal, Placed, account_tokens};
use crate::rules::{Context, Emit};
use crate::secrets::{Strength, jwt};
use crate::yaml::Node;

/// `node` is the scalar that the text is made from.
pub(super) fn text(node: Node<'_>, text: &str, context: &Context<'_>, emit: &mut Emit<'_>) {
    for token in account_tokens(text) {
        let now = context.settings.now.as_second();
        let until = token.expires.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let (form, how) = match (token.expires, until) {
            (Some(expires), _) if expires <= now => ("expired-text", "has expired".to_owned()),
            (Some(_), Some(until)) => ("bound-text", format!("is good until {}", day(until))),
            _ => ("text", "never expires".to_owned()),
        };
        // Of base64 the whole is pointed at: no part of it is the token.
        let span = match node.kept_text() {
            Some(written) if *written == *text => node.part(&token.range),
            _ => node.span(),
        };
        let account = token.account;
        let message = format!("a token of ServiceAccount `{account}` that {how}");
        let draft = emit.part(form, node, span, message);
        draft.label("whoever reads the repository is this account");
        draft.identity(account);
        draft.note("Deleting its Secret, or the pod or account that it is bound to, revokes it.");
    }
}

/// Logins of a kubeconfig, which clients send as they are.
pub(super) fn kubeconfig(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for literal in context.graph.credentials.in_object(placed) {
        if literal.hit.strength > Strength::DefaultWord {
            continue;
        }
        let message = format!("{} holds {}", literal.place, literal.hit.what);
        match end_of_login(literal, placed) {
            Some(end) if end <= context.settings.now => {
                let message = format!("{message} that has expired");
                emit.part("expired-text", literal.node, literal.span(), message)
                    .label("nobody can log in with it any more");
            }
            end => {
                let until = end.map(|end| format!(" that is good until {}", day(end))).unwrap_or_default();
                let message = format!("{message}{until}");
                emit.part("kubeconfig", literal.node, literal.span(), message)
                    .label("whoever reads the repository can log in with it");
            }
        }
    }
}

/// When a login of a kubeconfig ends, where that is written in the token, or beside it as the providers of client-go did
/// (`plugin/pkg/client/auth/gcp`, `azure`). What renews it has no end.
fn end_of_login(literal: &Literal<'_>, placed: &Placed<'_>) -> Option<Timestamp> {
    if let Some(token) = literal.node.text().and_then(|text| jwt(text.trim())) {
        return token.expires.and_then(|seconds| Timestamp::from_second(seconds).ok());
    }
    let providers = placed.object.node.all_at(&["users", "*", "user", "auth-provider", "config"]);
    let is_here = |config: &Node<'_>| config.get("access-token") == Some(literal.node);
    let config = providers.into_iter().find(is_here)?;
    let written = |key: &str| config.get(key).and_then(Node::text);
    let moment = written("expiry").and_then(|text| text.parse().ok());
    let seconds = || Timestamp::from_second(written("expires-on")?.parse().ok()?).ok();
    moment.or_else(seconds)
}

/// `2031-01-01`.
fn day(moment: Timestamp) -> String {
    moment.to_string().split('T').next().unwrap_or_default().to_owned()
}
