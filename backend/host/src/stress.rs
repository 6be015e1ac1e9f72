//! The stress test of this host: `POST` and `DELETE /api/host/stress`, by orders of the function alone.

use std::{
    hint::black_box,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::extract::{FromRef, State};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rollcall_api::info::Info;
use rollcall_directory::Whereabouts;
use rollcall_error::Error;
use rollcall_web::{
    declared::{Operation, Route},
    host_orders::{Order, Ordered, OrdersHere, STRESS_PATH},
    json::Json,
    problem::ApiError,
};

/// The most processors that are kept busy, one thread each: as many as the largest type of its family has that a directory
/// could want.
const MAX_WORKERS: usize = 32;

/// How much is computed between two looks at whether it is enough: some tens of microseconds of work.
const ROUNDS: u64 = 50_000;

/// What goes on at this host. A clone shares it.
#[derive(Debug, Clone)]
pub(crate) struct StressTests(Arc<Mutex<Now>>);

#[derive(Debug)]
struct Now {
    /// When the newest order was given that was obeyed; one that is not newer was overheard.
    obeyed: Timestamp,
    running: Option<Running>,
}

/// Threads that end when this is dropped, or at their time.
#[derive(Debug)]
struct Running {
    until: Timestamp,
    enough: Arc<AtomicBool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
    }
}

impl Running {
    /// Keeps the processors busy from now on.
    fn begin(minutes: u8, now: Timestamp) -> Result<Self, Error> {
        let lasts = Duration::from_secs(60 * u64::from(minutes));
        let until = now.checked_add(SignedDuration::try_from(lasts).map_err(Error::broken)?);
        let workers = thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS);
        // Those that have begun end with it where one can't.
        let running = Self { until: until.map_err(Error::broken)?, enough: Arc::default() };
        tracing::info!(workers, until = %running.until, "stress test");
        let end = Instant::now() + lasts;
        for _ in 0..workers {
            work(Arc::clone(&running.enough), end).map_err(Error::broken)?;
        }
        Ok(running)
    }
}

fn work(enough: Arc<AtomicBool>, end: Instant) -> io::Result<()> {
    let busy = move || {
        let mut number = 1_u64;
        while !enough.load(Ordering::Relaxed) && Instant::now() < end {
            for round in 0..ROUNDS {
                number = black_box(number.rotate_left(7) ^ round);
            }
        }
    };
    thread::Builder::new().name("stress".to_owned()).spawn(busy).map(drop)
}

impl StressTests {
    /// Whatever was ordered before now is over.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Now { obeyed: now, running: None })))
    }

    /// When the one ends that goes on.
    pub(crate) fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.running.as_ref().map(|running| running.until).filter(|until| *until > now)
    }

    /// Does what was ordered, in place of what goes on.
    ///
    /// # Errors
    /// When a later order was obeyed already, for how long is not among what there is to choose from, or no thread can be had.
    fn obey(&self, Ordered { order, at }: Ordered, now: Timestamp) -> Result<(), Error> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if at <= state.obeyed {
            return Err(Error::conflict("A later order was given to this host already."));
        }
        state.obeyed = at;
        let order = order.checked()?;
        // The one that goes on ends first, so that two never go on at the same time.
        state.running = None;
        if let Order::Stress { minutes } = order {
            state.running = Some(Running::begin(minutes, now)?);
        }
        drop(state);
        Ok(())
    }
}

/// The state of the routes.
#[derive(Clone)]
struct Here {
    tests: StressTests,
    whereabouts: Whereabouts,
    orders: OrdersHere,
}

impl FromRef<Here> for OrdersHere {
    fn from_ref(here: &Here) -> Self {
        here.orders.clone()
    }
}

/// The routes of a host that knows its instance id, which `orders` names.
pub(crate) fn routes(tests: StressTests, whereabouts: Whereabouts, orders: OrdersHere) -> [Route; 2] {
    let here = Here { tests, whereabouts, orders };
    [Route::post(STRESS_PATH, obey), Route::delete(STRESS_PATH, obey)].map(|route| {
        let told = |it: Operation| {
            it.does("Do what the function orders").answers::<Info>(StatusCode::OK, "What goes on now.")
        };
        route.says(told).with_state(here.clone())
    })
}

async fn obey(ordered: Ordered, State(here): State<Here>) -> Result<Json<Info>, ApiError> {
    here.tests.obey(ordered, Timestamp::now())?;
    Ok(Json(here.whereabouts.info()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn ordered(at: i64, order: Order) -> Ordered {
        Ordered { order, at: second(at) }
    }

    const FIVE: Order = Order::Stress { minutes: 5 };

    fn enough(tests: &StressTests) -> Option<Arc<AtomicBool>> {
        let state = tests.0.lock().expect("no panic");
        state.running.as_ref().map(|running| Arc::clone(&running.enough))
    }

    #[test]
    fn a_test_goes_on_until_its_time_or_until_it_is_stopped() {
        let tests = StressTests::new(second(0));
        assert_eq!(tests.until(second(100)), None);
        tests.obey(ordered(100, FIVE), second(101)).expect("begun");
        assert_eq!((tests.until(second(400)), tests.until(second(401))), (Some(second(401)), None));
        let threads = enough(&tests).expect("threads");
        tests.obey(ordered(110, Order::Rest), second(111)).expect("stopped");
        assert!(threads.load(Ordering::Relaxed) && tests.until(second(111)).is_none());
    }

    #[test]
    fn another_test_takes_the_place_of_the_one_that_goes_on() {
        let tests = StressTests::new(second(0));
        tests.obey(ordered(100, Order::Stress { minutes: 10 }), second(100)).expect("begun");
        let first = enough(&tests).expect("threads");
        tests.obey(ordered(101, Order::Stress { minutes: 1 }), second(102)).expect("begun");
        assert!(first.load(Ordering::Relaxed));
        assert_eq!(tests.until(second(103)), Some(second(162)));
    }

    #[test]
    fn an_order_that_somebody_overheard_counts_for_nothing() {
        let tests = StressTests::new(second(0));
        tests.obey(ordered(100, FIVE), second(100)).expect("begun");
        tests.obey(ordered(105, Order::Rest), second(105)).expect("stopped");
        for again in [ordered(100, FIVE), ordered(105, FIVE)] {
            tests.obey(again, second(106)).expect_err("it is not newer");
        }
        assert_eq!(tests.until(second(106)), None);
    }

    #[test]
    fn nobody_keeps_a_host_busy_for_longer_than_there_is_to_choose() {
        for minutes in [0, 2, 11, 255] {
            let error = StressTests::new(second(0)).obey(ordered(1, Order::Stress { minutes }), second(1));
            assert_eq!(error.expect_err("no choice").detail(), "minutes must be 1, 5 or 10.", "{minutes}");
        }
    }
}
