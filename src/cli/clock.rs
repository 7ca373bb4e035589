//! The moment that a run judges dates at.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What `--now` says, else `SOURCE_DATE_EPOCH` (reproducible-builds.org), else the clock.
pub(super) fn now(flag: Option<&str>) -> Result<Timestamp, String> {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|epoch| !epoch.is_empty());
    match (flag, epoch) {
        (Some(text), _) => moment(text),
        (None, Some(epoch)) => {
            let seconds = epoch.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
            seconds.ok_or_else(|| {
                format!(
                    "SOURCE_DATE_EPOCH is `{epoch}`, which is no number of seconds; unset it or give --now"
                )
            })
        }
        (None, None) => Ok(Timestamp::now()),
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let date = || {
        let date: Date = text.parse().ok()?;
        date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    text.parse()
        .ok()
        .or_else(date)
        .ok_or_else(|| format!("`--now {text}` is no moment; write 2027-01-31 or 2027-01-31T12:00:00Z"))
}
