//! Any text at all: ranges stay inside it, and time stays linear.

use nhilint::secrets::{SecretVerdict, engine};
use proptest::prelude::*;

/// Pieces that reach every part of the engine, glued at random.
fn pieces() -> impl Strategy<Value = String> {
    let words = [
        "password",
        "=",
        ": ",
        "\"",
        "'",
        "token",
        "://",
        "a:b@",
        "$(",
        ")",
        "${X}",
        "\n",
        " ",
        "-H ",
        "curl -u ",
        "é",
        "—",
        "--db-password ",
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "ghp_",
        "<<EOF\n",
        "EOF",
        "\\",
        "{",
        "}",
        "x7-y",
        "#",
        "`",
        "Authorization: Basic ",
        "mysql -p",
        ",",
        ";",
        "\t",
        "\u{feff}",
        "AKIA",
        "Q~",
        ".atlasv1.",
        ":AA",
        "12345678",
    ];
    prop::collection::vec(
        prop_oneof![8 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => ".{0,4}"],
        0..40,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn ranges_lie_inside_the_value_on_character_boundaries(name in "[A-Z_]{0,3}(PASSWORD|TOKEN|SECRET|X)?", value in pieces()) {
        let engine = engine();
        let unknown = |_: &str| false;
        let mut hits: Vec<_> = engine.named(&name, &value, &unknown).into_iter().collect();
        hits.extend(engine.text(&value));
        hits.extend(engine.config(&value, &unknown));
        hits.extend(engine.header(&name, &value));
        hits.extend(engine.arguments(&["sh", "-c", value.as_str()], &unknown).into_iter().map(|(number, hit)| {
            assert_eq!(number, 2);
            hit
        }));
        if let SecretVerdict::Plain(hit) = engine.secret_entry(&name, &value) {
            hits.push(hit);
        }
        for hit in hits {
            let secret = value.get(hit.range.clone());
            prop_assert!(secret.is_some_and(|secret| !secret.is_empty()), "{hit:?} in {value:?}");
        }
    }
}

#[test]
fn hostile_values_cost_linear_time() {
    let start = std::time::Instant::now();
    for piece in [
        "a",
        "eyJ",
        "://",
        "a://b:c@",
        "curl ",
        "password=",
        "'\"",
        "$(",
        "`",
        "<< ",
        "<<A\n",
        "a=b,",
        "sk-proj-",
        "{\"a\":\"",
        "-----BEGIN PRIVATE KEY-----<",
        "sh -c \"sh -c 'a b' \" ",
        "authorization: basic ",
        "x=y\n",
        "user ",
        "chpasswd:\n",
        "tokens:[x,",
        "variable \"x\" {",
        "{key:x,",
    ] {
        let value = piece.repeat((1 << 17) / piece.len());
        let engine = engine();
        let _ = engine.named("DB_PASSWORD", &value, &|_| false);
        let _ = engine.arguments(&["sh", "-c", value.as_str()], &|_| false);
        let _ = engine.arguments(&value.split(' ').collect::<Vec<_>>(), &|_| false);
        let _ = engine.secret_entry("users.yaml", &value);
    }
    // Linear is a few seconds; quadratic is hours.
    assert!(start.elapsed().as_secs() < 60, "took {:?}", start.elapsed());
}
