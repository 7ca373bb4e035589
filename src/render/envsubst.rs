//! `${name}` and its functions, as `fluxcd/pkg/envsubst` reads them (`parse/parse.go`, `parse/scan.go`).

use std::ops::Range;

use super::shell_functions::applied;

/// Functions in functions deeper than this are not read.
const DEEPEST: usize = 32;

/// What a name stands for.
pub(super) enum Value<'v> {
    /// A text.
    Known(&'v str),
    /// Nothing.
    Unset,
    /// Something that only the cluster knows.
    Unknown,
}

/// A part of a text that is not left as it stands.
#[derive(Debug)]
pub(super) struct Placeholder {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// What comes in its place.
    pub(super) function: Function,
}

/// What comes in the place of `${…}`, or of `$$`.
#[derive(Debug)]
pub(super) enum Function {
    /// The text itself.
    Text(String),
    /// Something made of a variable.
    Call {
        /// The variable.
        name: String,
        /// What is done with its value: `:=`, `^^`, `//`; empty for nothing.
        operator: String,
        /// What the operator works with.
        arguments: Vec<Function>,
    },
}

/// The text of a placeholder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filled {
    /// None where a name is not known.
    pub(super) text: Option<String>,
    /// Whether it is the value of the variable that the placeholder names, or made from it.
    pub(super) is_of_variable: bool,
    /// The names that are not known.
    pub(super) unknown: Vec<String>,
}

/// The placeholders of a text, up to the first that Flux cannot read: of that the place and the reason.
pub(super) fn placeholders(text: &str) -> (Vec<Placeholder>, Option<(usize, &'static str)>) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('$') {
        let start = at + next;
        let after = &text[start + 1..];
        at = start + 1;
        if after.starts_with('$') {
            at = start + 2;
            found.push(Placeholder { range: start..at, function: Function::Text("$".into()) });
        } else if after.starts_with('{') {
            let mut reader = Reader { text, at: start + 2 };
            match reader.function(0) {
                Ok(function) => found.push(Placeholder { range: start..reader.at, function }),
                Err(reason) => return (found, Some((start, reason))),
            }
            at = reader.at;
        }
    }
    (found, None)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes what fits, up to a number of signs.
    fn take(&mut self, most: usize, fits: impl Fn(char) -> bool) -> String {
        let taken: String = self.rest().chars().take(most).take_while(|c| fits(*c)).collect();
        self.at += taken.len();
        taken
    }

    fn name(&mut self) -> Result<String, &'static str> {
        let name = self.take(usize::MAX, |c| c.is_alphanumeric() || c == '_');
        if name.is_empty() { Err("it holds no name of a variable") } else { Ok(name) }
    }

    fn close(&mut self) -> Result<(), &'static str> {
        if self.next() != Some('}') {
            return Err("it is no function that Flux knows, or has no end");
        }
        self.at += 1;
        Ok(())
    }

    /// What stands after `${`, with the brace at its end.
    fn function(&mut self, depth: usize) -> Result<Function, &'static str> {
        if depth > DEEPEST {
            return Err("it holds too many others");
        }
        if self.next() == Some('#') {
            self.at += 1;
            let name = self.name()?;
            self.close()?;
            return Ok(Function::Call { name, operator: "#".into(), arguments: Vec::new() });
        }
        let name = self.name()?;
        let mut arguments = Vec::new();
        let operator = match self.next() {
            Some(':') if self.rest()[1..].starts_with(['=', '-', '?', '+']) => {
                let operator = self.take(2, |_| true);
                self.default(depth, &mut arguments)?;
                operator
            }
            Some(':') => {
                self.at += 1;
                arguments.push(self.argument(depth, |c| c == ':' || c == '}', false)?);
                let has_length = !self.take(usize::MAX, |c| c == ':').is_empty();
                if has_length {
                    arguments.push(self.argument(depth, |c| c == '}', false)?);
                }
                ":".into()
            }
            Some('=') => {
                self.at += 1;
                self.default(depth, &mut arguments)?;
                "=".into()
            }
            Some(',' | '^') => self.take(2, |c| c == ',' || c == '^'),
            Some('/') => self.replacement(depth, &mut arguments)?,
            Some(sign @ ('#' | '%')) => {
                let operator = self.take(2, |c| c == sign);
                arguments.push(self.argument(depth, |c| c == '}', false)?);
                operator
            }
            _ => String::new(),
        };
        self.close()?;
        Ok(Function::Call { name, operator, arguments })
    }

    fn default(&mut self, depth: usize, arguments: &mut Vec<Function>) -> Result<(), &'static str> {
        while self.next() != Some('}') {
            arguments.push(self.argument(depth, |c| c == '}', false)?);
        }
        Ok(())
    }

    /// `/pattern/text`, of which the text may be missing but not the second slash.
    fn replacement(&mut self, depth: usize, arguments: &mut Vec<Function>) -> Result<String, &'static str> {
        let mut operator = self.take(1, |_| true);
        operator.push_str(&self.take(1, |c| matches!(c, '/' | '#' | '%')));
        arguments.push(match self.next() {
            Some('/') => Function::Text(String::new()),
            _ => self.argument(depth, |c| c == '/', true)?,
        });
        if self.take(usize::MAX, |c| c == '/').is_empty() {
            return Err("the pattern to replace has no end");
        }
        if self.next() != Some('}') {
            arguments.push(self.argument(depth, |c| c == '}', true)?);
        }
        Ok(operator)
    }

    /// A function, or a text up to the next function or to a sign that ends it. Some take `\/`, `\\` and `$$` for one sign.
    fn argument(
        &mut self,
        depth: usize,
        ends: impl Fn(char) -> bool,
        escapes: bool,
    ) -> Result<Function, &'static str> {
        if self.rest().starts_with("${") {
            self.at += 2;
            return self.function(depth + 1);
        }
        let mut text = String::new();
        while let Some(c) = self.next() {
            if self.rest().starts_with("${") {
                break;
            }
            let is_escaped = escapes && ["$$", "\\/", "\\\\"].iter().any(|two| self.rest().starts_with(two));
            if is_escaped {
                self.at += 1;
                text.push(char::from(self.text.as_bytes()[self.at]));
                self.at += 1;
            } else if ends(c) {
                break;
            } else {
                text.push(c);
                self.at += c.len_utf8();
            }
        }
        if text.is_empty() { Err("it has no end, or an empty part") } else { Ok(Function::Text(text)) }
    }
}

impl Function {
    /// The variable that it names.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Call { name, .. } => Some(name),
        }
    }

    /// What it stands for. An unknown variable with a default counts as that.
    pub(super) fn fill<'v>(&self, value_of: &dyn Fn(&str) -> Value<'v>) -> Filled {
        let (name, operator, arguments) = match self {
            Self::Text(text) => {
                return Filled { text: Some(text.clone()), is_of_variable: false, unknown: Vec::new() };
            }
            Self::Call { name, operator, arguments } => (name, operator, arguments),
        };
        let is_default = matches!(operator.as_str(), "=" | ":=" | ":-" | ":?" | ":+");
        let (mut filled, mut unknown) = (Vec::new(), Vec::new());
        let value = value_of(name);
        if matches!(value, Value::Unknown) {
            unknown.push(name.clone());
        }
        // A default that is not needed may name anything.
        if !(is_default && matches!(value, Value::Known(text) if !text.is_empty())) {
            for argument in arguments {
                let argument = argument.fill(value_of);
                unknown.extend(argument.unknown);
                filled.push(argument.text);
            }
        }
        let filled: Option<Vec<String>> = filled.into_iter().collect();
        let (text, is_of_variable) = match (value, filled) {
            (Value::Known(text), Some(filled)) => {
                let is_taken = !(is_default && text.is_empty());
                (Some(applied(operator, text, &filled)), is_taken)
            }
            (Value::Unset, Some(filled)) => (Some(applied(operator, "", &filled)), false),
            (Value::Unknown, Some(filled)) if is_default => {
                (Some(filled.concat()).filter(|text| !text.is_empty()), false)
            }
            _ => (None, false),
        };
        Filled { text, is_of_variable, unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, &'static str> {
        let (found, error) = placeholders(text);
        if let Some((_, reason)) = error {
            return Err(reason);
        }
        let value_of = |name: &str| match name {
            "word" => Value::Known("abcABC123ABCabc"),
            "file" => Value::Known("/etc/bash.string.txt"),
            "empty" => Value::Known(""),
            "gone" => Value::Unknown,
            _ => Value::Unset,
        };
        let (mut out, mut at) = (String::new(), 0);
        for placeholder in found {
            out.push_str(&text[at..placeholder.range.start]);
            out.push_str(placeholder.function.fill(&value_of).text.as_deref().unwrap_or("<kept>"));
            at = placeholder.range.end;
        }
        Ok(out + &text[at..])
    }

    #[test]
    fn functions_do_what_flux_does() {
        for (text, expected) in [
            ("a ${empty}b$c$ {d}", "a b$c$ {d}"),
            ("$${word} $$ $$$${x} {}", "${word} $ $${x} {}"),
            ("${#word} ${#none}", "15 0"),
            (
                "${word^} ${word^^} ${file,,} ${word,}",
                "AbcABC123ABCabc ABCABC123ABCABC /etc/bash.string.txt abcABC123ABCabc",
            ),
            ("${none:-a}${none:=b}${none=c}${none:?d}${empty:+e}", "abcde"),
            ("${word:+x}${word:-${gone}}", "abcABC123ABCabcabcABC123ABCabc"),
            ("${none:=a ${none:=b} \\c:d}", "a b \\c:d"),
            (
                "${word:3}|${word:3:3}|${word:-3}|${word: -3}|${word:1:-1}|${word:99}|${word:2:99}|${word:9:-9}",
                "ABC123ABCabc|ABC|abcABC123ABCabc|abcABC123ABCabc|bcABC123ABCab||cABC123ABCabc|",
            ),
            (
                "${word#a*C}|${word##a*C}|${word%b*c}|${word%%b*c}|${word#x}",
                "123ABCabc|abc|abcABC123ABCa|a|abcABC123ABCabc",
            ),
            (
                "${file##*/}|${file%.*}|${file#*/}|${file%%/*}|${file#[/x]?}",
                "bash.string.txt|/etc/bash.string|etc/bash.string.txt||tc/bash.string.txt",
            ),
            (
                "${word/ABC/x}|${word//ABC/x}|${word/#abc/x}|${word/%abc/x}|${word//ABC/}",
                "abcx123ABCabc|abcx123xabc|xABC123ABCabc|abcABC123ABCx|abc123abc",
            ),
            ("${file//\\//_}|${file//./${none:=-}}", "_etc_bash.string.txt|/etc/bash-string-txt"),
            ("${gone} ${gone^^} ${word//a/${gone}} ${gone:=a} ${gone:=}", "<kept> <kept> <kept> a <kept>"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_flux_cannot_read_is_an_error() {
        let deep = "${a:-".repeat(100);
        let texts = [
            "${", "${}", "${a", "${a-b}", "${a+b}", "${@}", "${a[0]}", "${!a}", "${a/b}", "${a#}", "${a:}",
            "${a:=b", "${ a}",
        ];
        for text in texts.into_iter().chain([deep.as_str()]) {
            assert!(filled(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unknown_names_are_told() {
        let unknown = |text: &str| {
            let (found, _) = placeholders(text);
            let value_of = |name: &str| if name == "known" { Value::Known("x") } else { Value::Unknown };
            found[0].function.fill(&value_of)
        };
        assert_eq!(unknown("${known:=${a}}").unknown, Vec::<String>::new());
        assert_eq!(unknown("${a:=${b}}").unknown, ["a", "b"]);
        assert!(unknown("${known^^}").is_of_variable && !unknown("${a:=x}").is_of_variable);
    }
}
