//! Leptos's tasks, effects, memos and signals with the type of what they run erased.
//!
//! Leptos compiles its machinery anew for each closure it is given. Behind a box all closures are of one type, and
//! the machinery is in the download once: each use of these saves about a kilobyte.

use std::{future::Future, pin::Pin};

use leptos::{prelude::*, task::spawn_local};

/// Runs a task on this page.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    fn boxed(task: Pin<Box<dyn Future<Output = ()>>>) {
        spawn_local(task);
    }
    boxed(Box::pin(task));
}

/// Runs `run` now and whenever a signal that it read changes.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    fn boxed(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    boxed(Box::new(run));
}

/// Runs `run` when `watched` changes, and not for what it is at first.
pub(crate) fn on_change<T>(watched: Memo<T>, mut run: impl FnMut(&T) + 'static)
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let mut before: Option<T> = None;
    effect(move || {
        let now = watched.get();
        if before.as_ref().is_some_and(|before| *before != now) {
            run(&now);
        }
        before = Some(now);
    });
}

/// Keeps what `read` gives, and tells others only when that changes.
pub(crate) fn memo<T>(read: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    fn boxed<T>(read: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| read())
    }
    boxed(Box::new(read))
}

/// What `read` gives, read anew each time.
pub(crate) fn derive<T>(read: impl Fn() -> T + Send + Sync + 'static) -> Signal<T>
where
    T: Send + Sync + 'static,
{
    fn boxed<T>(read: Box<dyn Fn() -> T + Send + Sync>) -> Signal<T>
    where
        T: Send + Sync + 'static,
    {
        Signal::derive(read)
    }
    boxed(Box::new(read))
}

/// A part of the page that changes with the signals it reads.
pub(crate) fn live<V: IntoAny>(mut view: impl FnMut() -> V + Send + 'static) -> AnyView {
    fn boxed(view: Box<dyn FnMut() -> AnyView + Send>) -> AnyView {
        view.into_any()
    }
    boxed(Box::new(move || view().into_any()))
}
