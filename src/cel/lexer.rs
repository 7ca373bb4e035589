//! From the text of an expression to tokens with their places.

use std::ops::Range;

use super::fault::Fault;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// A whole number.
    Int(u64),
    /// A whole number with a `u`.
    Uint(u64),
    /// A number with a fraction or an exponent.
    Double(f64),
    /// A string, its escapes read.
    Text(String),
    /// A `b"…"`.
    Bytes(Vec<u8>),
    /// An operator or a bracket.
    Sign(&'static str),
    /// The end of the expression.
    End,
}

/// Longer signs first.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
    "[", "]", "{", "}",
];

/// The tokens of a text; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        found.push((token, start..lexer.at));
        if is_end {
            return Ok(found);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
            let blanks = rest.len() - trimmed.len();
            let comment = trimmed.starts_with("//").then(|| trimmed.find('\n').unwrap_or(trimmed.len()));
            self.at += blanks + comment.unwrap_or(0);
            if comment.is_none() {
                return;
            }
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        if let Some(token) = self.string()? {
            return Ok(token);
        }
        let rest = self.rest();
        let second = rest[first.len_utf8()..].chars().next();
        if first.is_ascii_digit() || (first == '.' && second.is_some_and(|digit| digit.is_ascii_digit())) {
            return self.number();
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = rest[..end].to_owned();
            self.at += end;
            return Ok(Token::Name(name));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let hint = match first {
            '=' => "; equality is written `==`",
            '&' => "; and is written `&&`",
            '|' => "; or is written `||`",
            _ => "",
        };
        let place = self.at..self.at + first.len_utf8();
        Err(Fault::new(&place, format!("unexpected character {first:?}{hint}")))
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let rest = self.rest();
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let start = self.at;
        if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
            let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
            let number = u64::from_str_radix(&hex[..end], 16);
            self.at += 2 + end;
            return self.whole(start, number.ok());
        }
        let mut end = digits(rest);
        let mut is_double = false;
        if rest[end..].starts_with('.') && digits(&rest[end + 1..]) > 0 {
            end += 1 + digits(&rest[end + 1..]);
            is_double = true;
        }
        if rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            let exponent = digits(&rest[end + 1 + sign..]);
            if exponent > 0 {
                end += 1 + sign + exponent;
                is_double = true;
            }
        }
        let written = rest[..end].to_owned();
        self.at += end;
        if is_double {
            let number: f64 = written.parse().unwrap_or(f64::INFINITY);
            return Ok(Token::Double(number));
        }
        self.whole(start, written.parse().ok())
    }

    /// A whole number, which may be followed by a `u`.
    fn whole(&mut self, start: usize, number: Option<u64>) -> Result<Token, Fault> {
        let unsigned = self.rest().starts_with(['u', 'U']);
        self.at += usize::from(unsigned);
        match number {
            Some(number) if unsigned => Ok(Token::Uint(number)),
            Some(number) if number <= 1 << 63 => Ok(Token::Int(number)),
            _ => Err(Fault::new(&(start..self.at), "this number has more than 64 bits")),
        }
    }

    /// A string or bytes, with their prefixes.
    fn string(&mut self) -> Result<Option<Token>, Fault> {
        let rest = self.rest();
        let quote = rest.bytes().take(3).position(|byte| matches!(byte, b'"' | b'\''));
        let prefix = quote.and_then(|at| rest.get(..at)).map(str::to_ascii_lowercase);
        let Some(prefix) = prefix.filter(|p| matches!(p.as_str(), "" | "r" | "b" | "rb" | "br")) else {
            return Ok(None);
        };
        let (is_raw, is_bytes) = (prefix.contains('r'), prefix.contains('b'));
        let start = self.at;
        self.at += prefix.len();
        let quote = &self.rest()[..1];
        let triple = quote.repeat(3);
        let end = if self.rest().starts_with(&triple) { triple } else { quote.to_owned() };
        self.at += end.len();
        let mut bytes = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with(&end) {
                self.at += end.len();
                break;
            }
            match rest.chars().next() {
                Some('\\') if !is_raw => self.escape(is_bytes, &mut bytes)?,
                Some('\n' | '\r') | None if end.len() == 1 => {
                    return Err(Fault::new(&(start..self.at), "this string has no end"));
                }
                None => return Err(Fault::new(&(start..self.at), "this string has no end")),
                Some(letter) => {
                    bytes.extend_from_slice(&rest.as_bytes()[..letter.len_utf8()]);
                    self.at += letter.len_utf8();
                }
            }
        }
        if is_bytes {
            return Ok(Some(Token::Bytes(bytes)));
        }
        let text = String::from_utf8(bytes);
        text.map(|text| Some(Token::Text(text)))
            .map_err(|_| Fault::new(&(start..self.at), "this string is no text"))
    }

    /// One escape; `self.at` stands on its backslash.
    fn escape(&mut self, is_bytes: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
        let start = self.at;
        let rest = &self.text[start + 1..];
        let wrong = || Fault::new(&(start..(start + 2).min(self.text.len())), "unknown escape");
        let letter = rest.chars().next().ok_or_else(wrong)?;
        let simple = match letter {
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(b'\n'),
            'r' => Some(b'\r'),
            't' => Some(b'\t'),
            'v' => Some(11),
            '\\' | '?' | '"' | '\'' | '`' => Some(letter as u8),
            _ => None,
        };
        if let Some(byte) = simple {
            out.push(byte);
            self.at += 2;
            return Ok(());
        }
        let (skip, length, radix) = match letter {
            'x' | 'X' => (1, 2, 16),
            'u' if !is_bytes => (1, 4, 16),
            'U' if !is_bytes => (1, 8, 16),
            '0'..='3' => (0, 3, 8),
            _ => return Err(wrong()),
        };
        let digits = rest.get(skip..skip + length).ok_or_else(wrong)?;
        let number = u32::from_str_radix(digits, radix).map_err(|_| wrong())?;
        if is_bytes {
            out.push(u8::try_from(number).map_err(|_| wrong())?);
        } else {
            let letter = char::from_u32(number).ok_or_else(wrong)?;
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.at += 1 + skip + length;
        Ok(())
    }
}
