//! The part of NHI403 about Vault agents: what they leave behind when a task ends.

use crate::graph::Runner;
use crate::k8s::task::{Task, VaultAgent, vault_agent};
use crate::rules::Emit;

/// A Vault agent whose token stays valid.
pub(super) fn check(runner: &Runner<'_>, task: &Task<'_>, emit: &mut Emit<'_>) {
    let Some((agent, annotation)) = vault_agent(&runner.workload) else {
        return;
    };
    let (form, message) = match agent {
        VaultAgent::KeepsToken => ("vault", "the Vault agent does not revoke its token when the task ends"),
        VaultAgent::HandsOver => {
            ("vault", "the Vault agent hands its token to the task, and nothing revokes it")
        }
        VaultAgent::InitOnly => {
            ("vault-init", "the Vault agent ends before the task, so its token is not revoked")
        }
    };
    let draft = emit.key(form, task.spec, message);
    draft.related(annotation.key.span(), "this decides what the agent leaves behind");
    if agent == VaultAgent::InitOnly {
        draft
            .note("Its token works until the lifetime of its Vault role ends: keep `token_ttl` short there.");
    }
}
