//! The one source of time. Nothing else in the workspace may ask the system what time it is.
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod trust;
pub mod watch;

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Wall time for people and promises, monotonic time for durations.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// The wall clock in UTC, cut to whole milliseconds (the precision of the database and the API).
    fn now(&self) -> Timestamp;
    /// Time since this clock was made; never goes back, never jumps.
    fn monotonic(&self) -> Duration;
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        whole_milliseconds(Timestamp::now())
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that stands still until it is told to move; for tests.
#[derive(Debug)]
pub struct ManualClock {
    state: std::sync::Mutex<(Timestamp, Duration)>,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self { state: std::sync::Mutex::new((whole_milliseconds(start), Duration::ZERO)) }
    }

    /// Time passes: both clocks move on by `step`.
    pub fn advance(&self, step: Duration) {
        let mut state = self.state.lock().expect("no holder of this lock panics");
        let signed = jiff::SignedDuration::try_from(step).expect("a test's step fits");
        *state = (state.0 + signed, state.1 + step);
    }

    /// Somebody sets the wall clock: only it moves.
    pub fn jump_to(&self, at: Timestamp) {
        self.state.lock().expect("no holder of this lock panics").0 = whole_milliseconds(at);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state.lock().expect("no holder of this lock panics").0
    }

    fn monotonic(&self) -> Duration {
        self.state.lock().expect("no holder of this lock panics").1
    }
}

fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).expect("a timestamp's own milliseconds are in range")
}
