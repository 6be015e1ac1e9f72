//! Two records of what may be one person, held against each other: what differs, and what is to stay.

use rollcall_api::{
    duplicate::Merge,
    employee::Employee,
    field::{FIELDS, Field},
};

/// What the API calls the two that are no fields.
const BADGES: &str = "badges";
const PHOTO: &str = "photo";

/// Which of two values stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    Kept,
    Other,
    /// The entries of both.
    Both,
}

/// Something that both records may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// What people read; empty where there is nothing.
    pub(crate) kept: String,
    pub(crate) other: String,
    /// Whether both can stay.
    pub(crate) joins: bool,
    pub(crate) pick: Pick,
}

impl Row {
    fn new(name: &'static str, label: &'static str, joins: bool, [kept, other]: [String; 2]) -> Option<Self> {
        let pick = match (kept.is_empty(), other.is_empty()) {
            (true, true) => return None,
            (true, false) => Pick::Other,
            (false, false) if joins && kept != other => Pick::Both,
            (false, _) => Pick::Kept,
        };
        Some(Self { name, label, joins: joins && pick == Pick::Both, kept, other, pick })
    }

    pub(crate) fn differs(&self) -> bool {
        self.kept != self.other || self.name == PHOTO
    }
}

/// What either of two records has, the name first and the photo last.
pub(crate) fn rows(kept: &Employee, other: &Employee) -> Vec<Row> {
    let words = |employee: &Employee, field: &Field| {
        employee.display(field.name).map(|value| value.texts().join(", ")).unwrap_or_default()
    };
    let fields = FIELDS.iter().filter_map(|field| {
        let texts = [words(kept, field), words(other, field)];
        Row::new(field.name, field.label, field.kind.is_list(), texts)
    });
    let badges = |employee: &Employee| {
        let known = employee.badges.iter().map(|badge| badge.label());
        known.chain(employee.newer_badges.iter().map(String::as_str)).collect::<Vec<_>>().join(", ")
    };
    let photo = |employee: &Employee| employee.photo_url.clone().unwrap_or_default();
    let badges = Row::new(BADGES, "Badges", true, [badges(kept), badges(other)]);
    let photo = Row::new(PHOTO, "Photo", false, [photo(kept), photo(other)]);
    fields.chain(badges).chain(photo).collect()
}

/// Whether a row shows photos, by their addresses.
pub(crate) fn is_photo(row: &Row) -> bool {
    row.name == PHOTO
}

/// What is sent to merge the other one as it was picked.
pub(crate) fn merge(other: &Employee, rows: &[Row]) -> Merge {
    let picked = |pick: Pick| {
        let rows = rows.iter().filter(move |row| row.differs() && row.pick == pick);
        rows.map(|row| row.name.to_owned()).collect()
    };
    Merge { other: other.id.clone(), take: picked(Pick::Other), join: picked(Pick::Both) }
}

/// The two in the order in which the first one is the older, whose id is kept; and whether that is known.
pub(crate) fn older_first(one: Employee, other: Employee) -> (Employee, Employee, bool) {
    match one.added_at.as_ref().zip(other.added_at.as_ref()) {
        // Both are written in the same form, in which the earlier one is the lesser text.
        Some((first, second)) if first > second => (other, one, true),
        Some(_) => (one, other, true),
        None => (one, other, false),
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::{badge::Badge, values::Value};

    use super::*;

    fn employee(id: &str, texts: &[(&'static str, &str)]) -> Employee {
        let mut employee = Employee { id: id.to_owned(), ..Employee::default() };
        texts.iter().for_each(|(name, text)| employee.values.set_text(name, *text));
        employee
    }

    #[test]
    fn what_only_one_has_stays_and_of_several_both_do() {
        let mut kept = employee("a", &[("full_name", "Ada"), ("phone", "+1")]);
        let mut other = employee("b", &[("full_name", "Ada"), ("phone", "+2"), ("department", "Sums")]);
        kept.values.set("links", Value::List(vec!["https://a.example/".to_owned()]));
        other.values.set("links", Value::List(vec!["https://b.example/".to_owned()]));
        other.badges = vec![Badge::Bug];
        other.photo_url = Some("/photos/1.png".to_owned());
        let rows = rows(&kept, &other);
        let picked: Vec<_> = rows.iter().map(|row| (row.name, row.pick)).collect();
        let expected = [
            ("full_name", Pick::Kept),
            ("department", Pick::Other),
            ("phone", Pick::Kept),
            ("links", Pick::Both),
            ("badges", Pick::Other),
            ("photo", Pick::Other),
        ];
        assert_eq!(picked, expected);
        let merge = merge(&other, &rows);
        assert_eq!(merge.take, ["department", "badges", "photo"]);
        assert_eq!((merge.other.as_str(), merge.join), ("b", vec!["links".to_owned()]));
    }

    #[test]
    fn the_older_one_is_kept_where_it_is_known_which_that_is() {
        let added =
            |id: &str, at: Option<&str>| Employee { added_at: at.map(str::to_owned), ..employee(id, &[]) };
        let old = || added("old", Some("2026-11-26T10:00:00Z"));
        let new = || added("new", Some("2026-11-27T10:00:00Z"));
        let unknown = || added("unknown", None);
        let ids = |one, other| {
            let (kept, other, known) = older_first(one, other);
            (kept.id, other.id, known)
        };
        assert_eq!(ids(new(), old()), ("old".to_owned(), "new".to_owned(), true));
        assert_eq!(ids(old(), new()), ("old".to_owned(), "new".to_owned(), true));
        assert_eq!(ids(new(), unknown()), ("new".to_owned(), "unknown".to_owned(), false));
    }
}
