//! The environment of a child: what it needs to run, and nothing of the user's.
//!
//! It is part of being right, too: a line without `=` in an env-file of kustomize reads the environment.

use std::ffi::OsString;
use std::path::Path;

use super::Limits;

/// A port at which nobody listens: `discard`, which only the superuser could open.
const CLOSED: &str = "http://127.0.0.1:9";

/// Proxies, for every program that reads either spelling.
const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/// What a child that may fetch gets of the user's environment besides [`PROXIES`]; no credentials.
const WAY_OUT: [&str; 5] = ["PATH", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Folders of programs that stand in the scratch folder, by the variable that names them.
const FOLDERS: [(&str, &str); 15] = [
    ("HOME", "home"),
    ("TMPDIR", "tmp"),
    ("XDG_CACHE_HOME", "home/cache"),
    ("XDG_CONFIG_HOME", "home/config"),
    ("XDG_DATA_HOME", "home/data"),
    ("XDG_RUNTIME_DIR", "home/run"),
    ("HELM_CACHE_HOME", "home/cache/helm"),
    ("HELM_CONFIG_HOME", "home/config/helm"),
    ("HELM_DATA_HOME", "home/data/helm"),
    ("HELM_PLUGINS", "home/data/helm/plugins"),
    ("HELM_REGISTRY_CONFIG", "home/config/helm/registry.json"),
    ("HELM_REPOSITORY_CACHE", "home/cache/helm/repository"),
    ("HELM_REPOSITORY_CONFIG", "home/config/helm/repositories.yaml"),
    ("KUBECONFIG", "home/config/kube"),
    ("KUSTOMIZE_PLUGIN_HOME", "home/config/kustomize"),
];

/// Of [`FOLDERS`], those that must be there. `programs` stays empty: it is the `PATH`.
pub(super) const MADE: [&str; 3] = ["home", "tmp", "programs"];

/// Git, should a child find one all the same: no address it knows how to fetch, nobody to ask, no settings.
const NO_GIT: [(&str, &str); 8] = [
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_SSH_COMMAND", "false"),
    ("GIT_SSH", "false"),
    ("GIT_ASKPASS", "false"),
    ("SSH_ASKPASS", "false"),
];

/// The home of every child whose scratch folder is `scratch`.
#[cfg(target_os = "linux")]
pub(super) fn home(scratch: &Path) -> std::path::PathBuf {
    scratch.join("home")
}

/// The whole environment of a child whose scratch folder is `scratch`.
pub(super) fn of(scratch: &Path, limits: Limits) -> Vec<(&'static str, OsString)> {
    let mut all: Vec<(&'static str, OsString)> =
        FOLDERS.iter().map(|(name, inside)| (*name, scratch.join(inside).into_os_string())).collect();
    // Messages in English whatever the language of the user; no plugins; no address of a cluster.
    all.extend([("LC_ALL", "C.UTF-8".into()), ("HELM_NO_PLUGINS", "1".into())]);
    // Short runs of programs in Go: collecting less often takes a quarter off the processor time of helm and kubectl,
    // until the heap is large. As many run at once as there are cores, and each takes a third less when it does not
    // spread over them all.
    all.extend([("GOGC", "400".into()), ("GOMAXPROCS", "1".into())]);
    all.push(("GOMEMLIMIT", (limits.memory / 2).to_string().into()));
    #[cfg(windows)]
    for name in ["SystemRoot", "SystemDrive"] {
        all.extend(std::env::var_os(name).map(|value| (name, value)));
    }
    if limits.allow_network {
        let names = WAY_OUT.into_iter().chain(PROXIES);
        all.extend(names.filter_map(|name| Some((name, std::env::var_os(name)?))));
        all.push(("GIT_TERMINAL_PROMPT", "0".into()));
        return all;
    }
    // Programs are started by their whole path and need no other: without one there is no `git` to fetch with.
    all.push(("PATH", scratch.join("programs").into_os_string()));
    all.extend(PROXIES.iter().map(|name| (*name, CLOSED.into())));
    all.extend([("NO_PROXY", OsString::new()), ("no_proxy", OsString::new())]);
    all.extend(NO_GIT.iter().map(|(name, value)| (*name, (*value).into())));
    all
}
