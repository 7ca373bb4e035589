//! Lists of patterns, and names with `*`.

use std::collections::BTreeSet;

use nhilint::catalog::pattern::{Lists, Patterns, matches};

#[test]
fn the_end_of_a_path_fits_as_a_whole() {
    let ends = Patterns::of_ends(["fluent-bit", "shop/*"]);
    assert!(ends.has("fluent-bit") && ends.has("quay.io/fluent/fluent-bit") && ends.has("a/shop/web"));
    assert!(ends.has("shop/web/b"), "`*` stands for any text");
    assert!(!ends.has("my-fluent-bit") && !ends.has("web") && !ends.has("bay/web"));
}

#[test]
fn a_star_stands_for_any_text() {
    let right = ["shop/*", "*/api", "s*/a*i", "shop/api", "*", "sh*op*/api", "shop/api*"];
    for pattern in right {
        assert!(matches(pattern, "shop/api") && Patterns::new([pattern]).has("shop/api"), "{pattern}");
    }
    let wrong = ["shop", "*/ap", "api*", "shop/*/api", "*api*api*", "shop/api/*", ""];
    for pattern in wrong {
        assert!(!matches(pattern, "shop/api") && !Patterns::new([pattern]).has("shop/api"), "{pattern}");
    }
    assert!(!matches("aa*aa", "aaa"), "parts do not overlap");
}

#[test]
fn many_lists_answer_as_each_does() {
    let written: [&[&str]; 8] = [
        &["shop/*", "x"],
        &["shop/**"],
        &["s?op/api"],
        &["{shop,bay}/a[pq]i"],
        &["shop/api"],
        &["*"],
        &[],
        &["**/api", "ap\\*i"],
    ];
    let all: Vec<Patterns> = written.iter().map(|list| Patterns::new(*list)).collect();
    let lists = Lists::new(all.iter().enumerate());
    for text in ["shop/api", "shop/", "shop", "x", "api", "bay/aqi", "shop/**", "ap*i", "", "ü", "shop/ü/b"]
    {
        let mut found = BTreeSet::new();
        lists.with(text, &mut found);
        let each: BTreeSet<usize> = (0..all.len()).filter(|at| all[*at].has(text)).collect();
        assert_eq!(found, each, "{text}");
    }
    assert!(all[1].has("shop/a/b") && all[7].has("api") && all[7].has("ap*i") && !all[7].has("api/x"));
}
