//! A walk through the actions of a region: what `.` is at each, what it asks, and what it says to others.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::lexer::Word;
use super::eval::Reader;
use super::region::{Action, Region, names};
use super::served::{Place, names_api};
use super::state::State;
use super::strings::text_of;
use super::value::{
    CHANCE, HELM, LOOKUP, NAMED, NUMBER, OPEN, ORDER, Questions, REVISION, ROOT, SERVED, UPGRADE, VERSIONS,
    Value,
};

/// What a walk finds, once all is known.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) upgrade: bool,
    pub(super) open: Vec<(usize, Range<usize>, &'static str)>,
    /// Where an API version is asked for that is not written there.
    pub(super) indirect: Vec<Place>,
}

/// Walks through a region. `variables` are those that are known from a walk before.
pub(super) fn walk<'t>(
    region: &'t Region<'t>,
    state: &mut State<'t>,
    variables: &mut BTreeMap<&'t str, Value>,
    found: &mut Found,
) {
    let top = region.name.as_ref().map_or(Value::in_context(ROOT), |name| state.handed(name));
    let mut dot = top.clone();
    // What `.` is around each scope.
    let mut around: Vec<Value> = Vec::new();
    for action in &region.actions {
        if action.word == Word::End {
            dot = around.pop().unwrap_or_default();
            continue;
        }
        if action.is_else {
            dot = around.last().cloned().unwrap_or_default();
        }
        if action.body.is_empty() {
            continue;
        }
        let names_api = names_api(action.body);
        let mut reader = Reader {
            state,
            variables,
            dot: dot.clone(),
            top: &top,
            is_helper: region.name.is_some(),
            names_api,
            names_file: action.body.contains("Template."),
            open: 0,
            is_indirect: false,
        };
        let value = if action.word == Word::Block {
            reader.block(action.body)
        } else {
            reader.pipeline(action.body, 0)
        };
        let mut open = reader.open | decided(action, &value, names_api);
        // What is printed shows the name of the release, and helpers make names of it.
        if action.prints || region.name.is_some() {
            open &= !NAMED;
        }
        if reader.is_indirect {
            found.indirect.push((region.file, action.whole.clone()));
        }
        assign(action, &value, state, variables);
        if action.prints {
            match &region.name {
                Some(name) => state.print(name, &value),
                None if region.is_text => state.print_text(&value),
                None => {}
            }
        }
        note(region, action, open, &value, found);
        enter(action, value, &mut dot, &mut around);
    }
}

/// The questions by which an action prints one thing or another.
fn decided(action: &Action<'_>, value: &Value, names_api: bool) -> Questions {
    if action.prints {
        return value.all_chosen();
    }
    let served = if value.context & VERSIONS != 0 && !names_api { SERVED } else { 0 };
    // What is made by chance is there, whatever it is.
    let chance = if value.asked & NUMBER != 0 { CHANCE } else { 0 };
    match action.word {
        Word::If | Word::With => value.asked & (LOOKUP | REVISION | HELM | chance) | value.chosen,
        Word::Range => value.asked & (LOOKUP | REVISION | HELM | chance) | value.chosen | served,
        _ => 0,
    }
}

fn assign<'t>(
    action: &Action<'t>,
    value: &Value,
    state: &mut State<'t>,
    variables: &mut BTreeMap<&'t str, Value>,
) {
    match (action.word, action.sets.as_slice()) {
        (Word::Range, [key, item]) => {
            state.assign(variables, key, &Value::of(value.asked));
            state.assign(variables, item, &value.any());
        }
        (Word::Range, [item]) => state.assign(variables, item, &value.any()),
        (_, names) => names.iter().for_each(|name| state.assign(variables, name, value)),
    }
}

/// Goes into the scope that an action opens.
fn enter(action: &Action<'_>, value: Value, dot: &mut Value, around: &mut Vec<Value>) {
    match action.word {
        Word::With if action.is_else => *dot = value,
        _ if action.is_else => {}
        Word::If => around.push(dot.clone()),
        Word::With => around.push(std::mem::replace(dot, value)),
        Word::Range => around.push(std::mem::replace(dot, value.any())),
        _ => {}
    }
}

fn note(region: &Region<'_>, action: &Action<'_>, open: Questions, value: &Value, found: &mut Found) {
    let is_used = action.prints || action.sets.is_empty();
    let named = |name: &str| {
        let name = text_of(name).unwrap_or(name.into());
        name.strip_prefix('$').unwrap_or(&name) == ".Release"
            || name.split('.').any(|part| matches!(part, "IsUpgrade" | "IsInstall"))
    };
    found.upgrade |= (open | if is_used { value.all() } else { 0 }) & UPGRADE != 0;
    found.upgrade |= names(action.body).any(named);
    let open = if open & ORDER != 0 { open | CHANCE } else { open };
    if let Some((_, what)) = OPEN.iter().find(|(question, _)| open & question != 0) {
        found.open.push((region.file, action.whole.clone(), what));
    }
}
