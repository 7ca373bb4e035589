//! The real programs on hostile input: nothing is fetched, and what does not end is ended.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nhilint::finding::Engine;
use nhilint::render::child::{Cause, Failure, Limits, Output, Program, Runner, Scratch};

use crate::child::write_program;

/// The variable that lets the children of [`nothing_is_fetched`] have the network: the control.
const CONTROL: &str = "NHILINT_TEST_NETWORK";

/// The program, where it is installed; `NHILINT_REQUIRE_TOOLS=1` says that it must be.
pub(crate) fn tool(engine: Engine) -> Option<Program> {
    let name = engine.word();
    let found = Program::find(engine, &std::env::var_os("PATH").unwrap_or_default());
    if found.is_none() {
        assert_ne!(std::env::var("NHILINT_REQUIRE_TOOLS").as_deref(), Ok("1"), "`{name}` is not on the PATH");
        left_out(&format!("`{name}` is not on the PATH: not tried with it"));
    }
    found
}

#[expect(clippy::print_stderr, reason = "who runs the tests is told what was not tried")]
fn left_out(what: &str) {
    eprintln!("{what}");
}

/// A folder with the files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("in the folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

fn run(program: &Program, arguments: &[&str], folder: &Path, limits: Limits) -> Result<Output, Failure> {
    let scratch = Scratch::new(None);
    Runner::new(&scratch, limits).run(program, arguments, folder)
}

/// A closed proxy does not keep programs in Go from servers on the machine itself, and a file of a generator may be an address.
#[test]
#[cfg(target_os = "linux")]
fn servers_of_the_machine_are_not_asked() {
    let scratch = Scratch::new(Some(env!("CARGO_BIN_EXE_nhilint").into()));
    let here = tempfile::tempdir().expect("a temporary folder");
    let namespace = write_program(here.path(), "helm", "exec /bin/readlink /proc/self/ns/net");
    let namespace = Program::at(Engine::Helm, namespace).expect("a program");
    let none: [&str; 0] = [];
    let own = std::fs::read_link("/proc/self/ns/net").expect("a namespace").display().to_string();
    let of = |allow_network| {
        let runner = Runner::new(&scratch, Limits { allow_network, ..Limits::default() });
        let output = runner.run(&namespace, &none, here.path()).expect("it runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    assert_eq!(of(true), own, "who may fetch keeps the network");
    if of(false) == own {
        return left_out("this machine allows no network namespaces: servers of the machine are not tried");
    }
    let Some(kustomize) = tool(Engine::Kustomize) else { return };
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    server.set_nonblocking(true).expect("it does not wait");
    let address = server.local_addr().expect("an address");
    let generator = format!(
        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {{name: a}}\nfiles: [\"a=http://{address}/a\"]\n"
    );
    let folder = tree(&[("kustomization.yaml", "generators: [made.yaml]\n"), ("made.yaml", &generator)]);
    let runner = Runner::new(&scratch, Limits { wall: Duration::from_secs(20), ..Limits::default() });
    let built = runner.run(&kustomize, &["build", "."], folder.path()).expect("it runs");
    assert!(!built.success(), "{built:?}");
    assert!(server.accept().is_err(), "it was asked");
}

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
const CHART: &str = "apiVersion: v2\nname: made\nversion: 0.1.0\n";

#[test]
fn nothing_is_fetched() {
    let allow_network = std::env::var_os(CONTROL).is_some();
    let limits = Limits { wall: Duration::from_secs(20), allow_network, ..Limits::default() };
    let remote = [
        "https://example.invalid/manifests/a.yaml",
        "http://example.invalid/a.yaml",
        "https://github.com/example/example//config?ref=v1",
        "git@example.invalid:example/example.git",
        "ssh://git@example.invalid/example//config",
        "example.invalid/example.git//config?ref=v1",
    ];
    for program in [Engine::Kustomize, Engine::Kubectl].into_iter().filter_map(tool) {
        let local = tree(&[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", CONFIG_MAP)]);
        let built = run(&program, &[program.verb(), "."], local.path(), limits).expect("it runs");
        assert!(built.success() && built.stdout.starts_with(b"apiVersion: v1"), "{built:?}");
        for field in ["resources", "components"] {
            for address in remote {
                let text = format!("{field}: [\"{address}\"]\n");
                let folder = tree(&[("kustomization.yaml", &text)]);
                let built = run(&program, &[program.verb(), "."], folder.path(), limits).expect("it runs");
                assert!(!built.success() && built.stdout.is_empty(), "{address}: {built:?}");
                assert!(!built.stderr.contains("nhilint-"), "no path of ours: {}", built.stderr);
            }
        }
    }
    if let Some(helm) = tool(Engine::Helm) {
        // It asks the network for a name, and a cluster for an object: both have no answer.
        let asking =
            "a: \"{{ getHostByName \"localhost\" }}\"\nb: \"{{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}\"\n";
        let folder = tree(&[("chart/Chart.yaml", CHART), ("chart/templates/a.yaml", asking)]);
        let clean = run(&helm, &["template", "made", "chart"], folder.path(), limits).expect("it runs");
        let said = String::from_utf8_lossy(&clean.stdout);
        assert!(clean.success() && said.ends_with("a: \"\"\nb: \"map[]\"\n"), "{clean:?}");
        for arguments in [
            &["template", "made", "chart", "-f", "https://example.invalid/values.yaml"][..],
            &["template", "made", "oci://example.invalid/charts/made"],
            &["template", "made", "made", "--repo", "https://example.invalid/charts"],
            &["template", "made", "chart", "--dependency-update"],
        ] {
            if arguments.contains(&"--dependency-update") {
                let needs = format!(
                    "{CHART}dependencies: [{{name: b, version: 1.0.0, repository: \"https://example.invalid\"}}]\n"
                );
                std::fs::write(folder.path().join("chart/Chart.yaml"), needs).expect("a file");
            }
            let fetched = run(&helm, arguments, folder.path(), limits).expect("it runs");
            assert!(!fetched.success(), "{arguments:?}: {fetched:?}");
        }
    }
}

/// Runs the test above with fakes that record first on the `PATH`, and a proxy that listens.
fn recorded(control: bool, launcher: &[&str]) -> (String, usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    for name in ["git", "ssh", "curl", "docker"] {
        write_program(&bin, name, &format!("echo {name} \"$@\" >>'{}'; exit 1", log.display()));
    }
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    proxy.set_nonblocking(true).expect("it can");
    let address = format!("http://{}", proxy.local_addr().expect("a port"));
    let mut path = bin.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let test = std::env::current_exe().expect("this test");
    let mut words = launcher.iter().map(std::convert::AsRef::as_ref).chain([test.as_os_str()]);
    let mut command = Command::new(words.next().expect("the test at least"));
    command.args(words).args(["child_live::nothing_is_fetched", "--exact"]).env("PATH", path);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, &address);
    }
    if control {
        command.env(CONTROL, "1");
    }
    let mut run = command.stdout(std::process::Stdio::null()).spawn().expect("it starts");
    let mut calls = 0;
    let status = loop {
        // Who calls is let go: it must not wait for an answer.
        while let Ok((mut caller, _)) = proxy.accept() {
            calls += 1;
            let _ = caller.read(&mut [0; 64]);
        }
        if let Some(status) = run.try_wait().expect("it can be waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success(), "the test that was started again says why");
    (std::fs::read_to_string(log).unwrap_or_default(), calls)
}

#[test]
fn fakes_and_a_proxy_record_nothing() {
    assert_eq!(recorded(false, &[]), (String::new(), 0));
    if tool(Engine::Kustomize).is_none() || tool(Engine::Helm).is_none() {
        return;
    }
    // The same with the network allowed is recorded: the test could have failed.
    let (log, calls) = recorded(true, &[]);
    assert!(log.contains("git ") && calls > 0, "{log}{calls}");
}

#[test]
#[cfg(target_os = "linux")]
fn no_network_is_needed() {
    let alone = ["unshare", "--net", "--map-root-user"];
    let allowed = Command::new(alone[0]).args(&alone[1..]).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        left_out("`unshare --net` is not allowed here: not tried without a network");
        return;
    }
    assert_eq!(recorded(false, &alone), (String::new(), 0));
}

#[test]
fn a_chart_without_end_is_ended() {
    let Some(helm) = tool(Engine::Helm) else { return };
    let limits = Limits { wall: Duration::from_secs(3), ..Limits::default() };
    let render = |template: &str, limits| {
        let folder = tree(&[("Chart.yaml", CHART), ("templates/a.yaml", template)]);
        run(&helm, &["template", "made", "."], folder.path(), limits)
    };
    let loops = "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ end }}{{ end }}";
    assert!(matches!(render(loops, limits), Err(Failure { cause: Cause::TimedOut(_), .. })));
    let long = Limits { wall: Duration::from_mins(1), memory: 2 << 30, ..limits };
    let gigabyte = "a: {{ repeat 1000000000 \"x\" }}";
    let small = Limits { output: 16 << 20, ..long };
    let ended = render(gigabyte, small);
    let bounded = matches!(ended, Err(Failure { cause: Cause::TooMuchOutput(_) | Cause::OutOfMemory, .. }));
    assert!(bounded, "{:?}", ended.map(|output| output.stderr));
    let lines = "{{ range $i := until 400 }}\na{{ $i }}: {{ repeat 50000 \"x\" }}{{ end }}";
    let ended = render(lines, Limits { memory: Limits::default().memory, ..small });
    let loud = matches!(ended, Err(Failure { cause: Cause::TooMuchOutput(_), .. }));
    assert!(loud, "{:?}", ended.map(|output| output.stderr));
    if cfg!(target_os = "linux") {
        let eats = "{{ $x := list 1 }}{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}";
        let ended = render(eats, long);
        assert!(
            matches!(ended, Err(Failure { cause: Cause::OutOfMemory, .. })),
            "{:?}",
            ended.map(|output| output.stderr)
        );
    }
    let itself = "{{ define \"made.a\" }}{{ include \"made.a\" . }}{{ end }}{{ include \"made.a\" . }}";
    let ended = render(itself, long).expect("helm sees it");
    assert!(!ended.success() && !ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn a_kustomize_that_panics_is_told() {
    let Some(kustomize) = tool(Engine::Kustomize) else { return };
    let hostile = format!(
        "{}\n",
        CONFIG_MAP
            .replace("{name: a}", "{name: a, annotations: {internal.config.kubernetes.io/previousNames: b}}")
    );
    let folder =
        tree(&[("kustomization.yaml", "resources: [a.yaml]\nnamePrefix: x-\n"), ("a.yaml", &hostile)]);
    let ended = run(&kustomize, &["build", "."], folder.path(), Limits::default()).expect("it runs");
    assert!(ended.panicked(), "{ended:?}");
}

#[test]
fn every_program_says_its_version() {
    for program in [Engine::Helm, Engine::Kustomize, Engine::Kubectl].into_iter().filter_map(tool) {
        let scratch = Scratch::new(None);
        let runner = Runner::new(&scratch, Limits::default());
        let cache = nhilint::render::child::Cache::none();
        let version = program.version(&runner, &cache).expect("a version");
        let numbered =
            version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        assert!(numbered, "{}: {version}", program.engine.word());
    }
}
