//! Parts of rendering by themselves: paths and addresses, what a cluster serves, trails, messages of programs, templates.

use nhilint::finding::Origin;
use nhilint::render::capabilities::api_versions;
use nhilint::render::child::printable;
use nhilint::render::cluster::{cluster_of_path, of_path};
use nhilint::render::kustomization::is_remote;
use nhilint::render::{Trail, Written};
use nhilint::source::{SourceMap, Span};
use nhilint::yaml;
use serde_json::{Value, json};

use crate::cli::scratch;
use crate::roots::roots;

#[test]
fn a_word_counts_only_as_a_whole_component() {
    assert_eq!(of_path("apps/shop/overlays/prod/job.yaml"), Some("prod"));
    assert_eq!(of_path("apps/product/job.yaml"), None);
    assert_eq!(cluster_of_path("clusters/eu-1/apps"), Some("eu-1".into()));
}

#[test]
fn versions_come_and_go_and_custom_resources_add_theirs() {
    let text = "kind: CustomResourceDefinition\nspec:\n  group: shop.example\n  names: {kind: Till}\n  versions:\n  - {name: v1}\n  - {name: v1beta1, served: false}\n";
    let file = SourceMap::default().add("crd.yaml", text);
    let (doc, _) = yaml::parse(file, text, 0..text.len());
    let found = |minor| api_versions(minor, std::iter::once(&doc));
    let has = |minor, version: &str| found(minor).iter().any(|known| known == version);
    assert!(has(34, "apps/v1/Deployment") && has(34, "shop.example/v1/Till") && has(34, "shop.example/v1"));
    assert!(!has(34, "shop.example/v1beta1") && !has(34, "policy/v1beta1/PodDisruptionBudget"));
    assert!(has(24, "batch/v1beta1") && !has(24, "resource.k8s.io/v1"));
}

#[test]
fn addresses_are_told_from_folders() {
    let remote = [
        "https://example.com/install.yaml",
        "github.com/acme/shop//deploy?ref=v1",
        "github.com:acme/shop.git/deploy",
        "git@example.com:acme/shop.git",
        "git::https://example.com/shop",
        "ssh://git@example.com/shop",
    ];
    for text in remote {
        assert!(is_remote(text), "{text}");
    }
    for text in ["../base", "base", "github.company/base", "a@b/c.yaml", "mirror/github.com/base"] {
        assert!(!is_remote(text), "{text}");
    }
}

#[test]
fn a_place_holds_until_the_next() {
    let file = SourceMap::default().add("a.yaml", "a: b\n");
    let step = |at: u32, start: usize| {
        let span = Span::new(file, start, start + 1);
        (at, Written { span, origin: Origin::Exact, also: Vec::new() })
    };
    let trail = Trail::new(vec![step(9, 3), step(4, 0), step(4, 1)]);
    let found = |offset| trail.at(offset).map(|written| written.span.start);
    assert_eq!(
        [found(3), found(4), found(8), found(9), found(99)],
        [None, Some(0), Some(0), Some(3), Some(3)]
    );
}

#[test]
fn a_complaint_cannot_steer_a_terminal() {
    let bytes = b"\x1b[31mred\x1b[0m \x1b]0;title\x07a\tb\r\nc\x00\xe2\x80\xae\xff";
    assert_eq!(printable(bytes, None), "red a b\nc\u{fffd}");
}

#[test]
fn a_complaint_names_no_scratch_folder() {
    assert_eq!(printable(b"open /tmp/x/chart/a: in /tmp/x", Some("/tmp/x")), "open chart/a: in .");
}

#[test]
fn a_long_complaint_keeps_its_start_and_its_end() {
    let mut long = b"first".to_vec();
    long.extend(vec![b'x'; 1 << 20]);
    long.extend(b"last");
    let kept = printable(&long, None);
    assert!(kept.starts_with("first") && kept.ends_with("last") && kept.len() < 70_000, "{}", kept.len());
}

/// What is found in a file of these documents: the value of each root.
fn found(documents: &[Value], value: impl Fn(&Value) -> &Value) -> Vec<String> {
    let text: Vec<String> = documents.iter().map(Value::to_string).collect();
    let here = scratch(&[
        ("apps.yaml", &text.join("\n---\n")),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n"),
    ]);
    let roots = roots(here.path());
    let applications = roots.iter().filter(|root| root["kind"] == "application");
    applications.map(|root| value(root).as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn addresses_are_shown_without_user_and_query() {
    for (address, expected) in [
        ("https://bot:s3cret@example.com/a?token=t&ref=v1", "https://example.com/a"),
        ("git@example.com:acme/shop.git", "example.com:acme/shop.git"),
        ("ssh://git@example.com/a@b", "ssh://example.com/a@b"),
        ("oci://ghcr.io/acme/shop", "oci://ghcr.io/acme/shop"),
    ] {
        let here = scratch(&[("kustomization.yaml", &format!("resources: ['{address}']\n"))]);
        let message = format!("`{expected}` would have to be fetched");
        assert_eq!(roots(here.path())[0]["refused"]["message"], message.as_str());
    }
}

/// The names that a template gives to the Applications of an ApplicationSet, one set for each template.
fn names(templates: &[&str], element: &Value, go: bool, options: &[&str]) -> Vec<String> {
    let set = |name: &&str| {
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": { "name": "all" },
            "spec": {
                "goTemplate": go, "goTemplateOptions": options,
                "generators": [{ "list": { "elements": [element] } }],
                "template": { "metadata": { "name": name }, "spec": { "source": { "repoURL": "r", "path": "x" } } },
            },
        })
    };
    found(&templates.iter().map(set).collect::<Vec<_>>(), |root| &root["name"])
}

#[test]
fn names_and_paths_are_made_as_argo_cd_makes_them() {
    let element = json!({
        "path": {
            "path": "apps/Team_A/shop.v2", "basename": "shop.v2",
            "segments": ["apps", "Team_A", "shop.v2"],
        },
        "env": "prod",
        "none": "",
    });
    let cases = [
        ("{{ .path.path | replace \"/\" \"-\" | replace \"_\" \"-\" | lower }}", Some("apps-team-a-shop.v2")),
        ("{{index .path.segments 1 | normalize}}-x", Some("team-a-x")),
        ("{{ last .path.segments }}/{{ .path.segments | first }}", Some("shop.v2/apps")),
        ("{{ trunc 3 .env }}{{ trunc -2 .env }}", Some("prood")),
        ("{{ default \"dev\" .none }}", Some("dev")),
        ("{{ printf \"%s-%s\" .env (upper .env) }}", Some("prod-PROD")),
        ("{{ if eq .env \"prod\" }}main{{ else }}dev{{ end }}", Some("main")),
        ("{{ if .none }}a{{ else if ne .env \"x\" }}b{{ else }}c{{ end }}", Some("b")),
        ("a {{- /* note */ -}} b", Some("ab")),
        (
            "{{ $.env }}{{ trimSuffix \".v2\" .path.basename }}{{ trimPrefix \"x\" .env }}",
            Some("prodshopprod"),
        ),
        ("{{ join \"-\" (splitList \"/\" .path.path) }}", Some("apps-Team_A-shop.v2")),
        ("{{ base .path.path }} {{ dir .path.path }}", Some("shop.v2 apps/Team_A")),
        ("{{ ternary \"y\" \"n\" (hasPrefix \"apps/\" .path.path) }}", Some("y")),
        ("{{ .missing }}", Some("<no value>")),
        ("{{ if .missing }}a{{ end }}{{ default \"d\" .missing }}", Some("d")),
        ("{{ .missing.deep | default \"d\" }}", None),
        ("{{ unknown .env }}", None),
        ("{{ range .path.segments }}{{ . }}{{ end }}", Some("appsTeam_Ashop.v2")),
        (
            "{{ range $at, $it := .path.segments }}{{ if $at }}-{{ end }}{{ $it }}{{ else }}x{{ end }}",
            Some("apps-Team_A-shop.v2"),
        ),
        (
            "{{ with .none }}a{{ else with .env }}{{ . }}{{ end }}{{ $x := .env }}{{ $x = upper $x }}{{ $x }}",
            Some("prodPROD"),
        ),
        ("{{ .path | toJson | len }}", Some("90")),
        ("{{ b64enc .env | b64dec }} {{ cat .env (substr 0 2 .env) }}", Some("prod prod pr")),
        ("{{ regexReplaceAll `[A-Z_]+(.)` .path.path `-$1` }}", Some("apps/-eam-/shop.v2")),
        ("{{ (fromYaml `a: {b: x}`).a.b }}{{ (fromJson `{}`).a }}", Some("x<no value>")),
        ("{{ range .env }}a{{ end }}", None),
        ("{{ break }}", None),
        ("{{ .env", None),
        ("{{ .path.segments }}", None),
        ("{{ if .env }}", None),
    ];
    let templates = cases.map(|(text, _)| text);
    // What is not understood stays as it is written.
    assert_eq!(
        names(&templates, &element, true, &[]),
        cases.map(|(text, expected)| expected.unwrap_or(text))
    );
    let missing = "{{ default \"d\" .missing }}";
    assert_eq!(names(&[missing], &element, true, &["missingkey=error"]), [missing]);
}

#[test]
fn only_plain_names_are_replaced() {
    let element = json!({
        "path": "apps/shop", "path.basename": "shop", "path.segments.0": "apps", "path.segments.1": "shop",
    });
    let simple = ["{{path}}/{{ path.basename }}/x", "{{name}} {{"];
    assert_eq!(names(&simple, &element, false, &[]), ["apps/shop/shop/x", "{{name}} {{"]);
    let element = json!({ "path": { "basename": "shop", "segments": ["apps", "shop"] } });
    let go = ["{{.path.basename}}-{{index .path.segments 1}}", "{{ .path.basename | shout }}"];
    assert_eq!(names(&go, &element, true, &[]), ["shop-shop", "{{ .path.basename | shout }}"]);
}

#[test]
fn names_of_the_build_environment_are_replaced() {
    let cases = [
        ("a-$ARGOCD_APP_NAME.yaml", "the value file `a-shop.yaml` is not there"),
        ("${ARGOCD_APP_NAME}$other/${more}x$$y$", "the value file `shop/x$y` is not there"),
        ("$ARGOCD_APP_REVISION", "`$ARGOCD_APP_REVISION` holds a placeholder that nothing here fills"),
        ("{{path}}", "`{{path}}` holds a placeholder that nothing here fills"),
        ("<CLUSTER_NAME>/a.yaml", "`<CLUSTER_NAME>/a.yaml` holds a placeholder that nothing here fills"),
        ("a<b>>c", "`a<b>>c` holds a placeholder that nothing here fills"),
        ("a<b", "the value file `a<b` is not there"),
        ("plain", "the value file `plain` is not there"),
    ];
    let application = |(file, _): (&str, &str)| {
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": { "name": "shop" },
            "spec": { "source": { "repoURL": "r", "path": "chart", "helm": { "valueFiles": [file] } } },
        })
    };
    let messages = found(&cases.map(application), |root| {
        // What only is not known leaves the rest.
        if root["refused"].is_null() { &root["unjudged"][0]["message"] } else { &root["refused"]["message"] }
    });
    assert_eq!(messages, cases.map(|(_, message)| message));
}
