//! Credentials on command lines: options, `NAME=value`, and the scripts that are handed to a shell.

use super::beside::is_beside;
use super::checks::is_expression;
use super::forms::Place;
use super::names::Sort;
use super::program_words::{Programs, Word, value_of};
use super::{Engine, Hit, Known, config, shell};

/// Scripts in scripts in scripts: nobody writes more, and it bounds the work.
const DEEPEST: usize = 4;

/// A search through an argument list or a script.
pub(super) struct Search<'e> {
    engine: &'e Engine,
    known: Known<'e>,
    pub(super) found: Vec<(usize, Hit)>,
}

impl<'e> Search<'e> {
    pub(super) fn new(engine: &'e Engine, known: Known<'e>) -> Self {
        Self { engine, known, found: Vec::new() }
    }

    /// An argument list as the kernel gets it.
    pub(super) fn list<S: AsRef<str>>(&mut self, arguments: &[S]) {
        let words: Vec<Word<'_>> = arguments
            .iter()
            .enumerate()
            .map(|(argument, text)| Word { text: text.as_ref(), argument, offset: 0, quoted: true })
            .collect();
        self.command(&words, Place::Field, 0);
    }

    /// A text that a shell reads, as argument 0.
    pub(super) fn text(&mut self, text: &str) {
        self.script(Word { text, argument: 0, offset: 0, quoted: true }, 0);
    }

    /// Passwords that are given to known commands in the lines of a text that is no script: a table of cron, a file of make.
    pub(super) fn in_lines(mut self, text: &str) -> Vec<Hit> {
        let patterns = &self.engine.patterns;
        let names = patterns.commands.iter().map(|command| &command.names);
        let mut names = names.chain(patterns.positions.iter().map(|position| &position.names)).flatten();
        let is_any = names.any(|name| text.contains(&format!("{name} ")));
        let whole = Word { text, argument: 0, offset: 0, quoted: true };
        let pieces = if is_any { shell::read(text) } else { shell::Script::default() };
        for command in &pieces.commands {
            let words: Vec<Word<'_>> = command
                .iter()
                .map(|range| Word { quoted: false, ..whole.part(range.clone()) }.unquoted())
                .collect();
            let programs = Programs::of(&words);
            self.by_place(&programs, &words);
            for (at, word) in words.iter().enumerate() {
                self.option_of_command(&programs, *word, at, words.get(at + 1).copied());
            }
        }
        // `docker login -p <password>` reads from no file.
        let is_shown = |hit: &Hit| text[..hit.range.start].ends_with('<');
        self.found.into_iter().map(|(_, hit)| hit).filter(|hit| !is_shown(hit)).collect()
    }

    fn script(&mut self, script: Word<'_>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if script.text.starts_with("$(") && script.text.ends_with(')') {
            return self.script(script.part(2..script.text.len() - 1), depth + 1);
        }
        let pieces = shell::read(script.text);
        for command in &pieces.commands {
            let words: Vec<Word<'_>> = command
                .iter()
                .map(|range| Word { quoted: false, ..script.part(range.clone()) }.unquoted())
                .collect();
            // A text of one word is no script: it would be read for ever.
            if words.len() > 1
                || words.first().is_some_and(|word| word.text.len() < script.text.len())
                || depth == 0
            {
                self.command(&words, Place::Script, depth + 1);
            }
        }
        for body in pieces.bodies {
            self.body(script.part(body));
        }
    }

    /// A program in a word, in which only quotes make a value.
    fn program(&mut self, word: Word<'_>) {
        for pair in config::constants(word.text) {
            self.judge(pair.name, word.part(pair.value), Place::Script);
        }
    }

    /// A here-document: most often a configuration file.
    fn body(&mut self, body: Word<'_>) {
        for pair in config::pairs(body.text) {
            let value = Word { quoted: pair.quoted, ..body.part(pair.value) };
            self.judge(pair.name, value, Place::Script);
        }
    }

    fn command(&mut self, words: &[Word<'_>], place: Place, depth: usize) {
        let programs = Programs::of(words);
        self.by_place(&programs, words);
        let mut at = 0;
        while at < words.len() {
            let (word, next) = (words[at], words.get(at + 1).copied());
            let before = at.checked_sub(1).map(|at| words[at]);
            at += 1;
            if self.option_of_command(&programs, word, at - 1, next)
                || self.header(word, next)
                || self.of_secret(&programs, word, before)
                || self.setting(&programs, word, before, next)
            {
                continue;
            }
            if word.text.contains("machine ") {
                for password in config::passwords_of_machines(word.text) {
                    self.judge("password", word.part(password), Place::Script);
                }
            }
            if programs.run_text(before) {
                self.program(word);
            }
            if is_script(word, before) {
                self.script(word, depth);
            } else if word.text.starts_with(['{', '[']) {
                self.body(word);
            } else if let Some((name, value)) = word.split('=') {
                if name.is_empty() {
                    // `password = "x"` of other languages.
                    if let (Some(before), Some(value)) =
                        (before, next.filter(|next| next.quoted || next.text != "await"))
                    {
                        self.judge(before.text, value, place);
                    }
                } else if place == Place::Field || !is_passed_on(name, value) {
                    self.assigned(option_name(name), value, place, depth);
                }
            } else if let Some(name) = word.text.strip_prefix('-')
                && let Some(value) = next.filter(|next| !next.text.starts_with('-'))
                && Sort::of(name).is_some()
            {
                self.judge(name.trim_start_matches('-'), value, place);
                at += 1;
            }
        }
    }

    /// `name=value`, where the value may hold further pairs (`--set a.password=x,b=y`) or a script.
    fn assigned(&mut self, name: &str, value: Word<'_>, place: Place, depth: usize) {
        if self.judge(name, value, place) || depth > DEEPEST {
            return;
        }
        if value.text.contains(char::is_whitespace) {
            self.script(value, depth + 1);
            return;
        }
        if config::is_address(value.text) {
            self.body(value);
            return;
        }
        let mut start = 0;
        for piece in value.text.split(',') {
            if let Some((name, inner)) = value.part(start..start + piece.len()).split('=') {
                self.judge(name, inner, place);
            }
            start += piece.len() + 1;
        }
    }

    /// `-H "X-Api-Key: x"`
    fn header(&mut self, word: Word<'_>, next: Option<Word<'_>>) -> bool {
        const GLUED: &str = "--header=";
        let header = if word.text.starts_with(GLUED) {
            word.from(GLUED.len()).unquoted()
        } else if let Some(next) = next.filter(|_| ["-H", "--header"].contains(&word.text)) {
            next
        } else {
            return false;
        };
        if let Some((name, value)) = header.split(':')
            && let Some(hit) = self.engine.header(name, value.text)
        {
            self.push(value, hit);
        }
        true
    }

    /// `mysql -px`, `curl -u user:x`.
    fn option_of_command(
        &mut self,
        programs: &Programs<'_>,
        word: Word<'_>,
        at: usize,
        next: Option<Word<'_>>,
    ) -> bool {
        if !word.text.starts_with('-') {
            return false;
        }
        let engine = self.engine;
        engine.patterns.commands.iter().any(|command| {
            let is_here = command.names.iter().any(|name| programs.before(at, name))
                && command.with.as_ref().is_none_or(|with| programs.before(at, with));
            let rest = word.text.strip_prefix(command.option.as_str()).filter(|_| is_here);
            rest.and_then(|rest| value_of(command, word, rest, next))
                .is_some_and(|value| self.judge("password", value, Place::Script))
        })
    }

    /// `htpasswd -b file user x`: passwords by their place.
    fn by_place(&mut self, programs: &Programs<'_>, words: &[Word<'_>]) {
        let engine = self.engine;
        let is_flag = |word: &Word<'_>, letter: char| {
            word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains(letter)
        };
        for position in &engine.patterns.positions {
            let is_here = position.names.iter().any(|name| programs.has(name));
            let has_flag = |letter: char| words.iter().any(|word| is_flag(word, letter));
            if !is_here || !position.flag.is_none_or(has_flag) {
                continue;
            }
            let mut plain = words.iter().filter(|word| !word.text.starts_with('-'));
            let found = match &position.after {
                Some(after) => {
                    plain.by_ref().find(|word| word.text == *after).and_then(|_| plain.nth(position.skip))
                }
                None => plain.next_back().filter(|_| words.len() > 3),
            };
            let found = found.copied().filter(|word| !word.text.trim_end_matches('=').contains('='));
            let password = match position.sign {
                Some(sign) => found.and_then(|word| word.split(sign)).map(|(_, rest)| {
                    let end = rest.text.find('@').unwrap_or(rest.text.len());
                    rest.part(0..end)
                }),
                None => found,
            };
            if let Some(word) = password.filter(|word| !word.text.is_empty()) {
                self.judge("password", word, Place::Script);
            }
        }
    }

    /// `kubectl create secret … --from-literal=key=x`: whatever its key is called.
    fn of_secret(&mut self, programs: &Programs<'_>, word: Word<'_>, before: Option<Word<'_>>) -> bool {
        const OPTION: &str = "--from-literal";
        // `gcloud secrets versions access latest --secret=name`
        if word.text.split('=').next() == Some("--secret") && programs.has("gcloud") {
            return true;
        }
        let is_next = before.is_some_and(|before| before.text == OPTION);
        let start = word.text.strip_prefix("--from-literal=").map(|rest| word.text.len() - rest.len());
        let Some(literal) = start.or(is_next.then_some(0)).map(|start| word.from(start).unquoted()) else {
            return false;
        };
        let makes_secret =
            ["kubectl", "oc", "k"].iter().any(|name| programs.has(name)) && programs.has("secret");
        let Some((key, value)) = literal.split('=').filter(|_| makes_secret) else { return false };
        let is_telling = Sort::of(key).is_some() || is_beside(key, value.text);
        self.judge(if is_telling { key } else { "password" }, value, Place::Script);
        true
    }

    /// `aws configure set aws_secret_access_key x`, `redis-cli config set requirepass x`.
    fn setting(
        &mut self,
        programs: &Programs<'_>,
        word: Word<'_>,
        before: Option<Word<'_>>,
        next: Option<Word<'_>>,
    ) -> bool {
        let is_set = before.is_some_and(|before| ["put", "set", "SET"].contains(&before.text))
            || word.text.contains('.') && programs.has("config");
        let name = word.text.rsplit([':', '/']).next().unwrap_or_default();
        let is_value = |next: &Word<'_>| !next.text.starts_with('-') && !next.text.contains('=');
        match next.filter(|next| is_set && is_value(next)) {
            Some(value) if Sort::of(name).is_some() => self.judge(name, value, Place::Script),
            _ => false,
        }
    }

    /// Judges a value by a name; true if it is a credential.
    fn judge(&mut self, name: &str, value: Word<'_>, place: Place) -> bool {
        if place == Place::Script && !value.quoted && is_expression(value.text) {
            return false;
        }
        if !is_name(name) {
            return false;
        }
        match self.engine.judge(name, value.text, place, self.known) {
            Some(hit) => {
                self.push(value, hit);
                true
            }
            None => false,
        }
    }

    fn push(&mut self, value: Word<'_>, mut hit: Hit) {
        hit.range = hit.range.start + value.offset..hit.range.end + value.offset;
        self.found.push((value.argument, hit));
    }
}

/// Whether a word is a command line of its own rather than a value.
fn is_script(word: Word<'_>, before: Option<Word<'_>>) -> bool {
    let Some(blank) = word.text.find(char::is_whitespace) else {
        return false;
    };
    let is_after_c = before.is_some_and(|before| {
        let letters = before.text.strip_prefix('-').unwrap_or_default();
        letters.len() <= 4 && letters.ends_with('c') && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    });
    is_after_c
        || !word.text.starts_with(['{', '[']) && word.text.find('=').is_none_or(|equals| blank < equals)
}

/// `login(token=token, …)`: a variable that program text passes on. The option `--token=token` has its value.
fn is_passed_on(name: &str, value: Word<'_>) -> bool {
    let text = value.text.trim_end_matches([',', ']', ';']);
    let is_variable = text.len() < value.text.len()
        && Sort::of(text).is_some()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    !value.quoted && !name.starts_with('-') && (name == text || is_variable)
}

/// `--db-password` and Java's `-Ddb.password` without what makes them options.
fn option_name(name: &str) -> &str {
    let stem = name.trim_start_matches('-');
    stem.strip_prefix('D').filter(|_| name.len() == stem.len() + 1).unwrap_or(stem)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-[]".contains(&byte))
}
