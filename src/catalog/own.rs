//! The cards of rules that users write: `cel:` holds what such a rule checks.
//!
//! The rest of the card is as in ours. Every mistake has its place in the file, one in an expression the place within it.

mod field;
mod mistake;
mod texts;

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;

pub use field::{Field, Found};
pub use mistake::Mistake;
use texts::Texts;

use super::{Card, Form, LooksAt};
use crate::cel::Program;
use crate::finding;
use crate::source::SourceMap;
use crate::yaml;

/// The variables of expressions, and what a rule looks at where it may use them.
pub const VARIABLES: [(&str, &[LooksAt]); 3] = [
    ("object", &[LooksAt::Object, LooksAt::Workload]),
    ("workload", &[LooksAt::Workload]),
    ("identity", &[LooksAt::Workload, LooksAt::Identity]),
];

/// What a rule of a user checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The file of its card, as it is shown.
    pub file: String,
    text: Arc<str>,
    /// What it looks at.
    pub looks_at: LooksAt,
    /// Only objects of these kinds, `Deployment` or `Certificate.cert-manager.io`; none means all.
    pub kinds: Vec<String>,
    /// Only where this is true.
    pub when: Option<Arc<Program>>,
    /// True where all is right.
    pub validate: Arc<Program>,
    /// What is wrong, where no expression says it.
    pub message: String,
    /// What is wrong, as an expression.
    pub message_expression: Option<Arc<Program>>,
    /// Where the finding stands.
    pub at: Option<Field>,
    /// Its only form.
    pub form: finding::Form,
}

/// For `serde`: the family of cards that say none.
pub(super) fn family() -> String {
    "own".to_owned()
}

/// For `serde`: a word, or a list of words.
pub(super) fn one_or_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<LooksAt>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "looks-at is one of object, workload, identity; ours also look at container, graph, engine"
    )]
    enum Written {
        One(LooksAt),
        Many(Vec<LooksAt>),
    }
    Ok(match Written::deserialize(from)? {
        Written::One(one) => vec![one],
        Written::Many(many) => many,
    })
}

/// Reads the card in a file.
///
/// # Errors
///
/// What is wrong with it, and where.
pub fn read(file: &str, text: &str) -> Result<Card, Vec<Mistake>> {
    let source = Source { file, text: text.into() };
    let mut card: Card = serde_yaml::from_str(text).map_err(|error| vec![source.unread(&error)])?;
    let mut wrong = Vec::new();
    if !card.id.is_own() {
        wrong.push(source.mistake(
            &["id"],
            None,
            "ids with `NHI` are ours; take letters of your own, as in `ACME001`",
        ));
    }
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !is_name(&card.name) {
        wrong.push(source.mistake(&["name"], None, "a name is written in small letters, digits and hyphens"));
    }
    if !card.params.is_empty() {
        wrong.push(source.mistake(
            &["params"],
            None,
            "rules of your own have no `params`; write the value into the expression",
        ));
    }
    let known = [LooksAt::Object, LooksAt::Workload, LooksAt::Identity];
    let one = card.looks_at.first().copied().filter(|one| card.looks_at.len() == 1 && known.contains(one));
    if one.is_none() {
        wrong.push(source.mistake(&["looks-at"], None, "write one of object, workload, identity"));
    }
    let looks_at = one.unwrap_or(LooksAt::Object);
    match card.forms.len() {
        0 => drop(card.forms.insert("wrong".to_owned(), Form::error())),
        1 => {}
        _ => wrong.push(source.mistake(
            &["forms"],
            None,
            "a rule of your own has one form, as it has one expression",
        )),
    }
    match source.texts().and_then(|texts| source.own(&card, &texts, looks_at)) {
        Ok(own) if wrong.is_empty() => {
            card.own = Some(own);
            Ok(card)
        }
        Ok(_) => Err(wrong),
        Err(more) => Err([wrong, more].concat()),
    }
}

/// The text of a card while it is read.
struct Source<'s> {
    file: &'s str,
    text: Arc<str>,
}

impl Source<'_> {
    /// A mistake at the value of a key, or at bytes of it.
    fn mistake(&self, path: &[&str], part: Option<&Range<usize>>, message: impl Into<String>) -> Mistake {
        place(self.file, &self.text, path, part, message.into())
    }

    /// What stands under `cel`.
    fn texts(&self) -> Result<Texts, Vec<Mistake>> {
        let text = Arc::clone(&self.text);
        let (doc, _) = yaml::parse(SourceMap::default().add(self.file, ""), text, 0..self.text.len());
        let cel = doc.root().and_then(|root| root.get("cel"));
        Texts::read(cel).map_err(|wrong| {
            let at = |(key, message): (String, String)| match key.as_str() {
                "" => self.mistake(&["cel"], None, message),
                key => self.mistake(&["cel", key], None, message),
            };
            wrong.into_iter().map(at).collect()
        })
    }

    fn unread(&self, error: &serde_yaml::Error) -> Mistake {
        let at = error.location();
        let (line, column) = at.map_or((1, 1), |at| (at.line() as u32, at.column() as u32));
        let message = error.to_string();
        // The place stands before the message, and not again in it.
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Mistake { file: self.file.to_owned(), line, column, width: 1, message, source: self.line(line) }
    }

    fn line(&self, line: u32) -> String {
        self.text.lines().nth(line as usize - 1).unwrap_or_default().to_owned()
    }

    fn own(&self, card: &Card, texts: &Texts, looks_at: LooksAt) -> Result<Own, Vec<Mistake>> {
        let mut wrong = Vec::new();
        let mut program =
            |key: &str, text: &str, wanted: &str| match self.program(key, text, wanted, looks_at) {
                Ok(program) => Some(Arc::new(program)),
                Err(mistake) => {
                    wrong.push(mistake);
                    None
                }
            };
        let validate = program("validate", &texts.validate, "bool");
        let when = texts.when.as_ref().map(|text| program("when", text, "bool"));
        let says = texts.message_expression.as_ref();
        let says = says.map(|text| program("messageExpression", text, "string"));
        let at = texts.at.as_ref().map(|text| text.parse::<Field>());
        if let Some(Err((part, message))) = &at {
            wrong.push(self.mistake(&["cel", "at"], Some(part), message));
        }
        if looks_at == LooksAt::Identity && !texts.kinds.is_empty() {
            wrong.push(self.mistake(&["cel", "kinds"], None, "identities have no kind; ask in `when`"));
        }
        let form = card.forms.keys().next().map_or("wrong", String::as_str);
        let message = texts.message.as_ref().unwrap_or(&card.finds);
        match validate {
            Some(validate) if wrong.is_empty() => Ok(Own {
                file: self.file.to_owned(),
                text: Arc::clone(&self.text),
                looks_at,
                kinds: texts.kinds.clone(),
                when: when.flatten(),
                validate,
                message: message.clone(),
                message_expression: says.flatten(),
                at: at.and_then(Result::ok),
                form: finding::Form::named(form),
            }),
            _ => Err(wrong),
        }
    }

    fn program(&self, key: &str, text: &str, wanted: &str, looks_at: LooksAt) -> Result<Program, Mistake> {
        let names = VARIABLES.map(|(name, _)| name);
        let wrong = |at: &Range<usize>, message: String| self.mistake(&["cel", key], Some(at), message);
        let program = Program::parse(text, &names).map_err(|fault| {
            let near = fault.unknown.and_then(|(name, known)| super::nearest(&name, known));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            wrong(&fault.at, fault.message + &hint)
        })?;
        for (name, at) in VARIABLES {
            if let (Some(place), false) = (program.first_use(name), at.contains(&looks_at)) {
                let word = format!("{looks_at:?}").to_lowercase();
                let known = format!("{:?}", at.last().unwrap_or(&looks_at)).to_lowercase();
                return Err(wrong(
                    &place,
                    format!(
                        "`{name}` is not known to a rule that looks at {word}; write `looks-at: {known}`"
                    ),
                ));
            }
        }
        match program.known_type() {
            Some((other, at)) if other != wanted => {
                Err(wrong(&at, format!("`{key}` wants a {wanted}, and this is of type {other}")))
            }
            _ => Ok(program),
        }
    }
}

impl Own {
    /// A mistake in one of the expressions.
    #[must_use]
    pub fn mistake(&self, key: &str, part: &Range<usize>, message: String) -> Mistake {
        place(&self.file, &self.text, &["cel", key], Some(part), message)
    }

    /// The id or the name of this card is that of another rule.
    pub(super) fn repeats(&self, card: &Card, known: &Card) -> Mistake {
        let key = if card.id == known.id { "id" } else { "name" };
        let whose = match &known.own {
            Some(other) => format!("the rule in {}", other.file),
            None => format!("{} {}", known.id, known.name),
        };
        place(&self.file, &self.text, &[key], None, format!("this {key} is that of {whose}"))
    }
}

/// A mistake at the value under a path of keys, at bytes of it, or at the nearest key that is there.
fn place(
    file: &str,
    text: &Arc<str>,
    path: &[&str],
    part: Option<&Range<usize>>,
    message: String,
) -> Mistake {
    let mut sources = SourceMap::default();
    let id = sources.add(file, Arc::clone(text));
    let (doc, _) = yaml::parse(id, Arc::clone(text), 0..text.len());
    let found = |path: &[&str]| doc.root().and_then(|root| root.at(path));
    let node = found(path).or_else(|| {
        // `cel` may be the expression itself.
        path.split_last().and_then(|(_, above)| found(above))
    });
    let span = match (node, part) {
        (Some(node), Some(part)) if node.is_scalar() => node.part(part),
        (Some(node), _) if !path.is_empty() => node.span(),
        _ => crate::source::Span::new(id, 0, text.lines().next().map_or(0, str::len)),
    };
    let (start, end) = sources.positions(span);
    let width = if end.line == start.line { end.column.saturating_sub(start.column).max(1) } else { 1 };
    let line = sources.file(id).line(start.line).to_owned();
    Mistake { file: file.to_owned(), line: start.line, column: start.column, width, message, source: line }
}
