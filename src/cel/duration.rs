//! Lengths of time as Go writes them: `1h30m`, `5400s`.

/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// A duration as Go's `time.ParseDuration` reads it, in nanoseconds.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut nanoseconds: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, fraction) = rest[..end].split_once('.').unwrap_or((&rest[..end], ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit: i128 = match &rest[..end] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => i128::from(SECOND),
            "m" => 60 * i128::from(SECOND),
            "h" => 3600 * i128::from(SECOND),
            _ => return None,
        };
        rest = &rest[end..];
        let whole: i128 = if whole.is_empty() { 0 } else { i128::from(whole.parse::<u64>().ok()?) };
        nanoseconds += whole * unit;
        let mut scale = unit;
        for digit in fraction.bytes() {
            scale /= 10;
            nanoseconds += i128::from(digit - b'0') * scale;
        }
        if nanoseconds > i128::from(i64::MAX) {
            return None;
        }
    }
    i64::try_from(if negative { -nanoseconds } else { nanoseconds }).ok()
}

/// Seconds with as many decimals as there are: `5400s`, `0.5s`.
pub(super) fn text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (seconds, rest) =
        (nanoseconds.unsigned_abs() / SECOND as u64, nanoseconds.unsigned_abs() % SECOND as u64);
    if rest == 0 {
        return format!("{sign}{seconds}s");
    }
    let fraction = format!("{rest:09}");
    format!("{sign}{seconds}.{}s", fraction.trim_end_matches('0'))
}

#[test]
fn durations_are_read_as_go_reads_them() {
    assert_eq!(parse("1h30m"), Some(5400 * SECOND));
    assert_eq!(parse("-1.5s"), Some(-3 * SECOND / 2));
    assert_eq!(parse("0"), Some(0));
    for wrong in ["", "1", "h", "1d", "1h-", ".s", "1.2.3s", "9999999999h"] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
    assert_eq!(text(5400 * SECOND), "5400s");
    assert_eq!(text(-SECOND / 2), "-0.5s");
}
