//! What operators deploy that nothing here follows: said, and counted.

use nhilint::catalog::Preset;
use nhilint::finding::{Form, Report};

use crate::bench::{catalog, lint_files, settings};

fn report(api_version: &str, kind: &str) -> Report {
    let catalog = catalog();
    let settings = settings(&catalog, Preset::Recommended);
    let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: outer}}\nspec: {{}}\n");
    lint_files(&[("a.yaml", &text)], &settings, &catalog).0
}

#[test]
fn what_other_deployers_name_is_said_to_be_not_judged() {
    for (api_version, kind) in [
        ("helm.cattle.io/v1", "HelmChart"),
        ("fleet.cattle.io/v1alpha1", "GitRepo"),
        ("kappctrl.k14s.io/v1alpha1", "App"),
        ("helm.crossplane.io/v1beta1", "Release"),
        ("config.projectsveltos.io/v1beta1", "ClusterProfile"),
        ("fluxcd.controlplane.io/v1", "FluxInstance"),
        ("infra.contrib.fluxcd.io/v1alpha2", "Terraform"),
    ] {
        let found = report(api_version, kind);
        let said = found.findings.iter().find(|finding| finding.form == Form::UNRESOLVED);
        let said = said.map(|finding| finding.message.as_str());
        assert_eq!(said, Some(&*format!("what the `{kind}` deploys is not judged")), "{kind}");
        assert!(found.summary.unjudged.iter().any(|unjudged| unjudged.count > 0), "{kind}");
    }
    let other = report("example.org/v1", "Release");
    assert!(other.findings.iter().all(|finding| finding.form != Form::UNRESOLVED));
}
