//! Tokens as steps: in Secrets, in pods, and across renders.

use nhilint::graph::reach::Confidence;
use nhilint::graph::tables::tier::Tier;

use crate::reach::{is_cut_by_any_binding, may, runs, seen, strong, with_reach};

#[test]
fn a_secret_with_a_token_is_the_account() {
    let token = "---\napiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\n\
        metadata: {name: operator-token, namespace: shop, annotations: {kubernetes.io/service-account.name: operator}}\n";
    for resources in ["secrets", "secrets=operator-token"] {
        let text = runs("shop/ci")
            + &may("shop/ci", Some("shop"), &[("get, list", "", resources)])
            + token
            + &strong("shop/operator");
        is_cut_by_any_binding(&text, "shop/ci", &["secret.read > shop/operator", "rbac.bind.used > T0"]);
    }
    let other = runs("shop/ci")
        + &may("shop/ci", Some("shop"), &[("get", "", "secrets=app")])
        + token
        + &strong("shop/operator");
    assert_ne!(seen(&other, "shop/ci").reachable, Tier::T0);
}

#[test]
fn a_token_in_a_secret_is_the_account_wherever_the_secret_is() {
    use base64::Engine as _;
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = format!(
        "{}.{}.{}",
        part("{\"alg\": \"RS256\"}"),
        part("{\"iss\": \"kubernetes/serviceaccount\", \"sub\": \"system:serviceaccount:shop:operator\"}"),
        part("a signature of some forty bytes, as they are")
    );
    let kubeconfig = format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: remote, namespace: tools}}\nstringData: {{kubeconfig: \"users: [{{user: {{token: {token}}}}}]\"}}\n"
    );
    let reader = |space: &str| runs("shop/ci") + &may("shop/ci", Some(space), &[("list", "", "secrets")]);
    let text = reader("tools") + &kubeconfig + &strong("shop/operator");
    is_cut_by_any_binding(&text, "shop/ci", &["secret.read > shop/operator", "rbac.bind.used > T0"]);
    assert_ne!(
        seen(&(reader("shop") + &kubeconfig + &strong("shop/operator")), "shop/ci").reachable,
        Tier::T0
    );
}

#[test]
fn pods_without_a_token_give_none_away() {
    let text = runs("shop/ci")
        + &may("shop/ci", Some("shop"), &[("create", "", "pods/exec")])
        + &strong("shop/operator");
    let unmounted = text.replace(
        "serviceAccountName: operator,",
        "serviceAccountName: operator, automountServiceAccountToken: false,",
    );
    assert_eq!(seen(&unmounted, "shop/ci").reachable, Tier::T2);
    // Whoever runs pods mounts the token themselves.
    let made = unmounted.replace("pods/exec", "pods");
    assert_eq!(seen(&made, "shop/ci").reachable, Tier::T0);
}

#[test]
fn a_render_beside_plain_files_may_be_of_another_cluster() {
    let plain = runs("shop/ci") + &may("shop/ci", Some("shop"), &[("create", "", "pods")]);
    let rendered = strong("shop/operator").replace("---\n", "---\n# Source: operator/templates/all.yaml\n");
    let files = [("rbac/ci.yaml", plain.as_str()), ("rendered/operator.yaml", &rendered)];
    let found = with_reach(&files, |_, reach| {
        let mut ci = reach.standings.iter().filter(|one| reach.net[one.identity].name == "ci");
        ci.next().map(|standing| (standing.reachable, standing.confidence))
    });
    assert_eq!(found, Some((Tier::T0, Confidence::Possible)));
}
