//! Settings of git, as the text of a `config` file (git-config(1), "Syntax"). What git would refuse ends a value.

use std::iter::Peekable;
use std::str::Chars;

/// The values of `key` in all sections named `section`, whatever follows the name: `url` of every `[remote "…"]`.
/// What other files an `include` names is not read.
pub(super) fn values(text: &str, section: &str, key: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut reader = Reader { rest: text.chars().peekable() };
    let (mut found, mut inside) = (Vec::new(), false);
    while let Some(next) = reader.rest.peek().copied() {
        match next {
            '#' | ';' => reader.skip_line(),
            '[' => inside = reader.section().eq_ignore_ascii_case(section),
            _ if next.is_ascii_alphanumeric() => {
                let name = reader.word();
                let value = reader.value();
                if inside && name.eq_ignore_ascii_case(key) {
                    found.extend(value.filter(|value| !value.is_empty()));
                }
            }
            _ => {
                reader.rest.next();
            }
        }
    }
    found
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
}

impl Reader<'_> {
    fn skip_line(&mut self) {
        self.rest.by_ref().find(|letter| *letter == '\n');
    }

    /// `[name "rest"]` → `name`. A quoted rest may hold brackets.
    fn section(&mut self) -> String {
        self.rest.next();
        let name = self.word();
        let mut quoted = false;
        while let Some(letter) = self.rest.next() {
            match letter {
                '\\' if quoted => {
                    self.rest.next();
                }
                '"' => quoted = !quoted,
                ']' if !quoted => break,
                '\n' => break,
                _ => {}
            }
        }
        name
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(letter) = self.rest.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        {
            word.push(letter);
        }
        word
    }

    /// What follows `=`; `None` where there is no `=`, and where git refuses the value.
    fn value(&mut self) -> Option<String> {
        while self.rest.next_if(|letter| matches!(letter, ' ' | '\t')).is_some() {}
        self.rest.next_if_eq(&'=')?;
        let (mut value, mut blanks, mut quoted) = (String::new(), String::new(), false);
        while let Some(letter) = self.rest.next() {
            match letter {
                '\n' => break,
                '#' | ';' if !quoted => {
                    self.skip_line();
                    break;
                }
                // Blanks count between words only.
                ' ' | '\t' if !quoted => {
                    if !value.is_empty() {
                        blanks.push(letter);
                    }
                    continue;
                }
                _ => value.push_str(&std::mem::take(&mut blanks)),
            }
            match letter {
                '"' => quoted = !quoted,
                '\\' => match self.rest.next()? {
                    '\n' => {}
                    't' => value.push('\t'),
                    'n' => value.push('\n'),
                    'b' => value.push('\u{8}'),
                    escaped @ ('\\' | '"') => value.push(escaped),
                    _ => {
                        self.skip_line();
                        return None;
                    }
                },
                _ => value.push(letter),
            }
        }
        (!quoted).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn settings_are_read_as_git_reads_them() {
        let cases = [
            (
                "[remote \"origin\"]\n\turl = https://example.com/a.git\n\tfetch = +refs\n",
                "https://example.com/a.git",
            ),
            ("[REMOTE \"o\"] URL=git@example.com:a/b # ours\n", "git@example.com:a/b"),
            ("[remote \"]\\\"[\"]\r\nurl = \"a b\" c \r\n", "a b c"),
            ("[remote.old]\n  url = /srv/a\\\n/b ; x\n", "/srv/a/b"),
            ("# [remote \"x\"]\n[core]\nurl = no\n[remote \"x\"]\nurl\nurl = \"open\nurl=yes\n", "yes"),
            ("[remote \"x\"]\nurl = bad\\q\nurl = good", "good"),
            ("[remotes]\nurl = no\n[remote]\nurl = \n[remote \"é\"]url=é\n", "é"),
        ];
        for (text, wanted) in cases {
            assert_eq!(values(text, "remote", "url"), [wanted], "{text}");
        }
    }
}
