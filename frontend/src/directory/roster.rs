//! The employees read so far: in order, findable, and complete or not.

use rollcall_api::employee::{Employee, EmployeePage};

/// How much of the directory has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Progress {
    #[default]
    Nothing,
    /// Everything before this cursor.
    UpTo(String),
    Everything,
}

/// The employees read so far, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Roster {
    entries: Vec<Entry>,
    progress: Progress,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    employee: Employee,
    sort_key: String,
    haystack: String,
}

impl Entry {
    fn new(employee: Employee) -> Self {
        let labels: Vec<_> = employee.badges.iter().map(|badge| badge.label()).collect();
        let haystack = [&employee.full_name, &employee.job_title, &employee.location, &labels.join("\n")];
        let haystack = composed(&haystack.map(String::as_str).join("\n")).to_lowercase();
        Self { sort_key: employee.full_name.to_lowercase(), haystack, employee }
    }
}

/// The text with each letter and its marks as one character where there is one (NFC). What is stored is composed already
/// unless another program wrote it; what is pasted, from the name of a file for one, may not be.
#[cfg(not(test))]
fn composed(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFC").into()
}

#[cfg(test)]
fn composed(text: &str) -> String {
    icu_normalizer::ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// What someone typed to find people: each word has to occur, in whatever order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<String>);

impl Filter {
    /// The words of `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self(composed(text).split_whitespace().map(str::to_lowercase).collect())
    }

    /// Whether everyone passes.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn passes(&self, entry: &Entry) -> bool {
        self.0.iter().all(|word| entry.haystack.contains(word.as_str()))
    }
}

impl Roster {
    /// How much has been read.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// How many employees have been read.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds the page that [`Self::progress`] asked for.
    pub(crate) fn add_page(&mut self, page: EmployeePage) {
        for employee in page.employees {
            self.entries.retain(|entry| entry.employee.id != employee.id);
            self.entries.push(Entry::new(employee));
        }
        self.sort();
        self.progress = page.next_cursor.map_or(Progress::Everything, Progress::UpTo);
    }

    /// Adds an employee, or puts a changed one in place of what was known.
    pub(crate) fn put(&mut self, employee: Employee) {
        self.remove(&employee.id);
        self.entries.push(Entry::new(employee));
        self.sort();
    }

    /// Takes out an employee who was deleted.
    pub(crate) fn remove(&mut self, id: &str) {
        self.entries.retain(|entry| entry.employee.id != id);
    }

    /// The employee with this id, if read already.
    pub(crate) fn find(&self, id: &str) -> Option<&Employee> {
        self.entries.iter().map(|entry| &entry.employee).find(|employee| employee.id == id)
    }

    /// Who passes the filter.
    pub(crate) fn matching<'a>(&'a self, filter: &'a Filter) -> impl Iterator<Item = &'a Employee> {
        self.entries.iter().filter(|entry| filter.passes(entry)).map(|entry| &entry.employee)
    }

    fn sort(&mut self) {
        self.entries.sort_by(|a, b| (&a.sort_key, &a.employee.id).cmp(&(&b.sort_key, &b.employee.id)));
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::badge::Badge;

    use super::*;

    fn employee(id: &str, full_name: &str) -> Employee {
        Employee {
            id: id.to_owned(),
            full_name: full_name.to_owned(),
            location: "New York".to_owned(),
            job_title: "Engineer".to_owned(),
            badges: vec![Badge::Coffee],
            newer_badges: vec![],
            photo_url: None,
        }
    }

    fn page(employees: Vec<Employee>, next_cursor: Option<&str>) -> EmployeePage {
        let next_cursor = next_cursor.map(str::to_owned);
        EmployeePage { employees, total: None, next_cursor, facets: None, limited: None }
    }

    fn names(roster: &Roster, filter: &str) -> Vec<String> {
        roster.matching(&Filter::new(filter)).map(|employee| employee.full_name.clone()).collect()
    }

    fn roster() -> Roster {
        let mut roster = Roster::default();
        roster.add_page(page(vec![employee("2", "grace Hopper"), employee("1", "Ada Lovelace")], Some("c")));
        roster
    }

    #[test]
    fn people_are_listed_by_name_whatever_order_they_came_in() {
        let mut roster = roster();
        roster.add_page(page(vec![employee("3", "Barbara Liskov")], None));
        assert_eq!(names(&roster, ""), ["Ada Lovelace", "Barbara Liskov", "grace Hopper"]);
    }

    #[test]
    fn the_last_page_completes_the_directory() {
        let mut roster = roster();
        assert_eq!(roster.progress(), &Progress::UpTo("c".to_owned()));
        roster.add_page(page(vec![], None));
        assert_eq!(roster.progress(), &Progress::Everything);
    }

    #[test]
    fn every_word_has_to_occur_somewhere() {
        assert_eq!(names(&roster(), "york ADA"), ["Ada Lovelace"]);
        assert_eq!(names(&roster(), "coffee").len(), 2);
        assert!(names(&roster(), "ada hopper").is_empty());
    }

    #[test]
    fn a_letter_with_its_mark_apart_is_the_same_letter() {
        let mut roster = Roster::default();
        roster.add_page(page(vec![employee("1", "Zo\u{EB}"), employee("2", "zOE\u{308} Two")], None));
        for filter in ["Zoe\u{308}", "ZOE\u{308}", "zo\u{EB}"] {
            assert_eq!(names(&roster, filter).len(), 2, "{filter}");
        }
        assert!(names(&roster, "zoe two").is_empty());
    }

    #[test]
    fn words_do_not_match_across_two_fields() {
        assert!(names(&roster(), "engineernew").is_empty());
    }

    #[test]
    fn an_employee_read_twice_is_listed_once() {
        let mut roster = roster();
        roster.add_page(page(vec![employee("1", "Ada King")], None));
        assert_eq!(names(&roster, "ada"), ["Ada King"]);
    }

    #[test]
    fn a_change_is_seen_at_once_and_a_deleted_employee_no_more() {
        let mut roster = roster();
        roster.put(employee("2", "Zoe"));
        assert_eq!(names(&roster, ""), ["Ada Lovelace", "Zoe"]);
        roster.remove("1");
        assert_eq!(roster.find("1"), None);
        assert_eq!(roster.len(), 1);
    }
}
