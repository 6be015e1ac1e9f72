//! What a form about an employee holds before it is sent.

use rollcall_api::{
    badge::Badge,
    employee::{Employee, EmployeeInput},
};

use crate::ui::field::FieldErrors;

/// An employee's details as they are being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) full_name: String,
    /// What the employee does.
    pub(crate) job_title: String,
    /// Where the employee works.
    pub(crate) location: String,
    pub(crate) badges: Vec<Badge>,
    /// Badges that this page has no name for, which are kept.
    pub(crate) newer_badges: Vec<String>,
}

impl From<Employee> for Draft {
    fn from(employee: Employee) -> Self {
        let Employee { full_name, job_title, location, badges, newer_badges, .. } = employee;
        Self { full_name, job_title, location, badges, newer_badges }
    }
}

impl Draft {
    /// Ticks a badge, or takes the tick away.
    pub(crate) fn toggle(&mut self, badge: Badge) {
        if self.badges.contains(&badge) {
            self.badges.retain(|worn| *worn != badge);
        } else {
            self.badges.push(badge);
        }
    }

    /// What to send: trimmed, and nothing left empty. Whether a text is one that people can read, the API says.
    pub(crate) fn checked(&self) -> Result<EmployeeInput, FieldErrors> {
        let in_order = Badge::ALL.iter().filter(|badge| self.badges.contains(badge));
        let ids = in_order.map(|badge| badge.id().to_owned());
        let typed = EmployeeInput {
            full_name: self.full_name.clone(),
            location: self.location.clone(),
            job_title: self.job_title.clone(),
            badges: ids.chain(self.newer_badges.clone()).collect(),
        };
        typed.filled().map_err(|errors| FieldErrors::from(errors.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_trimmed_and_in_display_order() {
        let draft = Draft {
            full_name: " Ada ".to_owned(),
            job_title: "Analyst".to_owned(),
            location: "London".to_owned(),
            badges: vec![Badge::Bug, Badge::Apple],
            newer_badges: vec![],
        };
        let input = draft.checked().expect("valid");
        assert_eq!(input.full_name, "Ada");
        assert_eq!(input.badges, ["apple", "bug"]);
    }

    #[test]
    fn a_badge_that_this_page_does_not_know_is_sent_back() {
        let employee = r#"{"id": "7", "full_name": "Ada", "location": "London", "job_title": "Analyst",
            "badges": ["unicorn", "bug"], "photo_url": null}"#;
        let mut draft = Draft::from(serde_json::from_str::<Employee>(employee).expect("an employee"));
        draft.toggle(Badge::Bug);
        draft.toggle(Badge::Coffee);
        assert_eq!(draft.checked().expect("valid").badges, ["coffee", "unicorn"]);
    }

    #[test]
    fn each_empty_field_is_marked() {
        let errors = Draft::default().checked().expect_err("nothing was typed");
        for field in ["full_name", "job_title", "location"] {
            assert_eq!(errors.of(field), Some("Is empty; enter at least one character."), "{field}");
        }
        assert_eq!(errors.of("badges"), None);
    }

    #[test]
    fn ticking_twice_is_not_ticking() {
        let mut draft = Draft::default();
        draft.toggle(Badge::Coffee);
        assert_eq!(draft.badges, [Badge::Coffee]);
        draft.toggle(Badge::Coffee);
        assert!(draft.badges.is_empty());
    }
}
