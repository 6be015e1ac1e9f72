//! A list that the API answers in pages, newest first.

use std::future::Future;

use leptos::prelude::*;

use super::{
    button::ActionButton,
    icon::{Icon, Picture},
    toast::Toasts,
};
use crate::{api::ApiError, erased::spawn};

/// Something with an identity that outlives its changes.
pub(crate) trait Identified {
    /// What tells it from the others.
    type Id: PartialEq;

    fn id(&self) -> Self::Id;
}

/// The pages read so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing<T> {
    /// Newest first.
    pub(crate) items: Vec<T>,
    /// Where the next page begins; none when everything has been read.
    pub(crate) next_cursor: Option<String>,
    /// The ids of those on these pages that the API can't read.
    pub(crate) unreadable: Vec<String>,
}

impl<T: Identified> Listing<T> {
    /// Adds the page behind those read so far.
    pub(crate) fn append(&mut self, page: Self) {
        for item in page.items {
            if !self.contains(&item.id()) {
                self.items.push(item);
            }
        }
        self.next_cursor = page.next_cursor;
        for id in page.unreadable {
            if !self.unreadable.contains(&id) {
                self.unreadable.push(id);
            }
        }
    }

    /// Puts in what came or changed since, and keeps the older pages that were read already.
    pub(crate) fn refreshed_by(self, mut first_page: Self) -> Self {
        let reaches_back = self.items.first().is_some_and(|newest| first_page.contains(&newest.id()));
        let has_more = self.items.last().is_some_and(|oldest| !first_page.contains(&oldest.id()));
        if !reaches_back || !has_more {
            return first_page;
        }
        first_page.next_cursor = None;
        let next_cursor = self.next_cursor.clone();
        first_page.append(self);
        Self { next_cursor, ..first_page }
    }

    /// Puts a new item first, or a changed one in its place.
    pub(crate) fn put(&mut self, item: T) {
        let id = item.id();
        match self.items.iter_mut().find(|present| present.id() == id) {
            Some(present) => *present = item,
            None => self.items.insert(0, item),
        }
    }

    fn contains(&self, id: &T::Id) -> bool {
        self.items.iter().any(|item| item.id() == *id)
    }
}

/// Says which records are left out, since nobody here can read them.
#[component]
pub(crate) fn Unreadable(ids: Vec<String>) -> impl IntoView {
    (!ids.is_empty()).then(|| {
        let text = format!(
            "Can’t be read and are left out, perhaps since a newer Rollcall wrote them: {}",
            ids.join(", ")
        );
        view! { <p class="limited"><Picture icon=Icon::Info /> <span>{text}</span></p> }
    })
}

/// Reads the next page of a listing when someone asks for it.
#[component]
pub(crate) fn ShowMore<F>(
    /// What the listing holds, in the plural.
    what: &'static str,
    /// What is asked for, where what comes next is not older.
    #[prop(default = "Show older")]
    words: &'static str,
    /// Reads the next page and appends it.
    read: impl Fn() -> F + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    F: Future<Output = Result<(), ApiError>> + 'static,
{
    let toasts = Toasts::current();
    let busy = RwSignal::new(false);
    let more = move || {
        busy.set(true);
        spawn(async move {
            if let Err(error) = read().await {
                toasts.refused(&format!("More {what} could not be loaded."), &error);
            }
            busy.try_set(false);
        });
    };
    view! { <p class="more"><ActionButton busy on_press=more>{words}</ActionButton></p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Item(u32, &'static str);

    impl Identified for Item {
        type Id = u32;
        fn id(&self) -> u32 {
            self.0
        }
    }

    fn listing(ids: &[u32], next_cursor: Option<&str>) -> Listing<Item> {
        let items = ids.iter().map(|id| Item(*id, "")).collect();
        Listing { items, next_cursor: next_cursor.map(str::to_owned), unreadable: Vec::new() }
    }

    fn ids(listing: &Listing<Item>) -> Vec<u32> {
        listing.items.iter().map(Identified::id).collect()
    }

    #[test]
    fn a_refresh_keeps_the_older_pages_and_where_they_end() {
        let read = listing(&[5, 4, 3, 2], Some("after 2"));
        let refreshed = read.refreshed_by(listing(&[6, 5, 4], Some("after 4")));
        assert_eq!(ids(&refreshed), [6, 5, 4, 3, 2]);
        assert_eq!(refreshed.next_cursor.as_deref(), Some("after 2"));
    }

    #[test]
    fn a_refresh_that_no_longer_meets_what_was_read_starts_anew() {
        let refreshed = listing(&[2, 1], None).refreshed_by(listing(&[9, 8], Some("after 8")));
        assert_eq!(ids(&refreshed), [9, 8]);
        assert_eq!(refreshed.next_cursor.as_deref(), Some("after 8"));
    }

    #[test]
    fn a_refresh_of_a_single_page_takes_the_new_cursor() {
        let refreshed = listing(&[2, 1], None).refreshed_by(listing(&[3, 2, 1], None));
        assert_eq!(ids(&refreshed), [3, 2, 1]);
    }

    #[test]
    fn what_can_not_be_read_is_named_once_on_whatever_page() {
        let mut read = Listing { unreadable: vec!["b".to_owned()], ..listing(&[3], Some("after 3")) };
        read.append(Listing { unreadable: vec!["a".to_owned(), "b".to_owned()], ..listing(&[1], None) });
        assert_eq!(read.unreadable, ["b", "a"]);
    }

    #[test]
    fn an_item_that_changed_stays_in_its_place() {
        let mut read = listing(&[3, 2, 1], None);
        read.put(Item(2, "changed"));
        read.put(Item(4, "new"));
        assert_eq!(ids(&read), [4, 3, 2, 1]);
        assert_eq!(read.items.get(2), Some(&Item(2, "changed")));
    }

    #[test]
    fn an_item_that_moved_to_the_next_page_is_listed_once() {
        let mut read = listing(&[3, 2], Some("after 2"));
        read.append(listing(&[2, 1], None));
        assert_eq!(ids(&read), [3, 2, 1]);
        assert_eq!(read.next_cursor, None);
    }
}
