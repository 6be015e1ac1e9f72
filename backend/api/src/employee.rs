//! Employees: what the directory shows and what a form may send.

use serde::{Deserialize, Serialize};

use crate::{badge::Badge, problem::FieldError};

/// The longest name, job title or location, in characters of any script.
pub const MAX_TEXT_CHARACTERS: usize = 200;

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

/// An employee's details, trimmed and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmployeeDetails {
    full_name: String,
    location: String,
    job_title: String,
    badges: Vec<Badge>,
}

impl EmployeeDetails {
    /// Trims and checks what a caller sent.
    ///
    /// # Errors
    /// Every field that is not valid, in the order of the form.
    pub fn parse(input: &EmployeeInput) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let full_name = text("full_name", &input.full_name, &mut errors);
        let job_title = text("job_title", &input.job_title, &mut errors);
        let location = text("location", &input.location, &mut errors);
        let badges = badges(&input.badges, &mut errors);
        if errors.is_empty() { Ok(Self { full_name, location, job_title, badges }) } else { Err(errors) }
    }

    /// The full name: 1 to [`MAX_TEXT_CHARACTERS`] characters without surrounding space.
    #[must_use]
    pub fn full_name(&self) -> &str {
        &self.full_name
    }

    /// Where the employee works; same bounds as the name.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// What the employee does; same bounds as the name.
    #[must_use]
    pub fn job_title(&self) -> &str {
        &self.job_title
    }

    /// The badges, each at most once, in display order.
    #[must_use]
    pub fn badges(&self) -> &[Badge] {
        &self.badges
    }
}

fn text(field: &str, value: &str, errors: &mut Vec<FieldError>) -> String {
    let trimmed = value.trim();
    let characters = trimmed.chars().count();
    if characters == 0 {
        errors.push(FieldError::new(field, "is empty; enter at least one character"));
    } else if characters > MAX_TEXT_CHARACTERS {
        errors.push(FieldError::new(
            field,
            format!("has {characters} characters; at most {MAX_TEXT_CHARACTERS} are allowed"),
        ));
    } else if trimmed.chars().any(char::is_control) {
        errors.push(FieldError::new(field, "contains a control character, such as a line break; remove it"));
    }
    trimmed.to_owned()
}

fn badges(ids: &[String], errors: &mut Vec<FieldError>) -> Vec<Badge> {
    let mut badges = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        match Badge::from_id(id) {
            Some(badge) => badges.push(badge),
            None => errors.push(FieldError::new(
                format!("badges[{index}]"),
                format!("{id:?} is no badge; GET /api/badges lists the twelve there are"),
            )),
        }
    }
    badges.sort_unstable();
    badges.dedup();
    badges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(full_name: &str) -> EmployeeInput {
        EmployeeInput {
            full_name: full_name.to_owned(),
            location: "Seattle".to_owned(),
            job_title: "Engineer".to_owned(),
            badges: vec![],
        }
    }

    #[test]
    fn surrounding_space_is_trimmed() {
        let details = EmployeeDetails::parse(&input("  Ada Lovelace\u{3000} ")).expect("valid");
        assert_eq!(details.full_name(), "Ada Lovelace");
    }

    #[test]
    fn a_name_of_any_script_may_have_200_characters() {
        assert!(EmployeeDetails::parse(&input(&"語".repeat(200))).is_ok());
        let errors = EmployeeDetails::parse(&input(&"語".repeat(201))).expect_err("too long");
        assert_eq!(errors, [FieldError::new("full_name", "has 201 characters; at most 200 are allowed")]);
    }

    #[test]
    fn every_invalid_field_is_reported_with_its_path() {
        let bad = EmployeeInput { badges: vec!["bug".into(), "unicorn".into()], ..EmployeeInput::default() };
        let errors = EmployeeDetails::parse(&bad).expect_err("invalid");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["full_name", "job_title", "location", "badges[1]"]);
    }

    #[test]
    fn a_badge_sent_twice_is_worn_once() {
        let twice =
            EmployeeInput { badges: vec!["coffee".into(), "bug".into(), "coffee".into()], ..input("Ada") };
        let details = EmployeeDetails::parse(&twice).expect("valid");
        assert_eq!(details.badges(), [Badge::Coffee, Badge::Bug]);
    }
}
