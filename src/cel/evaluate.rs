//! What an expression is worth over given values.

use std::collections::BTreeMap;
use std::ops::Range;

use super::arguments::Call;
use super::budget::Budget;
use super::fault::{Failure, Fault};
use super::library::Function;
use super::library::lists::sorted;
use super::operators::{binary, entries_of, index, insert, items, negate};
use super::pattern::Patterns;
use super::syntax::{Expression, Gather, Kind, Loop};
use super::value::Value;

type Evaluated = Result<Value, Fault>;

/// One evaluation.
pub(super) struct Evaluation<'e> {
    pub(super) globals: &'e [Value],
    pub(super) locals: Vec<Value>,
    pub(super) budget: &'e mut Budget,
    pub(super) patterns: &'e mut Patterns,
}

/// A failure at its place.
fn fault(failure: Failure, at: &Range<usize>, no_overload: impl FnOnce() -> String) -> Fault {
    match failure {
        Failure::Wrong(message) => Fault::new(at, message),
        Failure::NoOverload => Fault::new(at, no_overload()),
        Failure::Spent => Fault { is_spent: true, ..Fault::new(at, "the expression costs more than it may") },
    }
}

fn plain(failure: Failure, at: &Range<usize>) -> Fault {
    fault(failure, at, || "this cannot be done with values of these types".to_owned())
}

impl Evaluation<'_> {
    pub(super) fn value(&mut self, node: &Expression) -> Evaluated {
        self.budget.pay(1).map_err(|failure| plain(failure, &node.at))?;
        match &node.kind {
            Kind::Constant(value) => Ok(value.clone()),
            Kind::Global(number) => Ok(self.globals[*number].clone()),
            Kind::Local(number) => Ok(self.locals[*number].clone()),
            Kind::Field { of, name, is_optional } => {
                let of = self.value(of)?;
                field(&of, name, *is_optional, &node.at)
            }
            Kind::Has { of, name } => {
                let of = self.value(of)?;
                let is_there = match &of {
                    Value::Map(_) | Value::Optional(_) => {
                        matches!(field(&of, name, true, &node.at)?, Value::Optional(Some(_)))
                    }
                    _ => false,
                };
                Ok(Value::Bool(is_there))
            }
            Kind::Index { of, at, is_optional } => {
                let (of, at) = (self.value(of)?, self.value(at)?);
                item(&of, &at, *is_optional, &node.at)
            }
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Not(operand) => {
                let value = self.flag(operand)?;
                Ok(Value::Bool(!value))
            }
            Kind::Negate(operand) => {
                let value = self.value(operand)?;
                negate(&value).map_err(|failure| {
                    fault(failure, &node.at, || format!("`-` takes no {}", value.type_name()))
                })
            }
            Kind::Binary(operator, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                binary(*operator, &a, &b, self.budget).map_err(|failure| {
                    let types = || format!("{} and {} do not go together here", a.described(), b.described());
                    fault(failure, &node.at, types)
                })
            }
            Kind::And(operands) => self.chain(operands, false),
            Kind::Or(operands) => self.chain(operands, true),
            Kind::Choice(parts) => {
                let [condition, yes, no] = &**parts;
                if self.flag(condition)? { self.value(yes) } else { self.value(no) }
            }
            Kind::Call { functions, arguments } => self.call(functions, arguments, &node.at),
            Kind::Loop(looped) => self.looped(looped, &node.at),
            Kind::OptionalMap { of, body, is_flat } => self.optional_map(of, body, *is_flat, &node.at),
        }
    }

    /// A value that must be true or false.
    fn flag(&mut self, node: &Expression) -> Result<bool, Fault> {
        match self.value(node)? {
            Value::Bool(value) => Ok(value),
            other => Err(Fault::new(
                &node.at,
                format!("true or false should stand here, and this is {}", other.described()),
            )),
        }
    }

    /// `&&` and `||`: one operand that decides does so even where another fails.
    fn chain(&mut self, operands: &[Expression], deciding: bool) -> Evaluated {
        let mut failed = None;
        for operand in operands {
            match self.flag(operand) {
                Ok(value) if value == deciding => return Ok(Value::Bool(deciding)),
                Ok(_) => {}
                Err(fault) if fault.is_spent => return Err(fault),
                Err(fault) => failed = failed.or(Some(fault)),
            }
        }
        failed.map_or(Ok(Value::Bool(!deciding)), Err)
    }

    fn list(&mut self, items: &[(Expression, bool)]) -> Evaluated {
        let mut found = Vec::with_capacity(items.len());
        for (item, is_optional) in items {
            let value = self.value(item)?;
            found.extend(given(value, *is_optional, &item.at)?);
        }
        Ok(Value::list(found))
    }

    fn map(&mut self, entries: &[(Expression, Expression, bool)]) -> Evaluated {
        let mut found = BTreeMap::new();
        for (key, value, is_optional) in entries {
            let (name, value_at) = (self.value(key)?, &value.at);
            let value = self.value(value)?;
            if let Some(value) = given(value, *is_optional, value_at)? {
                // The last of equal keys counts.
                if let Some(name) = name.key() {
                    found.insert(name, value);
                } else {
                    return Err(Fault::new(&key.at, format!("{} is no key of a map", name.described())));
                }
            }
        }
        Ok(Value::map(found))
    }

    fn call(
        &mut self,
        functions: &[&'static Function],
        arguments: &[Expression],
        at: &Range<usize>,
    ) -> Evaluated {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.value(argument)?);
        }
        let mut call = Call { arguments: &values, budget: self.budget, patterns: self.patterns };
        for function in functions {
            match (function.run)(&mut call) {
                Err(Failure::NoOverload) => {}
                done => return done.map_err(|failure| plain(failure, at)),
            }
        }
        let name = functions.first().map_or("", |function| function.name);
        let types: Vec<&str> = values.iter().map(Value::type_name).collect();
        Err(Fault::new(at, format!("`{name}` takes no {}", types.join(", "))))
    }

    fn optional_map(
        &mut self,
        of: &Expression,
        body: &Expression,
        is_flat: bool,
        at: &Range<usize>,
    ) -> Evaluated {
        let inner = match self.value(of)? {
            Value::Optional(None) => return Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => inner,
            other => {
                return Err(Fault::new(
                    at,
                    format!("this wants an optional, and gets {}", other.described()),
                ));
            }
        };
        self.locals.push((*inner).clone());
        let value = self.value(body);
        self.locals.pop();
        match value? {
            value @ Value::Optional(_) if is_flat => Ok(value),
            _ if is_flat => Err(Fault::new(at, "`optFlatMap` wants an optional after the variable")),
            value => Ok(Value::some(value)),
        }
    }

    fn looped(&mut self, looped: &Loop, at: &Range<usize>) -> Evaluated {
        let range = self.value(&looped.range)?;
        let items = items(&range, looped.has_two, self.budget).map_err(|failure| plain(failure, at))?;
        let outer = self.locals.len();
        let mut gathered = Gathered::default();
        for [key, item] in items {
            self.locals.truncate(outer);
            if looped.has_two {
                self.locals.push(key);
            }
            self.locals.push(item.clone());
            let key = if looped.has_two { self.locals[outer].clone() } else { Value::Null };
            let is_over = self.iterate(looped, (key, item), &mut gathered, at);
            if !matches!(is_over, Ok(false)) {
                self.locals.truncate(outer);
                is_over?;
                break;
            }
        }
        self.locals.truncate(outer);
        let all_failed = |decided: bool, gathered: Gathered| match gathered.failed {
            Some(fault) if gathered.count == 0 => Err(fault),
            _ => Ok(Value::Bool(decided == (gathered.count > 0))),
        };
        match looped.gather {
            Gather::All => all_failed(false, gathered),
            Gather::Exists => all_failed(true, gathered),
            Gather::ExistsOne => Ok(Value::Bool(gathered.count == 1)),
            Gather::Filter | Gather::List => Ok(Value::list(gathered.items)),
            Gather::Map | Gather::Entries => Ok(Value::map(gathered.entries)),
            Gather::SortBy => {
                let mut call = Call { arguments: &[], budget: self.budget, patterns: self.patterns };
                sorted(gathered.pairs, &mut call).map_err(|failure| plain(failure, at))
            }
        }
    }

    /// One turn of a loop; true where nothing that follows can change its value.
    fn iterate(
        &mut self,
        looped: &Loop,
        (key, item): (Value, Value),
        gathered: &mut Gathered,
        at: &Range<usize>,
    ) -> Result<bool, Fault> {
        self.budget.pay(1).map_err(|failure| plain(failure, at))?;
        if let Some(filter) = &looped.filter
            && !self.flag(filter)?
        {
            return Ok(false);
        }
        let place = &looped.body.at;
        match looped.gather {
            Gather::All | Gather::Exists => match self.flag(&looped.body) {
                Ok(value) => {
                    let decides = value == (looped.gather == Gather::Exists);
                    gathered.count += usize::from(decides);
                    return Ok(decides);
                }
                Err(fault) if fault.is_spent => return Err(fault),
                Err(fault) => {
                    gathered.failed.get_or_insert(fault);
                }
            },
            Gather::ExistsOne => gathered.count += usize::from(self.flag(&looped.body)?),
            Gather::Filter if self.flag(&looped.body)? => gathered.items.push(item),
            Gather::Filter => {}
            Gather::List => gathered.items.push(self.value(&looped.body)?),
            Gather::SortBy => gathered.pairs.push((self.value(&looped.body)?, item)),
            Gather::Map => {
                let value = self.value(&looped.body)?;
                insert(&mut gathered.entries, &key, value).map_err(|failure| plain(failure, place))?;
            }
            Gather::Entries => {
                let made = self.value(&looped.body)?;
                let made = entries_of(&made).map_err(|failure| plain(failure, place))?;
                for (key, value) in made.iter() {
                    self.budget.pay(1).map_err(|failure| plain(failure, place))?;
                    insert(&mut gathered.entries, &Value::from(key), value.clone())
                        .map_err(|failure| plain(failure, place))?;
                }
            }
        }
        Ok(false)
    }
}

fn field(of: &Value, name: &Value, is_optional: bool, at: &Range<usize>) -> Evaluated {
    let Value::Text(key) = name else { return Err(Fault::new(at, "no field")) };
    match of {
        Value::Map(_) => {
            let found = index(of, name).map_err(|failure| plain(failure, at))?;
            match (found, is_optional) {
                (Some(value), true) => Ok(Value::some(value)),
                (Some(value), false) => Ok(value),
                (None, true) => Ok(Value::Optional(None)),
                (None, false) => {
                    Err(Fault::new(at, format!("there is no `{key}` here; ask with `has(…)` first")))
                }
            }
        }
        Value::Optional(None) => Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => field(inner, name, true, at),
        _ => Err(Fault::new(at, format!("{} has no fields, and no `{key}`", of.described()))),
    }
}

fn item(of: &Value, by: &Value, is_optional: bool, at: &Range<usize>) -> Evaluated {
    match of {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(inner)) => return item(inner, by, true, at),
        _ => {}
    }
    let types = || format!("{} has nothing at {}", of.described(), by.described());
    let found = index(of, by).map_err(|failure| fault(failure, at, types))?;
    match (found, is_optional) {
        (Some(value), true) => Ok(Value::some(value)),
        (Some(value), false) => Ok(value),
        (None, true) => Ok(Value::Optional(None)),
        (None, false) if matches!(of, Value::List(_)) => Err(Fault::new(at, "the list has no such item")),
        (None, false) => Err(Fault::new(at, "the map has no such key; ask with `in` first")),
    }
}

/// What stands in a list or a map after a `?`.
fn given(value: Value, is_optional: bool, at: &Range<usize>) -> Result<Option<Value>, Fault> {
    match value {
        _ if !is_optional => Ok(Some(value)),
        Value::Optional(inner) => Ok(inner.map(|value| (*value).clone())),
        _ => Err(Fault::new(
            at,
            format!("an optional should stand after `?`, and this is {}", value.described()),
        )),
    }
}

/// What a loop has so far.
#[derive(Default)]
struct Gathered {
    /// How many items decide.
    count: usize,
    items: Vec<Value>,
    entries: BTreeMap<super::key::Key, Value>,
    pairs: Vec<(Value, Value)>,
    failed: Option<Fault>,
}
