//! The id of an employee.

use std::{fmt, str::FromStr};

use rollcall_api::employee_address::{MAX_ID_BYTES, from_segment, to_segment};
use rollcall_web::declared::{self, formatted};
use serde::Deserialize;
use utoipa::openapi::Object;
use uuid::Uuid;

/// An employee's id. Ours are UUIDs; any key the table can hold is accepted, so that no row another program
/// wrote is out of reach.
///
/// Deserialised from the segment that stands for it in an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "Segment")]
pub(crate) struct EmployeeId(String);

/// A segment of a path, its percent-encoding removed.
#[derive(Deserialize)]
struct Segment(String);

/// The text stands for no key of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an employee's id has 1 to {MAX_ID_BYTES} bytes, and is itself or ~ and its base64url in an address")]
pub(crate) struct NotAnId;

impl EmployeeId {
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the API has the employee.
    pub(crate) fn url(&self) -> String {
        format!("/api/employees/{}", to_segment(&self.0))
    }
}

impl declared::Segment for EmployeeId {
    fn schema() -> Object {
        formatted("employee-address")
    }
}

impl TryFrom<String> for EmployeeId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        if (1..=MAX_ID_BYTES).contains(&text.len()) { Ok(Self(text)) } else { Err(NotAnId) }
    }
}

impl FromStr for EmployeeId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for EmployeeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<Segment> for EmployeeId {
    type Error = NotAnId;

    fn try_from(Segment(segment): Segment) -> Result<Self, NotAnId> {
        Self::try_from(from_segment(&segment).ok_or(NotAnId)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_whatever_the_table_can_hold_as_a_key() {
        for text in ["7", "Zoë", &"a".repeat(2048)] {
            assert!(EmployeeId::try_from(text.to_owned()).is_ok());
        }
        for text in ["", &"a".repeat(2049)] {
            assert_eq!(EmployeeId::try_from(text.to_owned()), Err(NotAnId));
        }
    }

    #[test]
    fn an_address_stands_for_an_id() {
        let read = |segment: &str| EmployeeId::try_from(Segment(segment.to_owned())).map(|id| id.0);
        assert_eq!(read("emp7?old").as_deref(), Ok("emp7?old"));
        assert_eq!(read("~YS9i").as_deref(), Ok("a/b"));
        for nobodys in ["", "~", "~YQ==", "~ZW1wNw"] {
            assert_eq!(read(nobodys), Err(NotAnId), "{nobodys}");
        }
        assert_eq!(EmployeeId("a/b".to_owned()).url(), "/api/employees/~YS9i");
    }
}
