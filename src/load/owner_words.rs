//! Words that stand where an owner should: nobody is called so.

/// What is left of such words without anything between their letters.
const NOBODY: [&str; 48] = [
    "anyone",
    "changeme",
    "changethis",
    "default",
    "dummy",
    "empty",
    "example",
    "exampleteam",
    "false",
    "fixme",
    "foobar",
    "guest",
    "guests",
    "janedoe",
    "johndoe",
    "kubeadmin",
    "missing",
    "myteam",
    "na",
    "nan",
    "nil",
    "no",
    "nobody",
    "none",
    "noone",
    "noowner",
    "noteam",
    "notset",
    "null",
    "ownername",
    "pending",
    "placeholder",
    "replace",
    "replaceme",
    "root",
    "somebody",
    "someone",
    "tba",
    "tbc",
    "tbd",
    "teamname",
    "unassigned",
    "undefined",
    "unknown",
    "unknownowner",
    "unknownteam",
    "unowned",
    "unset",
];

/// Words for an owner where one should stand; an address such as `team@acme.org` has somebody behind it.
const ALONE: [&str; 3] = ["owner", "squad", "team"];

/// Words that leave an owner open wherever they stand: `team-changeme`.
const ANYWHERE: [&str; 9] =
    ["changeme", "changethis", "fixme", "placeholder", "replaceme", "tba", "tbc", "tbd", "unassigned"];

/// Words after which nothing can make it an owner: `TODO: ask Bob`, `your-team`.
const FIRST: [&str; 9] = ["todo", "tbd", "tba", "tbc", "fixme", "your", "placeholder", "replace", "insert"];

/// Whether an owner is a placeholder or no person: `your-team`, `TBD`, `-`, `system:admin`. What is filled in later may be
/// somebody.
#[must_use]
pub fn names_nobody(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    if value.contains("${") || value.contains("{{") {
        return false;
    }
    // Users and groups of the API server itself.
    if value.starts_with("system:") {
        return true;
    }
    let value =
        ["group:", "user:", "mailto:"].iter().find_map(|kind| value.strip_prefix(kind)).unwrap_or(&value);
    let value = value.trim_start_matches(|c: char| !c.is_alphanumeric());
    let name = value.split('@').next().unwrap_or(value);
    let words: Vec<&str> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let joined = words.concat();
    let last = name.rsplit('/').next().filter(|last| *last != name);
    words.first().is_none_or(|first| FIRST.contains(first))
        || words.starts_with(&["to", "be"])
        || matches!(
            words.as_slice(),
            ["fill", "in" | "me" | "this", ..] | ["no" | "nobody" | "none" | "not", .., "yet"]
        )
        || words.iter().any(|word| ANYWHERE.contains(word))
        || words.windows(2).any(|two| ANYWHERE.contains(&&*two.concat()))
        || joined.starts_with("your") && joined.ends_with("team")
        || joined.len() > 1 && joined.chars().all(|letter| letter == 'x')
        || NOBODY.contains(&&*joined)
        || ALONE.contains(&&*joined) && !value.contains('@')
        || last.is_some_and(names_nobody)
}

#[cfg(test)]
mod tests {
    use super::names_nobody;

    #[test]
    fn placeholders_are_nobody() {
        for nobody in [
            "",
            " ",
            "-",
            "--",
            "?",
            "TODO",
            "todo: set this",
            "TBD by platform",
            "your-team",
            "YOUR_TEAM",
            "<your-team>",
            "@your-org/your-team",
            "@acme/your-team",
            "yourteam",
            "your-team@example.com",
            "N/A",
            "n.a.",
            "none",
            "changeme",
            "change-me",
            "CHANGE_ME",
            "FILL_ME",
            "xxx",
            "unknown",
            "user:guests",
            "group:default/todo",
            "system:admin",
            "system:serviceaccount:ci:bot",
            "kube:admin",
            "null",
            "No One",
            "no-owner",
            "unowned",
            "[none]",
            "REPLACE_WITH_TEAM",
            "insert-team-here",
            "To be assigned",
            "unknown-team",
            "john.doe@example.com",
            "team-changeme",
            "team-change-me",
            "payments (placeholder)",
            "payments-tbd",
            "none-yet",
            "not known yet",
            "root",
            "root@localhost",
        ] {
            assert!(names_nobody(nobody), "{nobody}");
        }
    }

    #[test]
    fn teams_are_somebody() {
        for somebody in [
            "payments",
            "team-payments",
            "@acme/payments",
            "bob",
            "sre@acme.org",
            "team@acme.org",
            "todoist",
            "group:default/storefront",
            "${TEAM}",
            "{{ .Values.team }}",
            "x",
            "youracme",
            "unknown-pleasures",
            "https://acme.org/teams/shop",
            "norway",
            "together",
            "to-go",
            "insertions",
            "roots",
            "team-root",
            "not-yet-done",
            "payments-none",
            "team-change-mentors",
        ] {
            assert!(!names_nobody(somebody), "{somebody}");
        }
    }
}
