//! An employee among the others.

use leptos::prelude::*;
use rollcall_api::employee::Employee;

use super::portrait::Portrait;
use crate::{
    paths::page,
    ui::{
        badge::BadgeIcons,
        icon::{Icon, Picture},
    },
};

/// The card of an employee; all of it leads to their page.
#[component]
pub(crate) fn EmployeeCard(employee: Employee) -> impl IntoView {
    let Employee { id, full_name, location, job_title, badges, .. } = employee.clone();
    view! {
        <li class="card">
            <Portrait employee />
            <div class="card-text">
                <h2 class="card-name"><a href=page::employee(&id)>{full_name}</a></h2>
                <p class="card-title">{job_title}</p>
                <p class="card-place"><Picture icon=Icon::Pin /> {location}</p>
                <BadgeIcons badges />
            </div>
        </li>
    }
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
