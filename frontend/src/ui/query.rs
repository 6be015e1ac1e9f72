//! Something the page shows and the API knows: asked for, kept, and asked for again.

use std::{future::Future, pin::Pin, rc::Rc, sync::Arc};

use leptos::prelude::*;

use crate::{
    api::ApiError,
    erased::{effect, live, spawn},
    ui::state::{Failure, StaleNote},
};

/// Shows an answer that has come. What it is an answer to is known to the query alone.
type Show = Box<dyn FnOnce()>;
type Answer = Pin<Box<dyn Future<Output = Result<Show, ApiError>>>>;
type Fetch = Rc<dyn Fn() -> Answer>;

/// How far a query has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Asked, and not answered yet.
    Loading,
    /// There is a good answer.
    Ready,
    /// There has been no good answer.
    Failed(ApiError),
}

/// All of a query but what it asks for: so that it is in the download once and not for each sort of answer.
#[derive(Debug, Clone, Copy)]
struct Request {
    progress: RwSignal<Progress>,
    stale: RwSignal<Option<ApiError>>,
    fetch: StoredValue<Fetch, LocalStorage>,
    /// Counts the questions, so that an answer that was overtaken is dropped.
    asked: StoredValue<u64>,
}

impl Request {
    fn new(fetch: Fetch) -> Self {
        Self {
            progress: RwSignal::new(Progress::Loading),
            stale: RwSignal::new(None),
            fetch: StoredValue::new_local(fetch),
            asked: StoredValue::new(0),
        }
    }

    /// Asks now and whenever a signal changes that is read on the way; `recall` shows what is known already.
    fn run(self, recall: Box<dyn Fn() -> bool>) {
        effect(move || {
            let Some(answer) = self.fetch.try_with_value(|fetch| fetch()) else { return };
            if recall() {
                self.progress.set(Progress::Ready);
            } else if self.progress.with_untracked(|progress| *progress != Progress::Loading) {
                self.progress.set(Progress::Loading);
            }
            self.settle_later(answer);
        });
    }

    fn is_ready(self) -> bool {
        self.progress.with_untracked(|progress| *progress == Progress::Ready)
    }

    fn ask(self) -> Option<Answer> {
        self.fetch.try_with_value(|fetch| untrack(|| fetch()))
    }

    fn refresh(self) {
        if let Some(answer) = self.ask() {
            self.settle_later(answer);
        }
    }

    /// Asks again from nothing, as when someone presses “Try again”.
    fn retry(self) {
        self.progress.set(Progress::Loading);
        self.refresh();
    }

    async fn refreshed(self) {
        if let Some(answer) = self.ask() {
            let number = self.begin();
            self.settle(number, answer.await);
        }
    }

    fn begin(self) -> u64 {
        self.asked
            .try_update_value(|asked| {
                *asked += 1;
                *asked
            })
            .unwrap_or_default()
    }

    fn settle_later(self, answer: Answer) {
        let number = self.begin();
        spawn(async move { self.settle(number, answer.await) });
    }

    fn settle(self, number: u64, answer: Result<Show, ApiError>) {
        // The page may be gone by now, and this query with it.
        if self.asked.try_get_value() != Some(number) {
            return;
        }
        match answer {
            Ok(show) => show(),
            Err(error) => self.fail(error),
        }
    }

    /// What is shown is no longer out of date.
    fn freshen(self) {
        if self.stale.with_untracked(Option::is_some) {
            self.stale.set(None);
        }
    }

    fn fail(self, error: ApiError) {
        // A person who was signed out, or a thing that was deleted, must not go on being shown.
        if self.is_ready() && !(error.asks_for_sign_in() || error.is_forbidden() || error.is_missing()) {
            self.stale.set(Some(error));
        } else {
            self.progress.set(Progress::Failed(error));
        }
    }
}

/// A question to the API with its latest answer.
#[derive(Debug)]
pub(crate) struct Query<T: 'static> {
    request: Request,
    /// The last good answer: a signal of its own, so that a refresh changes what is different and leaves the
    /// rest of the page, and the focus in it, alone.
    answer: StoredValue<Option<ArcRwSignal<T>>>,
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
        // The query shows an answer, and is made with what fetches one: it is told of itself afterwards.
        let itself = StoredValue::new(None::<Self>);
        let fetch: Fetch = Rc::new(move || {
            let answer = fetch();
            Box::pin(async move {
                let value = answer.await?;
                Ok(Box::new(move || {
                    if let Some(Some(query)) = itself.try_get_value() {
                        query.show(value);
                    }
                }) as Show)
            })
        });
        let query = Self { request: Request::new(fetch), answer: StoredValue::new(None) };
        itself.set_value(Some(query));
        query.request.run(Box::new(move || {
            let known = known().map(ArcRwSignal::new);
            let is_known = known.is_some();
            if is_known {
                query.answer.set_value(known);
            }
            is_known
        }));
        query
    }

    /// How far it has got; tracked.
    pub(crate) fn progress(self) -> Progress {
        self.request.progress.get()
    }

    /// The latest good answer; tracked.
    pub(crate) fn latest(self) -> Option<T> {
        self.shown().map(|answer| answer.get())
    }

    /// The latest good answer, read once.
    pub(crate) fn latest_untracked(self) -> Option<T> {
        untrack(|| self.latest())
    }

    /// Asks again and keeps showing the answer there is until then.
    pub(crate) fn refresh(self) {
        self.request.refresh();
    }

    /// The same, done when the answer is there.
    pub(crate) async fn refreshed(self) {
        self.request.refreshed().await;
    }

    /// Shows this value, which the API has just answered to something else.
    pub(crate) fn put(self, value: T) {
        self.request.begin();
        self.show(value);
    }

    /// Changes the answer that is shown, if there is one.
    pub(crate) fn change(self, change: impl FnOnce(&mut T)) {
        if let Some(mut value) = self.latest_untracked() {
            change(&mut value);
            self.put(value);
        }
    }

    /// The answer that is shown; which one it is is tracked.
    fn shown(self) -> Option<ArcRwSignal<T>> {
        let is_ready = self.request.progress.with(|progress| *progress == Progress::Ready);
        is_ready.then(|| self.answer.get_value()).flatten()
    }

    fn show(self, value: T) {
        self.request.freshen();
        match self.answer.get_value().filter(|_| self.request.is_ready()) {
            Some(shown) => {
                if shown.with_untracked(|shown| *shown != value) {
                    shown.set(value);
                }
            }
            None => {
                self.answer.set_value(Some(ArcRwSignal::new(value)));
                self.request.progress.set(Progress::Ready);
            }
        }
    }
}

/// Shows a query in whichever state it is.
#[component]
pub(crate) fn Await<T, V>(
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
    let ready = move || query.shown().map(|answer| children(answer.into())).into_any();
    in_each_state(query.request, loading, Arc::new(ready))
}

fn in_each_state(
    request: Request,
    loading: ViewFn,
    ready: Arc<dyn Fn() -> AnyView + Send + Sync>,
) -> AnyView {
    let body = move || match request.progress.get() {
        Progress::Loading => loading.run(),
        Progress::Ready => ready(),
        Progress::Failed(error) => view! { <Failure error on_retry=move || request.retry() /> }.into_any(),
    };
    view! {
        {live(move || request.stale.get().map(|error| {
            view! { <StaleNote error on_retry=move || request.refresh() /> }
        }))}
        {live(body)}
    }
    .into_any()
}
