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
        (!self.has_chance(&expression, &mut BTreeSet::new())).then_some(expression)
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
    fn has_chance(&self, text: &str, known: &mut BTreeSet<String>) -> bool {
        let actions = text.split("{{").skip(1).filter_map(|part| part.split("}}").next());
        actions.into_iter().any(|action| {
            let mut helpers =
                ["include \"", "template \""].into_iter().flat_map(|word| action.split(word).skip(1));
            is_of_chance(action)
                || helpers.any(|rest| {
                    let name = rest.split('"').next().unwrap_or_default();
                    known.insert(name.to_owned())
                        && self.bodies(name).any(|body| self.has_chance(body, known))
                })
        })
    }

    /// What the helpers of a name are made of, as far as the next helper.
    fn bodies<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e str> {
        let start = format!("define \"{name}\"");
        let files = self.homes.sources().files().filter(|(_, file)| !file.is_rendered());
        let bodies = files.filter_map(move |(_, file)| {
            let (_, after) = file.text().split_once(&start)?;
            Some(after.split("define \"").next().unwrap_or(after))
        });
        bodies.collect::<Vec<_>>().into_iter()
    }
}
