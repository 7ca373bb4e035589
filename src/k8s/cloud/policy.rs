//! What a cloud lets its identities do, by policies in manifests: those of ACK, Crossplane,
//! Config Connector and Azure Service Operator.
//!
//! Only rights of an administrator are found. Conditions are not evaluated: what has one counts as limited.

use std::ops::Range;

use super::{for_provider, unquoted};
use crate::k8s::Object;
use crate::k8s::binding::account_of_user;
use crate::source::Span;
use crate::yaml::{Doc, Node};

/// A part of a policy with what it allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause<'a> {
    /// The scalar that holds it: a name, or a whole policy as JSON.
    pub node: Node<'a>,
    /// The bytes of its text that allow it.
    pub range: Range<usize>,
    /// What it allows, for people: `allows every action on every resource`.
    pub what: &'static str,
}

impl<'a> Clause<'a> {
    fn whole(node: Node<'a>, what: &'static str) -> Option<Self> {
        Some(Self { node, range: 0..node.text()?.len(), what })
    }

    /// Where it is.
    #[must_use]
    pub fn span(&self) -> Span {
        let whole = self.node.text().is_some_and(|text| text.len() == self.range.len());
        if whole { self.node.span() } else { self.node.part(&self.range) }
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.node.text().unwrap_or_default();
        text.get(self.range.clone()).unwrap_or_default().to_owned()
    }
}

/// Policies of AWS that are an administrator's, by the last part of their ARN.
const MANAGED: [&str; 3] = ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"];

/// Roles of Google Cloud that are an administrator's on what they are given for.
const GOOGLE_ROLES: [&str; 7] = [
    "roles/owner",
    "roles/editor",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.securityAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/resourcemanager.organizationAdmin",
];

/// Roles of Azure that are an administrator's, by name and by id (Microsoft's list of built-in roles).
const AZURE_ROLES: [(&str, &str); 4] = [
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
];

/// What an object grants that amounts to an administrator of the cloud.
#[must_use]
pub fn admin_clauses<'a>(object: &Object<'a>) -> Vec<Clause<'a>> {
    if object.is("eksctl.io", "ClusterConfig") {
        let iam = object.node.get("iam");
        let lists = ["serviceAccounts", "podIdentityAssociations"].into_iter();
        let items = lists.filter_map(|list| Some(iam?.all_at(&[list, "*"]))).flatten();
        let policies = items.flat_map(|item| {
            let lists = ["attachPolicyARNs", "permissionPolicyARNs"].into_iter();
            lists.flat_map(move |list| item.all_at(&[list, "*"]))
        });
        return policies.filter_map(managed).collect();
    }
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    let settings = for_provider(spec);
    if is_aws_iam(&object.group) {
        let texts =
            grants(&object.kind, settings).into_iter().flat_map(|node| statements(node, admin_statement));
        return texts.chain(arns(settings).filter_map(managed)).collect();
    }
    if object.group.contains("cnrm.cloud.google.com") || object.group.contains("gcp.") {
        return google(settings);
    }
    if object.kind == "RoleAssignment" && object.group.contains("authorization.azure") {
        return azure(settings).into_iter().collect();
    }
    Vec::new()
}

/// Who a role trusts beyond named accounts: any account of a cluster, or all that fit a pattern.
#[must_use]
pub fn open_trust<'a>(object: &Object<'a>) -> Vec<Clause<'a>> {
    let keys = ["assumeRolePolicyDocument", "assumeRolePolicy"].into_iter();
    let role = object
        .node
        .get("spec")
        .map(for_provider)
        .filter(|_| object.kind == "Role" && is_aws_iam(&object.group));
    keys.filter_map(|key| role?.get(key)).flat_map(|node| statements(node, open_statement)).collect()
}

fn is_aws_iam(group: &str) -> bool {
    let of_crossplane = group.starts_with("iam.aws.")
        && [".upbound.io", ".crossplane.io"].iter().any(|end| group.ends_with(end));
    group == "iam.services.k8s.aws" || of_crossplane
}

/// The policies in JSON that an object holds.
fn grants<'a>(kind: &str, settings: Node<'a>) -> Vec<Node<'a>> {
    match kind {
        "Role" => {
            let inline =
                settings.get("inlinePolicies").into_iter().flat_map(Node::entries).map(|entry| entry.value);
            let listed = settings.all_at(&["inlinePolicy", "*", "policy"]);
            inline.chain(listed).collect()
        }
        "Policy" | "RolePolicy" => {
            ["policyDocument", "policy", "document"].into_iter().filter_map(|key| settings.get(key)).collect()
        }
        _ => Vec::new(),
    }
}

/// The ARNs of policies that an object attaches.
fn arns(settings: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let lists = ["policies", "managedPolicyArns"].into_iter().filter_map(move |key| settings.get(key));
    let one = ["policyArn", "policyARN"].into_iter().filter_map(move |key| settings.get(key));
    lists.flat_map(Node::items).chain(one)
}

fn managed(node: Node<'_>) -> Option<Clause<'_>> {
    let text = node.text()?;
    let name = text.strip_prefix("arn:")?.rsplit('/').next()?;
    MANAGED.contains(&name).then(|| Clause::whole(node, "is an administrator's policy")).flatten()
}

/// A value or a list of values.
fn several(node: Option<Node<'_>>) -> Vec<Node<'_>> {
    match node {
        Some(node) if node.is_seq() => node.items().collect(),
        Some(node) => vec![node],
        None => Vec::new(),
    }
}

/// Finds the nodes of a statement that matter, and what each allows.
type Judge = fn(Node<'_>) -> Vec<(Node<'_>, &'static str)>;

/// What the statements of a policy in JSON allow.
fn statements(node: Node<'_>, judge: Judge) -> Vec<Clause<'_>> {
    let (text, docs) = (node.text().unwrap_or_default(), node.embedded());
    let statements = several(docs.first().and_then(Doc::root).and_then(|root| root.get("Statement")));
    let judged = statements.into_iter().flat_map(judge);
    judged.map(|(at, what)| Clause { node, range: unquoted(&text, at), what }).collect()
}

/// What a statement allows that an administrator may.
fn admin_statement(statement: Node<'_>) -> Vec<(Node<'_>, &'static str)> {
    let allows = statement.get("Effect").and_then(Node::text).is_some_and(|effect| effect == "Allow");
    let everywhere = several(statement.get("Resource"))
        .into_iter()
        .any(|resource| resource.text().is_some_and(|text| text == "*" || text == "arn:aws:iam::*:role/*"));
    if !allows || !everywhere {
        return Vec::new();
    }
    let limited = statement.get("Condition").is_some_and(|condition| condition.entries().next().is_some());
    let but = several(statement.get("NotAction")).into_iter().next();
    let but = but.map(|but| (but, "allows every action but those of a list"));
    let action = several(statement.get("Action")).into_iter().find_map(|action| {
        let what = match action.text()?.to_ascii_lowercase().as_str() {
            "*" | "*:*" => "allows every action on every resource",
            "iam:*" => "administers every identity of the account",
            "sts:*" | "sts:assumerole" if !limited => "may take any role",
            "iam:passrole" if !limited => "may hand any role to a service",
            _ => return None,
        };
        Some((action, what))
    });
    but.into_iter().chain(action).collect()
}

/// Providers of identities that are no clusters.
const NO_CLUSTERS: [&str; 4] =
    ["token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "accounts.google.com"];

/// Where a statement of a trust policy lets accounts of a cluster in without naming each.
fn open_statement(statement: Node<'_>) -> Vec<(Node<'_>, &'static str)> {
    // Providers of clusters: EKS' own, or a bucket or host that kOps and others publish keys at.
    let of_cluster = |text: &str| text.contains("oidc.eks.") || text.contains(":oidc-provider/");
    let mut providers = several(statement.at(&["Principal", "Federated"])).into_iter();
    let Some(provider) = providers.find(|provider| provider.text().is_some_and(|text| of_cluster(&text)))
    else {
        return Vec::new();
    };
    let host = provider.text().unwrap_or_default();
    if NO_CLUSTERS.iter().any(|known| host.contains(known)) {
        return Vec::new();
    }
    let tests = statement.get("Condition").into_iter().flat_map(Node::entries);
    let subjects: Vec<Node<'_>> = tests
        .flat_map(|test| test.value.entries().collect::<Vec<_>>())
        .filter(|test| test.key.text().is_some_and(|key| key.ends_with(":sub")))
        .flat_map(|test| several(Some(test.value)))
        .collect();
    if subjects.is_empty() {
        return vec![(provider, "trusts every account of the cluster")];
    }
    let open = subjects.into_iter().filter_map(|subject| {
        let text = subject.text().filter(|text| text.contains('*'))?;
        let what = match account_of_user(&text) {
            Some((namespace, _)) if !namespace.contains('*') => {
                "trusts every account that fits, of one namespace"
            }
            _ => "trusts accounts of every namespace",
        };
        Some((subject, what))
    });
    open.collect()
}

/// A member of a policy that is no person.
fn is_machine(member: &str) -> bool {
    ["serviceAccount:", "principal:", "principalSet:"].iter().any(|kind| member.starts_with(kind))
}

/// Roles that Config Connector and Crossplane give on projects, folders and organizations.
fn google(settings: Node<'_>) -> Vec<Clause<'_>> {
    let resource = settings.at(&["resourceRef", "kind"]).and_then(Node::text);
    if resource.is_some_and(|kind| !matches!(&*kind, "Project" | "Folder" | "Organization"))
        || settings.get("serviceAccountId").is_some()
    {
        return Vec::new();
    }
    let bindings = settings.get("bindings").into_iter().flat_map(Node::items).chain([settings]);
    bindings
        .filter_map(|binding| {
            let role = binding.get("role")?;
            let text = role.text()?;
            let members = several(binding.get("member")).into_iter().chain(several(binding.get("members")));
            let machine = members.map(|member| member.get("member").unwrap_or(member)).any(|member| {
                member.text().map_or(member.get("memberFrom").is_some(), |member| is_machine(&member))
            });
            let machine = machine || binding.at(&["memberFrom", "serviceAccountRef"]).is_some();
            let admin = machine && GOOGLE_ROLES.contains(&&*text);
            admin.then(|| Clause::whole(role, "is an administrator's role")).flatten()
        })
        .collect()
}

/// A role assignment of Azure on a subscription or a resource group.
fn azure(settings: Node<'_>) -> Option<Clause<'_>> {
    let narrow =
        settings.at(&["owner", "kind"]).and_then(Node::text).is_some_and(|kind| kind != "ResourceGroup");
    let person = settings.get("principalType").and_then(Node::text);
    if narrow || person.is_some_and(|kind| matches!(&*kind, "User" | "Group")) {
        return None;
    }
    let reference = settings.get("roleDefinitionReference");
    let named = reference.and_then(|role| role.get("wellKnownName").or_else(|| role.get("armId")));
    let role =
        named.or_else(|| settings.get("roleDefinitionName")).or_else(|| settings.get("roleDefinitionId"))?;
    let text = role.text()?;
    let last = text.rsplit('/').next()?;
    let admin = AZURE_ROLES.iter().any(|(name, id)| last == *name || last.eq_ignore_ascii_case(id));
    admin.then(|| Clause::whole(role, "is an administrator's role")).flatten()
}
