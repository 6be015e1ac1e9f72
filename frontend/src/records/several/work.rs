//! Does something with several people: a few at a time, each wholly or not at all.

use leptos::prelude::*;

use super::{
    change::{Change, Trace},
    outcome::{Counts, Deed, Entry, Outcome},
};
use crate::{
    api::{Api, ApiError, Tagged, sentence},
    directory::{Selected, hand_on, keep_selected},
    erased::spawn,
};

/// How many are worked on at the same time: so that hundreds take seconds, and nobody else waits.
const AT_ONCE: usize = 4;

/// What has been asked for, and how far it has got.
#[derive(Clone, Copy)]
pub(super) struct Work {
    api: Api,
    pub(super) entries: RwSignal<Vec<Entry>>,
    /// What is done with them; none before it was confirmed.
    pub(super) deed: RwSignal<Option<Deed>>,
    change: RwSignal<Change>,
    /// How many of those who work are not at their end.
    busy: RwSignal<usize>,
    stops: RwSignal<bool>,
    /// The places of those who are still to come, the last one first.
    queue: StoredValue<Vec<usize>>,
    /// The address of the list in which people were selected.
    list: StoredValue<String>,
    /// All who were selected.
    selected: StoredValue<Vec<Selected>>,
}

/// What came of one, and what of it can be taken back.
type Ended = Result<(Outcome, Option<Trace>), ApiError>;

impl Work {
    pub(super) fn new(list: String, people: Vec<Selected>) -> Self {
        let selected = people.clone();
        let entry = |(id, name): Selected| {
            let name = if name.trim().is_empty() { id.clone() } else { name };
            Entry { id, name, outcome: Outcome::Waiting, trace: None }
        };
        let mut entries: Vec<Entry> = people.into_iter().map(entry).collect();
        entries.sort_by_cached_key(|entry| entry.name.to_lowercase());
        Self {
            api: Api::current(),
            entries: RwSignal::new(entries),
            deed: RwSignal::new(None),
            change: RwSignal::new(Change::default()),
            busy: RwSignal::new(0),
            stops: RwSignal::new(false),
            queue: StoredValue::new(Vec::new()),
            list: StoredValue::new(list),
            selected: StoredValue::new(selected),
        }
    }

    /// The address of the list in which people were selected.
    pub(super) fn list(self) -> String {
        self.list.get_value()
    }

    /// Whether something is being done; tracked.
    pub(super) fn is_busy(self) -> bool {
        self.busy.get() > 0
    }

    /// How many there are of each outcome; tracked.
    pub(super) fn counts(self) -> Counts {
        self.entries.with(|entries| Counts::of(entries))
    }

    /// Whether there is something that can be taken back; tracked.
    pub(super) fn can_be_undone(self) -> bool {
        self.entries.with(|entries| entries.iter().any(|entry| entry.trace.is_some()))
    }

    pub(super) fn change_all(self, change: Change) {
        self.change.set(change);
        self.begin(Deed::Change);
    }

    pub(super) fn delete_all(self) {
        self.begin(Deed::Delete);
    }

    /// Takes back what was done with whomever it was done with.
    pub(super) fn undo(self) {
        let Some(deed) = self.deed.get_untracked() else { return };
        self.entries.update(|entries| {
            entries.retain(|entry| entry.trace.is_some());
            entries.iter_mut().for_each(|entry| entry.outcome = Outcome::Waiting);
        });
        self.begin(deed.undoing());
    }

    /// Goes on with those who were not reached, and once more with those with whom it failed.
    pub(super) fn go_on(self) {
        let Some(deed) = self.deed.get_untracked() else { return };
        self.entries.update(|entries| {
            let failed = entries.iter_mut().filter(|entry| matches!(entry.outcome, Outcome::Failed(_)));
            failed.for_each(|entry| entry.outcome = Outcome::Waiting);
        });
        self.begin(deed);
    }

    /// Begins with nobody more; whoever is worked on is done.
    pub(super) fn stop(self) {
        self.stops.set(true);
    }

    fn begin(self, deed: Deed) {
        if self.busy.get_untracked() > 0 {
            return;
        }
        self.deed.set(Some(deed));
        self.stops.set(false);
        let waiting = self.entries.with_untracked(|entries| positions(entries));
        self.queue.set_value(waiting);
        self.busy.set(AT_ONCE);
        for _ in 0..AT_ONCE {
            spawn(async move {
                self.work(deed).await;
                if self.busy.try_update(|busy| *busy = busy.saturating_sub(1)).is_some()
                    && self.busy.get_untracked() == 0
                {
                    self.tell_the_list(deed);
                }
            });
        }
    }

    /// Takes one after the other, until there is none, someone says stop, or the page is gone.
    async fn work(self, deed: Deed) {
        while self.stops.try_get_untracked() == Some(false) {
            let Some(Some(at)) = self.queue.try_update_value(Vec::pop) else { return };
            let entry = self.entries.try_with_untracked(|entries| entries.get(at).cloned());
            let Some(Some(entry)) = entry else { return };
            let ended = self.one(deed, &entry).await;
            // Nobody else can be done with either.
            if ended.as_ref().is_err_and(|error| error.asks_for_sign_in() || error.is_forbidden()) {
                self.stops.try_set(true);
            }
            self.entries.try_update(|entries| {
                if let Some(entry) = entries.get_mut(at) {
                    settle(entry, ended);
                }
            });
        }
    }

    async fn one(self, deed: Deed, entry: &Entry) -> Ended {
        match deed {
            Deed::Change => self.change_one(&entry.id).await,
            Deed::Delete => self.delete_one(&entry.id).await,
            Deed::UndoChange => self.set_back(entry).await,
            Deed::UndoDelete => self.api.restore_employee(&entry.id).await.map(|_| (Outcome::Done, None)),
        }
    }

    async fn change_one(self, id: &str) -> Ended {
        let Tagged { shown: before, tag } = self.api.employee_to_change(id).await?;
        let change = self.change.try_get_untracked().unwrap_or_default();
        let Some(input) = change.applied(&before) else { return Ok((Outcome::Left, None)) };
        let after = self.api.replace_employee(id, &input, tag.as_deref()).await?.shown;
        Ok((Outcome::Done, Some(change.trace(&before, &after))))
    }

    /// Whoever is gone already is not one of those whom an undo brings back.
    async fn delete_one(self, id: &str) -> Ended {
        let deleted = match self.api.employee(id).await {
            Ok(_) => self.api.delete_employee(id).await,
            Err(error) => Err(error),
        };
        match deleted {
            Ok(()) => Ok((Outcome::Done, Some(Trace::default()))),
            Err(error) if error.is_missing() => Ok((Outcome::Left, None)),
            Err(error) => Err(error),
        }
    }

    async fn set_back(self, entry: &Entry) -> Ended {
        let Some(trace) = &entry.trace else { return Ok((Outcome::Left, None)) };
        let Tagged { shown, tag } = self.api.employee_to_change(&entry.id).await?;
        let undoing = trace.undone(&shown);
        if let Some(input) = undoing.input {
            self.api.replace_employee(&entry.id, &input, tag.as_deref()).await?;
        }
        Ok((if undoing.leaves_some { Outcome::Left } else { Outcome::Done }, None))
    }

    /// The list shows everyone anew. Those with whom it is not done stay selected, and after an undo all are.
    fn tell_the_list(self, deed: Deed) {
        hand_on(Vec::new());
        self.entries.with_untracked(|entries| {
            let is_open = |entry: &&Entry| matches!(entry.outcome, Outcome::Waiting | Outcome::Failed(_));
            let open: Vec<_> = entries.iter().filter(is_open).map(|entry| entry.id.as_str()).collect();
            let mut selected = self.selected.get_value();
            selected.retain(|(id, _)| deed.is_undoing() || open.contains(&id.as_str()));
            keep_selected(&self.list(), &selected);
        });
    }
}

/// The places of those who wait, the last one first.
fn positions(entries: &[Entry]) -> Vec<usize> {
    let waiting = entries.iter().enumerate().filter(|(_, entry)| entry.outcome == Outcome::Waiting);
    waiting.map(|(at, _)| at).rev().collect()
}

/// Puts down what came of one. What failed leaves what can be taken back as it was.
fn settle(entry: &mut Entry, ended: Ended) {
    match ended {
        Ok((outcome, trace)) => {
            entry.outcome = outcome;
            entry.trace = trace;
        }
        Err(error) => entry.outcome = Outcome::Failed(reason(&error)),
    }
}

/// Why something was refused: what is said of the field, where it is one.
fn reason(error: &ApiError) -> String {
    match error.field_errors().first() {
        Some(first) => sentence(&format!("{} {}", first.field, first.detail)),
        None => error.message(),
    }
}
