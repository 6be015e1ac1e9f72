//! How long things take: the time that the cores spent on it in this process, which is the time it takes on a core of its
//! own, however busy the machine is. Nothing that is measured here waits, and every search is answered by one thread.
//!
//! criterion and divan tell the middle of one thing done again and again; what is promised here is what 99 of 100 different
//! searches stay below, so the times are kept and sorted.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A moment of the cores' time.
#[derive(Clone, Copy)]
pub(crate) struct Begun(Duration);

impl Begun {
    pub(crate) fn now() -> Self {
        Self(spent())
    }

    pub(crate) fn elapsed(self) -> Duration {
        spent().saturating_sub(self.0)
    }
}

/// What the cores have spent on this process, on all of its threads.
fn spent() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(spent.tv_sec), u32::try_from(spent.tv_nsec));
    Duration::new(seconds.expect("a time"), nanoseconds.expect("a part of a second"))
}

/// What something came to, and how long it took.
pub(crate) fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Begun::now();
    let done = act();
    (done, begun.elapsed())
}

/// Times of many searches of a kind.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Of one search after the other, until `limit` is over by the clock.
    pub(crate) fn of<T>(searches: &[T], limit: Duration, mut search: impl FnMut(&T)) -> Self {
        let begun = Instant::now();
        let rest = searches.iter().take_while(|_| begun.elapsed() < limit);
        let mut times: Vec<Duration> = rest.map(|one| timed(|| search(one)).1).collect();
        times.sort_unstable();
        Self(times)
    }

    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// What that many of 100 stay below, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let at = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0[at].as_secs_f64() * 1e3
    }
}
