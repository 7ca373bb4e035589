//! Cloud identities as manifests name them, and what policies allow.

use nhilint::k8s::Object;
use nhilint::k8s::cloud::{
    Clause, Holder, NamedIdentity, admin_clauses, is_unfilled, malformed, of_annotations, of_object,
    open_trust, short_name, static_sources,
};

use crate::k8s::first_object;

/// The role with which a member may act as a Google service account.
const ACTS: &str = "roles/iam.workloadIdentityUser";

#[test]
fn names_are_taken_apart() {
    assert_eq!(short_name("arn:aws:iam::1:role/team/x"), "x");
    for unfilled in ["arn:aws:iam::<ACCOUNT>:role/x", "{{ .role }}", "SPANNER_GSA_ID", "${ROLE}"] {
        assert!(is_unfilled(unfilled), "{unfilled}");
    }
    for filled in ["arn:aws:iam::111122223333:role/My_Role", "replacement@acme.iam.gserviceaccount.com"] {
        assert!(!is_unfilled(filled), "{filled}");
    }
}

/// What an object names, as `identity holder (text)`.
fn named(text: &str) -> Vec<String> {
    let shown = |named: &NamedIdentity<'_>| {
        let written = text.get(named.span().range()).unwrap_or_default().trim_matches('"');
        let holder = match &named.holder {
            Holder::Own => "own".to_owned(),
            Holder::Account { namespace, name } => {
                format!("{}/{name}", namespace.as_deref().unwrap_or("-"))
            }
            Holder::Pattern(pattern) => pattern.clone(),
        };
        format!("{} {holder} ({written})", named.identity)
    };
    first_object(text, |object| of_object(object).iter().map(shown).collect())
}

#[test]
fn objects_that_join_accounts_and_roles() {
    let association = "apiVersion: eks.services.k8s.aws/v1alpha1\nkind: PodIdentityAssociation\nmetadata: {name: a}\n\
                       spec: {namespace: shop, serviceAccount: api, roleARN: \"arn:aws:iam::1:role/api\"}\n";
    assert_eq!(named(association), ["arn:aws:iam::1:role/api shop/api (arn:aws:iam::1:role/api)"]);
    let referred = "apiVersion: eks.aws.upbound.io/v1beta1\nkind: PodIdentityAssociation\nmetadata: {name: a}\n\
                    spec: {forProvider: {namespace: shop, serviceAccount: api, roleArnRef: {name: api-role}}}\n";
    assert_eq!(named(referred), ["api-role shop/api (api-role)"]);
    let credential = "apiVersion: managedidentity.azure.com/v1api20230131\nkind: FederatedIdentityCredential\n\
                      metadata: {name: a, namespace: infra}\nspec: {owner: {name: Api}, \
                      subject: 'system:serviceaccount:shop:api'}\n";
    assert_eq!(named(credential), ["infra/api shop/api (Api)"]);
    let webhook = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pod-identity-webhook}\ndata:\n  config: |\n    \
                   {\"shop/api\": {\"RoleARN\": \"arn:a\"}, \"shop/*\": {\"RoleARN\": \"arn:b\"}}\n";
    assert_eq!(named(webhook), ["arn:a shop/api (arn:a)", "arn:b every account that fits `shop/*` (arn:b)"]);
}

#[test]
fn members_of_google_policies() {
    let of = |member: &str, role: &str| {
        named(&format!(
            "apiVersion: iam.cnrm.cloud.google.com/v1beta1\nkind: IAMPolicyMember\nmetadata: {{name: a}}\nspec:\n  \
             member: {member}\n  role: {role}\n  resourceRef: {{kind: IAMServiceAccount, name: api}}\n"
        ))
    };
    let acts = of("serviceAccount:acme.svc.id.goog[shop/api]", ACTS);
    assert_eq!(
        acts,
        ["api@acme.iam.gserviceaccount.com shop/api (serviceAccount:acme.svc.id.goog[shop/api])"]
    );
    let pool = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme.svc.id.goog";
    let direct = of(&format!("principal://{pool}/subject/ns/shop/sa/api"), "roles/storage.objectViewer");
    assert!(direct.len() == 1 && direct[0].contains(" shop/api "), "{direct:?}");
    let set = of(&format!("principalSet://{pool}/namespace/shop"), ACTS);
    assert!(set.len() == 1 && set[0].contains("every account of namespace `shop`"), "{set:?}");
    assert!(of("user:jo@acme.example", ACTS).is_empty());
    assert!(of("serviceAccount:api@acme.iam.gserviceaccount.com", "roles/viewer").is_empty());
}

/// The clauses of an object of the group `iam.services.k8s.aws`.
fn clauses(spec: &str, of: fn(&Object<'_>) -> Vec<String>) -> String {
    let text = format!(
        "apiVersion: iam.services.k8s.aws/v1alpha1\nkind: Role\nmetadata: {{name: a}}\nspec: {spec}\n"
    );
    first_object(&text, of).join("; ")
}

fn shown(clauses: &[Clause<'_>]) -> Vec<String> {
    clauses.iter().map(|clause| format!("{}: {}", clause.text(), clause.what)).collect()
}

#[test]
fn statements_that_make_an_administrator() {
    for (statement, expected) in [
        (r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, "*: allows every action on every resource"),
        (
            r#"{"Effect":"Allow","Action":["s3:Get*","iam:*"],"Resource":["*"]}"#,
            "iam:*: administers every identity of the account",
        ),
        (
            r#"{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}"#,
            "iam:*: allows every action but those of a list",
        ),
        (
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#,
            "sts:AssumeRole: may take any role",
        ),
        (
            r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"a":"b"}}}"#,
            "",
        ),
        (r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#, ""),
        (r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::shop/*"}"#, ""),
        (r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#, ""),
        ("[1, null]", ""),
    ] {
        let spec = format!("{{inlinePolicies: {{a: '{{\"Statement\":[{statement}]}}'}}}}");
        let found = clauses(&spec, |object| shown(&admin_clauses(object)));
        assert_eq!(found, expected, "{statement}");
    }
    let attached = clauses(
        "{policies: ['arn:aws:iam::aws:policy/AdministratorAccess', 'arn:aws:iam::aws:policy/ReadOnlyAccess']}",
        |object| shown(&admin_clauses(object)),
    );
    assert_eq!(attached, "arn:aws:iam::aws:policy/AdministratorAccess: is an administrator's policy");
}

#[test]
fn trust_that_names_nobody() {
    let provider = "arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A";
    let github = "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com";
    for (federated, condition, expected) in [
        (provider, r#"{"StringEquals":{"x:sub":"system:serviceaccount:shop:api"}}"#, ""),
        (
            provider,
            r#"{"StringEquals":{"x:aud":"sts.amazonaws.com"}}"#,
            "trusts every account of the cluster",
        ),
        (
            provider,
            r#"{"StringLike":{"x:sub":"system:serviceaccount:*:api"}}"#,
            "trusts accounts of every namespace",
        ),
        (
            provider,
            r#"{"StringLike":{"x:sub":"system:serviceaccount:shop:*"}}"#,
            "trusts every account that fits, of one namespace",
        ),
        (github, r#"{"StringLike":{"x:sub":"repo:acme/*"}}"#, ""),
    ] {
        let policy = format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Federated":"{federated}"}},"Condition":{condition}}}}}"#
        );
        let spec = format!("{{assumeRolePolicyDocument: '{policy}'}}");
        let found = clauses(&spec, |object| {
            open_trust(object).iter().map(|clause| clause.what.to_string()).collect()
        });
        assert_eq!(found, expected, "{condition}");
    }
}

#[test]
fn names_that_clouds_refuse() {
    for (key, name, good) in [
        ("eks.amazonaws.com/role-arn", "arn:aws:iam::111122223333:role/shop-api", true),
        ("eks.amazonaws.com/role-arn", "arn:aws-us-gov:iam::111122223333:role/team/shop_api", true),
        ("eks.amazonaws.com/role-arn", "arn:aws:iam:::role/shop-api", false),
        ("eks.amazonaws.com/role-arn", "arn:aws:iam::1234:role/shop-api", false),
        ("eks.amazonaws.com/role-arn", "arn:aws:iam::111122223333:user/shop-api", false),
        ("eks.amazonaws.com/role-arn", "arn:aws:iam::111122223333:role/", false),
        ("eks.amazonaws.com/role-arn", "arn:aws:iam:eu-west-1:111122223333:role/a", false),
        ("eks.amazonaws.com/role-arn", "shop-api", false),
        ("iam.gke.io/gcp-service-account", "api@acme.iam.gserviceaccount.com", true),
        ("iam.gke.io/gcp-service-account", "1234-compute@developer.gserviceaccount.com", true),
        ("iam.gke.io/gcp-service-account", "api@acme.example", false),
        ("iam.gke.io/gcp-service-account", "api", false),
        ("azure.workload.identity/client-id", "11111111-2222-3333-4444-555555555555", true),
        ("azure.workload.identity/client-id", "shop-api", false),
    ] {
        let text =
            format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{annotations: {{{key}: '{name}'}}}}\n");
        first_object(&text, |object| {
            let annotations = object.node.at(&["metadata", "annotations"]).expect("they are there");
            let named = of_annotations(annotations).next().expect("an identity");
            assert_eq!(malformed(&named).is_none(), good, "{name}");
        });
    }
}

#[test]
fn accounts_of_charts_are_called_after_their_part() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: argo}\nspec:\n  \
                destination: {namespace: argocd}\n  source:\n    helm:\n      valuesObject:\n        server:\n          \
                serviceAccount: {annotations: {eks.amazonaws.com/role-arn: 'arn:a'}}\n      values: |\n        \
                repoServer:\n          serviceAccount:\n            name: repo\n            annotations:\n              \
                eks.amazonaws.com/role-arn: \"arn:b\"\n";
    assert_eq!(named(text), ["arn:a argocd/argo-server ('arn:a')", "arn:b argocd/repo (arn:b)"]);
}

#[test]
fn artifacts_of_workflows_take_keys_of_clouds() {
    let of = |spec: &str| {
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {{name: a}}\nspec: {{workflowSpec: {{{spec}}}}}\n"
        );
        first_object(&text, |object| {
            let sources = static_sources(object);
            let shown = sources.iter().map(|one| {
                let field = one.entry.key.text().unwrap_or_default();
                format!("{} {field}{}", one.cloud, if one.elsewhere.is_some() { " elsewhere" } else { "" })
            });
            shown.collect::<Vec<_>>()
        })
    };
    let artifact = |store: &str| {
        format!("templates: [{{name: a, inputs: {{artifacts: [{{name: b, path: /b, {store}}}]}}}}]")
    };
    let key = "{name: store, key: secret}";
    assert_eq!(
        of(&artifact(&format!("s3: {{endpoint: s3.amazonaws.com, secretKeySecret: {key}}}"))),
        ["AWS secretKeySecret"]
    );
    let own = format!("s3: {{endpoint: 'minio:9000', secretKeySecret: {key}}}");
    assert_eq!(of(&artifact(&own)), ["AWS secretKeySecret elsewhere"]);
    assert_eq!(
        of(&artifact(&format!("gcs: {{bucket: a, serviceAccountKeySecret: {key}}}"))),
        ["Google Cloud serviceAccountKeySecret"]
    );
    assert_eq!(of(&artifact("s3: {endpoint: s3.amazonaws.com, useSDKCreds: true}")), [""; 0]);
    assert_eq!(
        of(&format!("arguments: {{artifacts: [{{name: b, oss: {{secretKeySecret: {key}}}}}]}}")),
        ["Alibaba Cloud secretKeySecret"]
    );
}
