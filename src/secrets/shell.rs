//! Shell text, cut into commands and words: enough to see which option a value belongs to.
//!
//! It expands nothing and never fails: what is broken ends with the text. Offsets stay those of the text.

use std::ops::Range;

/// Only so much is looked at behind `<<`.
const LONGEST_DELIMITER: usize = 64;

/// A script in pieces.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// The words of each command, quotes included.
    pub(super) commands: Vec<Vec<Range<usize>>>,
    /// The bodies of here-documents.
    pub(super) bodies: Vec<Range<usize>>,
}

/// Cuts a text.
pub(super) fn read(text: &str) -> Script {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        word: None,
        depth: 0,
        delimiters: Vec::new(),
        open: [true; 3],
        script: Script::default(),
        command: Vec::new(),
    };
    while reader.at < reader.bytes.len() {
        reader.step();
    }
    reader.end_command();
    reader.script
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Where the current word begins.
    word: Option<usize>,
    /// How many `$(` are open: nothing splits inside.
    depth: usize,
    /// Here-documents that begin at the next line.
    delimiters: Vec<&'a str>,
    /// Whether a closing quote can still follow, of `'`, `"` and `` ` ``: looked for once.
    open: [bool; 3],
    script: Script,
    command: Vec<Range<usize>>,
}

impl Reader<'_> {
    fn step(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b'\\' if self.bytes.get(self.at + 1) == Some(&b'\n') => {
                self.end_word();
                self.at += 2;
            }
            b'\\' => self.take(2),
            b'\'' | b'"' | b'`' => self.quote(byte),
            b'$' if self.bytes.get(self.at + 1) == Some(&b'(') => {
                self.depth += 1;
                self.take(2);
            }
            b'(' if self.depth > 0 => {
                self.depth += 1;
                self.take(1);
            }
            b')' if self.depth > 0 => {
                self.depth -= 1;
                self.take(1);
            }
            _ if self.depth > 0 => self.take(1),
            b'#' if self.word.is_none() => self.at = self.line_end(),
            b'<' if self.bytes[self.at..].starts_with(b"<<<") => {
                self.end_word();
                self.at += 3;
            }
            b'<' if self.bytes[self.at..].starts_with(b"<<") => self.here_document(),
            b'\n' => {
                self.end_command();
                self.at += 1;
                self.bodies();
            }
            b'(' => {
                // `password=getpass()`, `password = getPassword()`: what is called is no value.
                if self.word.is_some_and(|start| self.is_called(&self.bytes[start..self.at])) {
                    self.word = None;
                }
                self.end_command();
                self.at += 1;
            }
            b'{' if self.at > 0 && self.bytes[self.at - 1] == b'=' && self.length_of_template().is_some() => {
                self.take(self.length_of_template().unwrap_or(1));
            }
            b';' | b'|' | b'&' | b')' => {
                self.end_command();
                self.at += 1;
            }
            b' ' | b'\t' | b'\r' | b'<' | b'>' => {
                self.end_word();
                self.at += 1;
            }
            _ => self.take(1),
        }
    }

    /// Whether a word before a parenthesis is the name of what is called. With digits it may be a password.
    fn is_called(&self, word: &[u8]) -> bool {
        let is_set = self.command.last().is_some_and(|last| &self.text[last.clone()] == "=");
        word.contains(&b'=')
            || is_set && word.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.".contains(byte))
    }

    /// The length of `{{ .Data.password }}`, which another program fills in before any shell reads it. Only the name of a
    /// field is one: commands and options between such braces are read.
    fn length_of_template(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let field = rest.strip_prefix("{{")?.trim_start_matches(' ');
        let is_field = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let end = field
            .strip_prefix('.')?
            .trim_start_matches(is_field)
            .trim_start_matches(' ')
            .strip_prefix("}}")?;
        Some(rest.len() - end.len())
    }

    /// Adds bytes to the current word.
    fn take(&mut self, count: usize) {
        self.word.get_or_insert(self.at);
        self.at = (self.at + count).min(self.bytes.len());
    }

    /// Adds a quoted stretch; a quote that never closes is a letter.
    fn quote(&mut self, quote: u8) {
        let kind = match quote {
            b'\'' => 0,
            b'"' => 1,
            _ => 2,
        };
        let end = if self.open[kind] { self.closing(quote) } else { None };
        self.open[kind] = end.is_some();
        self.take(end.map_or(1, |end| end + 1 - self.at));
    }

    fn closing(&self, quote: u8) -> Option<usize> {
        let mut at = self.at + 1;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\\' if quote != b'\'' => at += 1,
                byte if byte == quote => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn end_word(&mut self) {
        if let Some(start) = self.word.take() {
            self.command.push(start..self.at);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.command.is_empty() {
            self.script.commands.push(std::mem::take(&mut self.command));
        }
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |length| self.at + length)
    }

    /// `<<EOF`, `<<-'EOF'`.
    fn here_document(&mut self) {
        self.end_word();
        self.at += 2;
        let near = self.text.floor_char_boundary(self.at + LONGEST_DELIMITER);
        let rest = self.text[self.at..near].split('\n').next().unwrap_or_default();
        let word = rest.trim_start_matches('-').trim_start().trim_start_matches(['\'', '"', '\\']);
        let length = word.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if length > 0 {
            self.delimiters.push(&word[..length]);
            self.at += rest.len() - word.len() + length;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'\'' | b'"')));
        }
    }

    /// Takes the bodies that the line before announced.
    fn bodies(&mut self) {
        for delimiter in std::mem::take(&mut self.delimiters) {
            let start = self.at;
            loop {
                let (line, end) = (self.at, self.line_end());
                self.at = (end + 1).min(self.bytes.len());
                if self.text[line..end].trim() == delimiter || end == self.bytes.len() {
                    let is_closed = self.text[line..end].trim() == delimiter;
                    self.script.bodies.push(start..if is_closed { line } else { end });
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<&str>> {
        read(text)
            .commands
            .into_iter()
            .map(|command| command.into_iter().map(|word| &text[word]).collect())
            .collect()
    }

    #[test]
    fn cuts_commands_and_words() {
        assert_eq!(words("a b; c | d && e"), [vec!["a", "b"], vec!["c"], vec!["d"], vec!["e"]]);
        assert_eq!(words("a 'b c' \"d \\\" e\"f"), [["a", "'b c'", "\"d \\\" e\"f"]]);
        assert_eq!(words("a \\\n b # c 'd\ne"), [vec!["a", "b"], vec!["e"]]);
        assert_eq!(words("T=$(cat a | b) c"), [["T=$(cat a | b)", "c"]]);
        assert_eq!(words("a > b <<< c"), [["a", "b", "c"]]);
        assert_eq!(words("it's é"), [["it's", "é"]], "an open quote is a letter");
        assert_eq!(words("f(password=getpass(), a='b')"), [vec!["f"], vec![",", "a='b'"]]);
    }

    #[test]
    fn finds_here_documents() {
        let text = "cat <<-'EOF' > f\na: 'b\n\tEOF\nc <<X\nopen";
        let script = read(text);
        let bodies: Vec<&str> = script.bodies.iter().map(|body| &text[body.clone()]).collect();
        assert_eq!(bodies, ["a: 'b\n", "open"]);
        assert_eq!(words(text), [vec!["cat", "f"], vec!["c"]]);
    }
}
