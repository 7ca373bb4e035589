//! Lengths of time as manifests write them and as people read them.

/// Seconds in the largest unit that is exact: `90 s`, `10 min`, `24 h`, `365 days`.
#[must_use]
pub fn in_words(seconds: i64) -> String {
    let units = [(24 * 3600, " days"), (3600, " h"), (60, " min")];
    let exact = |(size, _): &(i64, &str)| seconds >= *size && seconds % size == 0;
    // From two days on, a day more or less is not what matters.
    if seconds > 2 * 24 * 3600 {
        return format!("{} days", seconds / (24 * 3600));
    }
    let unit = units.iter().skip(usize::from(seconds < 2 * 24 * 3600)).find(|unit| exact(unit));
    unit.map_or_else(|| format!("{seconds} s"), |(size, word)| format!("{}{word}", seconds / size))
}

/// Whole seconds of a duration as Go writes it: `1h30m`, `900s`, `1.5h`. `None` where Go's `time.ParseDuration`
/// refuses it, and for more than a million years.
#[must_use]
pub fn go_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = rest.split_at(digits);
        let end = unit.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit.len());
        let (unit, after) = unit.split_at(end);
        let size = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * size;
        rest = after;
    }
    #[expect(clippy::cast_possible_truncation, reason = "not negative and below the limit")]
    (total < 4e13).then_some(total as i64)
}

/// Seconds between two runs of a cron schedule, where it is one of the plain kinds: every so many minutes or hours,
/// hourly, daily.
#[must_use]
pub fn cron_period(schedule: &str) -> Option<i64> {
    match schedule.trim() {
        "@hourly" => return Some(3600),
        "@daily" | "@midnight" => return Some(24 * 3600),
        _ => {}
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let [minute, hour, rest @ ..] = fields.as_slice() else {
        return None;
    };
    if rest.len() != 3 || rest[0] != "*" || rest[1] != "*" {
        return None;
    }
    let every = |field: &str| field.strip_prefix("*/")?.parse::<i64>().ok().filter(|count| *count > 0);
    let one = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit()) && !field.is_empty();
    match (*minute, *hour) {
        ("*", "*") => Some(60),
        (minute, "*") => every(minute).map(|count| count * 60).or(one(minute).then_some(3600)),
        (minute, hour) if one(minute) => {
            every(hour).map(|count| count * 3600).or(one(hour).then_some(24 * 3600))
        }
        _ => None,
    }
}
