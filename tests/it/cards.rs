//! Cards, checks and files are three sides of one thing, and every example holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nhilint::catalog::{Card, Catalog, Example, Files, drawing};
use nhilint::finding::Finding;
use nhilint::lint::example::hold;
pub(crate) use nhilint::lint::example::preset;
use nhilint::source::SourceMap;

use crate::bench::{catalog, lint_files, settings};

/// The files of all cards.
pub(crate) fn card_files() -> Vec<String> {
    let file = |card: &Card| format!("rules/{}/{}.yaml", card.family, card.name);
    let read = |card| std::fs::read_to_string(file(card)).expect("every card has its file");
    catalog().cards().iter().map(read).collect()
}

#[test]
fn every_card_has_its_entry_its_file_and_its_check() {
    let catalog = catalog();
    let mut wrong = Vec::new();
    let table: Vec<_> = nhilint::rules::table().collect();
    let ids: Vec<_> = table.iter().map(|(rule, _)| *rule).collect();
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    if ids != sorted {
        wrong.push("RULES in src/rules/mod.rs is sorted by id, each id once".to_owned());
    }
    for (rule, looks_at) in &table {
        let card = catalog.card(*rule);
        let said: Vec<String> =
            card.looks_at.iter().map(|looks| format!("{looks:?}").to_lowercase()).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).filter(|word| *word != "engine").collect();
        if said != *looks_at {
            wrong.push(format!("{rule}: `looks-at` of the card is {said:?}, and RULES says {looks_at:?}"));
        }
        let file = format!("rules/{}/{}.yaml", card.family, card.name);
        if !Path::new(&file).is_file() {
            wrong.push(format!("{rule}: its card stands at {file}"));
        }
        if card.examples.is_empty() {
            wrong.push(format!("{rule}: a card has an example"));
        }
    }
    let known: BTreeSet<String> =
        catalog.cards().iter().map(|card| format!("rules/{}/{}.yaml", card.family, card.name)).collect();
    for family in std::fs::read_dir("rules").expect("rules/").flatten().filter(|entry| entry.path().is_dir())
    {
        for card in std::fs::read_dir(family.path()).expect("a family").flatten() {
            let path = card.path().to_string_lossy().into_owned();
            if !path.starts_with("rules/tables/") && !known.contains(&path) {
                wrong.push(next_step(&path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is to be done about a card that is in no table.
fn next_step(path: &str) -> String {
    let text = std::fs::read_to_string(path).expect("the card is readable");
    let catalog = match Catalog::parse([text.as_str()]) {
        Ok(catalog) => catalog,
        Err(error) => return format!("{path}: {error}"),
    };
    let card = &catalog.cards()[0];
    let (family, name, number) = (&card.family, &card.name, card.id.0);
    let module = name.replace('-', "_");
    if path != format!("rules/{family}/{name}.yaml") {
        return format!(
            "{path}: its family is `{family}` and its name `{name}`: let it stand at rules/{family}/{name}.yaml"
        );
    }
    format!(
        "{path} is not in the table yet. Three steps:\n  \
         1. write src/rules/{family}/{module}.rs: copy a check of the family that looks at the same\n  \
         2. add `pub(super) mod {module};` to src/rules/{family}/mod.rs\n  \
         3. add `{number} {family}::{module} Workload(check);` to RULES in src/rules/mod.rs, in the order of ids"
    )
}

#[test]
fn every_example_holds() {
    let catalog = catalog();
    let mut wrong = Vec::new();
    for card in catalog.cards() {
        for example in card.examples.iter() {
            wrong.extend(hold(card, example, &catalog));
        }
    }
    assert!(wrong.is_empty(), "{} examples do not hold:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Findings of one rule over texts.
pub(crate) fn findings(
    card: &Card,
    example: &Example,
    files: &[(&str, &str)],
    catalog: &Catalog,
) -> (Vec<Finding>, SourceMap) {
    let mut settings = settings(catalog, preset(example));
    // What is found about exceptions needs the findings that they are for.
    let further = example.arguments.iter().skip_while(|word| *word != "--select").nth(1);
    let further = further.map(|rule| catalog.find(rule).expect("a rule of the catalogue"));
    settings.select = Some(further.into_iter().chain([card.id]).collect());
    let (mut report, sources) = lint_files(files, &settings, catalog);
    report.findings.retain(|finding| finding.rule == card.id);
    (report.findings, sources)
}

fn texts(files: &Files) -> Vec<(&str, &str)> {
    files.texts()
}

#[test]
fn messages_and_cards_keep_the_house_style() {
    let catalog = catalog();
    let mut wrong = Vec::new();
    for card in catalog.cards() {
        if !card.name.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
            wrong.push(format!("{}: the name is kebab-case", card.id));
        }
        if card.finds.ends_with('.') || card.finds.starts_with(char::is_uppercase) {
            wrong.push(format!("{}: `finds` has no capital and no stop", card.id));
        }
        for (form, remedy) in &card.remedies {
            if !card.forms.contains_key(form) || !remedy.ends_with('.') {
                wrong.push(format!("{}: `do-for` has `{form}`, which is no form or no sentence", card.id));
            }
        }
        if !card.remedy.ends_with('.') || !card.why.trim_end().ends_with('.') {
            wrong.push(format!("{}: `why` and `do` are sentences", card.id));
        }
        for example in card.examples.iter() {
            let files: Vec<(String, String)> = texts(&example.bad)
                .into_iter()
                .map(|(name, text)| (name.to_owned(), drawing::read(text).0))
                .collect();
            let files: Vec<(&str, &str)> =
                files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            for finding in findings(card, example, &files, &catalog).0 {
                let message = &finding.message;
                if message.starts_with(char::is_uppercase) || message.ends_with('.') {
                    wrong.push(format!("{}: lower-case start, no final stop: {message}", card.id));
                }
                if message.chars().count() > 110 {
                    wrong.push(format!("{}: about 100 characters, the rest in notes: {message}", card.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One standard of `rules/standards.yaml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    title: String,
    url: String,
    entries: serde_yaml::Mapping,
}

#[test]
fn cards_name_standards_of_the_vocabulary() {
    let text = std::fs::read_to_string("rules/standards.yaml").expect("rules/standards.yaml");
    let standards: BTreeMap<String, Standard> = serde_yaml::from_str(&text).expect("standards in YAML");
    let mut wrong = Vec::new();
    let mut unnamed = BTreeSet::new();
    for (id, standard) in &standards {
        if standard.title.is_empty() || !standard.url.starts_with("https://") {
            wrong.push(format!("{id}: a standard has a title and an address"));
        }
        let entries: Vec<&str> = standard.entries.keys().filter_map(serde_yaml::Value::as_str).collect();
        if entries.len() < standard.entries.len()
            || !standard.entries.values().all(serde_yaml::Value::is_string)
        {
            wrong.push(format!("{id}: an entry is a quoted number or a name, with a title"));
        }
        if !entries.is_sorted_by_key(|entry| numbers(entry)) {
            wrong.push(format!("{id}: its entries are sorted, 5.1.9 before 5.1.10"));
        }
        unnamed.extend(entries.iter().map(|entry| format!("{id}/{entry}")));
    }
    let known = unnamed.clone();
    let catalog = catalog();
    for card in catalog.cards() {
        for named in &card.standards {
            unnamed.remove(named);
            if !known.contains(named) {
                wrong.push(format!(
                    "{}: `{named}` does not stand in rules/standards.yaml: correct it, or add it there with its title",
                    card.id
                ));
            }
        }
    }
    wrong.extend(
        unnamed.iter().map(|id| format!("{id}: no card names it: take it out of rules/standards.yaml")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Orders `NHI9` before `NHI10`, and 5.1.9 before 5.1.10.
fn numbers(entry: &str) -> (String, Vec<u32>) {
    let letters = entry.chars().filter(|letter| letter.is_alphabetic()).collect();
    let digits = entry.split(|letter: char| !letter.is_ascii_digit());
    (letters, digits.filter_map(|number| number.parse().ok()).collect())
}
