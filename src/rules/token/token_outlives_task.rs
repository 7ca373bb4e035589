//! NHI403: a task ends, and its token does not.

use crate::finding::{Applicability, Operation};
use crate::graph::credential::mounted::outliving;
use crate::graph::credential::token::SHORTEST;
use crate::graph::{Placed, Runner};
use crate::k8s::duration::in_words;
use crate::k8s::task::{Deadline, Task, task};
use crate::rules::emit::change;
use crate::rules::token::deployed_job::{deletion, is_applied_again, propose_hook};
use crate::rules::token::limits;
use crate::rules::token::period::period;
use crate::rules::token::vault_token;
use crate::rules::{Context, Draft, Emit};

const STOP_AND_DELETE: &str = "stop it after a while, and delete it when it is done";

pub(crate) fn check(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let (graph, at) = (context.graph, context.graph.places.object_of(runner));
    let found = task(&at.object, &runner.workload).filter(|task| !at.partial && !task.suspended);
    let Some(task) = found else { return };
    let slack = context.settings.number(context.rule, "slackSeconds");
    vault_token::check(runner, &task, emit);
    lifetime(runner, &task, slack, at, emit);
    let injected = !graph.credentials.injected(runner).is_empty();
    let retained = injected && task.kept.exceeds(slack);
    let name = runner.account.name().unwrap_or_default();
    let endless = task.deadline == Deadline::None;
    if retained && graph.grants.holds_more_than_floor(at, name) == Some(true) {
        let draft = keep("retained", &task, slack, at, emit);
        if endless {
            draft.note("Nothing stops it either, should it hang: it has no deadline.");
        }
    } else if endless && (injected || graph.credentials.holds_other_token(runner)) {
        let draft =
            emit.key("no-deadline", task.spec, "no deadline: a task that hangs keeps its token for good");
        draft.label("a limit for its run belongs here");
        if retained {
            draft.note(format!("The finished pod is kept {}, with a token that works.", task.kept));
        }
        let stopping = task.stopping(period(at));
        let deleting = Some(task.deleting(slack)).filter(|_| retained && !is_applied_again(at));
        let title = match deleting {
            Some(_) => STOP_AND_DELETE,
            None => "stop it after a while",
        };
        // Where the pod stays all the same, a deadline alone brings `retained-idle`.
        let is_whole = deleting.is_some() || !retained;
        let trust = if is_whole && !task.waits() { Applicability::Unsafe } else { Applicability::Suggest };
        limits::set(
            &task,
            at,
            std::iter::once(stopping).chain(deleting.into_iter().flatten()),
            (trust, title),
            draft,
        );
    } else if retained {
        keep("retained-idle", &task, slack, at, emit);
    }
}

/// A projected token that is good for longer than the task may run, in a pod that stays.
fn lifetime(runner: &Runner<'_>, task: &Task<'_>, slack: i64, at: &Placed<'_>, emit: &mut Emit<'_>) {
    let Some(deadline) = task.deadline.seconds().filter(|_| !task.kept.ends_within(slack)) else { return };
    let tokens = outliving(runner, deadline.saturating_add(slack));
    let Some(longest) = tokens.iter().map(|token| token.requested).max() else {
        return;
    };
    let (token, end) = (in_words(longest), in_words(deadline));
    let message = format!("a token lives for {token}, but the task for {end} at most");
    let draft = emit.key("outlives-deadline", task.spec, message);
    draft.label("the task ends; its pod and its token stay");
    draft.note(format!("The finished pod is kept {}, and its tokens with it.", task.kept));
    let wanted = deadline.max(SHORTEST).to_string();
    let mut changes = Vec::new();
    for token in &tokens {
        let place = token.number_span().unwrap_or(token.entry.key.span());
        draft.related(place, format!("this one lives for {}", in_words(token.requested)));
        changes.extend(match &token.written {
            Some((seconds, _)) => change(at, *seconds, Operation::Set(wanted.clone())),
            None => change(at, token.entry.value, Operation::Insert(format!("expirationSeconds: {wanted}"))),
        });
    }
    draft.fix(Applicability::Unsafe, "let the token end with the task", changes);
}

/// A finished pod that is kept, and the injected token with it.
fn keep<'m>(
    form: &'static str,
    task: &Task<'_>,
    slack: i64,
    at: &Placed<'_>,
    emit: &'m mut Emit<'_>,
) -> &'m mut Draft {
    let message = format!("the finished pod is kept {}, and its API token works until then", task.kept);
    let draft = emit.key(form, task.spec, message);
    draft.label("the token ends with the pod, not with the task");
    draft.note("The injected token asks for 3607 seconds and gets up to 365 days (EKS: 90).");
    let (trust, delete) = deletion(at, draft);
    // One that could hang for good has both at once: else the next run would find that it has no deadline.
    let is_endless = task.deadline == Deadline::None && !task.waits() && trust == Applicability::Unsafe;
    let stopping = is_endless.then(|| task.stopping(period(at)));
    let title = if is_endless { STOP_AND_DELETE } else { delete };
    if !propose_hook(at, draft) {
        limits::set(task, at, stopping.into_iter().chain(task.deleting(slack)), (trust, title), draft);
    }
    draft
}
