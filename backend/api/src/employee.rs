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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "AnyEmployee")]
pub struct Employee {
    /// The employee's id: any text, since others write to the table too. The id of one who was added here is a UUID.
    pub id: String,
    pub full_name: String,
    /// Where the employee works.
    pub location: String,
    /// What the employee does.
    pub job_title: String,
    /// The badges the employee wears.
    pub badges: Vec<Badge>,
    /// Ids among `badges` that only a newer server than this program knows: a form sends them back as they are.
    #[serde(skip)]
    pub newer_badges: Vec<String>,
    /// Where the photo is, as a path of this site; none without a photo.
    pub photo_url: Option<String>,
}

/// An employee with whatever badges the server knows, which may be newer than the page that reads it.
#[derive(Deserialize)]
struct AnyEmployee {
    id: String,
    full_name: String,
    location: String,
    job_title: String,
    badges: Vec<String>,
    photo_url: Option<String>,
}

impl From<AnyEmployee> for Employee {
    fn from(any: AnyEmployee) -> Self {
        let AnyEmployee { id, full_name, location, job_title, badges: ids, photo_url } = any;
        let (mut badges, mut newer_badges) = (Vec::new(), Vec::new());
        for id in ids {
            match Badge::from_id(&id) {
                Some(badge) => badges.push(badge),
                None => newer_badges.push(id),
            }
        }
        Self { id, full_name, location, job_title, badges, newer_badges, photo_url }
    }
}

/// One page of `GET /api/employees`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmployeePage {
    pub employees: Vec<Employee>,
    /// How many there are in all, on other pages too; none when that is not known.
    #[serde(default)]
    pub total: Option<u64>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
    /// How many there are of each kind, when the request asked for them and it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facets: Option<EmployeeFacets>,
    /// Where nobody matches: what may have been meant, spelled as the first of `close` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<String>,
    /// Where nobody matches: those who would with one more slip of the pen, the closest first; ten at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub close: Vec<Employee>,
    /// Why this may not be all that is searched for, in a sentence for people; none when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<String>,
}

/// How many of those who match there are of each kind. Each kind is counted as if nothing of that kind had been chosen, so
/// that one sees what choosing more of it would bring. In the order of lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmployeeFacets {
    pub locations: Vec<FacetCount>,
    pub job_titles: Vec<FacetCount>,
    /// By the ids of the badges.
    pub badges: Vec<FacetCount>,
}

/// How many there are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetCount {
    pub value: String,
    pub count: u64,
}

/// What a caller sends to create or replace an employee; not checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmployeeInput {
    #[serde(default)]
    pub full_name: String,
    /// Where the employee works.
    #[serde(default)]
    pub location: String,
    /// What the employee does.
    #[serde(default)]
    pub job_title: String,
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

#[cfg(test)]
mod tests {
    use super::*;

    const WITH_A_NEWER_BADGE: &str = r#"{"employees": [{"id": "7", "full_name": "Ada", "location": "London",
        "job_title": "Analyst", "badges": ["bug", "unicorn"], "photo_url": null}], "next_cursor": null}"#;

    #[test]
    fn a_badge_that_a_page_does_not_know_leaves_the_directory_readable() {
        let page: EmployeePage = serde_json::from_str(WITH_A_NEWER_BADGE).expect("a page");
        assert_eq!(page.employees[0].badges, [Badge::Bug]);
        assert_eq!(page.employees[0].newer_badges, ["unicorn"]);
    }

    #[test]
    fn an_employee_reads_back_as_it_is_written() {
        let page: EmployeePage = serde_json::from_str(WITH_A_NEWER_BADGE).expect("a page");
        let employee = Employee { newer_badges: Vec::new(), ..page.employees[0].clone() };
        let json = serde_json::to_string(&employee).expect("JSON");
        assert!(json.contains(r#""badges":["bug"]"#) && !json.contains("newer"), "{json}");
        assert_eq!(serde_json::from_str::<Employee>(&json).expect("an employee"), employee);
    }
}
