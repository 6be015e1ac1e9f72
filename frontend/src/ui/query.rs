//! Something the page shows and the API knows: asked for, kept, and asked for again.

use std::{future::Future, pin::Pin, rc::Rc};

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::ApiError,
    ui::state::{Failure, StaleNote},
};

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;
type Fetch<T> = Rc<dyn Fn() -> Answer<T>>;

/// How far a query has got.
///
/// What is ready is a signal of its own, so that a refresh changes what is different and leaves the rest of
/// the page, and the focus in it, alone.
#[derive(Debug, Clone)]
pub(crate) enum Remote<T: 'static> {
    /// Asked, and not answered yet.
    Loading,
    /// The last good answer.
    Ready(ArcRwSignal<T>),
    /// There has been no good answer.
    Failed(ApiError),
}

/// A question to the API with its latest answer.
#[derive(Debug)]
pub(crate) struct Query<T: 'static> {
    state: RwSignal<Remote<T>>,
    stale: RwSignal<Option<ApiError>>,
    fetch: StoredValue<Fetch<T>, LocalStorage>,
    /// Counts the questions, so that an answer that was overtaken is dropped.
    asked: StoredValue<u64>,
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Query<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Query<T> {
    /// Asks with `fetch` now, and anew whenever a signal that `fetch` reads before its first await changes.
    pub(crate) fn new<F>(fetch: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        Self::with_known(|| None, fetch)
    }

    /// The same, showing what is `known` already until the answer is there.
    pub(crate) fn with_known<F>(
        known: impl Fn() -> Option<T> + 'static,
        fetch: impl Fn() -> F + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let fetch: Fetch<T> = Rc::new(move || Box::pin(fetch()));
        let query = Self {
            state: RwSignal::new(Remote::Loading),
            stale: RwSignal::new(None),
            fetch: StoredValue::new_local(Rc::clone(&fetch)),
            asked: StoredValue::new(0),
        };
        Effect::new(move |_| {
            let answer = fetch();
            match known() {
                Some(value) => query.state.set(Remote::Ready(ArcRwSignal::new(value))),
                None if query.state.with_untracked(|state| matches!(state, Remote::Loading)) => {}
                None => query.state.set(Remote::Loading),
            }
            query.settle_later(answer);
        });
        query
    }

    /// How far it has got; tracked.
    pub(crate) fn state(self) -> Remote<T> {
        self.state.get()
    }

    /// The latest good answer; tracked.
    pub(crate) fn latest(self) -> Option<T> {
        match self.state.get() {
            Remote::Ready(value) => Some(value.get()),
            _ => None,
        }
    }

    /// The latest good answer, read once.
    pub(crate) fn latest_untracked(self) -> Option<T> {
        untrack(|| self.latest())
    }

    /// Why the last refresh failed, while an older answer is shown; tracked.
    pub(crate) fn stale(self) -> Option<ApiError> {
        self.stale.get()
    }

    /// Asks again from nothing, as when someone presses “Try again”.
    pub(crate) fn retry(self) {
        self.state.set(Remote::Loading);
        self.refresh();
    }

    /// Asks again and keeps showing the answer there is until then.
    pub(crate) fn refresh(self) {
        if let Some(answer) = self.ask() {
            self.settle_later(answer);
        }
    }

    /// The same, done when the answer is there.
    pub(crate) async fn refreshed(self) {
        if let Some(answer) = self.ask() {
            let number = self.begin();
            self.settle(number, answer.await);
        }
    }

    /// Shows this value, which the API has just answered to something else.
    pub(crate) fn put(self, value: T) {
        self.begin();
        self.show(value);
    }

    /// Changes the answer that is shown, if there is one.
    pub(crate) fn change(self, change: impl FnOnce(&mut T)) {
        if let Some(mut value) = self.latest_untracked() {
            change(&mut value);
            self.put(value);
        }
    }

    fn ask(self) -> Option<Answer<T>> {
        self.fetch.try_with_value(|fetch| untrack(|| fetch()))
    }

    fn begin(self) -> u64 {
        self.asked
            .try_update_value(|asked| {
                *asked += 1;
                *asked
            })
            .unwrap_or_default()
    }

    fn settle_later(self, answer: Answer<T>) {
        let number = self.begin();
        spawn_local(async move { self.settle(number, answer.await) });
    }

    fn settle(self, number: u64, answer: Result<T, ApiError>) {
        // The page may be gone by now, and this query with it.
        if self.asked.try_get_value() != Some(number) {
            return;
        }
        match answer {
            Ok(value) => self.show(value),
            Err(error) => self.fail(error),
        }
    }

    fn show(self, value: T) {
        if self.stale.with_untracked(Option::is_some) {
            self.stale.set(None);
        }
        match self.state.get_untracked() {
            Remote::Ready(shown) => {
                if shown.with_untracked(|shown| *shown != value) {
                    shown.set(value);
                }
            }
            _ => self.state.set(Remote::Ready(ArcRwSignal::new(value))),
        }
    }

    fn fail(self, error: ApiError) {
        match self.state.get_untracked() {
            // A person who was signed out, or a thing that was deleted, must not go on being shown.
            Remote::Ready(_) if !(error.asks_for_sign_in() || error.is_forbidden() || error.is_missing()) => {
                self.stale.set(Some(error));
            }
            _ => self.state.set(Remote::Failed(error)),
        }
    }
}

/// Shows a query in whichever state it is.
#[component]
pub(crate) fn Await<T, V>(
    /// What is shown.
    query: Query<T>,
    /// What stands in for it while it loads.
    #[prop(into)]
    loading: ViewFn,
    /// The view of an answer; its signal changes when a refresh brings something new.
    children: impl Fn(Signal<T>) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let body = move || match query.state() {
        Remote::Loading => loading.run(),
        Remote::Ready(value) => children(value.into()).into_any(),
        Remote::Failed(error) => view! { <Failure error on_retry=move || query.retry() /> }.into_any(),
    };
    view! {
        {move || query.stale().map(|error| view! { <StaleNote error on_retry=move || query.refresh() /> })}
        {body}
    }
}
