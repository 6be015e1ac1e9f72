//! The directory as this visit knows it: who was found last, kept while people move between pages.

use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;
use rollcall_api::employee::Employee;

use super::{
    found::{Found, Written},
    handed,
    wanted::Wanted,
};
use crate::{
    api::{Api, ApiError},
    clock::now,
    erased::spawn,
};

/// How many employees are asked for at once.
const PAGE: u32 = 100;

/// After this long away, the list is read again.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(30);

/// The directory, shared by its pages.
#[derive(Clone, Copy)]
pub(crate) struct Directory {
    api: Api,
    /// Whom `found` answers to.
    wanted: StoredValue<Wanted>,
    /// Who was found; none before the first answer.
    found: RwSignal<Option<Found>>,
    failure: RwSignal<Option<ApiError>>,
    loading: RwSignal<bool>,
    read_at: StoredValue<Option<Timestamp>>,
    written: StoredValue<Written>,
    /// Counts the questions, so that an answer that was overtaken is dropped.
    asked: StoredValue<u32>,
}

impl Directory {
    /// A directory of which nothing is known yet.
    pub(crate) fn new(api: Api) -> Self {
        Self {
            api,
            wanted: StoredValue::new(Wanted::default()),
            found: RwSignal::new(None),
            failure: RwSignal::new(None),
            loading: RwSignal::new(false),
            read_at: StoredValue::new(None),
            written: StoredValue::new(handed::written()),
            asked: StoredValue::new(0),
        }
    }

    /// The directory of this visit.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// Who was found last: to the question before, until the answer to the next one is there.
    pub(crate) fn found(self) -> RwSignal<Option<Found>> {
        self.found
    }

    /// Why the last question was not answered; none when it was.
    pub(crate) fn failure(self) -> Option<ApiError> {
        self.failure.get()
    }

    /// The employee with this id, if among those who were found.
    pub(crate) fn known(self, id: &str) -> Option<Employee> {
        self.found.with_untracked(|found| found.as_ref()?.people.iter().find(|it| it.id == id).cloned())
    }

    /// Someone looks for these: asks unless that is what is known, and known lately.
    pub(crate) fn look_for(self, wanted: Wanted) {
        let age = self.read_at.get_value().map(|then| now().duration_since(then));
        let is_known = self.wanted.with_value(|known| known.is_same_list(&wanted));
        let is_fresh = age.is_some_and(|age| age < FRESH_FOR) && self.failure.with_untracked(Option::is_none);
        self.wanted.set_value(wanted);
        if !(is_known && is_fresh) {
            self.ask(None);
        }
    }

    /// Reads the next page, unless something is read already or there is none.
    pub(crate) fn read_on(self) {
        let next = self.found.with_untracked(|found| found.as_ref()?.next.clone());
        if next.is_some() && !self.loading.get_untracked() {
            self.ask(next);
        }
    }

    /// Asks once more.
    pub(crate) fn retry(self) {
        self.ask(None);
    }

    /// Takes in an employee who was added or changed here.
    pub(crate) fn put(self, employee: Employee) {
        self.written.update_value(|written| written.put(employee, now()));
        self.show_written();
    }

    /// Takes out an employee who was deleted here.
    pub(crate) fn remove(self, id: &str) {
        self.written.update_value(|written| written.remove(id, now()));
        self.show_written();
    }

    fn show_written(self) {
        // What is known is older than what was written: it is asked for anew when it is shown again.
        self.read_at.set_value(None);
        self.found.update(|found| {
            if let Some(found) = found {
                self.with_written(found);
            }
        });
    }

    fn with_written(self, found: &mut Found) {
        self.wanted
            .with_value(|wanted| self.written.with_value(|written| written.show(found, wanted, now())));
    }

    /// Asks for the first page, or for the one that begins at a cursor.
    fn ask(self, cursor: Option<String>) {
        let number = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(number);
        self.loading.set(true);
        let question = self
            .wanted
            .with_value(|wanted| self.api.employees(&wanted.parameters(), PAGE, cursor.as_deref()));
        spawn(async move {
            let answer = question.await;
            if self.asked.get_value() != number {
                return;
            }
            match answer {
                Ok(page) => {
                    self.read_at.set_value(Some(now()));
                    self.failure.set(None);
                    // In its place: a long list is not copied for each page.
                    self.found.update(|found| {
                        let mut now_found = found.take().filter(|_| cursor.is_some()).unwrap_or_default();
                        now_found.add(page);
                        self.with_written(&mut now_found);
                        *found = Some(now_found);
                    });
                }
                Err(error) => {
                    if error.asks_for_sign_in() {
                        self.found.set(None);
                    }
                    self.failure.set(Some(error));
                }
            }
            self.loading.set(false);
        });
    }
}
