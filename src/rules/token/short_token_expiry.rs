//! NHI402: a token lives longer than it should, or the API server does not do what is asked.

use crate::finding::{Applicability, Operation};
use crate::graph::credential::api_server::{of_container, of_kubeadm};
use crate::graph::credential::token::{
    AZURE_RANGE, Credential, DEFAULT_LIFETIME, EKS_EXPIRATION, EKS_LIFETIME, EXTENDED_REQUEST, SHORTEST,
    Surface, annotated_lifetimes, created_tokens, declared_tokens, projected_tokens,
};
use crate::graph::{Placed, Runner};
use crate::k8s::duration::in_words;
use crate::rules::emit::change;
use crate::rules::token::api_server_expiry;
use crate::rules::{Context, Emit, SHOWN};

/// Longer than this is too long in every preset.
const DAY: i64 = 24 * 3600;

pub(crate) fn workload(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let containers = &runner.workload.containers;
    let annotations = runner.workload.pod_annotations();
    let tokens = projected_tokens(runner)
        .chain(annotations.into_iter().flat_map(annotated_lifetimes))
        .chain(containers.iter().flat_map(created_tokens));
    for token in tokens {
        judge(&token, runner.workload.run.word(), context.graph.places.object_of(runner), context, emit);
    }
    for server in containers.iter().filter_map(of_container) {
        api_server_expiry::check(&server, emit);
    }
}

pub(crate) fn object(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for token in declared_tokens(&placed.object) {
        judge(&token, "service", placed, context, emit);
    }
    if let Some(server) = of_kubeadm(&placed.object) {
        api_server_expiry::check(&server, emit);
    }
    if placed.object.is("", "ServiceAccount") {
        let annotations = placed.object.node.at(&["metadata", "annotations"]);
        for token in annotations.into_iter().flat_map(annotated_lifetimes) {
            judge(&token, "service", placed, context, emit);
        }
        unset(placed, context, emit);
    }
}

/// A role of EKS that says no lifetime, for a job: the webhook takes a day.
fn unset(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let most = context.settings.number(context.rule, "cloudMaxSeconds");
    let found = context.graph.credentials.unset_cloud_lifetime(placed);
    let Some((role, jobs)) = found.filter(|_| EKS_LIFETIME > most) else { return };
    let limit = in_words(most);
    let message =
        format!("no expiry is set, so the role's token lives for 24 h; the limit for a job is {limit}");
    let draft = emit.key("unset-cloud", role, message);
    draft.label("EKS takes 86400 seconds unless told otherwise");
    for job in jobs.into_iter().take(SHOWN) {
        draft.related(job, "this job gets the token");
    }
    let line = Operation::Insert(format!("{EKS_EXPIRATION}: \"{most}\""));
    let annotations = placed.object.node.at(&["metadata", "annotations"]);
    let set = annotations.and_then(|annotations| change(placed, annotations, line));
    draft.fix(Applicability::Unsafe, "say how long the token lives", set);
}

fn judge(token: &Credential<'_>, class: &str, at: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let (settings, rule, seconds) = (context.settings, context.rule, token.requested);
    let cloud = matches!(token.surface, Surface::Eks | Surface::Azure);
    let of_class = || settings.number_of(rule, "maxSeconds", class);
    let most = if cloud { settings.number(rule, "cloudMaxSeconds") } else { of_class() };
    let form = match token.surface {
        Surface::Azure if !AZURE_RANGE.contains(&seconds) => "out-of-range",
        _ if seconds < SHORTEST && !cloud => "under-min",
        _ if token.is_extended() => "extended",
        _ if seconds > DAY => "over-day",
        // What admission itself asks for: an hour, and seven seconds that are no flaw.
        _ if seconds == EXTENDED_REQUEST && most == DEFAULT_LIFETIME => return,
        _ if seconds > most && cloud => "cloud-over-max",
        _ if seconds > most => "over-max",
        _ => return,
    };
    let message = match form {
        "out-of-range" => format!("{seconds} s is refused by Azure's webhook, which takes 3600 to 86400"),
        "under-min" => format!("{seconds} s is rejected by the API server, which takes {SHORTEST} or more"),
        "extended" => "exactly 3607 s silently becomes up to 365 days; ask for 3600".to_owned(),
        _ => {
            let (lives, limit) = (in_words(seconds), in_words(most));
            let what = match (cloud, class) {
                (true, _) => "cloud token",
                (false, "node") => "node agent",
                (false, class) => class,
            };
            format!("the token lives for {lives}; the limit for a {what} is {limit}")
        }
    };
    let (draft, place) = match (&token.written, token.number_span()) {
        (Some((node, _)), Some(span)) => {
            (emit.part(form, *node, span, message).label("asked for here"), *node)
        }
        _ => (emit.key(form, token.entry, message).label("unset is 1 h"), token.entry.value),
    };
    if let Some(audience) = token.audience.as_ref().filter(|_| !cloud) {
        draft.note(format!("The token is for `{audience}`."));
    }
    let wanted = most.clamp(SHORTEST, seconds.max(SHORTEST));
    let operation = match token.surface {
        Surface::Command => return,
        Surface::Eks | Surface::Azure => Operation::Set(format!("\"{most}\"")),
        _ if token.written.is_some() => Operation::Set(wanted.to_string()),
        _ => Operation::Insert(format!("expirationSeconds: {wanted}")),
    };
    let set = change(at, place, operation);
    draft.fix(Applicability::Unsafe, "let the token live as long as it is needed", set);
}
