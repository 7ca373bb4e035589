//! What kubectl reads in a file is what is judged, however it is written.

use nhilint::catalog::Preset;
use nhilint::finding::{Finding, Form, Report, Severity};
use nhilint::yaml::split;

use crate::bench::{catalog, lint_files, lint_path, settings};

/// A binding that gives everything, without its type.
const BODY: &str = "\"metadata\": {\"name\": \"helm-crew\"}, \
    \"subjects\": [{\"kind\": \"ServiceAccount\", \"name\": \"mate\", \"namespace\": \"deck\"}], \
    \"roleRef\": {\"apiGroup\": \"rbac.authorization.k8s.io\", \"kind\": \"ClusterRole\", \"name\": \"cluster-admin\"}";

/// Its type.
const TYPE: &str = "\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"ClusterRoleBinding\"";

/// Something harmless.
const MAP: &str =
    r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "chart", "namespace": "deck"}}"#;

fn lint(name: &str, text: &str) -> Report {
    let catalog = catalog();
    lint_files(&[(name, text)], &settings(&catalog, Preset::Recommended), &catalog).0
}

fn gives_everything(report: &Report) -> bool {
    report.findings.iter().any(|finding| finding.rule.to_string() == "NHI501")
}

fn nested_lists(depth: usize) -> String {
    let (open, close) =
        (r#"{"apiVersion": "v1", "kind": "List", "items": ["#.repeat(depth), "]}".repeat(depth));
    format!("{open}{{{TYPE}, {BODY}}}{close}")
}

#[test]
fn a_flaw_is_found_in_every_form_that_kubectl_takes() {
    let binding = format!("{{{TYPE}, {BODY}}}");
    let list = |head: &str, items: &str| format!("{{{head}, \"items\": [{items}]}}");
    let of_type = r#""apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBindingList""#;
    let plain = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: helm-crew}\n\
        subjects: [{kind: ServiceAccount, name: mate, namespace: deck}]\n";
    let role = "{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}";
    let binary =
        "{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: !!binary Y2x1c3Rlci1hZG1pbg==}";
    let deep = format!("{{x: {}{}}}", "[".repeat(600), "]".repeat(600));
    for (what, text) in [
        ("an item of a typed list", list(of_type, &format!("{{{BODY}}}"))),
        ("a list without a version", list(r#""kind": "List""#, &binding)),
        ("a list by another name", list(r#""apiVersion": "v1", "kind": "ConfigMap""#, &binding)),
        ("lists in lists", nested_lists(12)),
        (
            "an item beside one that is nested deeply",
            list(r#""apiVersion": "v1", "kind": "List""#, &format!("{deep}, {binding}")),
        ),
        ("a value in base64", format!("{plain}roleRef: {binary}\n")),
        ("a key in base64", format!("{plain}!!binary cm9sZVJlZg==: {role}\n")),
        ("a key in a block", format!("{plain}? >-\n  roleRef\n: {role}\n")),
        ("JSON after JSON", format!("{MAP}{binding}")),
        ("JSON after JSON and lines", format!("{MAP}\n\n  {MAP}\n{binding}\n")),
        ("YAML after JSON", format!("{MAP}\n{plain}roleRef: {role}\n")),
        ("YAML after JSON in one line", format!("{MAP}  {plain}roleRef: {role}\n")),
        ("YAML after JSON and a marker", format!("{MAP}---\n{plain}roleRef: {role}\n")),
    ] {
        assert!(gives_everything(&lint("deck.yaml", &text)), "{what}");
    }
}

#[test]
fn what_kubectl_reads_otherwise_is_not_found() {
    let of_type = r#""apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBindingList""#;
    for (what, text) in [
        (
            "a type of its own",
            format!(r#"{{{of_type}, "items": [{{"apiVersion": "v1", "kind": "ConfigMap", {BODY}}}]}}"#),
        ),
        ("half a type", format!(r#"{{{of_type}, "items": [{{"kind": "ClusterRoleBinding", {BODY}}}]}}"#)),
        (
            "a list that names no type",
            format!(r#"{{"apiVersion": "v1", "kind": "List", "items": [{{{BODY}}}]}}"#),
        ),
    ] {
        assert!(!gives_everything(&lint("deck.yaml", &text)), "{what}");
    }
    let words = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "crane", "namespace": "deck"}, "items": ["a"],
        "spec": {"containers": [{"name": "c", "image": "registry.example/crane:1"}]}}"#;
    assert_eq!(lint("deck.yaml", words).summary.objects, 1, "a list of words holds no objects");
}

#[test]
fn what_is_nested_too_deeply_is_said_and_hides_nothing_else() {
    let deep = |levels: usize| {
        format!("{MAP}\n---\na: {}{}\napiVersion: v1\nkind: Later\n", "[".repeat(levels), "]".repeat(levels))
    };
    for levels in [600, 9_000, 20_000] {
        let report = lint("deck.yaml", &deep(levels));
        let form = report.findings.iter().find(|finding| finding.form == Form::TOO_LARGE);
        assert!(form.is_some_and(|finding| finding.severity == Severity::Error), "{levels}");
    }
}

#[test]
fn json_objects_are_cut_where_one_ends() {
    let cut = |text| split(text).iter().map(|piece| &text[piece.start..piece.end]).collect::<Vec<&str>>();
    assert_eq!(cut("{}{}"), ["{}", "{}"]);
    assert_eq!(cut(" {\"a\": \"}{\"}\n {}\n# end\n"), [" {\"a\": \"}{\"}\n", " {}\n# end\n"]);
    assert_eq!(cut("{} # end\n# end\n"), ["{} # end\n# end\n"]);
    assert_eq!(cut("{}\n# head\n---\na: 1\n"), ["{}\n# head\n", "---\na: 1\n"]);
    assert_eq!(cut("{a: 1}\n{b: 2}\n"), ["{a: 1}\n{b: 2}\n"], "no JSON");
    assert_eq!(cut("---\n{}{}\n"), ["---\n{}{}\n"], "YAML by its first line");
}

#[test]
fn text_in_utf_16_is_read() {
    let text = format!("{{{TYPE}, {BODY}}}\n");
    let catalog = catalog();
    for (mark, unit) in
        [([0xfe, 0xff], u16::to_be_bytes as fn(u16) -> [u8; 2]), ([0xff, 0xfe], u16::to_le_bytes)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect();
        std::fs::write(folder.path().join("deck.yaml"), bytes).expect("a file");
        let (report, _) = lint_path(folder.path(), &settings(&catalog, Preset::Recommended), &catalog);
        assert!(gives_everything(&report), "{mark:x?}");
    }
}

/// Roles that aggregate others, each by a selector of its own or all by the same.
fn aggregated(roles: usize, selector: fn(usize) -> String) -> String {
    const HEAD: &str = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ";
    let of = |at: usize| {
        format!(
            "{HEAD}ClusterRole\nmetadata: {{name: part{at}, labels: {{crew: deck}}}}\n\
             rules: [{{apiGroups: [''], resources: [secrets], verbs: [get]}}]\n\
             {HEAD}ClusterRole\nmetadata: {{name: whole{at}}}\n\
             aggregationRule: {{clusterRoleSelectors: [{{matchExpressions: [{{key: crew, operator: In, values: [{}]}}]}}]}}\n",
            selector(at)
        )
    };
    (0..roles).map(of).collect()
}

#[test]
fn too_much_to_aggregate_is_said() {
    let is_said = |text: &str| {
        let findings = lint("deck.yaml", text).findings;
        findings.iter().any(|finding| finding.form == Form::TOO_LARGE && finding.severity == Severity::Error)
    };
    assert!(!is_said(&aggregated(300, |_| "deck".to_owned())));
    assert!(is_said(&aggregated(1100, |at| format!("deck, mast{at}"))));
}

#[test]
fn too_many_who_hold_a_role_are_said() {
    const HEAD: &str = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole";
    let bound = |at: usize| {
        format!(
            "{HEAD}Binding\nmetadata: {{name: b{at}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mill}}\n\
             subjects: [{{kind: ServiceAccount, name: a{at}, namespace: deck}}]\n"
        )
    };
    let defined = |at: usize| {
        format!(
            "{HEAD}\nmetadata: {{name: mill}}\nrules: [{{apiGroups: [''], resources: [r{at}], verbs: [get]}}]\n"
        )
    };
    let is_said = |count: usize| {
        let text: String = (0..count).map(|at| bound(at) + &defined(at)).collect();
        let findings = lint("deck.yaml", &text).findings;
        let is_it = |finding: &Finding| {
            finding.form == Form::TOO_LARGE && finding.message.starts_with("more bindings give this role")
        };
        findings.iter().any(|finding| is_it(finding) && finding.severity == Severity::Error)
    };
    assert!(!is_said(250));
    assert!(is_said(750));
}

#[test]
fn too_much_that_groups_hold_is_said() {
    const RBAC: &str = "---\napiVersion: rbac.authorization.k8s.io/v1\n";
    const ROLE: &str = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mill}\n";
    let in_namespace = |at: usize| {
        format!(
            "{RBAC}kind: RoleBinding\nmetadata: {{name: b, namespace: n{at}}}\n{ROLE}\
             subjects: [{{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}}]\n"
        )
    };
    let is_said = |namespaces: usize, accounts: usize| {
        let accounts =
            (0..accounts).map(|at| format!("{{kind: ServiceAccount, name: a{at}, namespace: deck}}"));
        let text = format!(
            "{RBAC}kind: ClusterRole\nmetadata: {{name: mill}}\n\
             rules: [{{apiGroups: [''], resources: [secrets], verbs: [get]}}]\n\
             {RBAC}kind: ClusterRoleBinding\nmetadata: {{name: b}}\n{ROLE}subjects: [{}]\n{}",
            accounts.collect::<Vec<_>>().join(", "),
            (0..namespaces).map(in_namespace).collect::<String>()
        );
        let findings = lint("deck.yaml", &text).findings;
        let is_it = |finding: &Finding| {
            finding.form == Form::TOO_LARGE && finding.message.contains("bindings of groups are more")
        };
        findings.iter().any(|finding| is_it(finding) && finding.severity == Severity::Error)
    };
    assert!(!is_said(300, 20));
    assert!(!is_said(200, 6000), "few enough for any number of accounts");
    assert!(is_said(600, 500));
}
