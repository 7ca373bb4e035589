//! NHI508: a role is given to everybody of some kind.

use crate::graph::tables::builtin::distribution_role;
use crate::graph::tables::tier::Tier;
use crate::graph::{Placed, PlacedBinding, RoleFound};
use crate::k8s::binding::Subject;
use crate::rules::{Context, Emit};

/// The tier from which on a platform's role, bound in the whole cluster, means little; see `DistributionRole`.
const HARMLESS_TIER: Tier = Tier::T3;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for bound in context.graph.places.own_bindings(placed) {
        given(bound, context, emit);
    }
}

fn given(bound: &PlacedBinding<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let role_name = &*bound.binding.role_name;
    let broad: Vec<(&Subject<'_>, Who)> =
        bound.binding.subjects.iter().filter_map(|subject| Some((subject, who(subject)?))).collect();
    if broad.is_empty() || context.settings.lists(context.rule, "publicRoles", role_name) {
        return;
    }
    let role = context.graph.grants.role_of(bound);
    // A role by another name that grants what everybody has.
    if role.is_complete() && !role.is_beyond_floor() {
        return;
    }
    let (weight, because) = weigh(bound, &role);
    for (subject, who) in broad {
        let form = if who.unknown_callers { "anonymous" } else { weight };
        let (name, meaning) = (&subject.name, &who.meaning);
        let draft = emit.at(form, subject.name_node, format!("`{name}` gives `{role_name}` to {meaning}"));
        draft.label(meaning.clone()).identity(subject.named(None)).subject(&**name);
        draft.related(bound.binding.role_node.span(), because.clone());
    }
}

/// Whom a broad subject means.
struct Who {
    meaning: String,
    /// Whether the API server does not know who they are.
    unknown_callers: bool,
}

fn who(subject: &Subject<'_>) -> Option<Who> {
    let name = &*subject.name;
    let meaning = match (&*subject.kind, name) {
        // `system:anonymous` is nobody as a group, and the other as a user.
        ("User", "system:anonymous") | ("Group", "system:unauthenticated") => {
            "anybody who reaches the API server".to_owned()
        }
        ("Group", "system:authenticated") => "everybody who has an account of any kind".to_owned(),
        ("Group", "system:serviceaccounts") => "every account of the cluster".to_owned(),
        ("Group", "system:nodes") => "every node".to_owned(),
        ("Group", "system:bootstrappers") => "whoever joins a node".to_owned(),
        ("Group", _) => {
            if name.starts_with("system:bootstrappers:") {
                "whoever joins a node".to_owned()
            } else {
                let namespace = name.strip_prefix("system:serviceaccounts:")?;
                format!("every account of `{namespace}`, future ones too")
            }
        }
        _ => return None,
    };
    Some(Who { meaning, unknown_callers: matches!(name, "system:anonymous" | "system:unauthenticated") })
}

/// The form that the role's content calls for, and what is to be said of it.
fn weigh(bound: &PlacedBinding<'_>, role: &RoleFound<'_>) -> (&'static str, String) {
    if role.is_everything() {
        return ("powerful", "this role allows everything".to_owned());
    }
    if let Some(&(primitive, resource)) = role.unlimited(bound.binding.cluster_wide).first() {
        let what = primitive.what_of::<&str>(resource, &[]);
        return ("powerful", format!("whoever holds this role {} {what}", primitive.does));
    }
    let tier = distribution_role(&bound.binding.role_name).and_then(|role| role.tier);
    match (role.is_complete(), tier) {
        (true, _) => ("harmless", "what this role grants leads to nobody else's rights".to_owned()),
        (false, Some(tier)) if tier >= HARMLESS_TIER => {
            ("harmless", "this role is known to grant little".to_owned())
        }
        (false, Some(_)) => ("powerful", "this role is known to grant much".to_owned()),
        (false, None) => ("unknown", "what this role grants is not in the input".to_owned()),
    }
}
