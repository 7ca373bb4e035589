//! What names mean while an expression is read.

use super::syntax::Kind;
use super::value::Value;

/// The variables that are handed in, and those of the loops around.
#[derive(Debug)]
pub(super) struct Scope<'s> {
    pub(super) globals: &'s [&'s str],
    pub(super) locals: Vec<String>,
}

const TYPES: &[(&str, &str)] = &[
    ("bool", "bool"),
    ("int", "int"),
    ("uint", "uint"),
    ("double", "double"),
    ("string", "string"),
    ("bytes", "bytes"),
    ("list", "list"),
    ("map", "map"),
    ("null_type", "null_type"),
    ("type", "type"),
    ("optional_type", "optional_type"),
];

impl Scope<'_> {
    /// What a name is: the innermost variable of that name, else a type.
    pub(super) fn find(&self, name: &str) -> Option<Kind> {
        let local = self.locals.iter().rposition(|known| known == name).map(Kind::Local);
        let global = || self.globals.iter().position(|known| *known == name).map(Kind::Global);
        let constant = || {
            let known = TYPES.iter().find(|(known, _)| *known == name);
            known.map(|(_, name)| Kind::Constant(Value::Type(name)))
        };
        local.or_else(global).or_else(constant)
    }

    /// The names of all variables.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let globals = self.globals.iter().map(|name| (*name).to_owned());
        self.locals.iter().cloned().chain(globals)
    }
}
