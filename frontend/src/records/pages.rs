//! Which page of the records belongs to which address.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    chart_page::ChartPage,
    duplicates_page::DuplicatesPage,
    form_page::{EditEmployeePage, NewEmployeePage},
    former_page::FormerPage,
    import_page::ImportPage,
    several::SeveralPage,
};
use crate::{
    erased::{live, memo},
    paths::RecordsPage,
    session::SessionsPage,
    ui::not_found::NotFoundPage,
};

/// The page of the records that is at the address the browser shows.
#[component]
pub(crate) fn RecordsPages() -> impl IntoView {
    let path = use_location().pathname;
    let page = memo(move || path.with(|path| RecordsPage::at(path)));
    live(move || match page.get() {
        Some(RecordsPage::Chart) => view! { <ChartPage /> }.into_any(),
        Some(RecordsPage::Duplicates) => view! { <DuplicatesPage /> }.into_any(),
        Some(RecordsPage::Former) => view! { <FormerPage /> }.into_any(),
        Some(RecordsPage::NewEmployee) => view! { <NewEmployeePage /> }.into_any(),
        Some(RecordsPage::EditEmployee(id)) => view! { <EditEmployeePage id /> }.into_any(),
        Some(RecordsPage::Import) => view! { <ImportPage /> }.into_any(),
        Some(RecordsPage::Several) => view! { <SeveralPage /> }.into_any(),
        Some(RecordsPage::Sessions) => view! { <SessionsPage /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    })
}
