//! Names with `*`, in tables and in parameters.

/// Whether `name` is what `pattern` says; each `*` in it stands for any text, the empty one included.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        // The leftmost place leaves the most for what follows.
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        let right = ["shop/*", "*/api", "s*/a*i", "shop/api", "*", "sh*op*/api", "shop/api*"];
        for pattern in right {
            assert!(matches(pattern, "shop/api"), "{pattern}");
        }
        let wrong = ["shop", "*/ap", "api*", "shop/*/api", "*api*api*", "shop/api/*", ""];
        for pattern in wrong {
            assert!(!matches(pattern, "shop/api"), "{pattern}");
        }
        assert!(!matches("aa*aa", "aaa"), "parts do not overlap");
    }
}
