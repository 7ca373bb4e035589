//! What a template computes, as another place of its chart can compute it again: nothing that chance or time makes.

use std::collections::BTreeSet;

use crate::render::marked::{is_of_chance, without_variables};
use crate::source::Span;

use super::home::entry_of;
use super::{Editor, template};
use crate::yaml::Node;

impl Editor<'_> {
    /// What stands behind a key on its line in a template, where that is computed and the same each time.
    pub(in crate::lint) fn expression(&self, key: Span) -> Option<String> {
        let text = self.homes.sources().file(key.file).text();
        let expression = without_variables(text, template::expression(text, key)?)?;
        (!self.has_chance(&expression)).then_some(expression)
    }

    /// What a template computes behind the key of a value, for the one object that it prints there.
    pub(super) fn own_expression(&self, value: Node<'_>) -> Option<Span> {
        let key = entry_of(value)?.key.span();
        let key = self.homes.places.narrow(key, self.homes.sources())?;
        let is_own = self.homes.object_file(value) == Some(key.file) && !self.homes.is_tree(key.file);
        let file = self.homes.sources().file(key.file);
        template::is_top(file, key).ok().filter(|()| is_own)?;
        let end = key.end as usize;
        let expression = template::expression(file.text(), key)?;
        let start = end + file.text()[end..].find(expression)?;
        Some(Span::new(key.file, start, start + expression.len()))
    }

    /// Whether an expression, or a helper that it asks for, names a function of chance or time.
    fn has_chance(&self, expression: &str) -> bool {
        names_chance(expression)
            || helpers_of(expression).any(|name| {
                let known = self.helpers_of_chance.borrow().get(name).copied();
                known.unwrap_or_else(|| {
                    let found = self.is_helper_of_chance(name, &mut BTreeSet::new());
                    self.helpers_of_chance.borrow_mut().insert(name.to_owned(), found);
                    found
                })
            })
    }

    /// The same of a helper. Those in `known` were asked before.
    fn is_helper_of_chance<'e>(&'e self, name: &'e str, known: &mut BTreeSet<&'e str>) -> bool {
        known.insert(name)
            && self.bodies(name).into_iter().any(|body| {
                names_chance(body) || helpers_of(body).any(|name| self.is_helper_of_chance(name, known))
            })
    }

    /// What the helpers of a name are made of, as far as the next helper.
    fn bodies(&self, name: &str) -> Vec<&str> {
        let start = format!("define \"{name}\"");
        let files = self.homes.sources().files().filter(|(_, file)| !file.is_rendered());
        let bodies = files.filter_map(|(_, file)| {
            let (_, after) = file.text().split_once(&start)?;
            Some(after.split("define \"").next().unwrap_or(after))
        });
        bodies.collect()
    }
}

/// The actions of a text.
fn actions(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|part| part.split("}}").next())
}

fn names_chance(text: &str) -> bool {
    actions(text).any(is_of_chance)
}

/// The names of the helpers that a text asks for.
fn helpers_of(text: &str) -> impl Iterator<Item = &str> {
    let asked = |action| {
        ["include \"", "template \""].into_iter().flat_map(move |word| str::split(action, word).skip(1))
    };
    actions(text).flat_map(asked).filter_map(|rest| rest.split('"').next())
}
