//! The versions of programs, as they say them.

use std::path::Path;
use std::time::Duration;

use super::failure::{Cause, Failure};
use super::printable::printable;
use super::{Cache, Key, Limits, Program, Runner};
use crate::finding::Engine;

impl Program {
    /// Its version (`v3.22.0`; of `kubectl` that of the kustomize in it). It is asked once, and never again as long as
    /// the cache knows the file.
    ///
    /// # Errors
    ///
    /// Where it does not say, as launchers that need the user's environment do not.
    pub fn version(&self, runner: &Runner<'_>, cache: &Cache) -> Result<&str, Failure> {
        let answer = self.version.get_or_init(|| {
            let path = self.path.to_string_lossy();
            let key = Key::of(["version", &path, &self.size.to_string(), &self.modified.to_string()]);
            if let Some(known) = cache.get(&key).and_then(|bytes| String::from_utf8(bytes).ok()) {
                return Ok(known);
            }
            let version = self.ask(runner)?;
            cache.put(&key, version.as_bytes());
            Ok(version)
        });
        answer.as_deref().map_err(Clone::clone)
    }

    fn ask(&self, runner: &Runner<'_>) -> Result<String, Failure> {
        let arguments: &[&str] = match self.engine {
            Engine::Helm => &["version", "--short"],
            Engine::Kubectl => &["version", "--client", "-o", "json"],
            Engine::Kustomize | Engine::Replay => &["version"],
        };
        let limits = Limits { wall: Duration::from_secs(10), output: 1 << 20, ..Limits::default() };
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let output = Runner::new(runner.scratch(), limits).run(self, arguments, folder)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = if self.engine == Engine::Kubectl { of_kubectl(&text) } else { of_line(&text) };
        version.filter(|_| output.success()).ok_or_else(|| {
            let message = output.stderr.lines().next().unwrap_or_default();
            let mut why = format!("`{}` does not say its version (`{message}`)", self.path.display());
            if std::fs::read(&self.path).is_ok_and(|bytes| bytes.starts_with(b"#!")) {
                // As version managers have them. What is linted would be in reach of a program with that environment.
                why += ": it is a launcher that needs the user's environment; put the program itself on the PATH";
            }
            Failure { program: self.engine.word(), cause: Cause::CannotStart(why) }
        })
    }
}

/// The version in the answer of helm (`v3.22.0+gabcdef`) and kustomize (`v5.8.2`; before version 5
/// `{kustomize/v4.5.7  2022-08-02T16:35:54Z  }`).
fn of_line(answer: &str) -> Option<String> {
    let words = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | '/' | ':' | ',');
    let numbered = |word: &&str| {
        word.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let line = answer.lines().find(|line| !line.trim().is_empty())?;
    let version = line.split(words).find(numbered).or_else(|| line.split_whitespace().next())?;
    Some(words_only(version))
}

fn of_kubectl(answer: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(answer).ok()?;
    let of = |value: &serde_json::Value| value.as_str().map(words_only);
    // Before 1.24 it did not say which kustomize it has.
    of(&answer["kustomizeVersion"]).or_else(|| of(&answer["clientVersion"]["gitVersion"]))
}

/// A version is short and plain, whatever the program says.
fn words_only(version: &str) -> String {
    printable(version.as_bytes(), None).chars().filter(|c| *c != '\n').take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::{of_kubectl, of_line};

    #[test]
    fn every_way_to_say_a_version_is_understood() {
        let answers = [
            ("v3.22.0+gabcdef\n", "v3.22.0+gabcdef"),
            ("v5.8.2\n", "v5.8.2"),
            ("{kustomize/v4.5.7  2022-08-02T16:35:54Z  }\n", "v4.5.7"),
            ("Client: v2.17.0+ga690bad\n", "v2.17.0+ga690bad"),
            ("(devel)\n", "(devel)"),
        ];
        for (answer, version) in answers {
            assert_eq!(of_line(answer).as_deref(), Some(version), "{answer}");
        }
        assert_eq!(of_line("\n"), None);
        let answer = r#"{"clientVersion": {"gitVersion": "v1.32.4"}, "kustomizeVersion": "v5.5.0"}"#;
        assert_eq!(of_kubectl(answer).as_deref(), Some("v5.5.0"));
        assert_eq!(of_kubectl(r#"{"clientVersion": {"gitVersion": "v1.21.0"}}"#).as_deref(), Some("v1.21.0"));
    }
}
