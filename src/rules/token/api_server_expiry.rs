//! The part of NHI402 about the API server: it extends tokens, and limits none, unless its flags say otherwise.

use crate::graph::credential::api_server::ApiServer;
use crate::k8s::duration::in_words;
use crate::rules::Emit;

/// Longer than this is no limit.
const DAY: i64 = 24 * 3600;

pub(super) fn check(server: &ApiServer<'_>, emit: &mut Emit<'_>) {
    match server.extends {
        Some((_, false)) => {}
        Some((node, true)) => {
            let message = "the API server makes the tokens of pods live for 365 days; say `false`";
            emit.at("extending", node, message).label("set here");
        }
        None => {
            let message =
                "the API server makes the tokens of pods live for 365 days unless its flags say otherwise";
            let draft = emit.key("extending", server.flags, message);
            draft.label("`service-account-extend-token-expiration` is not set");
        }
    }
    match server.longest {
        Some((node, seconds)) if seconds > DAY => {
            let message = format!("tokens may be asked for up to {}; a day is enough", in_words(seconds));
            emit.at("unlimited", node, message).label("set here");
        }
        Some((_, seconds)) if seconds > 0 => {}
        _ => {
            let message = "tokens may be asked for without limit: no maximum is set for the API server";
            let draft = emit.key("unlimited", server.flags, message);
            draft.label("`service-account-max-token-expiration` is not set");
        }
    }
}
