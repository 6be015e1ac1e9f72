//! What a form about an employee holds before it is sent.

use rollcall_api::{
    badge::Badge,
    employee::{Employee, EmployeeInput},
    field::Field,
    values::{Value, Values},
};

use crate::ui::field::FieldErrors;

/// An employee's details as they are being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) values: Values,
    /// What the fields held when the form was opened; nothing for someone new.
    before: Values,
    pub(crate) badges: Vec<Badge>,
    /// Badges that this page has no name for, which are kept.
    newer_badges: Vec<String>,
    /// Fields of which what nobody understands is to be discarded.
    pub(crate) discard: Vec<String>,
}

impl From<Employee> for Draft {
    fn from(employee: Employee) -> Self {
        let Employee { values, badges, newer_badges, .. } = employee;
        Self { before: values.clone(), values, badges, newer_badges, discard: Vec::new() }
    }
}

impl Draft {
    /// Has what is typed change this record from now on.
    pub(super) fn begins_with(&mut self, employee: &Employee) {
        self.before = employee.values.clone();
        self.newer_badges.clone_from(&employee.newer_badges);
    }

    /// What a field holds as it is typed: of a list, each entry on a line of its own.
    pub(crate) fn typed(&self, field: &Field) -> String {
        self.values.get(field.name).map(|value| value.texts().join("\n")).unwrap_or_default()
    }

    /// Takes what is typed into a field.
    pub(crate) fn type_in(&mut self, field: &'static Field, text: String) {
        let value = if field.kind.is_list() {
            Value::List(text.split('\n').map(str::to_owned).collect())
        } else {
            Value::Text(text)
        };
        self.values.set(field.name, value);
    }

    /// Ticks a badge, or takes the tick away.
    pub(crate) fn toggle(&mut self, badge: Badge) {
        if self.badges.contains(&badge) {
            self.badges.retain(|worn| *worn != badge);
        } else {
            self.badges.push(badge);
        }
    }

    /// What to send: trimmed, and nothing left empty that must not be. Whether a text is one that people can read, the API
    /// says.
    pub(crate) fn checked(&self) -> Result<EmployeeInput, FieldErrors> {
        let in_order = Badge::ALL.iter().filter(|badge| self.badges.contains(badge));
        let ids = in_order.map(|badge| badge.id().to_owned());
        let typed = EmployeeInput {
            values: self.values.clone(),
            badges: ids.chain(self.newer_badges.clone()).collect(),
            discard: self.discard.clone(),
        };
        typed.filled(&self.before).map_err(|errors| FieldErrors::from(errors.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::field::FIELDS;

    use super::*;

    fn field(name: &str) -> &'static Field {
        Field::named(FIELDS, name).expect("a field")
    }

    fn draft() -> Draft {
        let mut draft = Draft::default();
        for (name, text) in [("full_name", " Ada "), ("job_title", "Analyst"), ("location", "London")] {
            draft.type_in(field(name), text.to_owned());
        }
        draft
    }

    #[test]
    fn what_is_sent_is_trimmed_and_in_display_order() {
        let mut draft = draft();
        draft.badges = vec![Badge::Bug, Badge::Apple];
        let input = draft.checked().expect("valid");
        assert_eq!(input.values.text("full_name"), "Ada");
        assert_eq!(input.badges, ["apple", "bug"]);
    }

    #[test]
    fn a_list_is_typed_line_by_line() {
        let mut draft = draft();
        draft.type_in(field("other_names"), "Augusta\n\n Countess ".to_owned());
        assert_eq!(draft.typed(field("other_names")), "Augusta\n\n Countess ");
        let sent = draft.checked().expect("valid");
        let names = ["Augusta", "Countess"].map(str::to_owned).to_vec();
        assert_eq!(sent.values.get("other_names"), Some(&Value::List(names)));
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
    fn what_another_program_left_empty_holds_up_no_other_change() {
        let employee = r#"{"id": "7", "full_name": "", "location": " London", "job_title": "Analyst",
            "badges": [], "photo_url": null}"#;
        let mut draft = Draft::from(serde_json::from_str::<Employee>(employee).expect("an employee"));
        draft.type_in(field("job_title"), "Engineer ".to_owned());
        let sent = draft.checked().expect("valid").values;
        assert_eq!((sent.text("location"), sent.text("job_title")), (" London", "Engineer"));
        draft.type_in(field("job_title"), String::new());
        assert!(draft.checked().is_err());
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
