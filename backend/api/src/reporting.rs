//! Who reports to whom.

use serde::{Deserialize, Serialize};

use crate::employee::Employee;

/// The answer of `GET /api/employees/{id}/chain`: whom someone reports to, and whom those do, up to the top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmployeeChain {
    /// The nearest first; empty for who reports to nobody.
    pub chain: Vec<Employee>,
    pub end: ChainEnd,
}

/// How the way up ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChainEnd {
    /// The last one reports to nobody.
    Top,
    /// The last one reports to someone who is not in the directory any more.
    Missing,
    /// The last one reports to someone who is in the chain already. Only another program can have written that.
    Circle,
    /// There are more levels than are read.
    TooLong,
}

/// One page of those who report to someone, or to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportPage {
    /// In the order of lists.
    pub reports: Vec<Report>,
    /// How many there are in all, on other pages too.
    pub total: u64,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// Someone, and how many are below them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    pub employee: Employee,
    /// How many report to them.
    pub direct: u64,
    /// How many are below them on all levels.
    pub below: u64,
}
