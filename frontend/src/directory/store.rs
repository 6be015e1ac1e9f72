//! The directory as this visit knows it: read page by page, and kept while people move between pages.

use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;
use rollcall_api::employee::Employee;

use super::roster::{Progress, Roster};
use crate::erased::spawn;
use crate::{
    api::{Api, ApiError},
    clock::now,
};

/// How many employees are read without being asked for: ten calls.
const READ_AHEAD: usize = 2_000;

/// After this long away, the directory is read again.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(30);

/// The directory, shared by its pages.
#[derive(Clone, Copy)]
pub(crate) struct Directory {
    api: Api,
    roster: RwSignal<Roster>,
    failure: RwSignal<Option<ApiError>>,
    loading: RwSignal<bool>,
    read_at: StoredValue<Option<Timestamp>>,
    /// Counts readings, so that one overtaken by a change here is dropped.
    reading: StoredValue<u32>,
}

impl Directory {
    /// A directory of which nothing is known yet.
    pub(crate) fn new(api: Api) -> Self {
        Self {
            api,
            roster: RwSignal::new(Roster::default()),
            failure: RwSignal::new(None),
            loading: RwSignal::new(false),
            read_at: StoredValue::new(None),
            reading: StoredValue::new(0),
        }
    }

    /// The directory of this visit.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// The employees read so far.
    pub(crate) fn roster(self) -> RwSignal<Roster> {
        self.roster
    }

    /// Why reading stopped; none when it didn't.
    pub(crate) fn failure(self) -> Option<ApiError> {
        self.failure.get()
    }

    /// Whether a page is being read.
    pub(crate) fn is_loading(self) -> bool {
        self.loading.get()
    }

    /// The employee with this id, if read already.
    pub(crate) fn known(self, id: &str) -> Option<Employee> {
        self.roster.with_untracked(|roster| roster.find(id).cloned())
    }

    /// Someone opens the directory: reads what isn't known, or may have changed since.
    pub(crate) fn open(self) {
        let age = self.read_at.get_value().map(|then| now().duration_since(then));
        if age.is_none_or(|age| age > FRESH_FOR) || self.failure.with_untracked(Option::is_some) {
            self.read(Roster::default(), READ_AHEAD);
        }
    }

    /// Reads until at least `count` employees are known, or everyone is.
    pub(crate) fn read_to(self, count: usize) {
        let has_more = self.roster.with_untracked(|roster| next_cursor(roster, count).is_some());
        if has_more && !self.loading.get_untracked() {
            self.read(self.roster.get_untracked(), count);
        }
    }

    /// Takes up reading where it failed.
    pub(crate) fn retry(self) {
        self.read(self.roster.get_untracked(), READ_AHEAD);
    }

    /// Takes in an employee who was added or changed here.
    pub(crate) fn put(self, employee: Employee) {
        self.begin_reading();
        self.roster.update(|roster| roster.put(employee));
    }

    /// Takes out an employee who was deleted here.
    pub(crate) fn remove(self, id: &str) {
        self.begin_reading();
        self.roster.update(|roster| roster.remove(id));
    }

    fn begin_reading(self) -> u32 {
        let number = self.reading.get_value().wrapping_add(1);
        self.reading.set_value(number);
        self.loading.set(false);
        number
    }

    fn read(self, mut roster: Roster, count: usize) {
        let number = self.begin_reading();
        // A directory that is only being refreshed is swapped at the end, so that nobody's card jumps.
        let refreshes = self.roster.with_untracked(Roster::len) > roster.len();
        self.loading.set(true);
        self.failure.set(None);
        spawn(async move {
            let mut failure = None;
            while let Some(cursor) = next_cursor(&roster, count) {
                match self.api.employees(cursor).await {
                    Ok(page) => roster.add_page(page),
                    Err(error) => {
                        failure = Some(error);
                        break;
                    }
                }
                if self.reading.get_value() != number {
                    return;
                }
                if !refreshes {
                    self.roster.set(roster.clone());
                }
            }
            if self.reading.get_value() != number {
                return;
            }
            if failure.is_none() {
                self.read_at.set_value(Some(now()));
                self.roster.set(roster);
            } else if failure.as_ref().is_some_and(ApiError::asks_for_sign_in) {
                self.roster.set(Roster::default());
            }
            self.failure.set(failure);
            self.loading.set(false);
        });
    }
}

/// The cursor to go on with, itself none for the first page; none when enough is known.
fn next_cursor(roster: &Roster, count: usize) -> Option<Option<String>> {
    match roster.progress() {
        Progress::Nothing => Some(None),
        Progress::UpTo(cursor) if roster.len() < count => Some(Some(cursor.clone())),
        Progress::UpTo(_) | Progress::Everything => None,
    }
}
