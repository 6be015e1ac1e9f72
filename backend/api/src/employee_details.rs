//! What may be stored about an employee.

use crate::{
    badge::Badge,
    employee::EmployeeInput,
    field::{FIELDS, Field},
    field_rules::checked,
    problem::{EMPTY, FieldError},
    values::Values,
};

/// What a form may have discarded beside the fields.
const BADGES: &str = "badges";

/// An employee's details, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmployeeDetails {
    values: Values,
    badges: Vec<Badge>,
    discard: Vec<&'static str>,
}

impl EmployeeDetails {
    /// Trims, composes and checks what a caller sent of someone new.
    ///
    /// # Errors
    /// Every field that is not valid, in the order of the form.
    pub fn parse(input: &EmployeeInput) -> Result<Self, Vec<FieldError>> {
        Self::parse_change(FIELDS, input, None)
    }

    /// The same of someone who is there already, and has what was `seen` in these `fields`. What is sent as it was seen is
    /// taken as it is, whatever another program has left there: a change is not held up by what it does not touch.
    ///
    /// # Errors
    /// See [`EmployeeDetails::parse`].
    pub fn parse_change(
        fields: &[Field],
        input: &EmployeeInput,
        seen: Option<&Values>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut values = Values::default();
        for field in fields {
            let sent = input.values.get(field.name);
            if let Some(seen) = seen.filter(|seen| seen.get(field.name) == sent) {
                values.extend(seen.get(field.name).map(|value| (field.name, value.clone())));
                continue;
            }
            match sent.map(|sent| checked(field, sent)) {
                Some(Ok(value)) => values.set(field.name, value),
                Some(Err(wrong)) => errors.extend(wrong),
                None if field.required => errors.push(FieldError::new(field.name, EMPTY)),
                None => {}
            }
        }
        let badges = badges(&input.badges, &mut errors);
        let discard = discard(fields, &input.discard, &mut errors);
        if errors.is_empty() { Ok(Self { values, badges, discard }) } else { Err(errors) }
    }

    /// What each field is to hold.
    #[must_use]
    pub const fn values(&self) -> &Values {
        &self.values
    }

    /// The badges, each at most once, in display order.
    #[must_use]
    pub fn badges(&self) -> &[Badge] {
        &self.badges
    }

    /// Whether what nothing here understands is to be taken out of a field, or out of the badges.
    #[must_use]
    pub fn discards(&self, field: &str) -> bool {
        self.discard.contains(&field)
    }
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

fn discard(fields: &[Field], names: &[String], errors: &mut Vec<FieldError>) -> Vec<&'static str> {
    let known = || fields.iter().map(|field| field.name).chain([BADGES]);
    let mut discard = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match known().find(|known| known == name) {
            Some(name) => discard.push(name),
            None => {
                let detail =
                    format!("{name:?} is no field; there are {}", known().collect::<Vec<_>>().join(", "));
                errors.push(FieldError::new(format!("discard[{index}]"), detail));
            }
        }
    }
    discard
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        field::{FULL_NAME, JOB_TITLE, LOCATION},
        values::Value,
    };

    fn input(full_name: &str) -> EmployeeInput {
        let mut input = EmployeeInput::default();
        for (name, text) in [(FULL_NAME, full_name), (LOCATION, "Seattle"), (JOB_TITLE, "Engineer")] {
            input.values.set_text(name, text);
        }
        input
    }

    fn name(input: &EmployeeInput) -> String {
        EmployeeDetails::parse(input).expect("valid").values().text(FULL_NAME).to_owned()
    }

    #[test]
    fn surrounding_space_is_trimmed() {
        assert_eq!(name(&input("  Ada Lovelace\u{3000} ")), "Ada Lovelace");
    }

    #[test]
    fn a_name_of_any_script_may_have_200_characters() {
        assert!(EmployeeDetails::parse(&input(&"語".repeat(200))).is_ok());
        let errors = EmployeeDetails::parse(&input(&"語".repeat(201))).expect_err("too long");
        assert_eq!(errors, [FieldError::new("full_name", "has 201 characters; at most 200 are allowed")]);
    }

    #[test]
    fn what_people_cannot_read_is_refused_in_every_field() {
        for (name, text) in [(FULL_NAME, "\u{200B}"), (JOB_TITLE, "\u{3164}"), (LOCATION, "Lon\u{202E}nod")] {
            let mut input = input("Ada");
            input.values.set_text(name, text);
            assert_eq!(EmployeeDetails::parse(&input).expect_err("unreadable").len(), 1, "{input:?}");
        }
    }

    #[test]
    fn a_name_is_stored_composed() {
        assert_eq!(name(&input("Zoe\u{308}")), "Zo\u{EB}");
    }

    #[test]
    fn every_invalid_field_is_reported_with_its_path() {
        let mut bad =
            EmployeeInput { badges: vec!["bug".into(), "unicorn".into()], ..EmployeeInput::default() };
        bad.values.set_text("email", "nobody");
        bad.values.set("links", Value::List(vec!["https://a.example".into(), "b".into()]));
        bad.discard = vec!["salary".into()];
        let errors = EmployeeDetails::parse_change(FIELDS, &bad, None).expect_err("invalid");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        let wanted = ["full_name", "job_title", "location", "email", "links[1]", "badges[1]", "discard[0]"];
        assert_eq!(fields, wanted);
        let detail = &errors[5].detail;
        assert!(Badge::ALL.iter().all(|badge| detail.contains(badge.id())), "{detail}");
    }

    #[test]
    fn what_another_program_left_holds_up_no_change_that_does_not_touch_it() {
        let mut seen = Values::default();
        for (name, text) in [(JOB_TITLE, "Analyst"), (LOCATION, "\u{202E}"), ("phone", "ask at the desk")] {
            seen.set_text(name, text);
        }
        let mut sent = EmployeeInput { values: seen.clone(), ..EmployeeInput::default() };
        sent.values.set_text(JOB_TITLE, " Engineer ");
        let details = EmployeeDetails::parse_change(FIELDS, &sent, Some(&seen)).expect("valid");
        assert_eq!(details.values().text(JOB_TITLE), "Engineer");
        assert_eq!(details.values().text("phone"), "ask at the desk");
        assert_eq!(details.values().get(FULL_NAME), None);
        sent.values.set_text("phone", "at the desk");
        sent.values.set_text(LOCATION, "");
        let errors = EmployeeDetails::parse_change(FIELDS, &sent, Some(&seen)).expect_err("touched");
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), [LOCATION, "phone"]);
    }

    #[test]
    fn a_badge_sent_twice_is_worn_once() {
        let twice =
            EmployeeInput { badges: vec!["coffee".into(), "bug".into(), "coffee".into()], ..input("Ada") };
        let details = EmployeeDetails::parse(&twice).expect("valid");
        assert_eq!(details.badges(), [Badge::Coffee, Badge::Bug]);
    }
}
