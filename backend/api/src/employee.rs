//! Employees: what the directory shows and what a form may send.

use serde::{Deserialize, Serialize};

use crate::{
    badge::Badge,
    problem::{EMPTY, FieldError},
};
/// The largest photo that may be uploaded, in bytes. A function receives at most 6 MB, and its photos arrive
/// base64-encoded ([Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)).
pub const MAX_PHOTO_BYTES: usize = 4 * 1024 * 1024;

/// The most employees one page may hold.
pub const MAX_PAGE_EMPLOYEES: u32 = 200;

/// How many employees a page holds when the request does not say.
pub const DEFAULT_PAGE_EMPLOYEES: u32 = 50;

/// One employee as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    /// The employee's id, a UUID.
    pub id: String,
    /// The full name.
    pub full_name: String,
    /// Where the employee works.
    pub location: String,
    /// What the employee does.
    pub job_title: String,
    /// The badges the employee wears.
    pub badges: Vec<Badge>,
    /// Where the photo is, as a path of this site; none without a photo.
    pub photo_url: Option<String>,
}

/// One page of `GET /api/employees`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmployeePage {
    /// The employees of this page.
    pub employees: Vec<Employee>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// What a caller sends to create or replace an employee; not checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmployeeInput {
    /// The full name.
    #[serde(default)]
    pub full_name: String,
    /// Where the employee works.
    #[serde(default)]
    pub location: String,
    /// What the employee does.
    #[serde(default)]
    pub job_title: String,
    /// Ids of badges.
    #[serde(default)]
    pub badges: Vec<String>,
}

impl EmployeeInput {
    /// The same without space around each text: what a form checks before it asks the server for more.
    ///
    /// # Errors
    /// Every text of which nothing is left, in the order of the form.
    pub fn filled(&self) -> Result<Self, Vec<FieldError>> {
        let trimmed = |text: &str| text.trim().to_owned();
        let filled = Self {
            full_name: trimmed(&self.full_name),
            location: trimmed(&self.location),
            job_title: trimmed(&self.job_title),
            badges: self.badges.clone(),
        };
        let texts = [
            ("full_name", &filled.full_name),
            ("job_title", &filled.job_title),
            ("location", &filled.location),
        ];
        let empty = texts.into_iter().filter(|(_, text)| text.is_empty());
        let errors: Vec<_> = empty.map(|(field, _)| FieldError::new(field, EMPTY)).collect();
        if errors.is_empty() { Ok(filled) } else { Err(errors) }
    }
}
