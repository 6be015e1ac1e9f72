//! Keeping whom other programs delete, such as the original app, and finishing what Rollcall itself left half-way.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;
use rollcall_api::field::EMAIL;
use rollcall_error::{Error, Kind, source_chain};
use serde::Serialize;

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    overtaken::MAX_ATTEMPTS,
    people::{
        image::{Before, Removal},
        store::{People, Row, Written},
    },
    record::Record,
    unique::EMAIL_ADDRESS,
};

/// How long to wait before someone is tried again, while AWS is away.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes what the table's stream tells of removals, in order.
#[derive(Debug, Clone)]
pub struct Follower {
    directory: Directory,
    people: People,
}

/// What came of removals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// How many rows were removed.
    pub removed: usize,
    /// Of how many nothing could be kept; the log says why.
    #[serde(skip_serializing_if = "is_none")]
    pub lost: usize,
    /// The e-mail addresses of those who are gone, and which nobody else has: whoever signs in with one is none of us.
    #[serde(skip)]
    pub gone: Vec<String>,
    /// Who was merged into someone else.
    #[serde(skip)]
    merged: Vec<EmployeeId>,
}

/// What came of one.
struct Kept {
    /// Their e-mail address, if they are gone and nobody else has it.
    gone: Option<String>,
    is_merged: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Directory {
    /// Who keeps whom other programs delete; none where there is no table of people.
    #[must_use]
    pub fn follower(&self) -> Option<Follower> {
        Some(Follower { people: self.people().ok()?.clone(), directory: self.clone() })
    }
}

impl Follower {
    /// Keeps those whose rows were removed, and moves their photos. While AWS is away it is tried again until the time is
    /// over. One who can't be kept, such as one whose row is as large as an item may be, holds up nobody else.
    ///
    /// # Errors
    /// When AWS does not answer; all can be told once more then.
    pub async fn follow(&self, removals: &[Removal], until: Timestamp) -> Result<Followed, Error> {
        let mut followed = Followed { removed: removals.len(), ..Followed::default() };
        for removal in removals {
            let id = removal.record.id.clone();
            loop {
                let error = match self.keep(removal).await {
                    Ok(Kept { gone, is_merged }) => {
                        followed.gone.extend(gone);
                        followed.merged.extend(is_merged.then_some(id));
                        break;
                    }
                    Err(error) => error,
                };
                if error.kind() != Kind::Away {
                    tracing::error!(%id, error = source_chain(&error), "a removed employee could not be kept");
                    followed.lost += 1;
                    break;
                }
                if Timestamp::now() + PAUSE >= until {
                    return Err(error);
                }
                tracing::warn!(%id, error = source_chain(&error), "a removed employee is not kept yet");
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(followed)
    }

    /// Which e-mail addresses of those who changed are nobody's any more.
    ///
    /// # Errors
    /// When AWS does not answer.
    pub async fn given_up(&self, changed: &[Before]) -> Result<Vec<String>, Error> {
        let had = changed.iter().map(|Before(record)| (&record.id, record.text(EMAIL)));
        let had: Vec<(&EmployeeId, &str)> = had.filter(|(_, address)| !address.is_empty()).collect();
        let ids: BTreeSet<EmployeeId> = had.iter().map(|(id, _)| (*id).clone()).collect();
        let there = self.directory.table.get_all(&ids.into_iter().collect::<Vec<_>>()).await?;
        let mut given_up = Vec::new();
        for (id, address) in had {
            let has_it = there.get(id).is_some_and(|record| EMAIL_ADDRESS.is_of(record, address));
            // Who is gone altogether, their removal tells of.
            if !has_it
                && there.contains_key(id)
                && self.directory.who_has(EMAIL_ADDRESS, address).await?.is_none()
            {
                given_up.push(address.to_owned());
            }
        }
        Ok(given_up)
    }

    /// Lets those follow who reported to someone who was merged, and of whom the merge did not know yet. The index has to know
    /// of the removals. What does not succeed is logged: they are then in the list of those whose manager left.
    pub async fn bring_along(&self, followed: &Followed) {
        for id in &followed.merged {
            if let Err(error) = self.directory.bring_along_reports(id).await {
                let error = source_chain(&error);
                tracing::error!(%id, error, "those who reported to a merged employee may be left behind");
            }
        }
    }

    /// Gives those their manager who waited for one of these, as an identity provider has them wait. The index has to know of
    /// the removals.
    ///
    /// # Errors
    /// When AWS does not answer, and where others change them at the same time; all can be told once more then. What will not
    /// be mended by it is logged, and holds up nobody else.
    pub async fn welcome(
        &self,
        added: Vec<String>,
        changed: &[Before],
        removals: &[Removal],
    ) -> Result<(), Error> {
        // Of several changes of one person what they were before the first counts.
        let mut seen: BTreeMap<EmployeeId, Option<&Record>> = BTreeMap::new();
        for Before(row) in changed {
            seen.entry(row.id.clone()).or_insert(Some(row));
        }
        seen.extend(added.into_iter().filter_map(|id| Some((EmployeeId::try_from(id).ok()?, None))));
        match self.directory.welcome(seen, removals.iter().map(|removal| &removal.record)).await {
            Err(error) if ![Kind::Away, Kind::Conflict].contains(&error.kind()) => {
                let error = source_chain(&error);
                tracing::error!(error, "those who wait for a manager are not told");
                Ok(())
            }
            result => result,
        }
    }

    async fn keep(&self, removal: &Removal) -> Result<Kept, Error> {
        let id = &removal.record.id;
        for _ in 0..MAX_ATTEMPTS {
            let (seen, present) =
                tokio::try_join!(self.people.trail(id, Timestamp::now()), self.directory.table.get(id))?;
            let now = seen.clone().heard(removal.clone(), present.as_ref());
            let former = now.as_ref().unwrap_or(&seen).former.clone();
            if let Some(now) = now
                && self.people.write(id, (&seen, now), Row::Keep, Vec::new()).await? == Written::Overtaken
            {
                continue;
            }
            let is_merged = former.as_ref().is_some_and(|former| former.merged.is_some());
            // The photo of this very removal: Rollcall's own deletion may have ended before it moved it.
            let photo = former.and_then(|former| Some((former.record.photo()?, former.how)));
            let photo = photo.filter(|(key, _)| removal.record.photo().as_ref() == Some(key));
            let shown = present.as_ref().and_then(Record::photo);
            if let Some((key, how)) = photo.filter(|(key, _)| shown.as_ref() != Some(key)) {
                self.directory.bucket.keep(&key, how).await?;
                self.directory.bucket.discard(&key).await;
            }
            let email = removal.record.text(EMAIL);
            let is_there = present.is_some() || self.directory.who_has(EMAIL_ADDRESS, email).await?.is_some();
            let gone = Some(email.to_owned()).filter(|email| !is_there && !email.is_empty());
            return Ok(Kept { gone, is_merged });
        }
        Err(Error::away("Others are changing what is kept of this employee at the same time."))
    }
}
