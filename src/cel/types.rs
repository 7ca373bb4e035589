//! What is known of types before anything is evaluated: constants of different types that no value can bring together.
//!
//! The API server knows the type of every expression and refuses what does not fit. Of most we know nothing, as objects
//! have any type; a slip with constants is found all the same.

use std::ops::Range;

use super::fault::Fault;
use super::operators::Operator;
use super::syntax::{Expression, Gather, Kind};
use super::value::described;

/// How the names of moments and durations begin, of which the difference of two is no third.
const TIME: &str = "google.protobuf.";

/// What functions return that always return the same type.
const RETURNED: &[(&str, &str)] = &[
    ("bytes", "bytes"),
    ("contains", "bool"),
    ("double", "double"),
    ("duration", "google.protobuf.Duration"),
    ("endsWith", "bool"),
    ("find", "string"),
    ("format", "string"),
    ("hasValue", "bool"),
    ("int", "int"),
    ("isSorted", "bool"),
    ("join", "string"),
    ("lowerAscii", "string"),
    ("matches", "bool"),
    ("quantity", "kubernetes.Quantity"),
    ("semver", "kubernetes.Semver"),
    ("size", "int"),
    ("startsWith", "bool"),
    ("string", "string"),
    ("substring", "string"),
    ("timestamp", "google.protobuf.Timestamp"),
    ("trim", "string"),
    ("uint", "uint"),
    ("upperAscii", "string"),
];

fn known(node: &Expression) -> Option<&'static str> {
    node.known_type
}

/// The type of a node, where nothing else is possible.
pub(super) fn of(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Constant(value) => Some(value.type_name()),
        Kind::List(_) => Some("list"),
        Kind::Map(_) => Some("map"),
        Kind::Has { .. } | Kind::Not(_) | Kind::And(_) | Kind::Or(_) => Some("bool"),
        Kind::Negate(operand) => known(operand),
        Kind::Binary(operator, a, b) => match operator {
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Remainder => {
                known(a).filter(|name| known(b) == Some(name) && !name.starts_with(TIME))
            }
            _ => Some("bool"),
        },
        Kind::Choice(parts) => known(&parts[1]).filter(|_| known(&parts[1]) == known(&parts[2])),
        Kind::Call { functions, .. } => {
            let name = functions.first()?.name;
            RETURNED.iter().find(|(known, _)| *known == name).map(|(_, returned)| *returned)
        }
        Kind::Loop(looped) => Some(match looped.gather {
            Gather::All | Gather::Exists | Gather::ExistsOne => "bool",
            Gather::Filter | Gather::List | Gather::SortBy => "list",
            Gather::Map | Gather::Entries => "map",
        }),
        Kind::Global(_)
        | Kind::Local(_)
        | Kind::Field { .. }
        | Kind::Index { .. }
        | Kind::OptionalMap { .. } => None,
    }
}

/// Refuses a node whose parts cannot go together. `may_mix`: it is what a format is filled with, of any types.
pub(super) fn check(kind: &Kind, at: &Range<usize>, may_mix: bool) -> Result<(), Fault> {
    let wrong = |message: String| Err(Fault::new(at, message));
    match kind {
        Kind::Binary(Operator::In, _, all) => match known(all) {
            Some(other) if !matches!(other, "list" | "map") => {
                wrong(format!("`in` asks a list or a map, and this is {}", described(other)))
            }
            _ => Ok(()),
        },
        Kind::Binary(operator, a, b) => match (known(a), known(b)) {
            (Some(a), Some(b)) if a != b && !fit(*operator, a, b) => {
                wrong(format!("{} and {} do not go together here", described(a), described(b)))
            }
            _ => Ok(()),
        },
        Kind::And(operands) | Kind::Or(operands) => operands.iter().try_for_each(must_be_bool),
        Kind::Not(operand) => must_be_bool(operand),
        Kind::Choice(parts) => must_be_bool(&parts[0]),
        Kind::List(_) | Kind::Map(_) if may_mix => Ok(()),
        Kind::List(items) => one_type(items.iter().map(|(item, _)| item)),
        Kind::Map(entries) => {
            one_type(entries.iter().map(|(key, ..)| key))?;
            one_type(entries.iter().map(|(_, value, _)| value))
        }
        Kind::Loop(looped) => match known(&looped.range) {
            Some(other) if !matches!(other, "list" | "map") => {
                wrong(format!("a loop goes over a list or a map, and this is {}", described(other)))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether two types that differ go together.
fn fit(operator: Operator, a: &str, b: &str) -> bool {
    let is_number = |name: &str| matches!(name, "int" | "uint" | "double");
    let is_time = |name: &str| name.starts_with(TIME);
    match operator {
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            is_number(a) && is_number(b)
        }
        Operator::Equal | Operator::Unequal => a == "null_type" || b == "null_type",
        _ => is_time(a) && is_time(b),
    }
}

fn must_be_bool(node: &Expression) -> Result<(), Fault> {
    match known(node) {
        Some(other) if other != "bool" => Err(Fault::new(
            &node.at,
            format!("true or false should stand here, and this is {}", described(other)),
        )),
        _ => Ok(()),
    }
}

/// The items of a list are of one type, as Kubernetes wants it.
fn one_type<'n>(nodes: impl Iterator<Item = &'n Expression>) -> Result<(), Fault> {
    let mut first = None;
    for node in nodes {
        let Some(own) = known(node) else { continue };
        match first {
            Some(first) if first != own => {
                return Err(Fault::new(
                    &node.at,
                    format!(
                        "{} stands beside {}; a list or map holds one type",
                        described(own),
                        described(first)
                    ),
                ));
            }
            _ => first = Some(own),
        }
    }
    Ok(())
}
