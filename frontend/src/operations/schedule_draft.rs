//! What the form for a schedule holds.

use rollcall_api::schedule::{Schedule, ScheduleInput};

use crate::ui::field::FieldErrors;

/// A schedule as it is being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) expression: String,
    /// The time zone that is meant in; UTC when empty.
    pub(crate) time_zone: String,
    pub(crate) enabled: bool,
    /// The revision it launches; the newest at that time when none.
    pub(crate) revision: Option<u32>,
    /// The state of the schedule that this is a change of; none for a new one.
    pub(crate) tag: Option<String>,
}

impl Draft {
    /// A new schedule, for people in `time_zone`.
    pub(crate) fn new(time_zone: Option<String>) -> Self {
        Self {
            name: String::new(),
            expression: String::new(),
            time_zone: time_zone.unwrap_or_else(|| "UTC".to_owned()),
            enabled: true,
            revision: None,
            tag: None,
        }
    }

    /// One there is.
    pub(crate) fn of(schedule: &Schedule) -> Self {
        let Schedule { name, expression, time_zone, enabled, revision, tag, .. } = schedule.clone();
        Self { name, expression, time_zone, enabled, revision, tag }
    }

    /// What to send; a schedule that is there already keeps its name.
    pub(crate) fn checked(&self, is_new: bool) -> Result<ScheduleInput, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = self.name.trim();
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if is_new && (name.is_empty() || !name.chars().all(is_allowed)) {
            errors.set("name", "give it a name of letters, digits, - and _");
        }
        let expression = self.expression.trim();
        if expression.is_empty() {
            errors.set("expression", "say when it is due, such as cron(0 3 ? * SUN *) or rate(7 days)");
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(ScheduleInput {
            name: is_new.then(|| name.to_owned()),
            expression: expression.to_owned(),
            time_zone: Some(self.time_zone.trim().to_owned()).filter(|zone| !zone.is_empty()),
            enabled: Some(self.enabled),
            revision: self.revision,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nightly() -> Schedule {
        Schedule {
            name: "nightly".to_owned(),
            expression: "cron(0 3 * * ? *)".to_owned(),
            time_zone: "Europe/Oslo".to_owned(),
            enabled: false,
            revision: Some(3),
            held: None,
            next_runs: vec![],
            next_runs_unknown: None,
            tag: None,
        }
    }

    #[test]
    fn a_changed_schedule_keeps_what_was_not_touched() {
        let input = Draft::of(&nightly()).checked(false).expect("complete");
        assert_eq!(input.name, None);
        assert_eq!(input.expression, "cron(0 3 * * ? *)");
        assert_eq!((input.time_zone.as_deref(), input.enabled), (Some("Europe/Oslo"), Some(false)));
        assert_eq!(input.revision, Some(3));
    }

    #[test]
    fn a_new_schedule_needs_a_name_and_a_time() {
        let errors = Draft::new(None).checked(true).expect_err("both are empty");
        assert!(errors.of("name").is_some() && errors.of("expression").is_some());
        let spaced = Draft { name: "every night".to_owned(), ..Draft::of(&nightly()) };
        assert!(spaced.checked(true).expect_err("has a space").of("name").is_some());
    }

    #[test]
    fn an_empty_time_zone_is_left_to_the_api() {
        let draft = Draft { time_zone: " ".to_owned(), ..Draft::of(&nightly()) };
        assert_eq!(draft.checked(true).expect("complete").time_zone, None);
        assert_eq!(Draft::new(None).time_zone, "UTC");
    }
}
