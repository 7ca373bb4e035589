//! Every rule over every example of every card: a rule that fires on another's `good` is seen in the snapshot's diff.

use std::fmt::Write;

use crate::bench::{catalog, lint_files, settings};
use crate::cards::preset;
use nhilint::catalog::drawing;

#[test]
fn every_rule_over_every_example() {
    let catalog = catalog();
    let mut seen = String::new();
    for card in catalog.cards() {
        for example in card.examples.iter() {
            let settings = settings(&catalog, preset(example));
            for (side, files) in [
                ("bad", Some(&example.bad)),
                ("good", example.good.as_ref()),
                ("silent", example.silent.as_ref()),
            ] {
                let Some(files) = files else { continue };
                let texts = drawing::plain(files);
                let texts: Vec<(&str, &str)> =
                    texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
                let (report, sources) = lint_files(&texts, &settings, &catalog);
                writeln!(seen, "{} {side} of `{}`", card.id, example.title)
                    .expect("a string takes everything");
                for finding in &report.findings {
                    let (start, _) = sources.positions(finding.span);
                    let path = sources.file(finding.span.file).path();
                    let name = path.rsplit('/').next().unwrap_or(path);
                    let word = finding.severity.word();
                    writeln!(seen, "  {name}:{} {word} {} {}", start.line, finding.rule, finding.form.0)
                        .expect("a string takes everything");
                }
            }
        }
    }
    insta::assert_snapshot!(seen);
}
