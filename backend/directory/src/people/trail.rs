//! What is known of someone's leaving and coming back. Pure: given what is known and what happens, what is known then.
//!
//! Rollcall and other programs delete rows at the same time, and what the table's stream tells of a removal comes late,
//! sometimes twice, but in order. So a trail counts the removals of Rollcall's own that the stream has not told of yet:
//! as long as there is one, what it tells is no news. A trail outlasts the return of whom it is of, or an old message
//! of the stream would make someone a former employee who is back, or bring back whom someone erased.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use rollcall_api::former::{By, How};
use uuid::{NoContext, Uuid};

use super::image::{Removal, Sequence};
use crate::{
    employee_id::EmployeeId,
    photo_key::PhotoKey,
    record::{Item, OBJECT_KEY, Record, string},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long whoever was deleted can be restored.
pub(crate) const KEPT: Duration = DAY.saturating_mul(30);

/// How long it is known of someone who is back under which keys their photo was: as long as any version of it may be in
/// the bucket, which is 30 days as the current one and 30 as an older one.
const PHOTOS_KNOWN: Duration = DAY.saturating_mul(62);

/// How long it is known that someone was erased: the stream keeps a change for a day
/// ([retention](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html)).
const ERASURE_KNOWN: Duration = DAY.saturating_mul(2);

/// How far the clock of whoever erases may be behind DynamoDB's, which tells when a row was removed.
const CLOCKS: Duration = Duration::from_secs(60);

/// The most earlier keys of a photo that are known.
const MAX_PHOTOS: usize = 100;

/// What is known of someone's leaving and coming back.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Trail {
    /// How often it was stored; whoever changes it names the version that they saw. None is stored with 0.
    pub(crate) version: u64,
    /// What is kept of them while they are gone.
    pub(crate) former: Option<Former>,
    /// How many removals by Rollcall the stream has not told of yet.
    pub(crate) awaited: u32,
    /// The last removal that the stream told of.
    pub(crate) heard: Option<Sequence>,
    /// Keys that their photo had before. Nothing names them any more, but the bucket may still have old versions.
    pub(crate) photos: Vec<PhotoKey>,
    /// When what was kept of them was erased. What was removed before is not kept, however late the stream tells of it.
    pub(crate) erased_at: Option<Timestamp>,
    /// When the trail goes by itself.
    pub(crate) expires_at: Option<Timestamp>,
}

/// Someone who left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Former {
    /// Where they stand in the list of those who left, which is by time.
    pub(crate) place: Uuid,
    /// The row as it was, with whatever any program left in it.
    pub(crate) record: Record,
    /// Which of its attributes the row lacked when it was deleted, and an earlier one had.
    pub(crate) inherited: BTreeSet<String>,
    /// Which of its attributes were changed, or taken away, since they left: a provider goes on keeping whom it made inactive.
    pub(crate) amended: BTreeSet<String>,
    pub(crate) left_at: Timestamp,
    pub(crate) how: How,
    pub(crate) by: Option<By>,
    /// Into whom they were merged, if they were.
    pub(crate) merged: Option<Merged>,
}

/// Into whom someone was merged, and what came of it: all that is needed to take it back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Merged {
    pub(crate) into: EmployeeId,
    /// The attributes that were written into that one's row, as they were before; those that were not there are absent.
    pub(crate) before: Item,
    /// The same as they were written; those that were taken away are absent.
    pub(crate) after: Item,
    /// Who reported to the one who was merged, and then to the other.
    pub(crate) reports: Vec<EmployeeId>,
}

impl Merged {
    /// The photo that the other one had before, where the merge replaced it.
    pub(crate) fn replaced_photo(&self) -> Option<PhotoKey> {
        let key = self.before.get(OBJECT_KEY)?.as_s().ok()?;
        PhotoKey::from_object_key(key)
    }
}

/// How, when and by whom someone is made a former employee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaving {
    pub(crate) how: How,
    pub(crate) at: Timestamp,
    pub(crate) by: Option<By>,
}

impl Leaving {
    /// When what is kept of them goes by itself; never when it is the provider who may send them back.
    fn expires_at(&self) -> Option<Timestamp> {
        match self.how {
            How::Deleted | How::Elsewhere => Some(self.at + KEPT),
            How::Provider => None,
        }
    }

    fn former(self, record: Record, inherited: BTreeSet<String>) -> Former {
        let seconds = u64::try_from(self.at.as_second()).unwrap_or_default();
        let nanoseconds = u32::try_from(self.at.subsec_nanosecond()).unwrap_or_default();
        let place = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds));
        Former {
            place,
            record,
            inherited,
            amended: BTreeSet::new(),
            left_at: self.at,
            how: self.how,
            by: self.by,
            merged: None,
        }
    }
}

impl Trail {
    /// The trail as it is now: DynamoDB deletes an item up to days after its time, and until then nobody is to see it.
    pub(crate) fn at(self, now: Timestamp) -> Self {
        if self.expires_at.is_none_or(|end| now < end) {
            return self;
        }
        Self { version: self.version, ..Self::default() }
    }

    /// Rollcall deletes the row `seen`. What it lacks and an earlier one had, who was made anew without being restored, is
    /// not lost with it.
    pub(crate) fn left(self, seen: Record, leaving: Leaving) -> Self {
        let awaited = self.awaited.saturating_add(1);
        Self { awaited, ..self.kept(seen, leaving) }
    }

    /// The same, for someone who leaves since they were merged into someone else.
    pub(crate) fn merged(self, seen: Record, leaving: Leaving, merged: Merged) -> Self {
        let left = self.left(seen, leaving);
        let former = left.former.map(|former| Former { merged: Some(merged), ..former });
        Self { former, ..left }
    }

    /// Others who reported to the one who was merged have followed to the one who stays.
    pub(crate) fn joined_by(mut self, late: impl IntoIterator<Item = EmployeeId>) -> Self {
        if let Some(merged) = self.former.as_mut().and_then(|former| former.merged.as_mut()) {
            merged.reports.extend(late);
        }
        self
    }

    /// Someone comes who is inactive from the beginning: there never was a row.
    pub(crate) fn never_there(self, record: Record, leaving: Leaving) -> Self {
        self.kept(record, leaving)
    }

    /// What is kept of someone who left is changed: those attributes that differ.
    pub(crate) fn amended(self, record: Record) -> Self {
        let amend = |former: Former| {
            let (before, after) = (former.record.attributes(), record.attributes());
            let names =
                before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name));
            let amended = former.amended.iter().chain(names).cloned().collect();
            Former { record, amended, ..former }
        };
        Self { former: self.former.map(amend), ..self }
    }

    /// Whom the provider made inactive is deleted: they are kept no longer than anyone else.
    pub(crate) fn let_go(self, leaving: Leaving) -> Self {
        let expires_at = leaving.expires_at();
        let let_go = |former: Former| {
            let Former { inherited, amended, record, .. } = former;
            Former { amended, ..leaving.former(record, inherited) }
        };
        Self { former: self.former.map(let_go), expires_at, ..self }
    }

    /// They are back, and their photo has a new key. Answers who it was, too.
    pub(crate) fn back(self, now: Timestamp) -> Self {
        self.without_former(now + PHOTOS_KNOWN)
    }

    /// What was kept of them is erased for good. That it was stays known as long as the stream may tell of them.
    pub(crate) fn erased(self, now: Timestamp) -> Self {
        let erased = self.without_former(now + ERASURE_KNOWN);
        Self { photos: Vec::new(), awaited: 0, erased_at: Some(now), ..erased }
    }

    /// The stream tells of a removal; `present` is the row as it is now, if there is one. None when nothing changes by it.
    pub(crate) fn heard(self, removal: Removal, present: Option<&Record>) -> Option<Self> {
        if self.heard.as_ref().is_some_and(|last| removal.sequence <= *last) {
            return None;
        }
        let Removal { record, sequence, at } = removal;
        let heard = Self { heard: Some(sequence), ..self };
        if heard.erased_at.is_some_and(|erased| at <= erased + CLOCKS) {
            return Some(heard);
        }
        match (heard.awaited, &heard.former) {
            // It is of a removal before the one that made them a former employee.
            (2.., _) | (1, None) => Some(Self { awaited: heard.awaited - 1, ..heard }),
            (1, Some(former)) if former.left_as(&record) => {
                Some(Self { awaited: 0, ..heard.completed(&record) })
            }
            // An earlier one, by another program, of a row that was made anew meanwhile.
            (1, Some(_)) => Some(heard.inheriting(&record)),
            (0, Some(former)) if former.left_as(&record) => Some(heard.completed(&record)),
            // Whoever has it all is not made a former employee. Without a trail nothing needs to be known.
            (0, None) if present.is_some_and(|present| present.has_all_of(&record)) => {
                (heard.version > 0).then_some(heard)
            }
            (0, _) => {
                let leaving = Leaving { how: How::Elsewhere, at, by: None };
                Some(heard.kept(record, leaving))
            }
        }
    }

    /// Keeps whom `record` is of, over what is kept of them already.
    fn kept(mut self, record: Record, leaving: Leaving) -> Self {
        let earlier = self.former.take();
        let expires_at = leaving.expires_at();
        let before = earlier.as_ref().and_then(|earlier| earlier.record.photo());
        let kept = Self { former: Some(leaving.former(record, BTreeSet::new())), expires_at, ..self };
        let mut kept = match earlier {
            Some(earlier) => kept.inheriting(&earlier.record),
            None => kept,
        };
        let named = kept.former.as_ref().and_then(|former| former.record.photo());
        kept.know(before.filter(|photo| named.as_ref() != Some(photo)));
        kept
    }

    /// The same with what the image of the removal has beside.
    fn completed(self, image: &Record) -> Self {
        let complete = |former: Former| {
            let record = image.over(&former.record).as_in(&former.record, &former.amended);
            Former { record, ..former }
        };
        Self { former: self.former.map(complete), ..self }
    }

    /// The same with what only an earlier row had.
    fn inheriting(self, earlier: &Record) -> Self {
        let inherit = |former: Former| {
            let new = earlier.attributes().keys().filter(|name| former.record.attribute(name).is_none());
            let new = new.filter(|name| !former.amended.contains(*name));
            let inherited = former.inherited.iter().chain(new).cloned().collect();
            let record = former.record.over(earlier).as_in(&former.record, &former.amended);
            Former { record, inherited, ..former }
        };
        Self { former: self.former.map(inherit), ..self }
    }

    fn without_former(mut self, until: Timestamp) -> Self {
        let former = self.former.take();
        let replaced = former.as_ref().and_then(|former| former.merged.as_ref()?.replaced_photo());
        self.know(replaced);
        self.know(former.and_then(|former| former.record.photo()));
        Self { expires_at: Some(until), ..self }
    }

    fn know(&mut self, photo: Option<PhotoKey>) {
        if let Some(photo) = photo.filter(|photo| !self.photos.contains(photo)) {
            self.photos.push(photo);
            let too_many = self.photos.len().saturating_sub(MAX_PHOTOS);
            self.photos.drain(..too_many);
        }
    }
}

impl Former {
    /// Whether a row that was removed may be the one that made them a former employee: it has all of what was seen of that.
    fn left_as(&self, image: &Record) -> bool {
        let later = |name: &String| self.inherited.contains(name) || self.amended.contains(name);
        let seen = self.record.attributes().iter().filter(|(name, _)| !later(name));
        let mut seen =
            seen.map(|(name, value)| image.attribute(name).is_some_and(|other| same(value, other)));
        seen.all(|is_same| is_same)
    }

    /// The row to put back: as it was, with the photo's new key.
    pub(crate) fn row(&self, photo: Option<&PhotoKey>) -> Item {
        let mut row = self.record.attributes().clone();
        row.extend(photo.map(|key| (OBJECT_KEY.to_owned(), string(&key.object_key()))));
        row
    }
}

impl Record {
    /// Whether this row has every attribute of another one, with the same value.
    fn has_all_of(&self, other: &Self) -> bool {
        let wanted = other.attributes().iter();
        wanted.into_iter().all(|(name, value)| self.attribute(name).is_some_and(|own| same(own, value)))
    }

    /// This row, and below it what only another one has.
    fn over(&self, below: &Self) -> Self {
        let mut attributes = below.attributes().clone();
        attributes.extend(self.attributes().clone());
        Self::from_item(attributes).unwrap_or_else(|| self.clone())
    }
}

impl Record {
    /// The same with these attributes as another row has them, or has them not.
    fn as_in(&self, other: &Self, names: &BTreeSet<String>) -> Self {
        let mut attributes = self.attributes().clone();
        for name in names {
            attributes.remove(name);
            attributes.extend(other.attribute(name).map(|value| (name.clone(), value.clone())));
        }
        Self::from_item(attributes).unwrap_or_else(|| self.clone())
    }
}

/// Whether two values are one to DynamoDB, to which a set has no order.
fn same(one: &AttributeValue, other: &AttributeValue) -> bool {
    use AttributeValue::{Bs, L, M, Ns, Ss};
    let texts = |one: &[String], other: &[String]| {
        one.len() == other.len() && one.iter().all(|text| other.contains(text))
    };
    match (one, other) {
        (Ss(one), Ss(other)) | (Ns(one), Ns(other)) => texts(one, other),
        (Bs(one), Bs(other)) => one.len() == other.len() && one.iter().all(|bytes| other.contains(bytes)),
        (L(one), L(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (M(one), M(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests;
