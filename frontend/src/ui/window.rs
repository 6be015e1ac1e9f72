//! The part of a long list that is in view: what is far outside of it is not in the document.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::erased::{effect, memo};

/// How many items are in the document at most.
const MOST: usize = 96;

/// How many are shown before anything could be measured.
const AT_FIRST: usize = 36;

/// Which items are in the document, and the room that the others would take, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    pub(crate) first: usize,
    /// Behind the last one.
    pub(crate) end: usize,
    pub(crate) above: f64,
    pub(crate) below: f64,
}

/// A list as it is laid out: equal items in rows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Layout {
    columns: usize,
    /// From one row to the next, in pixels.
    row: f64,
    /// How far the list's beginning is above that of what is in view.
    scrolled: f64,
    /// The height of what is in view.
    height: f64,
}

/// A list of which only a part is in the document. Its items have their number as `data-index`.
#[derive(Clone, Copy)]
pub(crate) struct LongList {
    /// What the items stand in.
    holder: StoredValue<Box<dyn Fn() -> Option<Element> + Send + Sync>>,
    layout: RwSignal<Option<Layout>>,
    count: Memo<usize>,
}

impl LongList {
    /// The list of so many items in the element that `holder` gives.
    pub(crate) fn new(
        holder: impl Fn() -> Option<Element> + Send + Sync + 'static,
        count: Memo<usize>,
    ) -> Self {
        let list = Self { holder: StoredValue::new(Box::new(holder)), layout: RwSignal::new(None), count };
        let scroll = window_event_listener(ev::scroll, move |_| list.measure());
        let resize = window_event_listener(ev::resize, move |_| list.measure());
        on_cleanup(move || {
            scroll.remove();
            resize.remove();
        });
        effect(move || {
            count.track();
            request_animation_frame(move || list.measure());
        });
        list
    }

    /// What is in the document; tracked.
    pub(crate) fn window(self) -> Memo<Window> {
        memo(move || window_of(self.layout.get(), self.count.get()))
    }

    /// How many stand beside each other, as far as that is known.
    pub(crate) fn columns(self) -> usize {
        self.layout.get_untracked().map_or(1, |layout| layout.columns)
    }

    /// Brings an item into view and moves the focus to its link.
    pub(crate) fn go_to(self, index: usize) {
        if !self.focus(index)
            && let Some(layout) = self.layout.get_untracked()
        {
            let row = (index / layout.columns) as f64 * layout.row;
            let top = row - layout.scrolled - (layout.height - layout.row) / 2.0;
            web_sys::window().into_iter().for_each(|window| window.scroll_by_with_x_and_y(0.0, top));
            self.measure();
            request_animation_frame(move || {
                self.focus(index);
            });
        }
    }

    fn focus(self, index: usize) -> bool {
        let item = self
            .holder()
            .and_then(|holder| holder.query_selector(&format!("[data-index=\"{index}\"] a")).ok().flatten());
        let Some(item) = item.and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok()) else {
            return false;
        };
        item.focus().is_ok()
    }

    fn holder(self) -> Option<Element> {
        self.holder.try_with_value(|holder| holder()).flatten()
    }

    fn measure(self) {
        if let Some(layout) = self.holder().as_ref().and_then(measured)
            && self.layout.try_get_untracked().is_some_and(|known| known != Some(layout))
        {
            self.layout.set(Some(layout));
        }
    }
}

/// The number of the item that an event came from.
pub(crate) fn index_of(event: &web_sys::Event) -> Option<usize> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest("[data-index]").ok()??.get_attribute("data-index")?.parse().ok()
}

/// What someone means who presses this key at an item; none when it is no step.
pub(crate) fn step(key: &str, at: usize, columns: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let to = match key {
        "ArrowRight" => at + 1,
        "ArrowLeft" => at.checked_sub(1)?,
        "ArrowDown" => at + columns,
        "ArrowUp" => at.checked_sub(columns)?,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    (to <= last).then_some(to)
}

fn measured(holder: &Element) -> Option<Layout> {
    let mut items = holder.query_selector_all("[data-index]").ok()?.entries_of();
    let first = items.next()?.get_bounding_client_rect();
    let (mut columns, mut row) = (1, first.height());
    for item in items {
        let item = item.get_bounding_client_rect();
        if item.top() > first.top() + 1.0 {
            row = item.top() - first.top();
            break;
        }
        columns += 1;
    }
    let height = web_sys::window()?.inner_height().ok()?.as_f64()?;
    (row > 0.0).then(|| Layout { columns, row, scrolled: -holder.get_bounding_client_rect().top(), height })
}

fn window_of(layout: Option<Layout>, count: usize) -> Window {
    let Some(Layout { columns, row, scrolled, height }) = layout else {
        return Window { first: 0, end: count.min(AT_FIRST), above: 0.0, below: 0.0 };
    };
    let rows = count.div_ceil(columns);
    let seen = (height / row).ceil() as usize + 1;
    let most = (MOST / columns).max(seen);
    // As many again above and below, so that nothing is blank while it is scrolled.
    let around = (most.saturating_sub(seen) / 2).min(seen);
    let top = (scrolled.max(0.0) / row) as usize;
    let first = top.saturating_sub(around).min(rows.saturating_sub(seen));
    let end = (top + seen + around).min(first + most).min(rows).max(first);
    Window {
        first: first * columns,
        end: (end * columns).min(count),
        above: first as f64 * row,
        below: (rows - end) as f64 * row,
    }
}

/// The elements of a node list.
trait EntriesOf {
    fn entries_of(self) -> impl Iterator<Item = Element>;
}

impl EntriesOf for web_sys::NodeList {
    fn entries_of(self) -> impl Iterator<Item = Element> {
        (0..self.length()).filter_map(move |at| self.item(at)?.dyn_into().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(columns: usize, row: f64, scrolled: f64) -> Option<Layout> {
        Some(Layout { columns, row, scrolled, height: 900.0 })
    }

    #[test]
    fn at_most_a_hundred_items_of_a_hundred_thousand_are_in_the_document_and_all_in_view_are() {
        for (columns, rows) in [(1, [52.0, 180.0]), (2, [90.0, 180.0]), (5, [180.0, 240.0])] {
            for row in rows {
                let rows = 100_000_usize.div_ceil(columns) as f64;
                for scrolled in [-300.0, 0.0, 1.0, 5_000.0, rows * row / 2.0, rows * row - 900.0] {
                    let window = window_of(layout(columns, row, scrolled), 100_000);
                    assert!(window.end - window.first <= 100, "{window:?}");
                    assert!(window.above <= scrolled.max(0.0), "{window:?} at {scrolled}");
                    let shown = window.above + ((window.end - window.first).div_ceil(columns)) as f64 * row;
                    assert!(shown >= (scrolled + 900.0).min(rows * row), "{window:?} at {scrolled}");
                    assert!((shown + window.below - rows * row).abs() < 1.0, "{window:?}");
                }
            }
        }
    }

    #[test]
    fn a_short_list_is_there_as_a_whole() {
        assert_eq!(window_of(layout(3, 180.0, 0.0), 7), Window { first: 0, end: 7, above: 0.0, below: 0.0 });
        assert_eq!(window_of(layout(3, 180.0, 0.0), 0), Window { first: 0, end: 0, above: 0.0, below: 0.0 });
        assert_eq!(window_of(None, 1_000).end, AT_FIRST);
    }

    #[test]
    fn keys_go_from_item_to_item_and_never_outside() {
        assert_eq!(step("ArrowDown", 1, 3, 9), Some(4));
        assert_eq!(step("ArrowUp", 1, 3, 9), None);
        assert_eq!(step("ArrowLeft", 0, 3, 9), None);
        assert_eq!(step("ArrowRight", 8, 3, 9), None);
        assert_eq!(step("End", 2, 3, 9), Some(8));
        assert_eq!(step("Home", 2, 3, 9), Some(0));
        assert_eq!(step("a", 2, 3, 9), None);
    }
}
