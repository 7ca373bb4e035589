//! NHI904: access for emergencies that nobody answers for, that never ends, or that somebody uses every day.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::finding::IdentityName;
use crate::graph::{Placed, PlacedBinding};
use crate::k8s::Object;
use crate::rules::{Context, Emit, SHOWN};
use crate::yaml::Node;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    let mut bindings = context.graph.places.own_bindings(placed).peekable();
    let is_binding = bindings.peek().is_some();
    let is_identity = is_binding || object.is("", "ServiceAccount");
    let is_named_so = is_identity && has_such_a_name(&object.name);
    if placed.partial || !(is_declared(object, context) || is_named_so) {
        return;
    }
    described(placed, is_binding, context, emit);
    for key in ["review-by", "expires"] {
        dated(object, key, context, emit);
    }
    for bound in bindings {
        standing(placed, bound, emit);
    }
    if object.is("", "ServiceAccount") {
        used(placed, context, emit);
    }
}

fn is_declared(object: &Object<'_>, context: &Context<'_>) -> bool {
    let key = format!("{}break-glass", context.settings.prefix);
    let marks = [object.label(&key), object.annotation(&key)];
    marks.into_iter().flatten().any(|mark| mark.text().as_deref() == Some("true"))
}

fn has_such_a_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["break-glass", "breakglass", "emergency"].iter().any(|word| name.contains(word))
}

/// One of our annotations, or labels.
fn own<'a>(object: &Object<'a>, key: &str, context: &Context<'_>) -> Option<Node<'a>> {
    let key = format!("{}{key}", context.settings.prefix);
    let value = object.annotation(&key).or_else(|| object.label(&key));
    value.filter(|value| value.text().is_some_and(|text| !text.trim().is_empty()))
}

/// What every such object says of itself.
fn described(placed: &Placed<'_>, is_binding: bool, context: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    let wanted =
        ["owner", "reason", "ticket", "review-by"].into_iter().chain(is_binding.then_some("expires"));
    let missing: Vec<&str> = wanted.filter(|key| own(object, key, context).is_none()).collect();
    let Some(entry) = object.metadata_entry().filter(|_| !missing.is_empty()) else { return };
    let prefix = &context.settings.prefix;
    let names: Vec<String> = missing.iter().map(|key| format!("`{prefix}{key}`")).collect();
    let first = &names[0];
    let more = match names.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    emit.key("undescribed", entry, format!("access for emergencies without {first}{more}"))
        .label("who, why and until when is not said")
        .note(format!("Add the annotations {}.", names.join(", ")));
}

/// A day that comes soon enough, and has not passed.
fn dated(object: &Object<'_>, key: &str, context: &Context<'_>, emit: &mut Emit<'_>) {
    let Some(value) = own(object, key, context) else { return };
    let text = value.text().unwrap_or_default();
    let today = context.settings.now.to_zoned(TimeZone::UTC).date();
    let Ok(day) = text.trim().parse::<Date>() else {
        emit.at("undescribed", value, format!("`{key}` is no day such as 2027-01-31")).subject(key);
        return;
    };
    let days = today.until(day).map_or(i64::MAX, |span| i64::from(span.get_days()));
    let most = context.settings.number(context.rule, "maxDays");
    let message = match days {
        ..0 if key == "expires" => format!("ended on {day} and is still here"),
        ..0 => format!("its review was due on {day}"),
        days if days > most => format!("`{key}` is {days} days away; {most} are the most"),
        _ => return,
    };
    emit.at("overdue", value, message).subject(key);
}

/// Access for emergencies is given to a person when there is one, and to no account before.
fn standing(placed: &Placed<'_>, bound: &PlacedBinding<'_>, emit: &mut Emit<'_>) {
    let binding = &bound.binding;
    let role = format!("{} `{}`", binding.role_kind, binding.role_name);
    for subject in binding.subjects.iter().filter(|subject| subject.is_non_human()) {
        let identity = subject.named(placed.namespace.as_deref());
        let message = format!("`{identity}` holds {role} for emergencies all the time");
        emit.at("standing", subject.name_node, message)
            .label("can be used at any moment, and nobody is asked")
            .subject(identity.to_string())
            .identity(identity);
    }
}

fn used(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let (object, namespace) = (&placed.object, placed.namespace.as_deref());
    let users = context.graph.places.users_of(placed, namespace, &object.name);
    let Some(name) = object.name_node().filter(|_| !users.is_empty()) else { return };
    let draft = emit.at("in-use", name, "an account for emergencies that workloads run as");
    draft
        .label("whatever it may do for an hour, these may do always")
        .identity(IdentityName::account(namespace, &object.name));
    for user in users.iter().take(SHOWN) {
        draft.related(user.workload.spec.key.span(), "runs as it");
    }
}
