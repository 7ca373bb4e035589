//! By what somebody acts as an identity: tokens, Secrets with tokens, credentials that stand in pod templates.

use super::record::{Credential, CredentialKind};
use super::workloads::short;
use super::{Inventory, Subject};
use crate::graph::Runner;
use crate::graph::credential::token::{
    self, EXTENDED_LIFETIME, EXTENDED_REQUEST, Surface, annotated_lifetimes, created_tokens, projected_tokens,
};
use crate::graph::record::{Location, Recorder};
use crate::yaml::Node;

impl<'a> Inventory<'_, 'a> {
    pub(super) fn credentials(
        &self,
        subject: &Subject<'_, 'a>,
        recorder: Recorder<'_, 'a>,
    ) -> Vec<Credential> {
        let mut found: Vec<Credential> = Vec::new();
        for runner in &subject.runners {
            self.of_runner(runner, recorder, &mut found);
        }
        let annotations = subject.declared.and_then(|at| at.object.node.at(&["metadata", "annotations"]));
        let lifetimes = annotations.into_iter().flat_map(annotated_lifetimes);
        found.extend(lifetimes.map(|token| handed_out(&token, None, recorder)));
        for &secret in &subject.identity.token_secrets {
            let at = &self.graph.places[secret];
            let namespace = at.namespace.as_deref().unwrap_or("~");
            let location = recorder.location_of(at);
            let what = Some(format!("{namespace}/{}", at.object.name));
            found.push(Credential { what, ..plain(CredentialKind::StaticToken, location) });
        }
        found.sort_by(|a, b| key(a).cmp(&key(b)));
        found.dedup();
        found
    }

    fn of_runner(&self, runner: &Runner<'a>, recorder: Recorder<'_, 'a>, found: &mut Vec<Credential>) {
        let credentials = &self.graph.credentials;
        let at = self.graph.places.object_of(runner);
        let workload = Some(short(at));
        if !credentials.injected(runner).is_empty() {
            let location = match runner.workload.automount() {
                Some(entry) => recorder.location(entry.key.span()),
                None => recorder.location_of(at),
            };
            found.push(Credential {
                requested_seconds: Some(EXTENDED_REQUEST),
                effective_seconds: Some(EXTENDED_LIFETIME),
                workload: workload.clone(),
                ..plain(CredentialKind::InjectedToken, location)
            });
        }
        let made = runner.workload.containers.iter().flat_map(created_tokens);
        let pods = runner.workload.pod_annotations().into_iter().flat_map(annotated_lifetimes);
        let tokens = projected_tokens(runner).chain(made).chain(pods);
        found.extend(tokens.map(|token| handed_out(&token, workload.clone(), recorder)));
        for literal in credentials.in_runner(runner) {
            found.push(Credential {
                workload: workload.clone(),
                what: Some(literal.hit.what.clone()),
                ..plain(CredentialKind::Literal, recorder.location(literal.span()))
            });
        }
    }
}

/// One that does not end by itself.
fn plain(kind: CredentialKind, location: Location) -> Credential {
    Credential {
        kind,
        workload: None,
        what: None,
        audience: None,
        requested_seconds: None,
        effective_seconds: None,
        location,
    }
}

fn handed_out(
    token: &token::Credential<'_>,
    workload: Option<String>,
    recorder: Recorder<'_, '_>,
) -> Credential {
    let (kind, what) = match token.surface {
        Surface::Eks => (CredentialKind::CloudToken, Some("AWS")),
        Surface::Azure => (CredentialKind::CloudToken, Some("Azure")),
        Surface::Command => (CredentialKind::CreatedToken, None),
        Surface::Projected | Surface::Csi | Surface::SecretStore => (CredentialKind::ProjectedToken, None),
    };
    let written = token.number_span().unwrap_or_else(|| Node::span(token.entry.key));
    Credential {
        workload,
        what: what.map(str::to_owned),
        audience: token.audience.as_deref().filter(|_| what.is_none()).map(str::to_owned),
        requested_seconds: Some(token.requested),
        effective_seconds: Some(token.effective()),
        ..plain(kind, recorder.location(written))
    }
}

fn key(credential: &Credential) -> (CredentialKind, Option<&str>, Option<&str>, Option<&str>, &str, u32) {
    let Credential { kind, workload, what, audience, location, .. } = credential;
    (*kind, workload.as_deref(), what.as_deref(), audience.as_deref(), &location.file, location.line)
}
