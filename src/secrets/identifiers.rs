//! Forms of strings that name something and open nothing: paths, hosts, URLs, versions, images, objects.

/// Stores of secrets by the scheme of their addresses, as injectors, operators and wrappers write them.
pub(super) const STORES: &str = "akeyless akv awssm awsssm aws-secretsmanager azkv bao bw bws conjur doppler gcpsm gsm infisical keeper \
    keyvault kms op parameterstore pass passwordstate secretmanager secretsmanager sm sops ssm vault";

pub(super) fn is_identifier(value: &str) -> bool {
    is_path(value)
        || is_file_name(value)
        || is_plain_url(value)
        || is_expression(value)
        || value.len() <= 512
            && (is_digest(value)
                || value.starts_with("arn:") && value.matches(':').count() >= 5
                || is_email(value)
                || is_version(value)
                || is_image(value)
                || is_host(value)
                || is_quantity(value))
}

/// `/run/secrets/x`, `./x`, `~/x`, `%d/x` with a folder that is filled in. Base64 may start with a slash too: a long run of letters of both cases and digits
/// without what separates words is none.
pub(super) fn is_path(value: &str) -> bool {
    let value = ["%d", "%h", "%s", "%t"].iter().find_map(|verb| value.strip_prefix(verb)).unwrap_or(value);
    let starts = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_./@%+-~".contains(&byte);
    if !starts || !value.bytes().all(allowed) {
        return false;
    }
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let random = value.len() >= 24
        && !value.contains(['.', '-', '_'])
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit);
    !random && !is_single_word(value)
}

/// `/x7y`: one word behind a slash, which is no folder of a root by its letters.
fn is_single_word(value: &str) -> bool {
    let word = value.trim_start_matches(['.', '~']).trim_start_matches('/');
    word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// A regular expression: what masks passwords names them.
fn is_expression(value: &str) -> bool {
    // What awk does with the lines that a pattern before it matches.
    let is_block = value.starts_with("/{")
        && (value.starts_with("/{print") || value.trim_end_matches(['"', '\'', ' ']).ends_with('}'));
    is_block || ["\\S", "\\w", "\\d+", "\\s", "[^", ".*", ".+?"].iter().any(|sign| value.contains(sign))
}

/// `keys/app.pem`, `client.p12`.
fn is_file_name(value: &str) -> bool {
    const ENDS: &str = "conf crt der env jks json key p12 pem pfx properties pub toml txt xml yaml yml";
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte);
    value.len() <= 256
        && value.bytes().all(allowed)
        && value
            .rsplit_once('.')
            .is_some_and(|(stem, end)| !stem.is_empty() && ENDS.split(' ').any(|word| word == end))
}

/// A URL in which nobody logs in: without userinfo, and without a sensitive query.
fn is_plain_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.len() <= 24
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-:".contains(&byte));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_store = STORES.split_ascii_whitespace().any(|store| store == scheme);
    let is_place = !["env", "file"].contains(&scheme) || rest.starts_with('/');
    is_scheme && is_place && !is_store && !value.contains(char::is_whitespace) && !authority.contains('@')
}

pub(super) fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_digest(value: &str) -> bool {
    let hex =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    value.strip_prefix("sha256:").is_some_and(|rest| hex(rest, 64))
        || value.strip_prefix("sha512:").is_some_and(|rest| hex(rest, 128))
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        !user.is_empty() && user.bytes().all(allowed) && is_host(host)
    })
}

/// `1.2.3`, `v1.2.3-rc.1+build`.
fn is_version(value: &str) -> bool {
    let core = value.strip_prefix('v').unwrap_or(value);
    let (numbers, tail) = core.split_at(core.find(['-', '+']).unwrap_or(core.len()));
    let parts: Vec<&str> = numbers.split('.').collect();
    (3..=4).contains(&parts.len())
        && parts
            .iter()
            .all(|part| (1..=6).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
        && tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte))
}

/// `registry.io/team/app:1.2@sha256:…`: a lower-case path, and a tag or a digest.
fn is_image(value: &str) -> bool {
    let (name, digest) =
        value.split_once("@sha256:").map_or((value, None), |(name, digest)| (name, Some(digest)));
    let Some((path, last)) = name.rsplit_once('/') else {
        return false;
    };
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"./_-:".contains(&byte);
    let tag = last.split_once(':').map(|(_, tag)| tag);
    path.bytes().all(allowed)
        && path.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && last.bytes().all(|byte| allowed(byte) || byte.is_ascii_uppercase())
        && (digest.is_some() || tag.is_some_and(|tag| !tag.is_empty()))
}

/// A host with a domain, and its port: `db.shop.svc:5432`. Lower-case only, and an ending of letters: random strings
/// with a dot are none.
fn is_host(value: &str) -> bool {
    let (host, port) = value.rsplit_once(':').unwrap_or((value, "0"));
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    let is_label = |label: &&str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(allowed) && !label.starts_with('-') && !label.ends_with('-')
    };
    port.len() <= 5
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && labels.len() >= 2
        && labels.iter().all(is_label)
        && labels
            .last()
            .is_some_and(|last| last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_lowercase()))
        || labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok())
}

/// `2024-01-01T00:00:00Z`, or the date alone (RFC 3339).
pub(super) fn is_time(value: &str) -> bool {
    let (date, time) = value.split_at_checked(10).unwrap_or_default();
    let shape = |text: &str| {
        text.bytes().map(|byte| if byte.is_ascii_digit() { '0' } else { byte as char }).collect::<String>()
    };
    let is_time = |time: &str| {
        shape(time).starts_with("00:00:00")
            && time.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(&byte))
    };
    shape(date) == "0000-00-00" && (time.is_empty() || time.strip_prefix(['T', ' ']).is_some_and(is_time))
}

/// `512Mi`, `250m`, `1.5Gi`.
fn is_quantity(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &value[number.len()..];
    ["m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi", "KB", "MB", "GB"].contains(&unit)
        && number.len() <= 8
        && number.parse::<f64>().is_ok()
}

/// What the field `credentials` of a browser's request takes (Fetch, "`RequestCredentials`").
pub(super) fn is_mode_of_request(name: &str, value: &str) -> bool {
    name.ends_with("credentials") && ["include", "omit", "same-origin"].contains(&value)
}

/// The name of an object rather than a secret: `team/registry`, `registry-credentials`. Asked only where the field's
/// name may mean either.
pub(super) fn is_object_name(value: &str) -> bool {
    const ENDS: &str = "-auth -cert -certificate -certs -config -credential -credentials -creds -key \
                        -keys -pull-secret -secret -secrets -tls -token";
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-./".contains(&byte);
    value.len() <= 253
        && value.bytes().all(allowed)
        && value.starts_with(|c: char| c.is_ascii_lowercase())
        && (value.matches('/').count() == 1 || ENDS.split(' ').any(|end| value.ends_with(end)))
}
