//! Leptos's tasks, effects, memos and signals with the type of what they run erased.
//!
//! Leptos compiles its machinery anew for each closure it is given. Behind a box all closures are of one type, and
//! the machinery is in the download once: each use of these saves about a kilobyte.

use std::{
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    sync::Arc,
};

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

/// An item of a list: what tells it from the others, and its view.
type Item = (u64, Box<dyn FnOnce() -> AnyView + Send>);

/// A list that changes with the signals it reads. An item whose key was there before stays as it is.
pub(crate) fn each<T: Send + 'static>(
    items: impl Fn() -> Vec<T> + Send + Sync + 'static,
    key: fn(&T) -> u64,
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    fn boxed(items: Box<dyn Fn() -> Vec<Item> + Send>) -> AnyView {
        view! { <For each=items key=|item| item.0 children=|item: Item| item.1() /> }.into_any()
    }
    let view = Arc::new(view);
    let item = move |item: T| -> Item {
        let view = Arc::clone(&view);
        (key(&item), Box::new(move || view(item)))
    };
    boxed(Box::new(move || items().into_iter().map(&item).collect()))
}

/// A key for an item that is another one as soon as anything in it changes.
pub(crate) fn hashed<T: Hash>(item: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    hasher.finish()
}

/// A part of the page that changes with the signals it reads.
pub(crate) fn live<V: IntoAny>(mut view: impl FnMut() -> V + Send + 'static) -> AnyView {
    fn boxed(view: Box<dyn FnMut() -> AnyView + Send>) -> AnyView {
        view.into_any()
    }
    boxed(Box::new(move || view().into_any()))
}
