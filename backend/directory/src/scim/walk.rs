//! Everyone whom a provider sees, in an order in which whoever comes meanwhile moves nobody else: those in the directory, as
//! the table has them, and then those who are inactive, the longest first.
//!
//! A page goes on behind someone, who may be gone by then: the table's order is that of a hash of the id.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use rollcall_scim::{Filter, Mistake, Refusal, meets};
use uuid::Uuid;

use super::{answer::ScimError, person::Person};
use crate::{directory::Directory, employee_id::EmployeeId};

/// How many are read at once where few of them may meet the filter.
const BATCH: usize = 1_000;

/// The most who are looked at for one answer: it takes seconds, and an answer has half a minute.
const MAX_READ: usize = 50_000;

/// Behind whom a walk goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Position {
    Employees(Option<EmployeeId>),
    /// By the place in their list.
    Inactive(Option<String>),
}

impl Position {
    /// Where every walk begins.
    pub(super) const BEGINNING: Self = Self::Employees(None);
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Employees(None) => formatter.write_str("e"),
            Self::Employees(Some(id)) => write!(formatter, "e:{id}"),
            Self::Inactive(None) => formatter.write_str("i"),
            Self::Inactive(Some(place)) => write!(formatter, "i:{place}"),
        }
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            None if text == "e" => Ok(Self::Employees(None)),
            None if text == "i" => Ok(Self::Inactive(None)),
            Some(("e", id)) => id.parse().map(|id| Self::Employees(Some(id))).map_err(drop),
            // Anyone can make a cursor up: what is no place is none that goes to the table as a key.
            Some(("i", place)) => {
                place.parse().map(|place: Uuid| Self::Inactive(Some(place.to_string()))).map_err(drop)
            }
            _ => Err(()),
        }
    }
}

/// Someone who was met, and where a walk goes on behind them.
pub(super) struct Met {
    pub(super) person: Person,
    pub(super) behind: Position,
}

/// A walk past those who meet a filter.
pub(super) struct Walk<'a> {
    directory: &'a Directory,
    filter: Option<&'a Filter>,
    /// The address of SCIM.
    base: &'a str,
    /// None at the end.
    at: Option<Position>,
    read: usize,
    /// Those who were read and not taken yet.
    ahead: std::vec::IntoIter<Met>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        directory: &'a Directory,
        filter: Option<&'a Filter>,
        base: &'a str,
        from: Position,
    ) -> Self {
        Self { directory, filter, base, at: Some(from), read: 0, ahead: Vec::new().into_iter() }
    }

    /// The next ones, as many as are wanted; fewer only at the end, and where so many were looked at that it takes too long:
    /// see [`Walk::is_tired`].
    ///
    /// # Errors
    /// When the tables can't be read.
    pub(super) async fn take(&mut self, wanted: usize) -> Result<Vec<Met>, ScimError> {
        let mut taken: Vec<Met> = Vec::new();
        loop {
            taken.extend(self.ahead.by_ref().take(wanted.saturating_sub(taken.len())));
            if taken.len() >= wanted || self.at.is_none() || self.is_tired() {
                return Ok(taken);
            }
            let batch = if self.filter.is_some() { BATCH } else { (wanted - taken.len()).min(BATCH) };
            self.look(batch).await?;
        }
    }

    /// Whether no more are looked at for this answer.
    pub(super) const fn is_tired(&self) -> bool {
        self.read >= MAX_READ && self.at.is_some()
    }

    /// # Errors
    /// `tooMany` where the walk did not come to its end.
    pub(super) fn must_have_ended(&self) -> Result<(), Refusal> {
        if !self.is_tired() {
            return Ok(());
        }
        let detail = format!(
            "More than {MAX_READ} people would have to be looked at. Ask by userName, externalId, id or e-mail address with \
             eq, or page by cursor."
        );
        Err(Refusal::new(Mistake::TooMany, detail))
    }

    /// How far it has come; none at the end.
    pub(super) const fn position(&self) -> Option<&Position> {
        self.at.as_ref()
    }

    /// Reads some, and keeps those who meet the filter.
    async fn look(&mut self, limit: usize) -> Result<(), ScimError> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let (found, at) = match self.at.take() {
            None => return Ok(()),
            Some(Position::Employees(after)) => self.employees(limit, after).await?,
            Some(Position::Inactive(after)) => self.inactive(limit, after).await?,
        };
        self.read += found.len();
        self.at = at;
        let mut met = Vec::new();
        for one in found {
            let meets = match self.filter {
                None => true,
                Some(filter) => meets(&one.person.resource(self.base)?, filter),
            };
            met.extend(meets.then_some(one));
        }
        self.ahead = met.into_iter();
        Ok(())
    }

    async fn employees(
        &self,
        limit: u32,
        after: Option<EmployeeId>,
    ) -> Result<(Vec<Met>, Option<Position>), ScimError> {
        let page = self.directory.table.page_in_full(Some(limit), after.as_ref()).await?;
        let met = |record: crate::record::Record| {
            let behind = Position::Employees(Some(record.id.clone()));
            Met { person: Person { record, active: true }, behind }
        };
        let next = page.next.map_or(Position::Inactive(None), |id| Position::Employees(Some(id)));
        Ok((page.records.into_iter().map(met).collect(), Some(next)))
    }

    async fn inactive(
        &self,
        limit: u32,
        after: Option<String>,
    ) -> Result<(Vec<Met>, Option<Position>), ScimError> {
        let page = self.directory.people()?.inactive(limit, after, Timestamp::now()).await?;
        let met = |former: crate::people::trail::Former| {
            let behind = Position::Inactive(Some(former.place.to_string()));
            Met { person: Person { record: former.record, active: false }, behind }
        };
        let next = page.next.map(|place| Position::Inactive(Some(place)));
        Ok((page.records.into_iter().map(met).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_as_it_is_written() {
        let id = |text: &str| Some(EmployeeId::try_from(text.to_owned()).expect("an id"));
        for position in [
            Position::BEGINNING,
            Position::Employees(id("a:b")),
            Position::Employees(id("e")),
            Position::Inactive(None),
            Position::Inactive(Some("01930000-0000-7000-8000-000000000000".to_owned())),
        ] {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in
            ["", "x", "e:", &format!("e:{}", "x".repeat(2049)), "x:7", "i:", "i:7", &"i:7".repeat(1000)]
        {
            assert_eq!(text.parse::<Position>(), Err(()), "{text}");
        }
    }
}
