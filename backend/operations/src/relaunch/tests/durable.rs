//! The same decisions under AWS's
//! [durable execution](https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html), by its SDK's own local runner:
//! what a driver does in one turn is a step, and what it waits for is a timer. There is no lease and nobody stands by; the
//! service keeps the progress. Nothing ships with it: it keeps the way open.

use std::sync::{Arc, Mutex, PoisonError};

use aws_durable_execution_sdk::{BoxError, DurableContext, test_util::LocalRunner};
use futures_util::FutureExt;
use rollcall_api::relaunch::RelaunchOutcome;
use serde::{Deserialize, Serialize};

use super::{
    driving::{World, all_that_a_relaunch_does},
    *,
};
use crate::relaunch::{
    cloud::Cloud,
    decide::{Decision, decide},
    look::Looker,
    perform::{Done, failure, perform},
    store::Journal,
    timeouts::Timeouts,
};

/// What one turn has come to.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Turn {
    /// There is more to do at once.
    Again(Record),
    /// EC2 or the host has to do something first.
    Later(Record),
    Ended(Record),
}

/// Looks, decides, and does it. Everything here may be done again, since a step is done at least once.
async fn turn(world: &World, mut record: Record) -> Turn {
    let revision = world.revision(RevisionNumber(2)).await.expect("the stand-in answers");
    let looker = Looker { journal: world, cloud: world, revision: revision.as_ref() };
    let seen = looker.look(&record).await.expect("the stand-in answers");
    let now = world.now();
    if let Some(probe) = &seen.probe {
        record.answers.note(probe, now);
    }
    match decide(&record, &seen, now, &Timeouts::default()) {
        Decision::Record(event) => Turn::Again(apply(record, event, now)),
        Decision::Do(action) => {
            let done = perform(&looker, &record, &action, &seen).await.expect("the stand-in answers");
            let event = match done {
                Done::Event(event) => event,
                Done::Unresolved(_) => None,
                Done::Refused(error) => failure(&error, &action, &record.stage, record.in_stage_for(now)),
            };
            match event {
                Some(event) => Turn::Again(apply(record, event, now)),
                None => Turn::Later(record),
            }
        }
        Decision::Wait | Decision::Leave => Turn::Later(record),
        Decision::Finished => Turn::Ended(record),
    }
}

/// A relaunch as a durable function.
async fn relaunched(
    world: Arc<Mutex<World>>,
    record: Record,
    context: DurableContext,
) -> Result<Record, BoxError> {
    let mut next = Turn::Again(record);
    loop {
        let (record, waited) = match next {
            Turn::Again(record) => (record, Duration::ZERO),
            Turn::Later(record) => {
                let moment = Duration::from_secs(1);
                context.wait(moment).await?;
                (record, moment)
            }
            Turn::Ended(record) => return Ok(record),
        };
        let world = Arc::clone(&world);
        let step = move |_| async move {
            let world = world.lock().unwrap_or_else(PoisonError::into_inner);
            world.wait(waited);
            Ok(turn(&world, record).now_or_never().expect("the stand-in never waits"))
        };
        next = context.step(step).await?;
    }
}

/// What becomes of a relaunch in a world, and the world after it.
async fn ended(world: World) -> (Record, World) {
    let world = Arc::new(Mutex::new(world));
    let shared = Arc::clone(&world);
    let handler = move |record, context| relaunched(Arc::clone(&shared), record, context);
    let runner = LocalRunner::new().max_invocations(10_000);
    let result = runner.run(handler, relaunch_by_itself()).await;
    assert!(result.is_success(), "{:?}", result.error_message());
    assert!(result.invocation_count() > 10, "it is suspended while it waits");
    let record = result.into_output().expect("a record");
    let world = Arc::into_inner(world).expect("nobody else has it").into_inner();
    (record, world.unwrap_or_else(PoisonError::into_inner))
}

#[tokio::test]
async fn a_relaunch_goes_the_same_way_as_a_durable_function() {
    let (record, world) = ended(World::new()).await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::Succeeded));
    assert_eq!(world.calls(), all_that_a_relaunch_does());
    assert_eq!((world.alive(), world.address()), (vec![new()], Some(new())));
}

#[tokio::test]
async fn as_a_durable_function_a_relaunch_that_fails_is_undone_too() {
    let (record, world) = ended(World::new().silent()).await;
    assert_eq!(record.outcome(), Some(RelaunchOutcome::RolledBack));
    assert_eq!((world.alive(), world.address()), (vec![old()], Some(old())));
}
