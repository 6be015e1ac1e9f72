//! What is changed about each of several people, and how it is taken back.

use rollcall_api::{
    badge::Badge,
    employee::{Employee, EmployeeInput},
    field::{FIELDS, Field, LOCATION, MANAGER},
};

/// The fields that several people can be given at once.
pub(super) const FIELDS_OF_SEVERAL: [&str; 3] = [LOCATION, "department", MANAGER];

/// What becomes of a field or a badge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Choice {
    #[default]
    Leave,
    /// It is set, or given.
    Set,
    TakeAway,
}

/// A change of several people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// What each of these fields is to hold, and how people write that; both empty where it is taken away.
    pub(super) fields: Vec<(&'static Field, String, String)>,
    pub(super) given: Vec<Badge>,
    pub(super) taken: Vec<Badge>,
}

/// What a change has changed about someone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// What each of these fields held before and after.
    fields: Vec<(&'static str, String, String)>,
    given: Vec<Badge>,
    taken: Vec<Badge>,
}

/// How someone is set back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undoing {
    /// What to send; none where nothing can be set back.
    pub(super) input: Option<EmployeeInput>,
    /// Whether some of it was changed again since, and stays.
    pub(super) leaves_some: bool,
}

impl Change {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.given.is_empty() && self.taken.is_empty()
    }

    /// What to send so that someone is changed, and nothing else about them; none where all of it is so already.
    pub(super) fn applied(&self, employee: &Employee) -> Option<EmployeeInput> {
        let mut after = employee.clone();
        for (field, text, _) in &self.fields {
            after.values.set_text(field.name, text.clone());
        }
        set_badges(&mut after.badges, &self.given, &self.taken);
        (after != *employee).then(|| input(after))
    }

    /// What has changed about someone, of what was to be changed.
    pub(super) fn trace(&self, before: &Employee, after: &Employee) -> Trace {
        let changed = |(field, ..): &(&'static Field, String, String)| {
            let (before, after) = (before.values.text(field.name), after.values.text(field.name));
            (before != after).then(|| (field.name, before.to_owned(), after.to_owned()))
        };
        let differs = |badge: &Badge| before.badges.contains(badge) != after.badges.contains(badge);
        Trace {
            fields: self.fields.iter().filter_map(changed).collect(),
            given: self.given.iter().copied().filter(differs).collect(),
            taken: self.taken.iter().copied().filter(differs).collect(),
        }
    }

    /// The change, a sentence for each part of it.
    pub(super) fn words(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|(field, _, words)| match words.as_str() {
            "" => format!("{} is taken away.", field.label),
            words => format!("{} becomes {words}.", field.label),
        });
        let given = self.given.iter().map(|badge| format!("The badge {} is given.", badge.label()));
        let taken = self.taken.iter().map(|badge| format!("The badge {} is taken away.", badge.label()));
        fields.chain(given).chain(taken).collect()
    }
}

impl Trace {
    /// How someone is set back who is so now: in what is still as the change left it.
    pub(super) fn undone(&self, employee: &Employee) -> Undoing {
        let mut back = employee.clone();
        let mut leaves_some = false;
        for (name, before, after) in &self.fields {
            if employee.values.text(name) == after {
                back.values.set_text(name, before.clone());
            } else {
                leaves_some |= employee.values.text(name) != before;
            }
        }
        set_badges(&mut back.badges, &self.taken, &self.given);
        let input = (back != *employee).then(|| input(back));
        Undoing { input, leaves_some }
    }
}

fn set_badges(badges: &mut Vec<Badge>, given: &[Badge], taken: &[Badge]) {
    let is_worn =
        |badge: &&Badge| given.contains(badge) || (badges.contains(badge) && !taken.contains(badge));
    let worn = Badge::ALL.iter().filter(is_worn).copied().collect();
    *badges = worn;
}

/// What is sent so that someone is as they are here. Badges that this page has no name for are kept.
fn input(employee: Employee) -> EmployeeInput {
    let Employee { values, badges, newer_badges, .. } = employee;
    let ids = badges.iter().map(|badge| badge.id().to_owned());
    EmployeeInput { values, badges: ids.chain(newer_badges).collect(), discard: Vec::new() }
}

/// A field that several people can be given, by its name.
pub(super) fn field(name: &str) -> Option<&'static Field> {
    Field::named(FIELDS, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn employee(texts: &[(&'static str, &str)], badges: &[Badge]) -> Employee {
        let mut employee = Employee { id: "7".to_owned(), badges: badges.to_vec(), ..Employee::default() };
        employee.newer_badges = vec!["unicorn".to_owned()];
        for (name, text) in texts {
            employee.values.set_text(name, *text);
        }
        employee
    }

    fn change(fields: &[(&str, &str)], given: &[Badge], taken: &[Badge]) -> Change {
        let set = |(name, text): &(&str, &str)| {
            (field(name).expect("a field"), (*text).to_owned(), (*text).to_owned())
        };
        Change { fields: fields.iter().map(set).collect(), given: given.to_vec(), taken: taken.to_vec() }
    }

    /// Someone as what was sent makes them.
    fn stored(employee: &Employee, sent: Option<EmployeeInput>) -> Employee {
        let Some(sent) = sent else { return employee.clone() };
        let badges = sent.badges.iter().filter_map(|id| Badge::from_id(id)).collect();
        Employee { values: sent.values, badges, ..employee.clone() }
    }

    #[test]
    fn nothing_is_sent_but_the_change() {
        let ada = employee(&[("full_name", "Ada"), ("location", "Rome"), ("phone", "+49")], &[Badge::Bug]);
        let change = change(&[("location", "Oslo"), ("department", "")], &[Badge::Apple], &[Badge::Bug]);
        let sent = change.applied(&ada).expect("a change");
        assert_eq!(sent.badges, ["apple", "unicorn"]);
        let texts = ["full_name", "location", "phone"].map(|name| sent.values.text(name).to_owned());
        assert_eq!(texts, ["Ada", "Oslo", "+49"]);
        let after = stored(&ada, Some(sent));
        assert_eq!(change.applied(&after), None);
    }

    #[test]
    fn what_is_taken_back_is_what_was_changed_and_no_more() {
        let before = employee(&[("location", "Rome"), ("department", "R&D")], &[Badge::Linux, Badge::Bug]);
        let change = change(
            &[("location", "Oslo"), ("department", "R&D")],
            &[Badge::Bug, Badge::Coffee],
            &[Badge::Linux, Badge::Plane],
        );
        let after = stored(&before, change.applied(&before));
        let trace = change.trace(&before, &after);
        assert_eq!(trace.fields, [("location", "Rome".to_owned(), "Oslo".to_owned())]);
        let undoing = trace.undone(&after);
        assert!(!undoing.leaves_some);
        let again = stored(&after, undoing.input);
        assert_eq!((&again.values, &again.badges), (&before.values, &before.badges));
        assert_eq!(trace.undone(&again), Undoing { input: None, leaves_some: false });
    }

    #[test]
    fn what_was_changed_again_since_stays() {
        let before = employee(&[("location", "Rome"), ("department", "R&D")], &[]);
        let change = change(&[("location", "Oslo"), ("department", "")], &[], &[]);
        let mut after = stored(&before, change.applied(&before));
        let trace = change.trace(&before, &after);
        after.values.set_text("location", "Bergen");
        let undoing = trace.undone(&after);
        assert!(undoing.leaves_some);
        let again = stored(&after, undoing.input);
        assert_eq!((again.values.text("location"), again.values.text("department")), ("Bergen", "R&D"));
    }

    #[test]
    fn a_change_is_told_before_it_is_made() {
        let told = change(&[("location", "Oslo"), ("manager", "")], &[Badge::Bug], &[Badge::Coffee]).words();
        assert_eq!(
            told,
            [
                "Location becomes Oslo.",
                "Manager is taken away.",
                "The badge Bugfixer is given.",
                "The badge Coffee Snob is taken away."
            ]
        );
    }
}
