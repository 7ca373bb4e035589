//! What the settings say about single rules: levels, levels of forms, parameters.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::shape::{Mistake, seen, unknown_key};
use crate::catalog::pattern::Patterns;
use crate::catalog::{Card, Catalog, Levels, Param, hint, nearest};
use crate::finding::{RuleId, Severity};
use crate::yaml::{Entry, Node};

/// The words for a level.
const LEVELS: [&str; 4] = ["off", "info", "warning", "error"];
/// The key of a rule's levels.
const SEVERITY: &str = "severity";
/// The key of the levels of single forms.
const FORMS: &str = "forms";
/// The key that adds to a list of a card instead of replacing it.
const ADD: &str = "add";

/// What the user chose for one rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) rule: RuleId,
    /// For every form that is an error or a warning.
    pub(super) all: Option<Levels>,
    /// For single forms.
    pub(super) forms: BTreeMap<String, Levels>,
    pub(super) params: Vec<(String, Given)>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// It replaces that of the card; of a mapping, its keys do.
    Set(Json),
    /// Items for a list of the card.
    Add(Vec<Json>),
}

/// Reads a mapping from rules to what is chosen for them.
pub(super) fn read(rules: Node<'_>, catalog: &Catalog, mistakes: &mut Vec<Mistake>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for entry in rules.entries() {
        let card = match catalog.find(&entry.key.key()) {
            Ok(rule) => catalog.card(rule),
            Err(unknown) => {
                mistakes.push(Mistake::new(entry.key.span(), unknown.to_string()));
                continue;
            }
        };
        if choices.iter().any(|known| known.rule == card.id) {
            let message = format!("{} `{}` is set above already", card.id, card.name);
            mistakes.push(Mistake::new(entry.key.span(), message));
            continue;
        }
        choices.push(Reader { card, mistakes }.choice(entry.value));
    }
    choices
}

/// What a word for a level means.
#[derive(Clone, Copy)]
enum Level {
    Off,
    At(Severity),
}

impl Level {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::At(severity) => Some(severity),
        }
    }
}

struct Reader<'r> {
    card: &'r Card,
    mistakes: &'r mut Vec<Mistake>,
}

impl Reader<'_> {
    fn wrong(&mut self, node: Node<'_>, message: impl Into<String>) {
        self.mistakes.push(Mistake::new(node.span(), message));
    }

    fn choice(&mut self, value: Node<'_>) -> Choice {
        let mut choice = Choice { rule: self.card.id, all: None, forms: BTreeMap::new(), params: Vec::new() };
        if !value.is_map() {
            choice.all = self.level(value, &self.card.id.to_string());
            return choice;
        }
        for entry in value.entries() {
            let key = entry.key.key();
            match &*key {
                SEVERITY => choice.all = self.levels(entry.value, "`severity`"),
                FORMS => choice.forms = self.forms(entry.value),
                name => {
                    if let Some(param) = self.card.params.get(name) {
                        let given = self.param(entry, param);
                        choice.params.extend(given.map(|given| (name.to_owned(), given)));
                    } else {
                        let params = self.card.params.keys().map(String::as_str);
                        let known = [SEVERITY, FORMS].into_iter().chain(params);
                        let mistake = unknown_key(entry, &self.card.id.to_string(), known);
                        self.mistakes.push(mistake);
                    }
                }
            }
        }
        choice
    }

    fn forms(&mut self, forms: Node<'_>) -> BTreeMap<String, Levels> {
        if !forms.is_map() {
            self.wrong(forms, format!("`forms` is a mapping from forms to levels, not {}", seen(forms)));
        }
        let mut found = BTreeMap::new();
        for entry in forms.entries() {
            let name = entry.key.key().into_owned();
            if self.card.forms.contains_key(&name) {
                let levels = self.levels(entry.value, &format!("`{name}`"));
                found.extend(levels.map(|levels| (name, levels)));
            } else {
                let of = format!("the forms of {}", self.card.id);
                let mistake = unknown_key(entry, &of, self.card.forms.keys().map(String::as_str));
                self.mistakes.push(mistake);
            }
        }
        found
    }

    /// A level for all, or one for jobs and one for services.
    fn levels(&mut self, node: Node<'_>, name: &str) -> Option<Levels> {
        if !node.is_map() {
            return self.level(node, name);
        }
        let mut of = |class: &str| match node.get(class) {
            Some(value) => self.word(value, &format!("`{class}` of {name}")),
            None => Some(Level::Off),
        };
        let (job, service) = (of("job"), of("service"));
        for entry in node.entries().filter(|entry| !["job", "service"].contains(&&*entry.key.key())) {
            self.mistakes.push(unknown_key(entry, name, ["job", "service"].into_iter()));
        }
        Some(Levels::new(job?.severity(), service?.severity()))
    }

    fn level(&mut self, node: Node<'_>, name: &str) -> Option<Levels> {
        self.word(node, name).map(|level| Levels::new(level.severity(), level.severity()))
    }

    fn word(&mut self, node: Node<'_>, name: &str) -> Option<Level> {
        let text = node.text().unwrap_or_default();
        match &*text {
            "off" => Some(Level::Off),
            "info" => Some(Level::At(Severity::Info)),
            "warning" => Some(Level::At(Severity::Warning)),
            "error" => Some(Level::At(Severity::Error)),
            other => {
                let meant = nearest(other, LEVELS.map(str::to_owned));
                let help = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                let message =
                    format!("{name} is one of `off`, `info`, `warning`, `error`, not {}{help}", seen(node));
                self.wrong(node, message);
                None
            }
        }
    }

    /// The value of a parameter, which is of the type of its default.
    fn param(&mut self, entry: Entry<'_>, param: &Param) -> Option<Given> {
        let (name, node) = (entry.key.key(), entry.value);
        match &param.default {
            Json::Bool(_) => match node.as_bool() {
                Some(flag) => return Some(Given::Set(flag.into())),
                None => self.wrong(node, format!("`{name}` is `true` or `false`, not {}", seen(node))),
            },
            Json::Number(_) => return self.number(node, &name).map(Given::Set),
            Json::String(_) => match node.text().filter(|text| !text.is_empty()) {
                Some(text) => return Some(Given::Set(text.into_owned().into())),
                None => self.wrong(node, format!("`{name}` is a text, not {}", seen(node))),
            },
            Json::Object(known) if node.is_map() => {
                let mut found = serde_json::Map::new();
                for one in node.entries() {
                    if known.contains_key(&*one.key.key()) {
                        let number = self.number(one.value, &format!("{name}.{}", one.key.key()));
                        found.extend(number.map(|number| (one.key.key().into_owned(), number)));
                    } else {
                        let of = format!("`{name}`");
                        self.mistakes.push(unknown_key(one, &of, known.keys().map(String::as_str)));
                    }
                }
                return Some(Given::Set(found.into()));
            }
            Json::Object(_) => self.wrong(node, format!("`{name}` is a mapping, not {}", seen(node))),
            Json::Array(_) if node.is_map() => {
                let added = node.get(ADD).filter(|_| node.entries().count() == 1);
                match added {
                    Some(added) => return self.items(added, &name, param).map(Given::Add),
                    None => self.wrong(node, format!("`{name}` is a list, or `add:` with a list")),
                }
            }
            Json::Array(_) => return self.items(node, &name, param).map(|items| Given::Set(items.into())),
            Json::Null => {
                self.wrong(entry.key, format!("`{name}` has no default in its card, and so no type"));
            }
        }
        None
    }

    fn number(&mut self, node: Node<'_>, name: &str) -> Option<Json> {
        let number = node.as_i64().filter(|number| *number >= 0);
        if number.is_none() {
            self.wrong(node, format!("`{name}` is a whole number, 0 or more, not {}", seen(node)));
        }
        number.map(Json::from)
    }

    fn items(&mut self, node: Node<'_>, name: &str, param: &Param) -> Option<Vec<Json>> {
        let items: Vec<Node<'_>> = if node.is_seq() { node.items().collect() } else { vec![node] };
        let mut found = Vec::new();
        for item in &items {
            let Some(text) = item.text().filter(|text| !text.is_empty()) else {
                self.wrong(*item, format!("`{name}` is a text or a list of texts, not {}", seen(*item)));
                continue;
            };
            if let Some(mistake) = item_error(&text, param) {
                self.wrong(*item, mistake);
                continue;
            }
            found.push(text.into_owned().into());
        }
        (found.len() == items.len()).then_some(found)
    }
}

/// What keeps a text from being an item of a list.
fn item_error(text: &str, param: &Param) -> Option<String> {
    if !param.words.is_empty() {
        let is_known = param.words.iter().any(|word| word == text);
        let words: Vec<&str> = param.words.iter().map(String::as_str).collect();
        let help = hint(text, &words);
        return (!is_known).then(|| format!("`{text}` is not known here; {help}"));
    }
    let reason = Patterns::error(text).filter(|_| !param.exact)?;
    Some(format!("`{text}` is no pattern: {reason}"))
}

/// The definitions of the JSON schema of what is chosen for rules: `rules` is that of the whole mapping.
pub(super) fn definitions(catalog: &Catalog) -> Json {
    let level = json!({"enum": LEVELS});
    let of_classes = json!({"type": "object", "additionalProperties": false,
        "properties": {"job": {"$ref": "#/$defs/level"}, "service": {"$ref": "#/$defs/level"}}});
    let (level_reference, levels) = (json!({"$ref": "#/$defs/level"}), json!({"$ref": "#/$defs/levels"}));
    let mut rules = serde_json::Map::new();
    let mut definitions = serde_json::Map::new();
    definitions.insert("level".to_owned(), level);
    definitions.insert("levels".to_owned(), json!({"anyOf": [level_reference, of_classes]}));
    for card in catalog.cards() {
        let forms: serde_json::Map<String, Json> =
            card.forms.keys().map(|form| (form.clone(), levels.clone())).collect();
        let mut properties = serde_json::Map::new();
        properties.insert(SEVERITY.to_owned(), levels.clone());
        let forms = json!({"type": "object", "additionalProperties": false, "properties": forms});
        properties.insert(FORMS.to_owned(), forms);
        for (name, param) in &card.params {
            let mut shape = param_schema(param);
            shape["description"] = param.meaning.trim().into();
            properties.insert(name.clone(), shape);
        }
        let id = card.id.to_string();
        let reference = json!({"$ref": format!("#/$defs/{id}")});
        let settings = json!({"description": card.finds, "anyOf": [level_reference,
            {"type": "object", "additionalProperties": false, "properties": properties}]});
        definitions.insert(id.clone(), settings);
        rules.insert(id, reference.clone());
        rules.insert(card.name.clone(), reference);
    }
    let rules = json!({"type": "object", "additionalProperties": false, "properties": rules});
    definitions.insert("rules".to_owned(), rules);
    definitions.into()
}

fn param_schema(param: &Param) -> Json {
    let whole = json!({"type": "integer", "minimum": 0});
    match &param.default {
        Json::Bool(_) => json!({"type": "boolean"}),
        Json::Number(_) => whole,
        Json::Object(known) => {
            let keys: serde_json::Map<String, Json> =
                known.keys().map(|key| (key.clone(), whole.clone())).collect();
            json!({"type": "object", "additionalProperties": false, "properties": keys})
        }
        Json::Array(_) => {
            let item = match &param.words[..] {
                [] => json!({"type": "string", "minLength": 1}),
                words => json!({"enum": words}),
            };
            let list = json!({"anyOf": [item, {"type": "array", "items": item}]});
            json!({"anyOf": [list, {"type": "object", "additionalProperties": false, "required": [ADD],
                "properties": {ADD: list}}]})
        }
        _ => json!({"type": "string", "minLength": 1}),
    }
}
