//! The addresses of repositories, for comparing.

use super::template::has_placeholder;

/// Whether nobody here can know which repository an address is.
pub(super) fn is_unknown(address: &str) -> bool {
    address.trim().is_empty() || has_placeholder(address)
}

/// An address for comparing: Argo CD compares them without case, `.git` and the scheme of ssh (`util/git/git.go`,
/// `NormalizeGitURL`). Here all schemes of git are one, as are users and ports, for a clone may have come another way.
pub(super) fn normalized(address: &str) -> String {
    let lower = address.trim().to_lowercase();
    let plain = lower.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = plain.split_once("://").unwrap_or(("", plain));
    let (host, path) = match rest.split_once('/') {
        // `git@host:path`, where the path may begin with `/`.
        _ if scheme.is_empty() && scp_path(rest).is_some() => scp_path(rest).unwrap_or_default(),
        Some((host, path)) => (host, path),
        None => (rest, ""),
    };
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    // `ssh.github.com` and `ssh.dev.azure.com` are the same by another port.
    let host = host.strip_prefix("ssh.").unwrap_or(host).trim_end_matches('.');
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
    // Azure DevOps: `org/project/_git/name` and `v3/org/project/name`; Bitbucket: `scm/project/name`.
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != "_git").collect();
    if (host == "dev.azure.com" && parts.first() == Some(&"v3")) || (parts.len() > 2 && parts[0] == "scm") {
        parts.remove(0);
    }
    // A registry is no repository of git, whatever it is called.
    let registry = if scheme == "oci" { "oci://" } else { "" };
    format!("{registry}{host}/{}", parts.join("/"))
}

/// Host and path of an address as of `scp`.
fn scp_path(address: &str) -> Option<(&str, &str)> {
    let (host, path) = address.split_once(':')?;
    let is_port = path.split('/').next().is_some_and(|port| port.parse::<u16>().is_ok());
    (!host.contains('/') && (host.contains('@') || !is_port)).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn a_registry_is_no_repository_of_git() {
        let git = normalized("https://git.example/acme/shop.git");
        assert_eq!(git, normalized("ssh://git@git.example:2222/acme/shop"));
        assert_ne!(git, normalized("oci://git.example/acme/shop"));
    }
}
