//! What the functions of a shell do with the value of a variable, as `fluxcd/pkg/envsubst` has them (`funcs.go`).

use regex::Regex;

/// A value after what an operator does with it.
pub(super) fn applied(operator: &str, value: &str, arguments: &[String]) -> String {
    let first = arguments.first().map_or("", String::as_str);
    let second = arguments.get(1).map_or("", String::as_str);
    let mapped = |change: fn(char) -> String| {
        let mut signs = value.chars();
        signs.next().map(change).unwrap_or_default() + signs.as_str()
    };
    match operator {
        "," => mapped(|c| c.to_lowercase().collect()),
        "^" => mapped(|c| c.to_uppercase().collect()),
        ",," => value.to_lowercase(),
        "^^" => value.to_uppercase(),
        "#" if arguments.is_empty() => value.len().to_string(),
        "#" => trimmed(value, first, false).into(),
        "##" => trimmed(value, first, true).into(),
        "%" | "%%" => {
            let reversed = |text: &str| text.chars().rev().collect::<String>();
            reversed(trimmed(&reversed(value), &reversed(first), operator == "%%"))
        }
        ":" => part(value, arguments).unwrap_or(value).into(),
        "/" => value.replacen(first, second, 1),
        "//" => value.replace(first, second),
        "/#" if arguments.len() == 2 && value.starts_with(first) => value.replacen(first, second, 1),
        "/%" if arguments.len() == 2 => {
            value.strip_suffix(first).map_or_else(|| value.to_owned(), |rest| format!("{rest}{second}"))
        }
        _ if value.is_empty() => arguments.concat(),
        _ => value.into(),
    }
}

/// `${name:position:length}`, counted in bytes; none where these are no numbers, or cut a sign in two.
fn part<'v>(value: &'v str, arguments: &[String]) -> Option<&'v str> {
    let length = i64::try_from(value.len()).ok()?;
    let start = arguments.first()?.parse::<i64>().ok()?;
    let start = if start < 0 { (length + start).max(0) } else { start.min(length) };
    let end = match arguments.get(1) {
        None => length,
        Some(count) => match count.parse::<i64>().ok()? {
            count if count < 0 => length + count,
            count => start.saturating_add(count).min(length),
        },
    };
    value.get(usize::try_from(start).ok()?..usize::try_from(end.max(start)).ok()?)
}

/// The value without the shortest or the longest beginning, of one byte at least, that a shell pattern stands for.
fn trimmed<'v>(value: &'v str, pattern: &str, is_longest: bool) -> &'v str {
    let Some(pattern) = beginning(pattern, is_longest).and_then(|pattern| Regex::new(&pattern).ok()) else {
        return value;
    };
    pattern.find(value).map_or(value, |found| &value[found.end()..])
}

/// A shell pattern as a regular expression for how a text begins; none for one that is malformed.
fn beginning(pattern: &str, is_longest: bool) -> Option<String> {
    let mut expression = String::from("(?s)^");
    let many = if is_longest { ".*" } else { ".*?" };
    if !pattern.is_empty() && pattern.chars().all(|c| c == '*') {
        expression.push('.');
    }
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '*' => expression.push_str(many),
            '?' => expression.push('.'),
            '[' => {
                let (inside, rest) =
                    signs.as_str().split_once(']').filter(|(inside, _)| !inside.is_empty())?;
                let (not, inside) = inside.strip_prefix('^').map_or(("", inside), |inside| ("^", inside));
                let inside = inside.replace('\\', "").replace(['[', '&', '~'], "");
                expression.extend(["[", not, &inside, "]"]);
                signs = rest.chars();
            }
            '\\' => expression.push_str(&regex::escape(&signs.next()?.to_string())),
            sign => expression.push_str(&regex::escape(&sign.to_string())),
        }
    }
    Some(expression)
}
