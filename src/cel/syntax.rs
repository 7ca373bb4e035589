//! The tree of an expression.

use std::ops::Range;

use super::library::Function;
use super::operators::Operator;
use super::value::Value;

/// A node: what it is, and the part of the text that tells it from its operands.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) kind: Kind,
    /// Where its operator, its name or its literal stands.
    pub(super) at: Range<usize>,
    /// Where it begins.
    pub(super) start: usize,
    /// How many nodes stand above each other in it.
    pub(super) depth: usize,
    /// Its type, where no other is possible.
    pub(super) known_type: Option<&'static str>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A constant.
    Constant(Value),
    /// A variable that was handed in, by its number.
    Global(usize),
    /// A variable of a loop, by its number from the outside in.
    Local(usize),
    /// `a.b`; `a.?b` is optional.
    Field { of: Box<Expression>, name: Value, is_optional: bool },
    /// `has(a.b)`.
    Has { of: Box<Expression>, name: Value },
    /// `a[b]`; `a[?b]` is optional.
    Index { of: Box<Expression>, at: Box<Expression>, is_optional: bool },
    /// `[a, ?b]`: items, and whether each is optional.
    List(Vec<(Expression, bool)>),
    /// `{a: b, ?c: d}`.
    Map(Vec<(Expression, Expression, bool)>),
    /// `!a`.
    Not(Box<Expression>),
    /// `-a`.
    Negate(Box<Expression>),
    /// `a + b` and its like.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `a && b && c`.
    And(Vec<Expression>),
    /// `a || b || c`.
    Or(Vec<Expression>),
    /// `a ? b : c`.
    Choice(Box<[Expression; 3]>),
    /// A function by its name, and its arguments, the value before the dot first.
    Call { functions: Vec<&'static Function>, arguments: Vec<Expression> },
    /// A loop over a list or a map.
    Loop(Box<Loop>),
    /// `a.optMap(x, b)`; `optFlatMap` where `b` is optional itself.
    OptionalMap { of: Box<Expression>, body: Box<Expression>, is_flat: bool },
}

/// What a loop makes of what its body says of each item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gather {
    /// `all`.
    All,
    /// `exists`.
    Exists,
    /// `exists_one`, `existsOne`.
    ExistsOne,
    /// `filter`.
    Filter,
    /// `map`, `transformList`.
    List,
    /// `transformMap`.
    Map,
    /// `transformMapEntry`.
    Entries,
    /// `sortBy`.
    SortBy,
}

/// A loop.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) gather: Gather,
    pub(super) range: Expression,
    /// Whether it has a variable for the index or key too.
    pub(super) has_two: bool,
    /// Only where this is true.
    pub(super) filter: Option<Expression>,
    pub(super) body: Expression,
}
