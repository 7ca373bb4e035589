//! The settings file as a text: its mistakes, its schema, and what `init` writes.

use nhilint::config::File;
use nhilint::load::Texts;

use crate::bench::catalog;
use crate::cli::{run, scratch};
use crate::settings::{JOB, WEB, checked_in, in_namespace};

#[test]
fn ten_mistakes_are_ten_diagnostics() {
    let wrong = include_str!("settings/wrong.yaml");
    let web = in_namespace(WEB, "shop", "");
    let directory = scratch(&[("web.yaml", &web), (".nhilint.yaml", wrong)]);
    let (code, out, err) = run(directory.path(), &["check", "."]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(err);
    for (settings, says) in [
        ("preset: [", "1:9: error: this list has no closing `]`"),
        ("preset: strict\n---\npreset: strict\n", "3:1: error: the settings are one document"),
        ("preset: strict\npreset: audit\n", "2:1: error: "),
        ("- preset\n", "1:3: error: the settings file is a mapping"),
    ] {
        let directory = scratch(&[("web.yaml", &web), (".nhilint.yaml", settings)]);
        let (code, _, err) = run(directory.path(), &["check", "."]);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(says), "{settings}: {err}");
    }
}

#[test]
fn the_schema_takes_what_is_read_and_refuses_what_is_not() {
    let catalog = catalog();
    let schema = File::schema(&catalog);
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is a schema");
    let validator = jsonschema::validator_for(&schema).expect("the schema can be used");
    let mistakes = |text: &str| File::read(Texts::default().add(".nhilint.yaml", text), text, &catalog).1;
    let is_valid = |text: &str| validator.is_valid(&serde_yaml::from_str(text).expect("YAML"));
    let right = include_str!("settings/right.yaml");
    assert_eq!(mistakes(right), []);
    let value = serde_yaml::from_str(right).expect("YAML");
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    for text in [
        "presets: strict",
        "preset: stict",
        "failOnUnjudged: maybe",
        "rules: {NHI999: error}",
        "rules: {NHI101: {severty: error}}",
        "rules: {NHI101: {forms: {unst: error}}}",
        "rules: {NHI102: {maxUsers: many}}",
        "rules: {NHI301: {acceptLevels: [workloads]}}",
        "exclude: [{path: a}]",
        "tiers: {a: {preset: hard}}",
        "workloads: [{kind: Crane}]",
        "owners: {map: [{path: a}]}",
    ] {
        assert_ne!(mistakes(text), [], "it is read: {text}");
        assert!(!is_valid(text), "the schema takes it: {text}");
    }
}

#[test]
fn init_writes_settings_that_are_read_with_what_each_choice_leaves() {
    let (job, web) = (in_namespace(JOB, "shop-prod", ""), in_namespace(WEB, "shop-prod", ""));
    let directory = scratch(&[("job.yaml", &job), ("examples/web.yaml", &web)]);
    let (code, out, err) = run(directory.path(), &["init", "--no-cache"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    let written = std::fs::read_to_string(directory.path().join(".nhilint.yaml")).expect("it was written");
    insta::assert_snapshot!(written);
    let count = |settings: &str| {
        std::fs::write(directory.path().join(".nhilint.yaml"), settings).expect("it can be written");
        let (_, found) = checked_in(directory.path(), &[]);
        found.iter().filter(|one| one.contains(" error ")).count()
    };
    // Each choice leaves what it says, once its lines are switched on.
    let mut tried = 0;
    for choice in written.split("\n\n").filter(|part| part.contains("Leaves ")) {
        let says = choice.split("Leaves ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a count");
        let lines = choice.lines().skip(1).map(|line| line.trim_start_matches("# ").to_owned() + "\n");
        assert_eq!(count(&lines.collect::<String>()).to_string(), says, "{choice}");
        tried += 1;
    }
    assert!(tried > 2, "{written}");
    let (code, _, err) = run(directory.path(), &["init"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("is there already; --force replaces it"), "{err}");
}

#[test]
fn readme_shows_settings_that_are_read() {
    let readme = std::fs::read_to_string("README.md").expect("tests run at the root of the package");
    let section = readme.split("\n## Settings\n").nth(1).expect("the section is there");
    let shown =
        section.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (_, mistakes) = File::read(Texts::default().add(".nhilint.yaml", shown), shown, &catalog());
    assert_eq!(mistakes, []);
}

#[test]
fn the_schema_is_printed() {
    let directory = scratch(&[]);
    let (code, out, _) = run(directory.path(), &["schema", "settings"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("\"Settings of nhilint\""), "{out}");
}
