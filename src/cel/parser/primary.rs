//! What an expression begins with: constants, names, brackets, lists and maps.

use std::ops::Range;

use super::{Parsed, Parser, macros};
use crate::cel::fault::Fault;
use crate::cel::lexer::Token;
use crate::cel::syntax::Kind;
use crate::cel::value::Value;

/// Names that the language keeps for itself.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed {
        let place = self.place();
        let start = place.start;
        let constant = match self.peek().clone() {
            Token::Name(name) => return self.named(&name, place),
            Token::Int(number) => match i64::try_from(number) {
                Ok(number) => Value::Int(number),
                Err(_) => return Err(Fault::new(&place, "this number has more than 64 bits")),
            },
            Token::Uint(number) => Value::Uint(number),
            Token::Double(number) => Value::Double(number),
            Token::Text(text) => Value::text(text),
            Token::Bytes(bytes) => Value::Bytes(bytes.into()),
            Token::Sign("(") => {
                self.step();
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => return self.list(place),
            Token::Sign("{") => return self.map(place),
            Token::Sign(_) | Token::End => return Err(self.unexpected("a value")),
        };
        self.step();
        self.node(Kind::Constant(constant), place, start, &[])
    }

    fn named(&mut self, name: &str, place: Range<usize>) -> Parsed {
        self.step();
        let start = place.start;
        let constant = match name {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            _ => None,
        };
        if let Some(constant) = constant {
            return self.node(Kind::Constant(constant), place, start, &[]);
        }
        if self.is_next("(") {
            return macros::global(self, name, place);
        }
        if RESERVED.contains(&name) || name == "in" {
            return Err(Fault::new(
                &place,
                format!("`{name}` is a word of the language and names no variable"),
            ));
        }
        if let Some(kind) = self.scope.find(name) {
            if self.is_next("{") {
                return Err(Fault::new(
                    &self.place(),
                    "messages cannot be made here; write a map: `{'key': value}`",
                ));
            }
            return self.node(kind, place, start, &[]);
        }
        // `sets.contains(…)`: a function whose name has two words.
        if let (Token::Sign("."), Token::Name(second), Token::Sign("(")) =
            (self.peek().clone(), self.ahead(1).clone(), self.ahead(2).clone())
        {
            let whole = format!("{name}.{second}");
            if macros::is_global(&whole) {
                let place = place.start..self.tokens[self.at + 1].1.end;
                self.step();
                self.step();
                return macros::global(self, &whole, place);
            }
        }
        Err(Fault::unknown(&place, "variable", name, self.scope.names().collect()))
    }

    fn list(&mut self, place: Range<usize>) -> Parsed {
        self.step();
        let (mut items, mut depths) = (Vec::new(), Vec::new());
        while !self.is_next("]") {
            let is_optional = self.takes("?");
            let item = self.expression()?;
            depths.push(item.depth);
            items.push((item, is_optional));
            if !self.takes(",") {
                break;
            }
        }
        self.expect("]")?;
        let start = place.start;
        self.node(Kind::List(items), place, start, &depths)
    }

    fn map(&mut self, place: Range<usize>) -> Parsed {
        self.step();
        let (mut entries, mut depths) = (Vec::new(), Vec::new());
        while !self.is_next("}") {
            let is_optional = self.takes("?");
            let key = self.expression()?;
            self.expect(":")?;
            let value = self.expression()?;
            depths.extend([key.depth, value.depth]);
            entries.push((key, value, is_optional));
            if !self.takes(",") {
                break;
            }
        }
        self.expect("}")?;
        let start = place.start;
        self.node(Kind::Map(entries), place, start, &depths)
    }
}
