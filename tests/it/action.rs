//! The GitHub Action: its steps, taken out of `action.yml` and run as the runner would, with an nhilint that only
//! notes how it was called.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml::Value;
use tempfile::TempDir;

/// Notes its arguments (each ended by a zero byte) and says what it is told to.
const FAKE: &str = r#"#!/bin/sh
if [ "$1" = --version ]; then echo "nhilint 0.0.0"; exit 0; fi
printf '%s\0' "$@" >"$RECORD"
printf %s "$SAY"
printf %s "$COMPLAIN" >&2
if [ -n "$WRITES" ]; then : >"$WRITES"; fi
for argument in "$@"; do
  case $argument in
    --output=json=*) if [ -n "$REPORT" ]; then printf %s "$REPORT" >"${argument#--output=json=}"; fi ;;
  esac
done
exit "$CODE"
"#;

/// Notes its arguments and where it was called, and "installs" an nhilint.
const FAKE_CARGO: &str = r#"#!/bin/sh
printf '%s\0' "$PWD" "$@" >"$RECORD"
mkdir -p "$RUNNER_TEMP/nhilint/built/bin"
printf '#!/bin/sh\necho "nhilint 0.0.0"\n' >"$RUNNER_TEMP/nhilint/built/bin/nhilint"
chmod +x "$RUNNER_TEMP/nhilint/built/bin/nhilint"
"#;

/// What a step did.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) log: String,
    pub(crate) outputs: String,
    /// The arguments that the fake program got.
    pub(crate) arguments: Vec<String>,
}

/// A scratch runner: an empty workspace and a folder for the temporary files.
pub(crate) struct Runner {
    folder: TempDir,
}

impl Runner {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a scratch folder can be made");
        for name in ["workspace", "temp", "action", "programs"] {
            fs::create_dir(folder.path().join(name)).expect("the folder is new");
        }
        let runner = Self { folder };
        fs::create_dir_all(runner.path("action/.github/action")).expect("the folder is new");
        for name in [SCRIPT, "Cargo.toml"] {
            fs::copy(name, runner.path("action").join(name)).expect("tests run at the root of the package");
        }
        for name in ["checksums.txt", "programs.txt"] {
            runner.write(&format!("action/.github/action/{name}"), "");
        }
        runner
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the scratch folder is writable");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn program(&self, name: &str, text: &str) {
        let path = self.path("programs").join(name);
        fs::write(&path, text).expect("the scratch folder is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    /// Runs a step as `shell: bash` does, with every input empty but those given.
    pub(crate) fn run(&self, step: &str, path: &str, variables: &[(&str, &str)]) -> Outcome {
        let script = self.path("script.sh");
        fs::write(&script, script_of(step)).expect("the scratch folder is writable");
        fs::write(self.path("outputs"), "").expect("the scratch folder is writable");
        let mut command = Command::new(bash());
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(&script)
            .current_dir(self.path("workspace"))
            .env_clear()
            .env("PATH", path)
            .env("RUNNER_TEMP", self.path("temp"))
            .env("GITHUB_ACTION_PATH", self.path("action"))
            .env("GITHUB_OUTPUT", self.path("outputs"))
            .env("RECORD", self.path("record"))
            .env("CODE", "0");
        for name in ["SAY", "COMPLAIN", "WRITES", "REPORT"] {
            command.env(name, "");
        }
        for (name, _) in environment(step) {
            command.env(name, "");
        }
        command.env("INPUT_FORMAT", "github");
        command.env("BINARY", self.path("programs").join("nhilint"));
        command.env("PROGRAMS", path).env("GITHUB_WORKSPACE", self.path("workspace"));
        command.envs(variables.iter().copied());
        let output = command.output().expect("bash starts");
        let record = fs::read_to_string(self.path("record")).unwrap_or_default();
        Outcome {
            code: output.status.code().expect("no signal ended it"),
            log: String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
            outputs: fs::read_to_string(self.path("outputs")).expect("it was written above"),
            arguments: record.split_terminator('\0').map(str::to_owned).collect(),
        }
    }

    /// Lints, without the argument that names the report for the outputs.
    fn check(&self, variables: &[(&str, &str)]) -> Outcome {
        self.program("nhilint", FAKE);
        let mut outcome = self.run("check", "/usr/bin:/bin", variables);
        outcome.arguments.retain(|argument| !argument.starts_with("--output=json="));
        outcome
    }
}

/// What the steps run.
const SCRIPT: &str = ".github/action/nhilint.sh";

#[test]
fn without_inputs_the_workspace_is_linted() {
    let outcome = Runner::new().check(&[]);
    assert_eq!(outcome.arguments, ["check", "--format=github", "--", "."]);
    assert_eq!((outcome.code, outcome.log.as_str()), (0, ""));
    assert_eq!(outcome.outputs, "exit-code=0\n");
}

#[test]
fn the_job_gets_a_summary() {
    let outcome = Runner::new().check(&[("GITHUB_STEP_SUMMARY", "/runner/a summary.md")]);
    let expected = ["check", "--format=github", "--output=markdown=/runner/a summary.md", "--", "."];
    assert_eq!(outcome.arguments, expected);
}

#[test]
fn inputs_arrive_whole_and_are_never_run() {
    let runner = Runner::new();
    fs::write(runner.path("workspace").join("a.yaml"), "").expect("the workspace is writable");
    let outcome = runner.check(&[
        ("INPUT_PATHS", "apps\r\n\noverlays/prod eu\n-rf\n$(touch ran)\n*.yaml\n`touch ran`"),
        ("INPUT_ARGS", "--threads\n4"),
        ("INPUT_PRESET", "strict"),
        ("INPUT_FAIL_ON", "warning"),
        ("INPUT_SELECT", "NHI204,NHI501; touch ran"),
        ("INPUT_IGNORE", "secret-env"),
        ("INPUT_BASELINE", "known findings.json"),
        ("INPUT_HELM_VALUES", "charts/a=x.yaml,y.yaml\ncharts/b=z.yaml\n"),
        ("CACHE_DIR", "a cache"),
    ]);
    assert_eq!(
        outcome.arguments,
        [
            "check",
            "--format=github",
            "--preset=strict",
            "--fail-on=warning",
            "--select=NHI204,NHI501; touch ran",
            "--ignore=secret-env",
            "--baseline=known findings.json",
            "--cache-dir=a cache",
            "--helm-values=charts/a=x.yaml,y.yaml",
            "--helm-values=charts/b=z.yaml",
            "--threads",
            "4",
            "--",
            "apps",
            "overlays/prod eu",
            "-rf",
            "$(touch ran)",
            "*.yaml",
            "`touch ran`",
        ]
    );
    assert!(!runner.path("workspace").join("ran").exists());
}

#[test]
fn the_exit_code_is_kept() {
    for code in [0, 1, 2, 101] {
        let outcome = Runner::new().check(&[("CODE", &code.to_string())]);
        assert_eq!(outcome.code, code);
        assert_eq!(outcome.outputs, format!("exit-code={code}\n"));
    }
}

#[test]
fn quoted_text_cannot_command_the_runner() {
    let runner = Runner::new();
    let command = "::error file=a.yaml::real";
    let quoted = "cannot read ##[add-mask]x\n::set-env name=A::b";
    let github = runner.check(&[("SAY", command), ("COMPLAIN", quoted), ("CODE", "2")]);
    let (before, inside) = fenced(&github.log);
    assert_eq!(before, command);
    assert_eq!(inside.trim_end(), quoted);

    let text = runner.check(&[("SAY", quoted), ("INPUT_FORMAT", "text")]);
    assert_eq!(fenced(&text.log), (String::new(), format!("{quoted}\n")));
    let word = |log: &str| log.lines().next().map(str::to_owned);
    let again = runner.check(&[("SAY", quoted), ("INPUT_FORMAT", "text")]);
    assert_ne!(word(&text.log), word(&again.log), "the word is new each time");
}

/// What stands before and between `::stop-commands::WORD` and `::WORD::`, which must end the log.
fn fenced(log: &str) -> (String, String) {
    let (before, rest) = log.split_once("::stop-commands::").expect("commands are stopped");
    let (word, rest) = rest.split_once('\n').expect("the word ends its line");
    assert!(word.len() >= 16, "`{word}` can be guessed");
    let (inside, after) = rest.split_once(&format!("::{word}::\n")).expect("and start again");
    assert_eq!(after, "");
    (before.to_owned(), inside.to_owned())
}

#[test]
fn a_sarif_file_is_named_only_if_this_run_wrote_it() {
    let runner = Runner::new();
    let file = runner.path("workspace").join("out.sarif");
    fs::write(&file, "stale").expect("the workspace is writable");
    let silent = runner.check(&[("INPUT_SARIF_FILE", "out.sarif"), ("CODE", "2")]);
    assert_eq!(silent.arguments[2], "--output=sarif=out.sarif");
    assert_eq!(silent.outputs, "exit-code=2\n");
    assert!(!file.exists());

    let hostile = "a\nexit-code=7";
    let written = runner.check(&[("INPUT_SARIF_FILE", hostile), ("WRITES", hostile), ("CODE", "1")]);
    let lines: Vec<_> = written.outputs.lines().collect();
    let word = lines[1].strip_prefix("sarif-file<<").expect("a value that may have lines");
    assert_eq!(lines, ["exit-code=1", lines[1], "a", "exit-code=7", word]);
}

#[test]
fn what_is_missing_is_built_once_from_the_action_itself() {
    let runner = Runner::new();
    runner.program("cargo", FAKE_CARGO);
    let path = format!("{}:/usr/bin:/bin", runner.path("programs").display());
    let built = runner.path("temp").join("nhilint");
    let binary = format!("\nbinary={}\n", built.join("nhilint").display());

    let first = runner.run("find", &path, &[]);
    assert!(first.code == 0 && first.outputs.ends_with(&binary), "{}{}", first.log, first.outputs);
    let root = built.join("built").display().to_string();
    assert_eq!(first.arguments[1..], ["install", "--locked", "--path", ".", "--root", &root]);
    assert!(Path::new(&first.arguments[0]).ends_with("action"), "not among untrusted files");

    fs::remove_file(runner.path("record")).expect("cargo was called");
    let second = runner.run("find", &path, &[]);
    assert_eq!((second.code, second.outputs), (0, first.outputs));
    assert!(second.arguments.is_empty(), "built again");
}

#[test]
fn an_installed_one_is_taken_and_none_at_all_is_explained() {
    let runner = Runner::new();
    let programs = runner.path("programs").display().to_string();
    let none = runner.run("find", &programs, &[]);
    assert_eq!(none.code, 2);
    assert!(none.log.starts_with("::error title=nhilint::there is no released nhilint"), "{}", none.log);

    runner.program("nhilint", FAKE);
    let found = runner.run("find", &programs, &[]);
    assert!(found.outputs.ends_with(&format!("\nbinary={programs}/nhilint\n")), "{}", found.outputs);
}

#[test]
fn no_program_of_the_workspace_is_run() {
    let runner = Runner::new();
    let workspace = runner.path("workspace");
    fs::create_dir(workspace.join("bin")).expect("the workspace is writable");
    let ours = "#!/bin/sh\n: >\"$RECORD\"\n";
    for name in ["nhilint", "cargo", "bin/nhilint", "bin/cargo"] {
        fs::write(workspace.join(name), ours).expect("the workspace is writable");
        fs::set_permissions(workspace.join(name), fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    std::os::unix::fs::symlink(workspace.join("bin"), runner.path("programs").join("link")).expect("a link");
    let folders = [
        workspace.clone(),
        workspace.join("bin"),
        runner.path("programs").join("link"),
        "bin".into(),
        "".into(),
    ];
    for folder in folders {
        let path = format!("{}:{}", folder.display(), runner.path("programs").display());
        let found = runner.run("find", &path, &[]);
        assert_eq!(found.code, 2, "{}: {}", folder.display(), found.log);
        assert!(!runner.path("record").exists(), "{} was run", folder.display());
        assert_eq!(found.outputs, "");
        runner.program("nhilint", FAKE);
        let found = runner.run("find", &path, &[]);
        let programs = runner.path("programs");
        let expected = format!("path={0}\nbinary={0}/nhilint\n", programs.display());
        assert_eq!((found.code, found.outputs), (0, expected), "{}", folder.display());
        fs::remove_file(programs.join("nhilint")).expect("it is ours");
    }
    let (_, programs) =
        environment("check").into_iter().find(|(name, _)| name == "PROGRAMS").expect("it is passed on");
    assert_eq!(programs, "${{ steps.find.outputs.path }}", "helm and kustomize are found there, too");
}

#[test]
fn inputs_reach_the_script_through_its_environment_only() {
    let action = action();
    let inputs: BTreeSet<_> = action["inputs"]
        .as_mapping()
        .expect("inputs are a mapping")
        .keys()
        .map(|name| format!("${{{{ inputs.{} }}}}", name.as_str().expect("names are text")))
        .collect();
    let passed: BTreeSet<_> = ["find", "check"]
        .into_iter()
        .flat_map(environment)
        .map(|(_, value)| value)
        .filter(|value| value.contains("inputs."))
        .collect();
    assert_eq!(inputs, passed);
    for step in ["find", "check"] {
        let run = format!("source \"$GITHUB_ACTION_PATH/{SCRIPT}\" {step}");
        assert_eq!(script_of(step), run, "pass it through `env:`");
    }
}

/// What a change that is not merged rendered must not reach what its base is judged by.
#[test]
fn only_a_push_to_the_default_branch_saves_what_was_rendered() {
    let action = action();
    let steps = action["runs"]["steps"].as_sequence().expect("steps are a list");
    let of_cache =
        |step: &&Value| step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/cache"));
    let uses = |step: &Value| step["uses"].as_str().unwrap_or_default().split('@').next().map(str::to_owned);
    let cache: Vec<&Value> = steps.iter().filter(of_cache).collect();
    let names: Vec<_> = cache.iter().filter_map(|step| uses(step)).collect();
    assert_eq!(names, ["actions/cache/restore", "actions/cache/save"]);
    let condition = cache[1]["if"].as_str().expect("saving has a condition");
    assert!(condition.contains("github.event_name == 'push'"), "{condition}");
    assert!(condition.contains("github.event.repository.default_branch"), "{condition}");
}

#[test]
fn the_counts_of_the_report_are_outputs() {
    let report = "{\n  \"version\": 1,\n  \"summary\": {\n    \"error\": 3,\n    \"warning\": 12,\n    \"info\": 0,\n    \"suppressed\": 1,\n    \"files\": 14\n  },\n  \"findings\": [\n    {\n    \"error\": 9,\n    \"message\": \"    \\\"files\\\": 1,\"\n    }\n  ]\n}\n";
    let outcome = Runner::new().check(&[("REPORT", report), ("CODE", "1")]);
    assert_eq!(outcome.outputs, "exit-code=1\nerrors=3\nwarnings=12\ninfos=0\nfiles=14\n");
}

fn action() -> Value {
    let text = fs::read_to_string("action.yml").expect("tests run at the root of the package");
    serde_yaml::from_str(&text).expect("action.yml is YAML")
}

fn step(id: &str) -> Value {
    let action = action();
    let steps = action["runs"]["steps"].as_sequence().expect("steps are a list");
    let step = steps.iter().find(|step| step["id"] == id);
    step.unwrap_or_else(|| panic!("action.yml has no step `{id}`")).clone()
}

fn script_of(id: &str) -> String {
    step(id)["run"].as_str().expect("every step runs a script").to_owned()
}

fn environment(id: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("env holds text").to_owned();
    match step(id)["env"].as_mapping() {
        Some(variables) => variables.iter().map(|(name, value)| (text(name), text(value))).collect(),
        None => Vec::new(),
    }
}

/// Where bash is: the steps under test run with a `PATH` of their own.
fn bash() -> PathBuf {
    let path = std::env::var_os("PATH").expect("there is a PATH");
    std::env::split_paths(&path)
        .map(|folder| folder.join("bash"))
        .find(|program| program.exists())
        .expect("bash is needed to test the action")
}
