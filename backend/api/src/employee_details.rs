//! What may be stored about an employee.

use crate::{
    badge::Badge,
    employee::EmployeeInput,
    problem::FieldError,
    text::{Rules, Text},
};

/// The longest name, job title or location, in characters of any script.
pub const MAX_TEXT_CHARACTERS: usize = 200;

/// An employee's details, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmployeeDetails {
    full_name: Text,
    location: Text,
    job_title: Text,
    badges: Vec<Badge>,
}

impl EmployeeDetails {
    /// Trims, composes and checks what a caller sent.
    ///
    /// # Errors
    /// Every field that is not valid, in the order of the form.
    pub fn parse(input: &EmployeeInput) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let full_name = text("full_name", &input.full_name, &mut errors);
        let job_title = text("job_title", &input.job_title, &mut errors);
        let location = text("location", &input.location, &mut errors);
        let badges = badges(&input.badges, &mut errors);
        match (full_name, job_title, location) {
            (Some(full_name), Some(job_title), Some(location)) if errors.is_empty() => {
                Ok(Self { full_name, location, job_title, badges })
            }
            _ => Err(errors),
        }
    }

    /// The full name: 1 to [`MAX_TEXT_CHARACTERS`] characters.
    #[must_use]
    pub fn full_name(&self) -> &str {
        self.full_name.as_str()
    }

    /// Where the employee works; same bounds as the name.
    #[must_use]
    pub fn location(&self) -> &str {
        self.location.as_str()
    }

    /// What the employee does; same bounds as the name.
    #[must_use]
    pub fn job_title(&self) -> &str {
        self.job_title.as_str()
    }

    /// The badges, each at most once, in display order.
    #[must_use]
    pub fn badges(&self) -> &[Badge] {
        &self.badges
    }
}

fn text(field: &str, value: &str, errors: &mut Vec<FieldError>) -> Option<Text> {
    let text = Text::parse(value, Rules::line(MAX_TEXT_CHARACTERS));
    text.map_err(|fault| errors.push(FieldError::new(field, fault.to_string()))).ok()
}

fn badges(ids: &[String], errors: &mut Vec<FieldError>) -> Vec<Badge> {
    let known: Vec<_> = Badge::ALL.iter().map(|badge| badge.id()).collect();
    let mut badges = Vec::new();
    for (index, id) in ids.iter().enumerate() {
        match Badge::from_id(id) {
            Some(badge) => badges.push(badge),
            None => errors.push(FieldError::new(
                format!("badges[{index}]"),
                format!("{id:?} is no badge; there are {}", known.join(", ")),
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
    fn what_people_cannot_read_is_refused_in_every_field() {
        for (full_name, job_title, location) in [
            ("\u{200B}", "Analyst", "London"),
            ("Ada", "\u{3164}", "London"),
            ("Ada", "Analyst", "Lon\u{202E}nod"),
        ] {
            let [full_name, job_title, location] = [full_name, job_title, location].map(str::to_owned);
            let input = EmployeeInput { full_name, job_title, location, badges: vec![] };
            assert_eq!(EmployeeDetails::parse(&input).expect_err("unreadable").len(), 1, "{input:?}");
        }
    }

    #[test]
    fn a_name_is_stored_composed() {
        let details = EmployeeDetails::parse(&input("Zoe\u{308}")).expect("valid");
        assert_eq!(details.full_name(), "Zo\u{EB}");
    }

    #[test]
    fn every_invalid_field_is_reported_with_its_path() {
        let bad = EmployeeInput { badges: vec!["bug".into(), "unicorn".into()], ..EmployeeInput::default() };
        let errors = EmployeeDetails::parse(&bad).expect_err("invalid");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["full_name", "job_title", "location", "badges[1]"]);
        let detail = &errors[3].detail;
        assert!(Badge::ALL.iter().all(|badge| detail.contains(badge.id())), "{detail}");
    }

    #[test]
    fn a_badge_sent_twice_is_worn_once() {
        let twice =
            EmployeeInput { badges: vec!["coffee".into(), "bug".into(), "coffee".into()], ..input("Ada") };
        let details = EmployeeDetails::parse(&twice).expect("valid");
        assert_eq!(details.badges(), [Badge::Coffee, Badge::Bug]);
    }
}
