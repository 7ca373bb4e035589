//! The programs that render, as the user's `PATH` has them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, UNIX_EPOCH};

use super::{Cache, Failure, Key, Limits, Runner};

/// What is installed.
#[derive(Debug, Default)]
pub struct Programs {
    /// `helm`.
    pub helm: Option<Program>,
    /// `kustomize`, else `kubectl`, which has an older one in it.
    pub kustomize: Option<Program>,
}

impl Programs {
    /// Looks for them in the folders of `path`, the value of the variable `PATH`. Starts nothing.
    #[must_use]
    pub fn find(path: Option<&OsStr>) -> Self {
        let find = |name| Program::find(name, path?);
        Self { helm: find("helm"), kustomize: find("kustomize").or_else(|| find("kubectl")) }
    }
}

/// A program that renders.
#[derive(Debug)]
pub struct Program {
    /// `helm`, `kustomize` or `kubectl`.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes: with the version it tells builds apart.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    modified: u128,
    version: OnceLock<Result<String, Failure>>,
}

impl Program {
    /// The first program `name` in the folders of `path` that can be run. Folders that are named relative to the working
    /// directory are left out: what is linted must not choose the program.
    #[must_use]
    pub fn find(name: &'static str, path: &OsStr) -> Option<Self> {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(path)
            .filter(|folder| folder.is_absolute())
            .find_map(|folder| Self::at(name, folder.join(&file)))
    }

    /// The program at `path`, if it can be run.
    #[must_use]
    pub fn at(name: &'static str, path: PathBuf) -> Option<Self> {
        let file = std::fs::metadata(&path).ok().filter(|file| file.is_file() && runnable(&path))?;
        let modified = file.modified().ok()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        Some(Self { name, path, size: file.len(), modified, version: OnceLock::new() })
    }

    /// The words between the program and what it is to build or render.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self.name {
            "helm" => "template",
            "kubectl" => "kustomize",
            _ => "build",
        }
    }

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
        let arguments: &[&str] = match self.name {
            "helm" => &["version", "--short"],
            "kubectl" => &["version", "--client", "-o", "json"],
            _ => &["version"],
        };
        let limits = Limits { wall: Duration::from_secs(10), output: 1 << 20, ..Limits::default() };
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let output = runner.run_within(limits, self, arguments, folder)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = if self.name == "kubectl" { of_kubectl(&text) } else { of_line(&text) };
        version.filter(|_| output.success()).ok_or_else(|| {
            let said = output.stderr.lines().next().unwrap_or_default();
            let mut why = format!("`{}` does not say its version (`{said}`)", self.path.display());
            if std::fs::read(&self.path).is_ok_and(|bytes| bytes.starts_with(b"#!")) {
                // As version managers have them. What is linted would be in reach of a program with that environment.
                why += ": it is a launcher that needs the user's environment; put the program itself on the PATH";
            }
            Failure::CannotStart { program: self.name, why }
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
    super::words::plain(version.as_bytes(), None).chars().filter(|c| *c != '\n').take(64).collect()
}

#[cfg(unix)]
fn runnable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runnable(_path: &Path) -> bool {
    true
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
