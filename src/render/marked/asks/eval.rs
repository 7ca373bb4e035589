//! What an expression of a template may be, and which questions decide between the things that it may be.

use std::collections::BTreeMap;

use super::super::words::{commands, inside, words};
use super::functions::{Function, asks, is_replacing, makes_number};
use super::state::State;
use super::strings::{text_of, unescaped};
use super::value::{
    CHANCE, HELM, LOOKUP, MADE, MINOR, NAMED, NUMBER, ORDER, Questions, REVISION, SERVED, UPGRADE, VERSION,
    Value, WRITTEN,
};
use super::versions;

/// Deeper expressions are not written by people.
const DEEPEST: usize = 40;

/// Reads the expressions of an action.
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the one action")]
pub(super) struct Reader<'s, 't> {
    pub(super) state: &'s mut State<'t>,
    pub(super) variables: &'s BTreeMap<&'t str, Value>,
    pub(super) dot: Value,
    /// What the file or the helper was handed (`$`).
    pub(super) top: &'s Value,
    pub(super) is_helper: bool,
    /// Whether an API version is written out in the action.
    pub(super) names_api: bool,
    /// Whether a file of the chart is named in it (`.Template.BasePath`).
    pub(super) names_file: bool,
    /// The questions that decide in it.
    pub(super) open: Questions,
    /// Whether it asks for an API version that is not written where it asks.
    pub(super) is_indirect: bool,
}

impl<'t> Reader<'_, 't> {
    /// What a pipeline may be.
    pub(super) fn pipeline(&mut self, text: &'t str, depth: usize) -> Value {
        let mut last: Option<Value> = None;
        if depth < DEEPEST {
            for command in commands(text) {
                last = Some(self.command(&words(command), last.take(), depth));
            }
        }
        last.unwrap_or_default()
    }

    /// `block "name" pipeline`: the call of the helper that it defines.
    pub(super) fn block(&mut self, text: &'t str) -> Value {
        let given: Vec<Value> = words(text).into_iter().map(|word| self.term(word, 0)).collect();
        self.include(&given)
    }

    fn command(&mut self, words: &[&'t str], piped: Option<Value>, depth: usize) -> Value {
        let [first, rest @ ..] = words else { return piped.unwrap_or_default() };
        if rest.is_empty() && piped.is_none() {
            return self.term(first, depth);
        }
        let mut given: Vec<Value> = rest.iter().map(|word| self.term(word, depth)).collect();
        given.extend(piped);
        if first.starts_with(['.', '$', '(']) {
            return self.method(first, rest, &given, depth);
        }
        self.function(first, &given)
    }

    /// `.Capabilities.APIVersions.Has`, `.Files.Get`.
    fn method(&mut self, method: &'t str, words: &[&'t str], given: &[Value], depth: usize) -> Value {
        let asked = given.iter().fold(0, |all, value| all | value.all());
        if !method.ends_with(".Has") {
            self.choose(asked);
            self.term(method, depth);
            return Value::in_context(WRITTEN);
        }
        // A helper is given what it asks for; a loop has it in a list.
        let is_given = |word: &&str| {
            word.trim_end_matches(')') == "."
                || (self.is_helper && word.starts_with('.') && !word.contains("Values"))
        };
        let is_written = |word: &&str| text_of(word.trim_matches(['(', ')', ' '])).is_some();
        self.is_indirect |= !words.first().is_some_and(is_written);
        let is_known = self.names_api || words.first().is_some_and(is_given);
        if !is_known && given.iter().all(|value| value.literal.is_none()) {
            self.open |= SERVED;
        }
        Value { asked, chosen: asked, ..Value::default() }
    }

    fn function(&mut self, name: &str, given: &[Value]) -> Value {
        let joined = || given.iter().fold(Value::default(), Value::or);
        let flat = || given.iter().fold(Value::default(), |all, value| all.or(&value.flat()));
        match Function::of(name) {
            Function::Field => self.field_of(name, given),
            Function::Dict => made(given),
            Function::List => {
                Value::made(given.iter().enumerate().map(|(at, one)| (at.to_string(), one.clone())).collect())
            }
            Function::Ternary => match given {
                [yes, no, which] => {
                    let kept = self.choose(which.asked & !(CHANCE | VERSION) | which.chosen);
                    Value { chosen: yes.chosen | no.chosen | kept, ..yes.clone().or(no) }
                }
                _ => joined(),
            },
            Function::Include => self.include(given),
            Function::Tpl => self.tpl(given),
            Function::Compare => self.compared(name, given),
            Function::Semver => self.semver(given),
            Function::Keep => {
                if let ("set", [_, key, value]) = (name, given) {
                    self.set(key, value);
                }
                Value { literal: None, ..joined() }
            }
            Function::Keys => {
                let all = flat();
                Value { asked: all.asked | ORDER, ..all }
            }
            Function::Sort => Value { asked: joined().asked & !ORDER, ..joined() },
            Function::Place => self.place(given),
            Function::Cut => {
                let [how @ .., _] = given else { return flat() };
                let how = how.iter().fold(0, |all, value| all | value.all());
                let kept = self.choose(how & !VERSION);
                let all = flat();
                Value { chosen: all.chosen | kept, ..all }
            }
            Function::Replace | Function::Trim => self.replaced(name, given),
            Function::Kind => Value::of(joined().asked & LOOKUP),
            Function::Not => Value { asked: joined().asked, chosen: joined().chosen, ..Value::default() },
            Function::Text => {
                let all = flat();
                let own = asks(name);
                let may_fail = own & LOOKUP | if name == "getHostByName" { CHANCE } else { 0 };
                let number = if makes_number(name) { NUMBER } else { 0 };
                let made = put_together(name, given);
                Value { asked: all.asked | own | number | made, chosen: all.chosen | may_fail, ..all }
            }
        }
    }

    /// Questions choose here between things that are not alike. What `lookup` finds is asked about where it shows.
    fn choose(&mut self, asked: Questions) -> Questions {
        let asked = if asked & ORDER != 0 { asked | CHANCE } else { asked };
        self.open |= asked & !(LOOKUP | ORDER | MADE | NAMED);
        asked & LOOKUP
    }

    fn field_of(&mut self, name: &str, given: &[Value]) -> Value {
        let (base, keys) = match given {
            [keys @ .., _, base] if name == "dig" => (base, keys),
            [base, keys @ ..] => (base, keys),
            [] => return Value::default(),
        };
        let asked = keys.iter().fold(0, |all, key| all | key.all() | key.chosen);
        let base = Value { asked: base.asked & !ORDER, ..base.clone() };
        let unordered = if given.iter().any(|value| value.asked & ORDER != 0) { CHANCE } else { 0 };
        let kept = self.choose(asked | unordered);
        let found = keys.iter().fold(base, |base, key| match &key.literal {
            Some(key) => self.field(&base, key),
            None => base.any(),
        });
        Value { chosen: found.chosen | kept, literal: None, ..found }
    }

    fn field(&self, base: &Value, name: &str) -> Value {
        let found = base.field(name);
        match self.state.set.get(name) {
            Some(set) => found.or(set),
            None => found,
        }
    }

    fn place(&mut self, given: &[Value]) -> Value {
        let all = given.iter().fold(Value::default(), Value::or);
        let kept = self.choose(all.asked & ORDER);
        let how = given.iter().skip(1).fold(0, |all, value| all | value.all());
        let kept = kept | self.choose(how);
        let any = all.any();
        Value { asked: any.asked & !ORDER, chosen: any.chosen | kept, ..any }
    }

    fn compared(&mut self, name: &str, given: &[Value]) -> Value {
        let mut asked = given.iter().fold(0, |all, value| all | value.all());
        // Whether a list has something does not depend on its order.
        asked &= !ORDER;
        if self.names_api {
            self.is_indirect |= asked & SERVED != 0;
            asked &= !SERVED;
        }
        if name == "hasKey" {
            asked = given.iter().fold(0, |all, value| all | value.asked) | given.get(1).map_or(0, Value::all);
        }
        if name.ends_with("egexFind") {
            // This is how the number is found in a version.
            return Value { asked, chosen: asked & !(VERSION | MINOR | NUMBER | MADE), ..Value::default() };
        }
        if asked & MINOR != 0 {
            let number = given.iter().find_map(|value| value.literal.as_ref()?.parse().ok());
            if let Some(minor) = number {
                self.state.versions.insert(versions::Named::minor(minor));
                asked &= !VERSION;
            }
        }
        asked &= !(MINOR | NUMBER | MADE);
        Value { asked, chosen: asked, ..Value::default() }
    }

    fn semver(&mut self, given: &[Value]) -> Value {
        let mut asked = given.iter().fold(0, |all, value| all | value.all() | value.chosen);
        if asked & VERSION != 0 {
            let named = given.first().and_then(|constraint| versions::named(constraint.literal.as_ref()?));
            if let Some(named) = named {
                self.state.versions.extend(named);
                asked &= !VERSION;
            }
        }
        asked &= !(MINOR | NUMBER | MADE);
        Value { asked, chosen: asked, ..Value::default() }
    }

    /// A text of which a part is replaced or cut off: by words that this brings in, or leaves, it may be another one.
    fn replaced(&mut self, name: &str, given: &[Value]) -> Value {
        let is_trim = name.starts_with("trim");
        let (how, subject, with) = match given {
            [how, subject] if is_trim => (how, subject, None),
            [how, with, subject] if name == "replace" => (how, subject, Some(with)),
            [how, subject, with] => (how, subject, Some(with)),
            _ => return given.iter().fold(Value::default(), |all, value| all.or(&value.flat())),
        };
        let others = how.all() | with.map_or(0, Value::all);
        let kept = self.choose(others & !(VERSION | CHANCE));
        let letters = |value: &Value, most: usize| {
            let text = value.literal.as_deref();
            text.is_none_or(|text| {
                text.bytes().filter(u8::is_ascii_alphanumeric).count() > most && !text.contains('$')
            })
        };
        let asked = subject.all();
        let mut chosen = kept | subject.all_chosen();
        if with.is_some_and(|with| letters(with, 1)) {
            chosen |= asked;
        }
        if letters(how, 0) && (name == "replace" || is_trim) {
            chosen |= asked & (REVISION | CHANCE | HELM | UPGRADE);
        } else if !is_trim && name != "replace" {
            chosen |= asked & REVISION;
        }
        let made = put_together(name, given);
        Value {
            asked: asked | others | made,
            chosen: chosen & !(NUMBER | MINOR | ORDER | MADE),
            ..Value::default()
        }
    }

    fn include(&mut self, given: &[Value]) -> Value {
        let Some(name) = given.first() else { return Value::default() };
        let kept = self.choose(name.all() | name.chosen);
        let handed = given.get(1).cloned().unwrap_or_default();
        let found = match &name.literal {
            Some(name) => self.state.call(name, &handed),
            // The rendered text of a file of the chart, for a checksum.
            None if self.names_file => return Value { chosen: kept, ..Value::default() },
            None => self.state.call_any(&handed),
        };
        Value { chosen: found.chosen | kept, ..found }
    }

    fn tpl(&mut self, given: &[Value]) -> Value {
        let Some(text) = given.first() else { return Value::default() };
        let all = text.flat();
        let kept = self.choose(all.asked & (REVISION | HELM | LOOKUP) | all.chosen);
        self.open |= all.asked & MADE;
        let found = all.or(&self.state.texts);
        Value { asked: found.asked & !MADE, chosen: found.chosen | kept, ..found }
    }

    /// `set`: whoever holds the same thing sees it.
    fn set(&mut self, key: &Value, value: &Value) {
        if let Some(key) = &key.literal {
            self.state.keep(key, value);
        } else {
            self.choose(value.all() & !CHANCE | value.chosen);
        }
    }

    fn term(&mut self, word: &'t str, depth: usize) -> Value {
        if let Some(text) = text_of(word) {
            return Value::text(&text);
        }
        if word.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
            return Value::text(word);
        }
        let (base, fields) = if word.starts_with('(') {
            let Some(end) = word.rfind(')') else { return Value::default() };
            let whole = inside(word).unwrap_or(&word[1..end]);
            (self.pipeline(whole, depth + 1), &word[end + 1..])
        } else if word.starts_with('$') {
            let end = word.find('.').unwrap_or(word.len());
            let name = &word[..end];
            let found = if name == "$" { Some(self.top) } else { self.variables.get(name) };
            (found.cloned().unwrap_or_default(), &word[end..])
        } else if word.starts_with('.') {
            (self.dot.clone(), word)
        } else if word.starts_with(['"', '\'', '`']) {
            return Value::text(&unescaped(word.trim_matches(['"', '\''])));
        } else {
            return self.function(word, &[]);
        };
        let names = fields.split('.').filter(|name| !name.is_empty());
        names.fold(base, |base, name| self.field(&base, name))
    }
}

fn made(pairs: &[Value]) -> Value {
    let mut fields = BTreeMap::new();
    let mut around = Value::default();
    for pair in pairs.chunks_exact(2) {
        if let Some(key) = &pair[0].literal {
            fields.insert(key.to_string(), pair[1].clone());
        } else {
            around = around.or(&pair[1].flat());
        }
    }
    // A value of a key that is not known may be any.
    Value::made(fields).or(&around)
}

/// Whether a function makes a text of parts that are no templates by themselves, or another text altogether.
fn put_together(name: &str, given: &[Value]) -> Questions {
    let mut texts = given.iter().filter_map(|value| value.literal.as_deref());
    let is_half = |text: &str| {
        let count = |what: &str| text.matches(what).count();
        count("{") != count("}") || 2 * count("{{") != count("{") || 2 * count("}}") != count("}")
    };
    // Whatever is filled in below the values is one of them.
    let is_filled = |text: &str| {
        let inside = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
        inside.map(|action| action.replace(".Values.%s", "")).any(|action| action.contains('%'))
    };
    let is_whole = |text: &str| !text.contains(['{', '}']);
    let is_made = match name {
        "b64dec" | "b32dec" | "decryptAES" => true,
        _ if is_replacing(name) => !texts.all(is_whole),
        "printf" => texts.any(|text| is_half(text) || is_filled(text)),
        _ => texts.any(is_half),
    };
    if is_made { MADE } else { 0 }
}
