//! The part of NHI401 about tokens in texts: in the data of Secrets and config maps, in kubeconfigs.

use jiff::Timestamp;

use crate::graph::{Literal, account_tokens};
use crate::rules::{Context, Emit};
use crate::secrets::Strength;
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
pub(super) fn kubeconfig(logins: &[Literal<'_>], emit: &mut Emit<'_>) {
    for literal in logins {
        if literal.hit.strength > Strength::DefaultWord {
            continue;
        }
        let message = format!("{} holds {}", literal.place, literal.hit.what);
        let draft = emit.part("kubeconfig", literal.node, literal.span(), message);
        draft.label("whoever reads the repository can log in with it");
        draft.note("A kubeconfig can name a program that gets a short-lived token (`exec`).");
    }
}

/// `2031-01-01`.
fn day(moment: Timestamp) -> String {
    moment.to_string().split('T').next().unwrap_or_default().to_owned()
}
