//! The forms of names that clouds accept.

use super::{NamedIdentity, Provider, Via};

/// Why a cloud does not accept a name, as the end of a sentence; `None` for a good one, and for one that something fills
/// in later.
#[must_use]
pub fn malformed(named: &NamedIdentity<'_>) -> Option<&'static str> {
    let name = named.identity.as_str();
    let by_reference = matches!(named.via, Via::Association | Via::Federation) && !name.starts_with("arn:");
    if named.is_unfilled() || by_reference || named.via == Via::PodAnnotation {
        return None;
    }
    match named.provider {
        Provider::Aws => arn(name),
        Provider::Google => address(name),
        Provider::Azure => guid(name),
        Provider::Alibaba => None,
    }
}

/// Whether a part of a name is empty that somebody has to give: `arn:aws:iam:::role/mill`, `@project.iam…`.
#[must_use]
pub fn lacks_a_part(name: &str) -> bool {
    name.contains(":::") || name.ends_with('/') || name.starts_with('@') || name.contains("@.")
}

/// `arn:<partition>:iam::<account>:role/<path and name>`.
fn arn(name: &str) -> Option<&'static str> {
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let &["arn", partition, service, region, account, resource] = parts.as_slice() else {
        return Some("is no ARN: `arn:aws:iam::<account>:role/<name>`");
    };
    if account.is_empty() {
        return Some("names no AWS account");
    }
    if !(partition == "aws" || partition.starts_with("aws-")) || service != "iam" || !region.is_empty() {
        return Some("is no ARN of IAM: `arn:aws:iam::<account>:role/<name>`");
    }
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("names no AWS account: that is twelve digits");
    }
    let Some(("role", name)) = resource.split_once('/') else {
        return Some("is the ARN of something else than a role");
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
    (name.is_empty() || name.ends_with('/') || !name.bytes().all(allowed)).then_some("names no role")
}

fn address(name: &str) -> Option<&'static str> {
    let local = name.strip_suffix(".gserviceaccount.com").and_then(|name| name.split_once('@'));
    let good = local.is_some_and(|(local, domain)| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !local.is_empty() && !domain.is_empty() && local.bytes().all(allowed)
    });
    (!good).then_some("is no address: `<name>@<project>.iam.gserviceaccount.com`")
}

fn guid(name: &str) -> Option<&'static str> {
    let lengths: Vec<usize> = name.split('-').map(str::len).collect();
    let digits = name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (lengths != [8, 4, 4, 4, 12] || !digits).then_some("is no client id, which is a GUID")
}
