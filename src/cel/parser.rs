//! From tokens to the tree of an expression. Names are looked up here, so that a misspelt one is known at once.

mod macros;

mod primary;

use std::ops::Range;

use super::fault::Fault;
use super::lexer::{Token, tokens};
use super::operators::Operator;
use super::scope::Scope;
use super::syntax::{Expression, Kind};
use super::types;
use super::value::Value;

/// An expression has at most so many bytes.
const LONGEST: usize = 16 * 1024;

/// So many nodes of an expression stand above each other at most.
const DEEPEST: usize = 100;

/// So many brackets stand in each other at most.
const MOST_NESTED: usize = 50;

pub(super) type Parsed = Result<Expression, Fault>;

/// Reads tokens one after the other.
#[derive(Debug)]
pub(super) struct Parser<'s> {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    nesting: usize,
    /// Whether it reads what a format is filled with.
    pub(super) may_mix: bool,
    pub(super) scope: Scope<'s>,
}

/// The tree of a text over variables of these names.
pub(super) fn parse(text: &str, globals: &[&str]) -> Parsed {
    if text.len() > LONGEST {
        return Err(Fault::new(
            &(0..1),
            format!("an expression has at most {LONGEST} bytes, and this has {}", text.len()),
        ));
    }
    let scope = Scope { globals, locals: Vec::new() };
    let mut parser = Parser { tokens: tokens(text)?, at: 0, nesting: 0, may_mix: false, scope };
    let root = parser.expression()?;
    if *parser.peek() != Token::End {
        return Err(parser.unexpected("an operator or the end of the expression"));
    }
    Ok(root)
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    /// The token so many further on; the last is the end.
    pub(super) fn ahead(&self, by: usize) -> &Token {
        &self.tokens[(self.at + by).min(self.tokens.len() - 1)].0
    }

    /// Where the next token stands.
    pub(super) fn place(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }

    pub(super) fn step(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    pub(super) fn is_next(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(next) if *next == sign)
    }

    /// Takes a sign, if it is the next token.
    pub(super) fn takes(&mut self, sign: &str) -> bool {
        let is_next = self.is_next(sign);
        if is_next {
            self.step();
        }
        is_next
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Fault> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// What stands here is not what should.
    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        let mut place = self.place();
        let found = match self.peek() {
            Token::End => "the expression ends".to_owned(),
            Token::Name(name) => format!("`{name}` stands"),
            Token::Sign(sign) => format!("`{sign}` stands"),
            Token::Int(_) | Token::Uint(_) | Token::Double(_) => "a number stands".to_owned(),
            Token::Text(_) | Token::Bytes(_) => "a string stands".to_owned(),
        };
        if place.is_empty() {
            place = place.start.saturating_sub(1)..place.start;
        }
        Fault::new(&place, format!("{found} where {wanted} should be"))
    }

    /// A name that is written as such.
    pub(super) fn name(&mut self, what: &str) -> Result<(String, Range<usize>), Fault> {
        let place = self.place();
        match self.peek().clone() {
            Token::Name(name) => {
                self.step();
                Ok((name, place))
            }
            _ => Err(self.unexpected(what)),
        }
    }

    /// A node above others.
    pub(super) fn node(&self, kind: Kind, at: Range<usize>, start: usize, below: &[usize]) -> Parsed {
        let depth = 1 + below.iter().copied().max().unwrap_or(0);
        if depth > DEEPEST {
            return Err(Fault::new(&at, format!("the expression is nested deeper than {DEEPEST} steps")));
        }
        types::check(&kind, &at, self.may_mix)?;
        Ok(Expression { known_type: types::of(&kind), kind, at, start, depth })
    }

    pub(super) fn expression(&mut self) -> Parsed {
        if self.nesting == MOST_NESTED {
            return Err(Fault::new(
                &self.place(),
                format!("more than {MOST_NESTED} brackets stand in each other"),
            ));
        }
        self.nesting += 1;
        let condition = self.any()?;
        let place = self.place();
        let whole = if self.takes("?") {
            let yes = self.any()?;
            self.expect(":")?;
            let no = self.expression()?;
            let (start, depths) = (condition.start, [condition.depth, yes.depth, no.depth]);
            self.node(Kind::Choice(Box::new([condition, yes, no])), place, start, &depths)?
        } else {
            condition
        };
        self.nesting -= 1;
        Ok(whole)
    }

    fn any(&mut self) -> Parsed {
        let first = self.both()?;
        self.chain(first, "||", Self::both, Kind::Or)
    }

    fn both(&mut self) -> Parsed {
        let first = self.relation()?;
        self.chain(first, "&&", Self::relation, Kind::And)
    }

    fn chain(
        &mut self,
        first: Expression,
        sign: &str,
        next: fn(&mut Self) -> Parsed,
        kind: fn(Vec<Expression>) -> Kind,
    ) -> Parsed {
        if !self.is_next(sign) {
            return Ok(first);
        }
        let (place, start) = (self.place(), first.start);
        let mut operands = vec![first];
        while self.takes(sign) {
            operands.push(next(self)?);
        }
        let depths: Vec<usize> = operands.iter().map(|operand| operand.depth).collect();
        self.node(kind(operands), place, start, &depths)
    }

    fn relation(&mut self) -> Parsed {
        let signs = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let mut left = self.sum()?;
        loop {
            let place = self.place();
            let operator = if matches!(self.peek(), Token::Name(name) if name == "in") {
                Operator::In
            } else if let Some((_, operator)) = signs.iter().find(|(sign, _)| self.is_next(sign)) {
                *operator
            } else {
                return Ok(left);
            };
            self.step();
            let right = self.sum()?;
            left = self.binary(operator, place, left, right)?;
        }
    }

    fn sum(&mut self) -> Parsed {
        let signs = [("+", Operator::Add), ("-", Operator::Subtract)];
        self.operators(&signs, Self::product)
    }

    fn product(&mut self) -> Parsed {
        let signs = [("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)];
        self.operators(&signs, Self::unary)
    }

    fn operators(&mut self, signs: &[(&str, Operator)], next: fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = next(self)?;
        while let Some((_, operator)) = signs.iter().find(|(sign, _)| self.is_next(sign)) {
            let place = self.place();
            self.step();
            let right = next(self)?;
            left = self.binary(*operator, place, left, right)?;
        }
        Ok(left)
    }

    fn binary(&self, operator: Operator, place: Range<usize>, left: Expression, right: Expression) -> Parsed {
        let (start, depths) = (left.start, [left.depth, right.depth]);
        self.node(Kind::Binary(operator, Box::new(left), Box::new(right)), place, start, &depths)
    }

    fn unary(&mut self) -> Parsed {
        let mut places = Vec::new();
        let sign = if self.is_next("!") { "!" } else { "-" };
        while self.is_next(sign) {
            places.push(self.place());
            self.step();
        }
        // The least int has no positive twin.
        let mut operand = match self.peek() {
            Token::Int(number)
                if sign == "-" && !places.is_empty() && !matches!(self.ahead(1), Token::Sign("." | "[")) =>
            {
                let constant = Value::Int(0_i64.wrapping_sub_unsigned(*number));
                let place = places.pop().expect("it is not empty");
                let whole = place.start..self.place().end;
                self.step();
                self.node(Kind::Constant(constant), whole, place.start, &[])?
            }
            _ => self.member()?,
        };
        for place in places.into_iter().rev() {
            let kind = if sign == "!" { Kind::Not } else { Kind::Negate };
            let (start, depth) = (place.start, operand.depth);
            operand = self.node(kind(Box::new(operand)), place, start, &[depth])?;
        }
        Ok(operand)
    }

    fn member(&mut self) -> Parsed {
        let mut of = self.primary()?;
        loop {
            let (start, depth) = (of.start, of.depth);
            if self.takes(".") {
                let is_optional = self.takes("?");
                let (name, place) = self.name("a field or a function")?;
                if self.is_next("(") && !is_optional {
                    of = macros::method(self, of, &name, place)?;
                    continue;
                }
                let name = Value::text(&name);
                of =
                    self.node(Kind::Field { of: Box::new(of), name, is_optional }, place, start, &[depth])?;
            } else if self.is_next("[") {
                let place = self.place();
                self.step();
                let is_optional = self.takes("?");
                let at = self.expression()?;
                self.expect("]")?;
                let depths = [depth, at.depth];
                of = self.node(
                    Kind::Index { of: Box::new(of), at: Box::new(at), is_optional },
                    place,
                    start,
                    &depths,
                )?;
            } else {
                return Ok(of);
            }
        }
    }
}
