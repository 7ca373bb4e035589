//! JSON patches (RFC 6902), as kustomize applies them (`api/filters/patchjson6902`, `github.com/evanphx/json-patch`).

use super::budget::{Budget, DEPTH};
use super::tree::{Node, Value};

/// Applies one operation; false where that is not possible.
pub(super) fn apply(tree: &mut Node, operation: &Node, budget: &Budget) -> bool {
    let path = |key: &str| operation.text_at(&[key]).map(|path| steps(&path));
    let (Some(kind), Some(to)) = (operation.field("op"), path("path")) else { return false };
    if !budget.spend(8 + to.len()) {
        return false;
    }
    let written = operation.get("path").map_or(operation.at, |path| path.at);
    let new = match kind.as_ref() {
        "test" => return true,
        "remove" => return take(tree, &to, budget).is_some(),
        "move" => path("from").and_then(|from| take(tree, &from, budget)),
        "copy" => path("from").and_then(|from| Some(find(tree, &from)?.copy(budget))),
        "add" | "replace" => operation.get("value").map(|value| {
            let mut value = value.copy(budget);
            // A list or mapping is where the operation says so; a scalar's value stands in a line of its own.
            value.key = written;
            value
        }),
        _ => return false,
    };
    let Some(new) = new else { return false };
    if to.len() > DEPTH || new.is_too_deep(to.len(), budget) {
        return false;
    }
    put(tree, &to, new, kind == "replace", budget)
}

/// The parts of a JSON pointer.
fn steps(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

fn child<'n>(node: &'n mut Node, step: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Map(map) => map.get_mut(step),
        Value::List(items) => index(items.len(), step).and_then(|index| items.get_mut(index)),
        _ => None,
    }
}

/// A position in a list of this length; negative ones count from its end.
fn index(length: usize, step: &str) -> Option<usize> {
    if let Some(back) = step.strip_prefix('-').filter(|back| !back.is_empty()) {
        return length.checked_sub(back.parse().ok()?);
    }
    if step == "-" { Some(length) } else { step.parse().ok() }
}

fn parent<'n, 's>(tree: &'n mut Node, path: &'s [String]) -> Option<(&'n mut Node, &'s str)> {
    let (last, above) = path.split_last()?;
    let parent = above.iter().try_fold(tree, |node, step| child(node, step))?;
    Some((parent, last))
}

fn find<'n>(tree: &'n mut Node, path: &[String]) -> Option<&'n mut Node> {
    path.iter().try_fold(tree, |node, step| child(node, step))
}

fn take(tree: &mut Node, path: &[String], budget: &Budget) -> Option<Node> {
    let (parent, last) = parent(tree, path)?;
    match &mut parent.value {
        Value::Map(map) => map.remove(last),
        Value::List(items) => {
            let at = index(items.len(), last).filter(|at| *at < items.len())?;
            budget.spend(items.len() / 16);
            Some(items.remove(at))
        }
        _ => None,
    }
}

fn put(tree: &mut Node, path: &[String], new: Node, is_replacement: bool, budget: &Budget) -> bool {
    let Some((parent, last)) = parent(tree, path) else {
        if path.is_empty() {
            tree.replace(new);
        }
        return path.is_empty();
    };
    match &mut parent.value {
        Value::Map(_) => parent.set(last, new),
        Value::List(items) => match index(items.len(), last) {
            Some(at) if is_replacement && at < items.len() => items[at].replace(new),
            Some(at) => {
                budget.spend(items.len() / 16);
                items.insert(at.min(items.len()), new);
            }
            None => return false,
        },
        _ => return false,
    }
    true
}
