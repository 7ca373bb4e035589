//! Lists of patterns, and names with `*`.

use nhilint::catalog::pattern::{Patterns, matches};

#[test]
fn the_end_of_a_path_fits_as_a_whole() {
    let ends = Patterns::of_ends(["fluent-bit", "shop/*"]);
    assert!(ends.has("fluent-bit") && ends.has("quay.io/fluent/fluent-bit") && ends.has("a/shop/web"));
    assert!(!ends.has("my-fluent-bit") && !ends.has("web") && !ends.has("shop/web/b"));
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
