//! Names of variables in a headline.

use std::collections::HashSet;

/// "`A`, `B` and 2 more", as short as a headline wants it; each name once.
pub(super) fn listed(names: impl Iterator<Item = String>) -> String {
    const LONGEST: usize = 60;
    let mut known = HashSet::new();
    let all: Vec<String> =
        names.map(|name| format!("`{name}`")).filter(|name| known.insert(name.clone())).collect();
    let mut shown = all.len();
    while shown > 1 && all[..shown].iter().map(|name| name.len() + 2).sum::<usize>() > LONGEST {
        shown -= 1;
    }
    match (all.len() - shown, shown) {
        (0, 0 | 1) => all.concat(),
        (0, _) => format!("{} and {}", all[..shown - 1].join(", "), all[shown - 1]),
        (more, _) => format!("{} and {more} more", all[..shown].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn names_are_listed_once_and_as_far_as_there_is_room() {
        let of = |names: &str| listed(names.split(' ').map(str::to_owned));
        assert_eq!(of("a"), "`a`");
        assert_eq!(of("a b a"), "`a` and `b`");
        assert_eq!(of("a b c"), "`a`, `b` and `c`");
        let long = "x".repeat(40);
        assert_eq!(of(&format!("{long} b {long}y")), format!("`{long}`, `b` and 1 more"));
    }
}
