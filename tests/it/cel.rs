//! Expressions answer what Kubernetes answers, and none of them hangs, takes all memory or ends the process.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nhilint::cel::{Budget, Fault, Key, Program, Value, from_json};
use serde_json::json;

/// What we answer differently, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("3.0 in [1, 2, 3]", "a static type: numbers of two types are compared here"),
    ("[1, 2] == [1.0, 2.0]", "a static type: numbers of two types are compared here"),
    ("{1: 'a'}[1.0]", "a static type: numbers of two types are one key here"),
    ("[[1], [[2]]].flatten(2)", "a static type: what a list in a list holds is not looked at"),
    ("{null: 1}", "a key that no map of an object has"),
];

fn answers() -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string("testdata/cel/kubernetes.jsonl").expect("what Kubernetes answers");
    text.lines().map(|line| serde_json::from_str(line).expect("an answer in JSON")).collect()
}

fn object() -> Value {
    let text = std::fs::read_to_string("testdata/cel/object.json").expect("the object");
    from_json(serde_json::from_str(&text).expect("an object in JSON"))
}

fn evaluate(text: &str, units: u64) -> Result<Value, Fault> {
    Program::parse(text, &["object"])?.evaluate(&[object()], &mut Budget::of(units))
}

/// As .ci/cel/main.go writes values.
fn plain(value: &Value) -> serde_json::Value {
    let key = |key: &Key| match key {
        Key::Bool(value) => value.to_string(),
        Key::Int(number) => number.to_string(),
        Key::Uint(number) => number.to_string(),
        Key::Text(text) => text.to_string(),
    };
    let text_of = |text: &str| {
        let program = Program::parse(text, &["v"]).expect("it converts to text");
        match program.evaluate(std::slice::from_ref(value), &mut Budget::of(1000)) {
            Ok(Value::Text(text)) => text.to_string(),
            other => panic!("{other:?}"),
        }
    };
    match value {
        Value::Null => json!(null),
        Value::Bool(value) => json!(value),
        Value::Int(number) => json!(number),
        Value::Uint(number) => json!(number),
        Value::Double(_) => json!({"double": text_of("string(v)")}),
        Value::Text(text) => json!(**text),
        Value::Bytes(_) => json!({"bytes": text_of("'%x'.format([v])")}),
        Value::Duration(_) | Value::Timestamp(_) => json!(text_of("string(v)")),
        Value::List(items) => json!(items.iter().map(plain).collect::<Vec<_>>()),
        Value::Map(entries) => {
            let entries: BTreeMap<String, _> =
                entries.iter().map(|(name, value)| (key(name), plain(value))).collect();
            json!({"map": entries.into_iter().collect::<Vec<_>>()})
        }
        Value::Optional(None) => json!({"optional": []}),
        Value::Optional(Some(value)) => json!({"optional": [plain(value)]}),
        Value::Type(_) => json!({"type": "type"}),
        Value::Other(_) => json!({"type": value.type_name()}),
    }
}

#[test]
fn expressions_answer_what_kubernetes_answers() {
    let mut wrong = Vec::new();
    let answers = answers();
    assert!(answers.len() > 400, "there are many expressions");
    for answer in &answers {
        let text = answer["expression"].as_str().expect("an expression");
        let ours = evaluate(text, 10_000);
        let differs = match (&ours, answer.get("value")) {
            (Ok(value), Some(theirs)) => plain(value) != *theirs,
            (Err(_), None) => false,
            _ => true,
        };
        let is_known = DIFFERENT.iter().any(|(known, _)| *known == text);
        if differs && !is_known {
            let ours = ours.map(|value| plain(&value).to_string());
            wrong.push(format!("{text}\n  ours {ours:?}\n  theirs {answer}"));
        } else if is_known && !differs {
            wrong.push(format!("{text}: no difference any more: take it out of DIFFERENT"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// `text` ends soon, and does so because of what it costs.
fn is_stopped(text: &str) {
    let started = Instant::now();
    let answer = evaluate(text, 1_000_000);
    let fault = answer.expect_err("it costs too much");
    assert!(fault.is_spent, "{fault:?}");
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}: {}",
        started.elapsed(),
        &text[..80.min(text.len())]
    );
}

#[test]
fn loops_in_loops_are_stopped() {
    let mut text = "x0 > 0".to_owned();
    for depth in 0..20 {
        text = format!("[1,2,3,4,5,6,7,8,9].all(x{depth}, {text})");
    }
    is_stopped(&text.replace("x0 > 0", "true"));
    is_stopped("lists.range(900000).all(x, lists.range(900000).all(y, true))");
    is_stopped("lists.range(9223372036854775807).size() > 0");
    is_stopped("lists.range(2000).map(x, lists.range(2000)) == lists.range(2000).map(x, lists.range(2000))");
    is_stopped("lists.range(3000).map(x, -x).distinct().size() > 0");
    is_stopped("lists.range(900000).exists(x, 1 / 0 > 0) || lists.range(900000).exists(x, 1 / 0 > 0)");
}

#[test]
fn values_that_grow_without_end_are_stopped() {
    let doubled = |first: &str, step: &str| format!("[{first}]{}.size() > 0", step.repeat(60));
    is_stopped(&doubled("'aaaaaaaaaaaaaaaa'", ".map(x, x + x)"));
    is_stopped(&doubled("[1, 2]", ".map(x, x + x)"));
    is_stopped(&doubled("b'aaaaaaaaaaaaaaaa'", ".map(x, x + x)"));
    is_stopped(&doubled("'aaaaaaaaaaaaaaaa'", ".map(x, x.replace('a', 'aaaaaaaa'))"));
    is_stopped(&doubled("'aaaaaaaaaaaaaaaa'", ".map(x, x.replace('', x))"));
    is_stopped(&doubled("'aaaaaaaaaaaaaaaa'", ".map(x, [x, x, x].join(x))"));
    is_stopped(&doubled("'aaaaaaaaaaaaaaaa'", ".map(x, '%s%s%s'.format([x, x, x]))"));
    is_stopped(&doubled("'aaaaaaaaaaaaaaaa'", ".map(x, strings.quote(x + '\"') + x)"));
    // Shared again and again, a small value is large to whoever visits it.
    is_stopped(&format!("[[1]]{}.map(x, '%s'.format([x])).size() > 0", ".map(x, [x, x])".repeat(40)));
    is_stopped(&format!("[[1]]{0} == [[1]]{0}", ".map(x, [x, x])".repeat(40)));
}

#[test]
fn regular_expressions_are_bounded() {
    for pattern in ["((((a{100}){100}){100}){100})", "(", "(?=a)", r"(a)\1"] {
        let fault = Program::parse(&format!("'a'.matches(r'{pattern}')"), &[]).expect_err(pattern);
        assert_eq!(&format!("'a'.matches(r'{pattern}')")[fault.at.clone()], format!("r'{pattern}'"));
    }
    let text = format!("'{}b'.matches('^(a+)+$')", "a".repeat(5000));
    assert_eq!(evaluate(&text, 1_000_000).map(|value| plain(&value)), Ok(json!(false)));
    is_stopped("lists.range(100000).all(x, 'a'.matches('a' + string(x)) || true)");
}

#[test]
fn what_is_nested_without_end_is_refused() {
    let many = 5000;
    for text in [
        "(".repeat(many) + "1" + &")".repeat(many),
        "[".repeat(many) + &"]".repeat(many),
        "{'a':".repeat(many / 2) + "1" + &"}".repeat(many / 2),
        "!".repeat(many) + "true",
        "-".repeat(many) + "1",
        "object".to_owned() + &".a".repeat(many),
        "object".to_owned() + &"[0]".repeat(many),
        "1".to_owned() + &" + 1".repeat(many / 2),
        "1".to_owned() + &" == 1".repeat(many / 4),
        "true ? 1 : ".repeat(many / 4) + "1",
        "size(".repeat(many / 2) + "1" + &")".repeat(many / 2),
        "[1]".to_owned() + &".map(x, x)".repeat(many / 10),
        "[1].map(x, ".repeat(many / 10) + "1" + &")".repeat(many / 10),
    ] {
        let fault = Program::parse(&text, &["object"]).expect_err("it is nested too deep");
        assert!(fault.at.end <= text.len() && fault.at.start < fault.at.end, "{fault:?}");
    }
    let long = "'".to_owned() + &"a".repeat(20_000) + "'";
    assert!(Program::parse(&long, &[]).expect_err("it is too long").message.contains("bytes"));
    // What is just within the limits fits into the stack of a thread.
    let deep = "[1].map(x, ".repeat(48) + "1" + &")".repeat(48) + ".size() == 1";
    assert_eq!(evaluate(&deep, 10_000).map(|value| plain(&value)), Ok(json!(true)));
    let chain = "1".to_owned() + &" + 1".repeat(98);
    assert_eq!(evaluate(&chain, 10_000).map(|value| plain(&value)), Ok(json!(99)));
    // What people write is far from that: a hundred alternatives are no nesting.
    let wide: Vec<String> = (0..300).map(|number| format!("object.kind == 'K{number}'")).collect();
    assert!(evaluate(&wide.join(" || "), 10_000).is_ok());
}

#[test]
fn faults_have_their_place_and_no_value() {
    for (text, at, message) in [
        ("object.spec.replicsa > 1", "replicsa", "there is no `replicsa` here"),
        ("objct.spec", "objct", "unknown variable `objct`"),
        ("object.kind.startWith('a')", "startWith", "unknown function `startWith`"),
        ("startsWith(object.kind, 'a')", "startsWith", "is written as `a.startsWith(…)`"),
        ("object.kind.startsWith()", "startsWith", "does not take 0 arguments"),
        ("object.kind + 1 == 'x'", "+", "a string and an int do not go together"),
        ("object.metadata.name ? true : false", "name", "this is a string"),
        ("object.spec.template.spec.containers[7].name", "[", "no such item"),
        ("object.metadata.labels['nope']", "[", "no such key"),
        ("size(object.spec.replicas)", "size", "`size` takes no int"),
        ("1 +", "+", "the expression ends"),
        ("'abc", "'abc", "no end"),
        ("object.kind = 'x'", "=", "written `==`"),
        ("object.kind == 1 == true && 'x'", "'x'", "true or false"),
        ("if", "if", "a word of the language"),
        ("has(object)", "has", "asks for a field"),
    ] {
        let fault = evaluate(text, 10_000).expect_err(text);
        assert_eq!(&text[fault.at.clone()], at, "{text}: {fault:?}");
        assert!(fault.message.contains(message), "{text}: {fault:?}");
    }
    for (text, secret) in [
        ("int(object.metadata.name)", "web"),
        ("object.metadata.labels[object.metadata.name]", "web"),
        ("quantity(object.metadata.name)", "web"),
        ("object.metadata.name.matches('(' + object.metadata.name)", "web"),
    ] {
        let fault = evaluate(text, 10_000).expect_err(text);
        assert!(!fault.message.contains(secret), "{fault:?}");
    }
}

#[test]
fn the_same_work_is_paid_everywhere() {
    let cost = |text: &str| {
        let mut budget = Budget::of(10_000);
        let program = Program::parse(text, &["object"]).expect("an expression");
        let _ = program.evaluate(&[object()], &mut budget);
        10_000 - budget.left()
    };
    let text = "object.spec.template.spec.containers.all(c, c.image.matches('^[a-z]+:'))";
    let program = cost(text);
    assert_eq!(program, cost(text));
    assert!((10..1000).contains(&program), "{program}");
}
