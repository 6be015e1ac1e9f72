//! Who waits for a manager of whom nobody knows yet: an identity provider sends people in no order, and makes anew whom it
//! deleted.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use rollcall_aws::records::{Key, Write};
use rollcall_error::Error;
use serde::{Deserialize, Serialize};

use super::{store::People, stored::hash};
use crate::employee_id::EmployeeId;

/// How many are read at once.
const PAGE: u32 = 500;

/// Who waits for someone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Someone who is to report to them.
    Report(EmployeeId),
    /// Those who reported to someone who was called so and left.
    ReportsOf(EmployeeId),
}

#[derive(Serialize, Deserialize)]
struct Noted {
    id: String,
    /// Whether it is those who reported to this one.
    #[serde(default)]
    left: bool,
}

/// The partition of those who wait for someone who is called so: by an id, in any case.
fn partition(name: &str) -> String {
    format!("waiting/{}", hash(&name.to_lowercase()))
}

impl Waiting {
    fn key(&self, name: &str) -> Key {
        let place = match self {
            Self::Report(who) => hash(who.as_str()),
            Self::ReportsOf(gone) => format!("left/{}", hash(gone.as_str())),
        };
        Key::new(partition(name), place)
    }

    fn noted(&self) -> Noted {
        match self {
            Self::Report(who) => Noted { id: who.to_string(), left: false },
            Self::ReportsOf(gone) => Noted { id: gone.to_string(), left: true },
        }
    }

    fn of(Noted { id, left }: Noted) -> Option<Self> {
        let id = EmployeeId::try_from(id).ok()?;
        Some(if left { Self::ReportsOf(id) } else { Self::Report(id) })
    }
}

impl People {
    /// What notes, in a transaction, that someone waits for a manager.
    pub(crate) fn wait_for(&self, name: &str, who: &EmployeeId) -> Result<TransactWriteItem, Error> {
        let waiting = Waiting::Report(who.clone());
        Ok(self.records.part_of(Write::put(waiting.key(name), &waiting.noted())?)?)
    }

    /// Notes by which names someone was called who left: whoever is called so next may be the same.
    pub(crate) async fn leave_reports(
        &self,
        names: &BTreeSet<String>,
        gone: &EmployeeId,
    ) -> Result<(), Error> {
        let waiting = Waiting::ReportsOf(gone.clone());
        let notes = names.iter().map(|name| Write::put(waiting.key(name), &waiting.noted()));
        let notes = notes.collect::<Result<Vec<_>, _>>()?;
        if notes.is_empty() { Ok(()) } else { Ok(self.records.write(notes).await?) }
    }

    /// All who wait for someone who is called so. Whether they still do, their own row says.
    pub(crate) async fn who_waits_for(&self, name: &str) -> Result<Vec<Waiting>, Error> {
        let (mut waiting, mut after) = (Vec::new(), None);
        loop {
            let found = self.records.oldest::<Noted>(&partition(name), PAGE, after).await?;
            waiting.extend(found.records.into_iter().filter_map(Waiting::of));
            after = found.next;
            if after.is_none() {
                return Ok(waiting);
            }
        }
    }

    /// Forgets that someone waits.
    pub(crate) async fn wait_no_more(&self, name: &str, waiting: &Waiting) -> Result<(), Error> {
        Ok(self.records.remove(&waiting.key(name)).await?)
    }
}
