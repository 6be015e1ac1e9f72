//! Who was found: the pages read so far, and what was written here and may not be found yet.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use rollcall_api::employee::{Employee, EmployeeFacets, EmployeePage};

use super::wanted::{Sort, Wanted};

/// How long what was written here is shown whatever the answers say: the search index knows of it after two seconds.
const SHOWN_FOR: SignedDuration = SignedDuration::from_secs(10);

/// Who was found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) people: Vec<Employee>,
    /// How many there are in all; none when that is not known.
    pub(crate) total: Option<u64>,
    pub(crate) facets: EmployeeFacets,
    /// Where the next page begins; none when all were read.
    pub(crate) next: Option<String>,
    /// Where nobody was found: what may have been meant.
    pub(crate) meant: Option<String>,
    /// Where nobody was found: who comes close.
    pub(crate) close: Vec<Employee>,
    /// Why this may not be everyone, if so.
    pub(crate) limited: Option<String>,
}

impl Found {
    /// Adds a page. What is counted stands on the first one.
    pub(crate) fn add(&mut self, page: EmployeePage) {
        let known: HashSet<&str> = self.people.iter().map(|known| known.id.as_str()).collect();
        let new: Vec<_> = page.employees.into_iter().filter(|it| !known.contains(it.id.as_str())).collect();
        self.people.extend(new);
        self.total = page.total;
        self.next = page.next_cursor;
        self.meant = page.meant;
        self.close = page.close;
        self.limited = page.limited;
        if let Some(facets) = page.facets {
            self.facets = facets;
        }
    }
}

/// What was written here a moment ago.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written(Vec<(Timestamp, Change)>);

#[derive(Debug, Clone)]
enum Change {
    Put(Employee),
    Removed(String),
}

impl Change {
    fn id(&self) -> &str {
        match self {
            Self::Put(employee) => &employee.id,
            Self::Removed(id) => id,
        }
    }
}

impl Written {
    pub(crate) fn put(&mut self, employee: Employee, now: Timestamp) {
        self.add(Change::Put(employee), now);
    }

    pub(crate) fn remove(&mut self, id: &str, now: Timestamp) {
        self.add(Change::Removed(id.to_owned()), now);
    }

    fn add(&mut self, change: Change, now: Timestamp) {
        self.0.retain(|(at, other)| now.duration_since(*at) < SHOWN_FOR && other.id() != change.id());
        self.0.push((now, change));
    }

    /// Shows it among those who were found.
    pub(crate) fn show(&self, found: &mut Found, wanted: &Wanted, now: Timestamp) {
        for (_, change) in self.0.iter().filter(|(at, _)| now.duration_since(*at) < SHOWN_FOR) {
            let known = found.people.iter().position(|known| known.id == change.id());
            match (change, known) {
                (Change::Put(employee), Some(at)) => {
                    if let Some(known) = found.people.get_mut(at) {
                        known.clone_from(employee);
                    }
                }
                (Change::Put(employee), None) if wanted.surely_finds(employee) => {
                    insert(found, wanted, employee)
                }
                (Change::Put(_), None) | (Change::Removed(_), None) => {}
                (Change::Removed(_), Some(at)) => {
                    found.people.remove(at);
                    found.total = found.total.map(|total| total.saturating_sub(1));
                }
            }
        }
    }
}

/// Puts someone where the order has them, as far as it was read.
fn insert(found: &mut Found, wanted: &Wanted, employee: &Employee) {
    let is_behind = |known: &Employee| match wanted.sort {
        Sort::NameDescending => in_small_letters(known).lt(in_small_letters(employee)),
        Sort::Best | Sort::Name => in_small_letters(known).gt(in_small_letters(employee)),
    };
    let at = found.people.iter().position(is_behind).unwrap_or(found.people.len());
    if at < found.people.len() || found.next.is_none() {
        found.people.insert(at, employee.clone());
        found.total = found.total.map(|total| total + 1);
    }
}

/// An employee's name, letter by letter.
fn in_small_letters(employee: &Employee) -> impl Iterator<Item = char> {
    employee.full_name().chars().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn employee(id: &str, full_name: &str) -> Employee {
        let mut employee = Employee { id: id.to_owned(), ..Employee::default() };
        for (field, text) in [("full_name", full_name), ("location", "Oslo"), ("job_title", "Engineer")] {
            employee.values.set_text(field, text);
        }
        employee
    }

    fn found(names: &[&str], next: Option<&str>) -> Found {
        let mut found = Found::default();
        found.add(EmployeePage {
            employees: names.iter().map(|name| employee(name, name)).collect(),
            total: Some(9),
            next_cursor: next.map(str::to_owned),
            facets: None,
            meant: None,
            close: Vec::new(),
            limited: None,
        });
        found
    }

    fn shown(written: &Written, mut found: Found, typed: &str, seconds: i64) -> (Vec<String>, Option<u64>) {
        let wanted = Wanted { typed: typed.to_owned(), ..Wanted::default() };
        written.show(&mut found, &wanted, Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds));
        (found.people.into_iter().map(|it| it.full_name().to_owned()).collect(), found.total)
    }

    #[test]
    fn who_was_added_here_stands_where_the_order_has_them() {
        let mut written = Written::default();
        written.put(employee("x", "Bo"), Timestamp::UNIX_EPOCH);
        assert_eq!(
            shown(&written, found(&["Ada", "Cleo"], None), "", 1),
            (["Ada", "Bo", "Cleo"].map(str::to_owned).to_vec(), Some(10))
        );
        assert_eq!(shown(&written, found(&["Ada"], Some("more")), "", 1).0, ["Ada"]);
        assert_eq!(shown(&written, found(&["Ada"], None), "cleo", 1).0, ["Ada"]);
        assert_eq!(shown(&written, found(&["Ada"], None), "", 11).0, ["Ada"]);
    }

    #[test]
    fn who_was_changed_or_deleted_here_is_shown_so_at_once() {
        let mut written = Written::default();
        written.put(employee("Ada", "Ada King"), Timestamp::UNIX_EPOCH);
        written.remove("Cleo", Timestamp::UNIX_EPOCH);
        assert_eq!(
            shown(&written, found(&["Ada", "Cleo"], None), "", 1),
            (vec!["Ada King".to_owned()], Some(8))
        );
    }

    #[test]
    fn someone_on_two_pages_is_listed_once() {
        let mut found = found(&["Ada"], Some("more"));
        found.add(EmployeePage {
            employees: vec![employee("Ada", "Ada"), employee("Bo", "Bo")],
            total: Some(2),
            next_cursor: None,
            facets: None,
            meant: None,
            close: Vec::new(),
            limited: None,
        });
        assert_eq!((found.people.len(), found.next), (2, None));
    }
}
