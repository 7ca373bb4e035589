//! Where Helm's output was written: marked rendering.
//!
//! The chart is rendered as it is, and that text is what counts. A copy whose templates print marks is rendered a
//! second time, raw; the marks say which template text or action printed each piece, through which helpers, and the
//! actions say which values they show. This module rewrites templates and reads outputs; it starts no process, reads
//! and writes no file, and knows no Kubernetes object.

mod align;

mod key_paths;

mod unpack;

mod lexer;

mod words;

mod parts;

mod scopes;

mod inline;

mod asks;

mod marked_variables;

mod text_lines;

mod chart;

mod emit;

mod places;

mod values;

mod expr;

mod raw;

mod scope;

mod guard;

mod actions;

mod choose;

mod trail;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

pub(super) use asks::unescaped;
pub use asks::{
    API_VERSION, Asks, EXACT_VERSION, Named, OLDEST_ASKED, PUT_TOGETHER, Place, RELEASE_NAME, Reads, Served,
    TIME_OR_CHANCE,
};
pub use asks::{asks, is_of_chance, others, places_of, stands_aside};
pub use chart::{Archive, Chart};
pub(crate) use choose::{ALIASED, CALLED};
pub(crate) use guard::SWITCH;
pub use inline::without_variables;
pub(super) use lexer::{Kind, Token, Word, assignment, lex};
pub use scopes::{Scope, helper_around, scopes_around};
pub use trail::Tally;
pub use unpack::unpack;
pub use values::Values;
pub(super) use words::{commands, inside, string, words};

use super::Trail;
use emit::{Emitter, Mark, Origin};
use parts::Parts;

/// Helm prints raw text once a template is not YAML.
const NOT_YAML: &str = "a: b: c\n";

/// A chart with marks in its templates, and what each mark stands for.
#[derive(Debug)]
pub struct Marked<'c, 's> {
    chart: &'c Chart<'s>,
    nonce: String,
    templates: Vec<Template<'c, 's>>,
    marks: Vec<Mark>,
    /// The mark that tells the turns of a loop, by template and token.
    loops: HashMap<(u32, u32), u32>,
    files: Vec<(String, String)>,
}

/// A template that was rewritten.
#[derive(Debug)]
struct Template<'c, 's> {
    path: &'c str,
    parts: Parts<'s>,
}

/// Rewrites the templates of a chart. `clean` is what Helm printed of the chart as it is: the marks have a word that
/// does not stand in it. The `unmarked` stay as they are: those that Helm's error named ([`Marked::blamed`]).
#[must_use]
pub fn mark<'c, 's>(chart: &'c Chart<'s>, clean: &str, unmarked: &[String]) -> Marked<'c, 's> {
    let nonce = mark_word(clean);
    let mut marked = Marked {
        chart,
        nonce,
        templates: Vec::new(),
        marks: Vec::new(),
        loops: HashMap::new(),
        files: Vec::new(),
    };
    let mut kept = Vec::new();
    for (path, file) in chart.files.iter().filter(|(path, _)| chart::template(path).is_some()) {
        let Some(parts) = Parts::read(file.text) else { continue };
        if path.ends_with("NOTES.txt") || unmarked.contains(path) {
            kept.push(parts);
        } else {
            marked.templates.push(Template { path, parts });
        }
    }
    marked.write(&kept);
    marked
}

impl<'s> Marked<'_, 's> {
    /// What to write over the copy of the chart: paths below its folder, and texts.
    #[must_use]
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// The templates that Helm's error names and that are marked: they can be left out.
    #[must_use]
    pub fn blamed(&self, error: &str) -> Vec<String> {
        let named = self.chart.templates().filter(|(full, _)| error.contains(full)).map(|(_, path)| path);
        let marked: BTreeSet<&str> = self.templates.iter().map(|template| template.path).collect();
        let named: BTreeSet<&str> = named.filter(|path| marked.contains(path)).collect();
        named.into_iter().map(str::to_owned).collect()
    }

    /// Where each place of `clean` was written, from the raw output of the marked copy. Where that is missing or says
    /// nothing of a line, the most alike template line is named, or the template of the object. Counts how lines were
    /// found.
    #[must_use]
    pub fn trail(&self, clean: &str, raw: &str, values: &Values<'s>) -> (Trail, Tally) {
        trail::Tracer::new(self, values, raw).trail(clean)
    }

    /// Writes all templates again; `kept` are those that stay as they are.
    fn write(&mut self, kept: &[Parts<'_>]) {
        let names = |parts: &Parts<'_>| {
            parts.regions.iter().filter_map(|region| region.name.clone()).collect::<Vec<_>>()
        };
        let unmarked: BTreeSet<String> = kept.iter().flat_map(names).collect();
        let known: BTreeSet<&str> = self
            .templates
            .iter()
            .flat_map(|template| &template.parts.regions)
            .filter_map(|region| region.name.as_deref())
            .filter(|name| !unmarked.contains(*name))
            .collect();
        let mut emitter =
            Emitter { nonce: &self.nonce, known: &known, dynamic: unmarked.is_empty(), marks: Vec::new() };
        let wants_files = self.chart.files.values().any(|file| file.text.contains("Template."));
        let mut files = Vec::new();
        for (number, template) in self.templates.iter().enumerate() {
            let mut out = String::with_capacity(template.parts.text.len() * 2);
            let copies = if wants_files { self.chart.full_names(template.path) } else { Vec::new() };
            write_file(&mut emitter, &mut out, template, number as u32, &copies);
            files.push((template.path.to_owned(), out));
        }
        self.marks = emitter.marks;
        files.push(self.invalid_template(wants_files));
        self.files = files;
        for (number, mark) in self.marks.iter().enumerate() {
            let template = &self.templates[mark.template as usize];
            if template.parts.tokens[mark.token as usize].word == lexer::Word::Range {
                self.loops.insert((mark.template, mark.token), number as u32);
            }
        }
    }

    /// The template that is not YAML; it also stands in for the unmarked copies of files that were not rewritten.
    fn invalid_template(&self, wants_files: bool) -> (String, String) {
        let mut path = "templates/zz-nh-not-yaml.yaml".to_owned();
        while self.chart.files.contains_key(&path) {
            path.insert_str("templates/".len(), "zz-");
        }
        let mut text = NOT_YAML.to_owned();
        let rewritten: BTreeSet<&str> = self.templates.iter().map(|template| template.path).collect();
        for (full, _) in self.chart.templates().filter(|(_, path)| wants_files && !rewritten.contains(path)) {
            if !full.contains(['"', '\\', '{', '}']) {
                let _ =
                    write!(text, "{{{{ define \"{full}@p\" }}}}{{{{ include \"{full}\" . }}}}{{{{ end }}}}");
            }
        }
        (path, text)
    }
}

/// Writes a template file: its text, its unmarked copies, and each helper twice.
fn write_file(
    emitter: &mut Emitter<'_>,
    out: &mut String,
    template: &Template<'_, '_>,
    number: u32,
    copies: &[String],
) {
    let origin = |region: usize| Origin { parts: &template.parts, template: number, region: region as u32 };
    let file = template.path.rsplit('/').next().unwrap_or_default();
    if file.starts_with('_') {
        Emitter::plain(out, origin(0));
    } else {
        emitter.marked(out, origin(0));
    }
    for name in copies.iter().filter(|name| !name.contains(['"', '\\'])) {
        emit::action(out, &format!("define \"{name}@p\""));
        Emitter::plain(out, origin(0));
        emit::action(out, "end");
    }
    for (region, found) in template.parts.regions.iter().enumerate() {
        let Some(name) = &found.name else { continue };
        emit::action(out, &format!("define \"{name}\""));
        Emitter::plain(out, origin(region));
        emit::action(out, "end");
        if emitter.known.contains(name.as_str()) {
            emit::action(out, &format!("define \"{name}@m\""));
            emitter.marked(out, origin(region));
            emit::action(out, "end");
        }
    }
}

/// A word for marks that do not stand in a text.
fn mark_word(text: &str) -> String {
    let number = |(at, found): (usize, &str)| {
        let rest = &text[at + found.len()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[digits..].starts_with(':').then_some(&rest[..digits])
    };
    let taken: BTreeSet<&str> = text.match_indices("~nh").filter_map(number).collect();
    if !taken.contains("") {
        return "nh".to_owned();
    }
    let mut numbers = (1u32..).map(|number| number.to_string());
    let free = numbers.find(|number| !taken.contains(number.as_str()));
    format!("nh{}", free.expect("a text has an end"))
}

/// What one template prints without marks, for the proof that rewriting changes nothing.
#[must_use]
pub fn rewritten_plain(text: &str) -> Option<String> {
    let parts = Parts::read(text)?;
    let template = Template { path: "_", parts };
    let known = BTreeSet::new();
    let mut emitter = Emitter { nonce: "nh", known: &known, dynamic: false, marks: Vec::new() };
    let mut out = String::new();
    write_file(&mut emitter, &mut out, &template, 0, &[]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_a_word_of_their_own() {
        for (text, found) in [("", "nh"), ("~nh:1~", "nh1"), ("~nh: ~nh1: ~nh3:", "nh2"), ("~nh9:", "nh")] {
            assert_eq!(mark_word(text), found);
        }
    }
}
