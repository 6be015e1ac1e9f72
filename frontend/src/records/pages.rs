//! Which page of the records belongs to which address.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{chart_page::ChartPage, former_page::FormerPage, import_page::ImportPage};
use crate::{
    erased::{live, memo},
    paths::RecordsPage,
    ui::not_found::NotFoundPage,
};

/// The page of the records that is at the address the browser shows.
#[component]
pub(crate) fn RecordsPages() -> impl IntoView {
    let path = use_location().pathname;
    let page = memo(move || path.with(|path| RecordsPage::at(path)));
    live(move || match page.get() {
        Some(RecordsPage::Chart) => view! { <ChartPage /> }.into_any(),
        Some(RecordsPage::Former) => view! { <FormerPage /> }.into_any(),
        Some(RecordsPage::Import) => view! { <ImportPage /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    })
}
