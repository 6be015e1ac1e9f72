//! The id of an employee.

use std::{fmt, str::FromStr};

use serde::Deserialize;
use uuid::Uuid;

/// The longest partition key, in bytes
/// ([DynamoDB constraints](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)).
const MAX_BYTES: usize = 2048;

/// An employee's id. Ours are UUIDs; any key the table can hold is accepted, so that no row another program
/// wrote is out of reach.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct EmployeeId(String);

/// The text can be no key of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an employee's id has 1 to {MAX_BYTES} bytes")]
pub(crate) struct NotAnId;

impl EmployeeId {
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EmployeeId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        if (1..=MAX_BYTES).contains(&text.len()) { Ok(Self(text)) } else { Err(NotAnId) }
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
}
