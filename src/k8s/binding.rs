//! RBAC bindings and accounts: who is given which role.

use std::borrow::Cow;

use super::Object;
use crate::finding::IdentityName;
use crate::yaml::Node;

/// The RBAC API group, and OpenShift 3's, which old manifests still name.
const GROUPS: [&str; 2] = [GROUP, OPENSHIFT];

/// The API group of OpenShift's bindings, which it keeps as Kubernetes' own.
const OPENSHIFT: &str = "authorization.openshift.io";

/// The API group of Kubernetes' own.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug)]
pub struct Binding<'a> {
    /// Whether it binds in the whole cluster.
    pub cluster_wide: bool,
    /// `Role` or `ClusterRole`.
    pub role_kind: Cow<'a, str>,
    /// The role's name.
    pub role_name: Cow<'a, str>,
    /// The value of `roleRef.name`.
    pub role_node: Node<'a>,
    /// The value of `roleRef.apiGroup`, where that is not the group of roles: the API server refuses the binding.
    pub foreign_group: Option<Node<'a>>,
    /// Who is bound.
    pub subjects: Vec<Subject<'a>>,
    /// The item of an operator's bundle that holds the rules, where no role object does: see [`bundled_bindings`].
    pub bundle: Option<Node<'a>>,
}

impl Binding<'_> {
    /// Whether the API server takes what it names for a role (kubernetes `pkg/apis/rbac/validation`): a Role is of one
    /// namespace, and nothing else than the two kinds is one.
    #[must_use]
    pub fn names_a_role(&self) -> bool {
        match &*self.role_kind {
            "ClusterRole" => true,
            "Role" => !self.cluster_wide,
            _ => self.bundle.is_some(),
        }
    }
}

/// One item of `subjects:`.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The mapping.
    pub node: Node<'a>,
    /// `ServiceAccount`, `User`, `Group`.
    pub kind: Cow<'a, str>,
    /// Its `name`.
    pub name: Cow<'a, str>,
    /// Its `namespace`, if any and not empty.
    pub namespace: Option<Cow<'a, str>>,
    /// Whether a namespace is written, but nobody knows which: it is that of a release.
    pub is_unplaced: bool,
    /// The value of `name`.
    pub name_node: Node<'a>,
}

impl Subject<'_> {
    /// Namespace and name of the account that a subject means, also in the user form
    /// `system:serviceaccount:<namespace>:<name>` (apiserver `pkg/authentication/serviceaccount`).
    /// The namespace is `None` where the subject leaves it to the binding, and where nobody knows it.
    #[must_use]
    pub fn account(&self) -> Option<(Option<&str>, &str)> {
        match &*self.kind {
            "ServiceAccount" => Some((self.namespace.as_deref(), &self.name)),
            "User" => {
                let (namespace, name) = account_of_user(&self.name)?;
                Some(((!self.is_unplaced).then_some(namespace), name))
            }
            _ => None,
        }
    }

    /// As [`Subject::account`], where `around` is the namespace of the binding, if that has one.
    #[must_use]
    pub fn account_in<'n>(&'n self, around: Option<&'n str>) -> Option<(Option<&'n str>, &'n str)> {
        let (namespace, name) = self.account()?;
        Some((namespace.or(around.filter(|_| !self.is_unplaced)), name))
    }

    /// Gives it the kind that it becomes: OpenShift has two more for names that begin with `system:`.
    fn rename_system_kind(&mut self) {
        if let Some(kind) = self.kind.strip_prefix("System").filter(|kind| ["User", "Group"].contains(kind)) {
            self.kind = Cow::Owned(kind.to_owned());
        }
    }

    /// Whether the API server refuses it for what it is, of whatever namespace (kubernetes `pkg/apis/rbac/validation`,
    /// `ValidateRoleBindingSubject`): its kind, its group or its name. What is filled in later may be right.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        let group = known_group(self.node).and_then(Node::text);
        match &*self.kind {
            "ServiceAccount" => group.is_some() || !may_be_an_account(&self.name),
            "User" | "Group" => self.name.is_empty() || group.is_some_and(|group| group != GROUP),
            _ => true,
        }
    }

    /// Whether the API server refuses it: an account for which neither it nor the binding says the namespace.
    #[must_use]
    pub fn is_refused(&self, cluster_wide: bool) -> bool {
        cluster_wide && !self.is_unplaced && self.account().is_some_and(|(namespace, _)| namespace.is_none())
    }
}

/// Whether an account may be called so: a DNS subdomain (apimachinery `pkg/api/validation`, `ValidateServiceAccountName`), or
/// what is filled in later.
#[must_use]
pub fn may_be_an_account(name: &str) -> bool {
    let is_edge =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let (first, last) = (name.bytes().next(), name.bytes().next_back());
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'_');
    !is_plain || is_lower && is_edge(first) && is_edge(last)
}

/// Namespace and name of the account that a user is, by its name `system:serviceaccount:<namespace>:<name>`
/// (apiserver `pkg/authentication/serviceaccount`).
#[must_use]
pub fn account_of_user(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// Words in the names of users that are machines: `ci-bot`, `jenkins@acme.example`.
const MACHINES: [&str; 10] =
    ["bot", "robot", "ci", "cd", "jenkins", "pipeline", "runner", "automation", "deployer", "svc"];

impl Subject<'_> {
    /// Whether it is no person: an account, a group of accounts or of anybody, a machine's user.
    #[must_use]
    pub fn is_non_human(&self) -> bool {
        let name = &*self.name;
        match &*self.kind {
            "ServiceAccount" => true,
            "Group" => {
                name.starts_with("system:serviceaccounts")
                    || matches!(name, "system:authenticated" | "system:unauthenticated" | "system:nodes")
            }
            "User" => {
                name.starts_with("system:serviceaccount:")
                    || name == "system:anonymous"
                    || name.split(|c: char| !c.is_alphanumeric()).any(|word| MACHINES.contains(&word))
            }
            _ => false,
        }
    }

    /// The name that findings carry. `around` is the namespace of a RoleBinding.
    #[must_use]
    pub fn named(&self, around: Option<&str>) -> IdentityName {
        match self.account_in(around) {
            Some((namespace, name)) => IdentityName::account(namespace, name),
            None => IdentityName::other(&self.name),
        }
    }
}

/// The bindings that Operator Lifecycle Manager makes for a ClusterServiceVersion (operator-framework/api v1alpha1): each
/// account that the bundle lists gets the rules beside it, in the namespace of the bundle (`around`) or in the cluster.
pub fn bundled_bindings<'a>(
    object: &Object<'a>,
    around: Option<&str>,
) -> impl Iterator<Item = Binding<'a>> + use<'a> {
    let bundle = object.is("operators.coreos.com", "ClusterServiceVersion");
    let spec = object.node.at(&["spec", "install", "spec"]).filter(|_| bundle);
    let (around, name) = (around.map(|around| Cow::Owned(around.to_owned())), object.name.clone());
    let lists = [("permissions", false), ("clusterPermissions", true)].into_iter();
    let items = lists.flat_map(move |(list, wide)| {
        let items = spec.and_then(|spec| spec.get(list)).into_iter().flat_map(Node::items);
        items.map(move |item| (item, wide))
    });
    items.filter_map(move |(item, cluster_wide)| {
        let account = item.get("serviceAccountName")?;
        Some(Binding {
            cluster_wide,
            role_kind: Cow::Borrowed("ClusterServiceVersion"),
            role_name: name.clone(),
            role_node: account,
            foreign_group: None,
            subjects: vec![Subject {
                node: item,
                kind: Cow::Borrowed("ServiceAccount"),
                name: account.text()?,
                namespace: around.clone(),
                is_unplaced: false,
                name_node: account,
            }],
            bundle: Some(item),
        })
    })
}

/// The bindings that operators make of what their own objects list: RBAC Manager's definitions
/// (rbac-manager.docs.fairwinds.com, "RBAC Definitions"), and the tenants of Capsule (projectcapsule/capsule v1beta2).
#[must_use]
pub fn listed_bindings<'a>(object: &Object<'a>) -> Vec<Binding<'a>> {
    match (object.group.as_str(), &*object.kind) {
        ("rbacmanager.reactiveops.io", "RBACDefinition") => {
            let items = object.node.all_at(&["rbacBindings", "*"]);
            items.into_iter().flat_map(|item| of_definition(item, object)).collect()
        }
        ("capsule.clastix.io", "Tenant") => {
            let further = object.node.all_at(&["spec", "additionalRoleBindings", "*"]).into_iter();
            let further = further.filter_map(|item| {
                made(item.get("clusterRoleName")?, "ClusterRole", false, subjects_of(item, object))
            });
            let owners = object.node.all_at(&["spec", "owners", "*"]).into_iter().flat_map(|owner| {
                let roles = owner.all_at(&["clusterRoles", "*"]).into_iter();
                let who: Vec<Subject<'a>> = subject(owner, object).into_iter().collect();
                roles.filter_map(move |role| made(role, "ClusterRole", false, who.clone()))
            });
            further.chain(owners).collect()
        }
        _ => Vec::new(),
    }
}

fn of_definition<'a>(item: Node<'a>, object: &Object<'a>) -> Vec<Binding<'a>> {
    let who = subjects_of(item, object);
    let wide = item.all_at(&["clusterRoleBindings", "*"]).into_iter();
    let wide = wide.filter_map(|one| made(one.get("clusterRole")?, "ClusterRole", true, who.clone()));
    let narrow = item.all_at(&["roleBindings", "*"]).into_iter().filter_map(|one| {
        let role = |key: &str, kind| made(one.get(key)?, kind, false, who.clone());
        role("clusterRole", "ClusterRole").or_else(|| role("role", "Role"))
    });
    wide.chain(narrow).collect()
}

fn subjects_of<'a>(item: Node<'a>, object: &Object<'a>) -> Vec<Subject<'a>> {
    item.all_at(&["subjects", "*"]).into_iter().filter_map(|node| subject(node, object)).collect()
}

fn made<'a>(
    role_node: Node<'a>,
    role_kind: &'static str,
    cluster_wide: bool,
    subjects: Vec<Subject<'a>>,
) -> Option<Binding<'a>> {
    let (role_name, role_kind) = (role_node.text()?, Cow::Borrowed(role_kind));
    Some(Binding {
        cluster_wide,
        role_kind,
        role_name,
        role_node,
        foreign_group: None,
        subjects,
        bundle: None,
    })
}

/// Reads a binding; `None` for other kinds and for bindings without a role.
#[must_use]
pub fn binding<'a>(object: &Object<'a>) -> Option<Binding<'a>> {
    let cluster_wide = match &*object.kind {
        "ClusterRoleBinding" => true,
        "RoleBinding" => false,
        _ => return None,
    };
    if !GROUPS.contains(&object.group.as_str()) && !object.api_version.starts_with('v') {
        return None;
    }
    let role = object.node.get("roleRef")?;
    let role_node = role.get("name")?;
    let kind = role.get("kind").and_then(Node::as_str);
    let listed = |key: &str| object.node.get(key).into_iter().flat_map(Node::items);
    let mut subjects: Vec<Subject<'a>> =
        listed("subjects").filter_map(|node| subject(node, object)).collect();
    // Its oldest version has no group.
    let is_openshift = object.group != GROUP;
    if is_openshift {
        subjects.iter_mut().for_each(Subject::rename_system_kind);
    }
    if is_openshift && subjects.is_empty() {
        let named = [("userNames", "User"), ("groupNames", "Group")];
        subjects.extend(named.iter().flat_map(|(key, kind)| listed(key).filter_map(|node| bare(node, kind))));
    }
    // OpenShift has no `kind` there: a role with a namespace is a Role, one without is a ClusterRole
    // (openshift/origin, `getRBACRoleRefKind`).
    let fallback = match role.get("namespace").and_then(Node::text) {
        Some(namespace) if is_openshift && !namespace.is_empty() => "Role",
        _ if cluster_wide || is_openshift => "ClusterRole",
        _ => "Role",
    };
    let is_foreign =
        |group: &Node<'_>| object.group == GROUP && group.text().is_some_and(|group| group != GROUP);
    Some(Binding {
        foreign_group: known_group(role).filter(is_foreign),
        cluster_wide,
        role_kind: kind.unwrap_or(Cow::Borrowed(fallback)),
        role_name: role_node.text()?,
        role_node,
        subjects,
        bundle: None,
    })
}

/// The API group that a subject or a reference to a role names, unless something fills it in later.
fn known_group(holder: Node<'_>) -> Option<Node<'_>> {
    let is_known = |group: &str| !group.is_empty() && !group.contains(['$', '{']);
    holder.get("apiGroup").filter(|group| group.text().is_some_and(|group| is_known(&group)))
}

/// A subject that is a name alone.
fn bare<'a>(node: Node<'a>, kind: &'static str) -> Option<Subject<'a>> {
    let name = node.text()?;
    Some(Subject {
        node,
        kind: Cow::Borrowed(kind),
        name,
        namespace: None,
        is_unplaced: false,
        name_node: node,
    })
}

fn subject<'a>(node: Node<'a>, binding: &Object<'_>) -> Option<Subject<'a>> {
    let name_node = node.get("name")?;
    let name = name_node.text()?;
    let mut namespace = node.get("namespace").and_then(Node::text).filter(|namespace| !namespace.is_empty());
    let kind = node.get("kind")?.as_str()?;
    let of_user = account_of_user(&name).filter(|_| kind == "User").map(|(namespace, _)| namespace);
    let is_unplaced = of_user.or(namespace.as_deref()).is_some_and(|namespace| binding.is_unknown(namespace));
    namespace.take_if(|_| is_unplaced);
    // Its first version meant everybody by this (kubernetes `pkg/apis/rbac/v1alpha1/conversion.go`).
    if kind == "User"
        && name == "*"
        && binding.is(GROUP, &binding.kind)
        && binding.api_version.ends_with("/v1alpha1")
    {
        let (kind, name) = (Cow::Borrowed("Group"), Cow::Borrowed("system:authenticated"));
        return Some(Subject { node, kind, name, namespace, is_unplaced, name_node });
    }
    Some(Subject { node, kind, name, namespace, is_unplaced, name_node })
}

/// Whether an object is a Role or ClusterRole.
#[must_use]
pub fn is_role(object: &Object<'_>) -> bool {
    matches!(&*object.kind, "Role" | "ClusterRole")
        && (GROUPS.contains(&object.group.as_str()) || object.api_version.starts_with('v'))
}

/// Whether a controller overwrites the rules of a `ClusterRole` with those that it aggregates.
#[must_use]
pub fn is_aggregated(object: &Object<'_>) -> bool {
    &*object.kind == "ClusterRole"
        && is_role(object)
        && object.node.get("aggregationRule").is_some_and(Node::is_map)
}

/// The `rules:` items of a role that count: none where they are overwritten.
pub fn own_rules<'a>(role: &Object<'a>) -> impl Iterator<Item = Node<'a>> + use<'a> {
    let node = (is_role(role) && !is_aggregated(role)).then_some(role.node);
    node.into_iter().flat_map(rules)
}

/// The `rules:` items of a role, or of an item of an operator's bundle.
pub fn rules(role: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    role.get("rules").into_iter().flat_map(Node::items).filter(|rule| rule.is_map())
}
