//! Who asked for something.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who asked for a revision or a relaunch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requester {
    /// A signed-in person.
    Person {
        /// The user name.
        name: String,
    },
    /// A schedule.
    Schedule {
        /// The schedule's name.
        name: String,
    },
    /// Whoever IAM allowed to invoke the function directly. Lambda does not tell the function who that is;
    /// CloudTrail does.
    DirectInvocation,
    /// Rollcall itself.
    Rollcall,
}

impl fmt::Display for Requester {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name } => formatter.write_str(name),
            Self::Schedule { name } => write!(formatter, "schedule {name}"),
            Self::DirectInvocation => formatter.write_str("direct invocation"),
            Self::Rollcall => formatter.write_str("Rollcall"),
        }
    }
}
