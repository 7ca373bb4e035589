//! Which values an action names, without running it.
//!
//! Fields, variables, `index`, `dict` and a few more are followed; every other function hands its arguments on, so that
//! `default "x" .Values.a | quote` names `a`. What is not understood names nothing.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::values::Key;
use super::words::{commands, inside, string, words};

/// Something that an expression may be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Thing {
    /// What Helm hands to a template: `.Values`, `.Files` and so on are its fields.
    Root,
    /// A value, by its path.
    Path(Rc<Vec<Key>>),
    /// A `dict` or `list` made in a template.
    Made(Rc<BTreeMap<String, Things>>),
    /// A literal.
    Text(Rc<str>),
    /// The key of a loop's turn, and the path that it ends.
    Turn(Rc<str>, Rc<Vec<Key>>),
    /// `.Files`
    Files,
    /// A file of the chart, or all that a pattern finds.
    File(Rc<str>),
}

/// All that an expression may be.
pub(super) type Things = Rc<Vec<Thing>>;

/// More are not followed.
const MOST: usize = 40;
const DEEPEST_EXPRESSION: usize = 40;
const LONGEST_PATH: usize = 60;

/// What the names in an expression stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    pub(super) dot: Things,
    /// With their `$`; the last of a name counts.
    pub(super) variables: Vec<(String, Things)>,
}

impl Env {
    fn variable(&self, name: &str) -> Things {
        let found = self.variables.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, things)| Rc::clone(things)).unwrap_or_default()
    }
}

/// Reads expressions.
pub(super) struct Reader<'a> {
    /// The text of a scalar among the values.
    pub(super) scalar: &'a dyn Fn(&[Key]) -> Option<String>,
    /// How much may still be read.
    pub(super) budget: &'a Cell<u64>,
}

impl Reader<'_> {
    /// What a pipeline may be.
    pub(super) fn read(&self, text: &str, env: &Env) -> Things {
        Rc::new(self.pipeline(text, env, 0))
    }

    fn pipeline(&self, text: &str, env: &Env, depth: usize) -> Vec<Thing> {
        let cost = text.len() as u64 + 1;
        if depth > DEEPEST_EXPRESSION || self.budget.get() < cost {
            return Vec::new();
        }
        self.budget.set(self.budget.get() - cost);
        let mut all = Vec::new();
        for command in commands(text) {
            all.extend(self.command(&words(command), env, depth));
            all.truncate(MOST);
        }
        all
    }

    fn command(&self, words: &[&str], env: &Env, depth: usize) -> Vec<Thing> {
        let [first, rest @ ..] = words else { return Vec::new() };
        let one = |word: &str| self.term(word, env, depth);
        match (*first, rest) {
            (only, []) => one(only),
            ("dict", pairs) => {
                let made = pairs
                    .chunks_exact(2)
                    .filter_map(|pair| Some((string(pair[0])?.to_owned(), Rc::new(one(pair[1])))));
                vec![Thing::Made(Rc::new(made.collect()))]
            }
            ("list" | "tuple", items) => {
                let made = items.iter().enumerate().map(|(at, item)| (at.to_string(), Rc::new(one(item))));
                vec![Thing::Made(Rc::new(made.collect()))]
            }
            ("index" | "get", [base, keys @ ..]) | ("dig", [keys @ .., _, base]) => {
                keys.iter().fold(one(base), |things, key| field(&things, &self.key(key, env, depth)))
            }
            (method, [name]) if method.ends_with(".Files.Get") || method.ends_with(".Files.Glob") => {
                let name = one(name).into_iter().find_map(|thing| match thing {
                    Thing::Text(name) | Thing::Turn(name, _) => Some(Thing::File(name)),
                    _ => None,
                });
                name.into_iter().collect()
            }
            (_, arguments) => {
                let mut all = Vec::new();
                for argument in arguments {
                    all.extend(one(argument));
                    all.truncate(MOST);
                }
                all
            }
        }
    }

    fn term(&self, word: &str, env: &Env, depth: usize) -> Vec<Thing> {
        let number = Some(word).filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(text) = string(word).or(number) {
            return vec![Thing::Text(text.into())];
        }
        let (things, fields) = if word.starts_with('(') {
            let Some(end) = word.rfind(')') else { return Vec::new() };
            (self.pipeline(&word[1..end], env, depth + 1), &word[end + 1..])
        } else if word.starts_with('$') {
            let end = word.find('.').unwrap_or(word.len());
            (env.variable(&word[..end]).to_vec(), &word[end..])
        } else if word.starts_with('.') {
            (env.dot.to_vec(), word)
        } else {
            return Vec::new();
        };
        let names = fields.split('.').filter(|name| !name.is_empty());
        names.fold(things, |things, name| field(&things, &Key::Name(name.to_owned())))
    }

    /// The key that a word is, if there is no doubt.
    fn key(&self, word: &str, env: &Env, depth: usize) -> Key {
        if let Some(inner) = inside(word) {
            let words = words(inner);
            let ([one] | ["toString" | "int", one]) = words.as_slice() else { return Key::Any };
            return if depth < DEEPEST_EXPRESSION { self.key(one, env, depth + 1) } else { Key::Any };
        }
        match self.term(word, env, depth).as_slice() {
            [Thing::Text(text) | Thing::Turn(text, _)] => Key::Name(text.to_string()),
            [Thing::Path(path)] => (self.scalar)(path).map_or(Key::Any, Key::Name),
            _ => Key::Any,
        }
    }
}

/// The field of whatever something may be.
pub(super) fn field(things: &[Thing], name: &Key) -> Vec<Thing> {
    let mut all = Vec::new();
    for thing in things {
        match (thing, name) {
            (Thing::Root, Key::Name(name)) if name == "Values" => all.push(Thing::Path(Rc::default())),
            (Thing::Root, Key::Name(name)) if name == "Files" => all.push(Thing::Files),
            (Thing::Path(path), _) if path.len() < LONGEST_PATH => {
                let mut longer = path.to_vec();
                longer.push(name.clone());
                all.push(Thing::Path(Rc::new(longer)));
            }
            (Thing::Made(made), Key::Name(name)) => {
                all.extend(made.get(name).into_iter().flat_map(|of| of.to_vec()));
            }
            (Thing::Made(made), Key::Any) => all.extend(made.values().flat_map(|of| of.to_vec())),
            (Thing::File(_), Key::Name(name)) if name == "AsConfig" => all.push(thing.clone()),
            // A part of what was read from a file: one of its documents, a line.
            (Thing::File(_), Key::Any) => all.push(thing.clone()),
            (Thing::File(_), Key::Name(name)) if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                all.push(thing.clone());
            }
            _ => {}
        }
        all.truncate(MOST);
    }
    all
}

/// A path that an action names, and whether it prints the last key of it only.
pub(super) type NamedPath = (Rc<Vec<Key>>, bool);

/// The paths among what something may be, those in a `dict` too; each once.
pub(super) fn paths(things: &[Thing]) -> Vec<NamedPath> {
    let mut found: Vec<NamedPath> = Vec::new();
    let mut waiting: Vec<Thing> = things.iter().rev().cloned().collect();
    let mut visited = 0;
    while let Some(thing) = waiting.pop().filter(|_| visited < 10 * MOST && found.len() < MOST) {
        visited += 1;
        match thing {
            Thing::Path(path) if !found.contains(&(Rc::clone(&path), false)) => found.push((path, false)),
            Thing::Turn(_, path) if !path.is_empty() && !found.contains(&(Rc::clone(&path), true)) => {
                found.push((path, true));
            }
            Thing::Made(made) => {
                waiting.extend(made.values().rev().flat_map(|things| things.iter().rev().cloned()));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        let path = |names: &[&str]| {
            Rc::new(vec![Thing::Path(Rc::new(
                names.iter().map(|name| Key::Name((*name).to_owned())).collect(),
            ))])
        };
        let env = Env {
            dot: Rc::new(vec![Thing::Root]),
            variables: vec![
                ("$".to_owned(), Rc::new(vec![Thing::Root])),
                ("$x".to_owned(), path(&["x"])),
                ("$turn".to_owned(), Rc::new(vec![Thing::Turn("3".into(), Rc::default())])),
            ],
        };
        let budget = Cell::new(100_000);
        let scalar = |path: &[Key]| (path == [Key::Name("which".to_owned())]).then(|| "blue".to_owned());
        let things = Reader { scalar: &scalar, budget: &budget }.read(text, &env);
        let shown = |key: &Key| match key {
            Key::Name(name) => name.clone(),
            Key::Any => "*".to_owned(),
        };
        paths(&things).iter().map(|(path, _)| path.iter().map(shown).collect::<Vec<_>>().join(".")).collect()
    }

    #[test]
    fn paths_are_followed() {
        for (text, found) in [
            (".Values.a.b | quote", vec!["a.b"]),
            ("default $.Values.a $x.y", vec!["a", "x.y"]),
            ("toYaml (index .Values.a 0 \"b.c\").d | nindent 4", vec!["a.0.b.c.d"]),
            ("index $x $turn .Values.other", vec!["x.3.*"]),
            ("get .Values.map .Values.which", vec!["map.blue"]),
            ("index .Values.map (printf \"%s\" .Values.which)", vec!["map.*"]),
            ("(dict \"v\" .Values.a \"w\" 1).v.b", vec!["a.b"]),
            ("(list .Values.a .Values.b | index 1)", vec!["a", "b"]),
            ("dig \"a\" \"b\" \"none\" .Values", vec!["a.b"]),
            (".Release.Name", vec![]),
            ("$unknown.a", vec![]),
            ("printf \"%s\" \".Values.a\"", vec![]),
        ] {
            assert_eq!(named(text), found, "{text}");
        }
    }

    #[test]
    fn deep_nesting_ends() {
        assert!(named(&format!("{}.Values.a{}", "(".repeat(9000), ")".repeat(9000))).is_empty());
    }
}
