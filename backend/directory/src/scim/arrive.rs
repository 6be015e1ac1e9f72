//! Someone has come for whom others wait, who report to them.

use std::sync::Arc;

use rollcall_api::employee_address::to_segment;
use rollcall_error::{Error, source_chain};
use rollcall_scim::{Refusal, Resource};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::{changing::Changing, person::Person};
use crate::{
    employee_id::EmployeeId,
    provided::waits,
    record::{EXTERNAL_ID, USER_NAME},
};

/// How many are told at once.
const AT_ONCE: usize = 16;

/// Who waits, and for whom by which name.
type Waiting = (String, EmployeeId);

/// Gives those their manager who wait for this one, by whatever the provider called them. Whom it can't be given now goes on
/// waiting, until one of the two is changed again: a failure is only logged, since what was asked for is done.
pub(super) async fn welcome(changing: &Arc<Changing>, person: &Person) {
    if !person.active {
        return;
    }
    // Whom they wait for may have come since that one was looked for.
    if waits(&person.record) {
        told(changing, &person.record.id).await;
    }
    if let Err(error) = welcomed(changing, person).await {
        tracing::warn!(error = source_chain(&error), "those who wait for a manager are not told");
    }
}

async fn welcomed(changing: &Arc<Changing>, person: &Person) -> Result<(), Error> {
    let (people, record) = (changing.directory.people()?, &person.record);
    let id = to_segment(record.id.as_str());
    let names = [id.as_str(), record.text(EXTERNAL_ID), record.text(USER_NAME)];
    let [by_id, by_external_id, by_user_name] = names;
    let waiting = tokio::try_join!(
        people.who_waits_for(by_id),
        people.who_waits_for(by_external_id),
        people.who_waits_for(by_user_name)
    )?;
    let waiting = names.into_iter().zip([waiting.0, waiting.1, waiting.2]);
    let waiting = waiting.flat_map(|(name, who)| who.into_iter().map(|who| (name.to_owned(), who)));
    // Many who change with one manager stand in each other's way: who was not told is told again, one at a time.
    let left = told_all(changing, waiting.collect(), AT_ONCE).await;
    told_all(changing, left, 1).await;
    Ok(())
}

/// Tells these, so many at once, and answers who goes on waiting.
async fn told_all(changing: &Arc<Changing>, waiting: Vec<Waiting>, at_once: usize) -> Vec<Waiting> {
    let mut left = Vec::new();
    let mut waiting = waiting.into_iter();
    let mut telling: JoinSet<Option<Waiting>> = JoinSet::new();
    loop {
        for (name, who) in waiting.by_ref().take(at_once.saturating_sub(telling.len())) {
            let tells = tell(changing.clone(), name, who);
            telling.spawn(tells.in_current_span());
        }
        match telling.join_next().await {
            Some(Ok(told)) => left.extend(told),
            Some(Err(error)) => {
                tracing::warn!(%error, "someone who waits for a manager is not told to the end");
            }
            None => return left,
        }
    }
}

/// Tells one; none where they wait no more.
async fn tell(changing: Arc<Changing>, name: String, who: EmployeeId) -> Option<Waiting> {
    if told(&changing, &who).await {
        let forgets = async { changing.directory.people()?.wait_no_more(&name, &who).await };
        match forgets.await {
            Ok(()) => return None,
            Err(error) => {
                tracing::warn!(error = source_chain(&error), %who, "it is not forgotten who waited")
            }
        }
    }
    Some((name, who))
}

/// Whether someone needs to wait no more: the row says for whom they do, and a change of nothing looks for that one again.
async fn told(changing: &Changing, who: &EmployeeId) -> bool {
    let same = |resource: Resource| Ok::<Resource, Refusal>(resource);
    match changing.change(who, &same, &|_: &Person| Ok(())).await {
        Ok(person) => !waits(&person.record),
        Err(error) => {
            tracing::warn!(?error, %who, "someone who waits for a manager is not given one");
            error.is_of_nobody()
        }
    }
}
