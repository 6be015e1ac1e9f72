//! The page at an address where there is nothing.

use leptos::prelude::*;

use super::{
    button::{ActionLink, Look},
    icon::Icon,
    page::PageHeader,
    state::Notice,
};
use crate::paths::page;

#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHeader title="Page not found" />
        <Notice icon=Icon::Search title="There is nothing at this address"
            text="It may have been mistyped, or what was here has moved.">
            <ActionLink href=page::DIRECTORY look=Look::Primary>"To the directory"</ActionLink>
        </Notice>
    }
}
