//! Which page of the directory belongs to which address, and what these pages share.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{employee_page::EmployeePage, list_page::ListPage, selection::Selection, store::Directory};
use crate::{
    api::Api,
    erased::{live, memo},
    paths::DirectoryPage,
    session::SignedInPage,
    ui::not_found::NotFoundPage,
};

/// The page of the directory that is at the address the browser shows.
#[component]
pub(crate) fn DirectoryPages() -> impl IntoView {
    let directory = Directory::new(Api::current());
    provide_context(directory);
    provide_context(Selection::new(directory));
    let path = use_location().pathname;
    let page = memo(move || path.with(|path| DirectoryPage::at(path)));
    live(move || match page.get() {
        Some(DirectoryPage::List) => view! { <ListPage /> }.into_any(),
        Some(DirectoryPage::Employee(id)) => view! { <EmployeePage id /> }.into_any(),
        Some(DirectoryPage::SignedIn) => view! { <SignedInPage /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    })
}
