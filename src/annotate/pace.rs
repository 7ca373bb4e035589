//! How fast a server is asked, and how long an answer is waited for. Tests hand in a clock of their own.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

/// Pauses and patience. The defaults are what GitHub asks for (its documentation, "Best practices for using the REST API"
/// and "Rate limits for the REST API").
pub struct Pace {
    /// Between two requests that change something.
    pub between_writes: Duration,
    /// Before the second try of a request that failed; doubled before each further one.
    pub first_retry: Duration,
    /// Where a server limits the rate and does not say for how long.
    pub unknown_limit: Duration,
    /// So often a request is tried.
    pub tries: u32,
    /// All waiting of a run for limits and failures together.
    pub patience: Cell<Duration>,
    sleep: Box<dyn Fn(Duration)>,
    now: Box<dyn Fn() -> i64>,
}

impl Pace {
    /// The pace of a run. `sleep` waits, `now` is the time in seconds since 1970.
    #[must_use]
    pub fn new(sleep: impl Fn(Duration) + 'static, now: impl Fn() -> i64 + 'static) -> Self {
        Self {
            between_writes: Duration::from_secs(1),
            first_retry: Duration::from_secs(1),
            unknown_limit: Duration::from_mins(1),
            tries: 3,
            patience: Cell::new(Duration::from_mins(2)),
            sleep: Box::new(sleep),
            now: Box::new(now),
        }
    }

    /// Waits.
    pub(super) fn pause(&self, pause: Duration) {
        (self.sleep)(pause);
    }

    /// Waits as long as a server or a failure asks for, if there is patience for it.
    pub(super) fn endure(&self, pause: Duration) -> bool {
        let Some(left) = self.patience.get().checked_sub(pause) else { return false };
        self.patience.set(left);
        (self.sleep)(pause);
        true
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        (self.now)()
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("patience", &self.patience).finish_non_exhaustive()
    }
}
