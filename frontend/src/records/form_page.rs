//! `/employees/new` and `/employees/{id}/edit`.

use leptos::prelude::*;

use super::{form::EmployeeForm, history::History};
use crate::{
    api::Api,
    erased::derive,
    paths::page,
    session::{Guard, Permission},
    ui::{
        page::PageHeader,
        query::{Await, Query},
        state::Skeleton,
    },
};

#[component]
fn FormSkeleton() -> impl IntoView {
    view! { <Skeleton lines=6 label="Loading the form…" /> }
}

#[component]
pub(crate) fn NewEmployeePage() -> impl IntoView {
    view! {
        <Guard permission=Permission::Edit title="Add employee" loading=|| view! { <FormSkeleton /> }>
            <PageHeader title="Add employee" above=(page::DIRECTORY, "Directory") />
            <EmployeeForm seen=None />
        </Guard>
    }
}

#[component]
pub(crate) fn EditEmployeePage(id: String) -> impl IntoView {
    let id = StoredValue::new(id);
    view! {
        <Guard permission=Permission::Edit title="Edit employee" loading=|| view! { <FormSkeleton /> }>
            <EditForm id=id.get_value() />
        </Guard>
    }
}

#[component]
fn EditForm(id: String) -> impl IntoView {
    let api = Api::current();
    let of_history = id.clone();
    // Asked for anew, whatever the directory knows: nobody's change should be undone by an older copy.
    let query = Query::new(move || {
        let id = id.clone();
        async move { api.employee_to_change(&id).await }
    });
    let title = derive(move || {
        query.latest().map_or_else(
            || "Edit employee".to_owned(),
            |employee| format!("Edit {}", employee.shown.full_name()),
        )
    });
    view! {
        <PageHeader title above=(page::DIRECTORY, "Directory") />
        // The form starts from what was there when it was opened; a refresh must not undo what is being typed.
        <Await query loading=|| view! { <FormSkeleton /> }
            children=move |employee| view! {
                <EmployeeForm seen=Some(employee.get_untracked()) />
                <History id=of_history.clone() />
            } />
    }
}
