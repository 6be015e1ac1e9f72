//! A schedule as someone asks for it, checked, and as it is kept.

use jiff::Timestamp;
use rollcall_api::{
    problem::FieldError,
    schedule::{Hold, Schedule, ScheduleInput},
};
use rollcall_web::precondition::EntityTag;

use super::expression::Expression;
use crate::ids::{RelaunchId, RevisionNumber, ScheduleName};

/// How many next runs are told.
const NEXT_RUNS: usize = 3;

/// What a schedule does and when, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) expression: Expression,
    pub(super) enabled: bool,
    pub(super) revision: Option<RevisionNumber>,
}

impl Draft {
    /// Reads what is to be kept from `now` on. What stood there `before` may stay when its time is over, so that it can
    /// still be disabled.
    ///
    /// # Errors
    /// Each field that is not valid. Whether the revision exists is left open.
    pub(super) fn parse(
        input: &ScheduleInput,
        before: Option<&StoredSchedule>,
        now: Timestamp,
    ) -> Result<Self, Vec<FieldError>> {
        let expression = Expression::parse(&input.expression, input.time_zone.as_deref().unwrap_or("UTC"))?;
        let is_new = before.is_none_or(|before| before.draft.expression != expression);
        if let Some(reason) = expression.never_due(now).filter(|_| is_new) {
            return Err(vec![FieldError::new("expression", reason)]);
        }
        let revision = input.revision.map(RevisionNumber);
        Ok(Self { expression, enabled: input.enabled.unwrap_or(true), revision })
    }
}

/// A schedule as Scheduler keeps it.
#[derive(Debug, Clone)]
pub(super) struct StoredSchedule {
    pub(super) name: ScheduleName,
    pub(super) draft: Draft,
    /// Of a rate, a time at which it runs: its `StartDate`.
    pub(super) start: Option<Timestamp>,
    /// The rollback after which people took it up again.
    pub(super) taken_up_after: Option<RelaunchId>,
}

impl StoredSchedule {
    /// What is to be saved at `now` in place of what stood there `before`.
    pub(super) fn new(name: ScheduleName, draft: Draft, before: Option<&Self>, now: Timestamp) -> Self {
        let taken_up_after = before.and_then(|before| before.taken_up_after);
        let before = before.and_then(|before| Some((&before.draft.expression, before.start?)));
        let start = draft.expression.start(before, now);
        Self { name, draft, start, taken_up_after }
    }

    /// The tag of all that people change of it. When it runs next, and what holds it, changes by itself.
    pub(super) fn tag(&self) -> Option<EntityTag> {
        let Draft { expression, enabled, revision } = &self.draft;
        let taken_up_after = self.taken_up_after.map(|relaunch| relaunch.to_string());
        let revision = revision.map(|number| number.0);
        EntityTag::of(&(expression.as_str(), expression.time_zone(), enabled, revision, taken_up_after))
    }

    /// What a client reads; `hold` keeps its runs from being made.
    pub(super) fn describe(self, hold: Option<Hold>, now: Timestamp) -> Schedule {
        let tag = self.tag().map(|tag| tag.as_str().to_owned());
        let Self { name, draft: Draft { expression, enabled, revision }, start, .. } = self;
        let next_runs =
            if enabled { expression.next_runs(start.unwrap_or(now), now, NEXT_RUNS) } else { Vec::new() };
        Schedule {
            name: name.into(),
            expression: expression.as_str().to_owned(),
            time_zone: expression.time_zone().to_owned(),
            enabled,
            revision: revision.map(|number| number.0),
            held: hold,
            next_runs,
            next_runs_unknown: expression.unknown().map(str::to_owned),
            tag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn input(expression: &str) -> ScheduleInput {
        ScheduleInput {
            name: None,
            expression: expression.to_owned(),
            time_zone: None,
            enabled: None,
            revision: None,
        }
    }

    /// A schedule that was saved then.
    fn saved(expression: &str, then: &str) -> StoredSchedule {
        let name = ScheduleName::try_from("nightly".to_owned()).expect("a name");
        let draft = Draft::parse(&input(expression), None, at(then)).expect(expression);
        StoredSchedule::new(name, draft, None, at(then))
    }

    /// The same schedule, saved again.
    fn changed(before: &StoredSchedule, expression: &str, now: &str) -> StoredSchedule {
        let draft = Draft::parse(&input(expression), Some(before), at(now)).expect(expression);
        StoredSchedule::new(before.name.clone(), draft, Some(before), at(now))
    }

    fn refusal(expression: &str, now: &str) -> String {
        let faults = Draft::parse(&input(expression), None, at(now)).expect_err(expression);
        let [FieldError { field, detail }] = faults.try_into().expect(expression);
        assert_eq!(field, "expression");
        detail
    }

    #[test]
    fn a_rate_starts_a_whole_period_after_it_was_saved() {
        let weekly = saved("rate(7 days)", "2026-11-01T12:00:00.7Z");
        assert_eq!(weekly.start, Some(at("2026-11-08T12:00:00Z")));
        let told = weekly.describe(None, at("2026-11-01T12:00:01Z")).next_runs;
        assert_eq!(told, ["2026-11-08T12:00:00Z", "2026-11-15T12:00:00Z", "2026-11-22T12:00:00Z"].map(at));
    }

    #[test]
    fn its_tag_tells_what_people_change_and_not_what_passes_by_itself() {
        let weekly = saved("rate(7 days)", "2026-11-01T12:00:00Z");
        assert_eq!(changed(&weekly, "rate(7 days)", "2026-11-09T00:00:00Z").tag(), weekly.tag());
        assert_ne!(changed(&weekly, "rate(8 days)", "2026-11-01T12:00:00Z").tag(), weekly.tag());
        let mut disabled = weekly.clone();
        disabled.draft.enabled = false;
        assert_ne!(disabled.tag(), weekly.tag());
    }

    #[test]
    fn a_pattern_needs_no_start() {
        assert_eq!(saved("cron(0 3 ? * SUN *)", "2026-11-01T12:00:00Z").start, None);
        let weekly = saved("rate(7 days)", "2026-11-01T12:00:00Z");
        assert_eq!(changed(&weekly, "cron(0 3 ? * SUN *)", "2026-11-03T00:00:00Z").start, None);
    }

    #[test]
    fn a_rate_that_stays_goes_on_in_its_rhythm_when_the_rest_is_saved_again() {
        let weekly = saved("rate(7 days)", "2026-11-01T12:00:00Z");
        for (now, start) in [
            ("2026-11-01T12:00:05Z", "2026-11-08T12:00:00Z"),
            ("2026-11-08T11:59:59.9Z", "2026-11-08T12:00:00Z"),
            ("2026-11-08T12:00:00Z", "2026-11-15T12:00:00Z"),
            ("2026-12-24T18:00:00Z", "2026-12-27T12:00:00Z"),
        ] {
            let again = changed(&weekly, "rate(168 hours)", now);
            assert_eq!(again.start, Some(at(start)), "saved at {now}");
        }
    }

    #[test]
    fn another_rate_begins_anew() {
        let weekly = saved("rate(7 days)", "2026-11-01T12:00:00Z");
        assert_eq!(
            changed(&weekly, "rate(2 days)", "2026-11-03T00:00:00Z").start,
            Some(at("2026-11-05T00:00:00Z"))
        );
    }

    #[test]
    fn a_time_that_never_comes_is_refused() {
        let now = "2026-11-24T00:00:00Z";
        for expression in ["cron(0 3 31 2 ? *)", "cron(0 3 30W 2 ? *)", "cron(0 3 31 4,6,9,11 ? *)"] {
            assert!(refusal(expression, now).contains("never comes, such as 31 February"), "{expression}");
        }
        for expression in ["cron(0 8 1 1 ? 2025)", "cron(0 8 1 1 ? 1970-2026)", "cron(0 8 29 2 ? 2025)"] {
            assert!(refusal(expression, now).contains("write a later year, or * for each"), "{expression}");
        }
        assert!(refusal("cron(0 8 1 1 ? 2025)", now).contains("no year after 2025"));
        assert!(Draft::parse(&input("cron(59 23 31 12 ? 2026)"), None, at(now)).is_ok());
        let skipped =
            ScheduleInput { time_zone: Some("Europe/Oslo".to_owned()), ..input("cron(30 2 28 3 ? 2027)") };
        assert!(Draft::parse(&skipped, None, at(now)).is_err(), "the clocks skip it");
    }

    #[test]
    fn what_is_over_may_stay_so_that_it_can_be_disabled() {
        let once = saved("cron(0 8 1 12 ? 2026)", "2026-11-24T00:00:00Z");
        let disabled = ScheduleInput { enabled: Some(false), ..input("cron(0 8 1 12 ? 2026)") };
        assert!(Draft::parse(&disabled, Some(&once), at("2027-01-01T00:00:00Z")).is_ok());
        assert!(Draft::parse(&disabled, None, at("2027-01-01T00:00:00Z")).is_err());
    }
}
