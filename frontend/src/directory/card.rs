//! An employee among the others.

use leptos::prelude::*;
use rollcall_api::employee::Employee;

use super::{
    marks::Marked,
    portrait::Portrait,
    selection::{SelectBox, Selection},
};
use crate::{
    paths::page,
    ui::{
        badge::BadgeIcons,
        icon::{Icon, Picture},
    },
};

/// The card of an employee; all of it leads to their page.
#[component]
pub(crate) fn EmployeeCard(
    employee: Employee,
    /// Where it stands in the list.
    at: usize,
    /// How many there are in the list.
    count: Memo<usize>,
    /// What to mark.
    typed: Signal<String>,
    /// Who is selected, where people can be.
    #[prop(optional)]
    selection: Option<Selection>,
) -> impl IntoView {
    let [full_name, job_title, location] = texts(&employee);
    let Employee { id, badges, .. } = employee.clone();
    let select = selection.map(|selection| {
        view! { <SelectBox selection id=id.clone() name=full_name.clone() at /> }
    });
    view! {
        <li class="card" data-index=at aria-posinset=at + 1 aria-setsize=move || count.get()>
            <Portrait employee />
            {select}
            <div class="card-text">
                <h2 class="card-name"><a href=page::employee(&id)><Marked text=full_name typed /></a></h2>
                <p class="card-title"><Marked text=job_title typed /></p>
                <p class="card-place"><Picture icon=Icon::Pin /> <span><Marked text=location typed /></span></p>
                <BadgeIcons badges />
            </div>
        </li>
    }
}

/// Name, job title and location, which stand wherever someone is listed.
pub(super) fn texts(employee: &Employee) -> [String; 3] {
    [employee.full_name(), employee.job_title(), employee.location()].map(str::to_owned)
}

/// Cards that are being loaded.
#[component]
pub(crate) fn CardSkeletons() -> impl IntoView {
    view! {
        <div role="status">
            <span class="visually-hidden">"Loading the directory…"</span>
            <ul class="cards" aria-hidden="true">
                {(0..6).map(|_| view! {
                    <li class="card card-skeleton">
                        <span class="portrait"></span>
                        <div class="card-text">
                            <span class="skeleton-line"></span>
                            <span class="skeleton-line"></span>
                            <span class="skeleton-line"></span>
                        </div>
                    </li>
                }).collect_view()}
            </ul>
        </div>
    }
}
