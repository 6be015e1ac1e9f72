//! `/chart`: who reports to whom.

use std::future::pending;

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use rollcall_api::reporting::{ChainEnd, EmployeeChain, Report};

use super::{
    chart::{Branches, Person, Tree, keep_reachable, on_key},
    employee_picker::EmployeePicker,
    picture,
};
use crate::{
    api::{Api, ApiError},
    erased::{derive, live, memo},
    paths::page,
    session::SignedIn,
    ui::{
        button::ActionButton,
        field::FieldErrors,
        icon::Icon,
        page::PageHeader,
        query::{Await, Query},
        state::{Notice, Skeleton},
    },
};

/// What the tree begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Roots {
    people: Vec<Person>,
    /// The ids of those whose branches are open at first.
    open: Vec<String>,
    /// Whom it was opened for.
    at: Option<String>,
    /// What is wrong with the way up from that one.
    told: Option<&'static str>,
}

/// The chart opened at someone; at oneself, where one is signed in and an employee; else at the top.
async fn roots(api: Api, at: Option<String>, is_signed_in: bool) -> Result<Roots, ApiError> {
    let top = api.reports(None, None).await?;
    let at = match at {
        None if is_signed_in => api.me().await.ok().map(|me| me.id),
        at => at,
    };
    let mut people: Vec<Person> = top.reports.into_iter().map(Person::from).collect();
    let Some(at) = at else {
        let open = people.first().map(|one| one.employee.id.clone()).into_iter();
        return Ok(Roots { open: open.collect(), people, at, told: None });
    };
    let EmployeeChain { chain, end } = api.chain(&at).await?;
    let open = [at.clone()].into_iter().chain(chain.iter().map(|one| one.id.clone())).collect();
    let root = match chain.last() {
        Some(root) => root.clone(),
        None => api.employee(&at).await?,
    };
    // Whoever has nobody below, or a manager who is gone, is not among those at the top.
    if !people.iter().any(|one| one.employee.id == root.id) {
        people.insert(0, Person { employee: root, direct: None, below: None });
    }
    let told = match end {
        ChainEnd::Top => None,
        ChainEnd::Missing => Some("The manager at the top of this branch is not in the directory any more."),
        ChainEnd::Circle => {
            Some("These people report to each other in a circle. Give one of them another manager.")
        }
        ChainEnd::TooLong => Some("There are more levels above than are shown."),
    };
    Ok(Roots { people, open, at: Some(at), told })
}

/// Who reports to whom.
#[component]
pub(crate) fn ChartPage() -> impl IntoView {
    let api = Api::current();
    let address = use_query_map();
    let at = memo(move || address.with(|query| query.get("at")));
    let signed_in = SignedIn::current();
    let who = memo(move || signed_in.session().latest().map(|session| session.user.is_some()));
    let query = Query::new(move || {
        let (at, who) = (at.get(), who.get());
        async move {
            match who {
                // Asked again as soon as that is known.
                None if at.is_none() => pending().await,
                who => roots(api, at, who.unwrap_or_default()).await,
            }
        }
    });
    let navigate = use_navigate();
    let go = move |id: String| {
        if !id.is_empty() {
            navigate(&page::chart_at(&id), Default::default());
        }
    };
    view! {
        <PageHeader title="Who reports to whom">
            <ActionButton icon=Icon::Layers on_press=picture::save>"Save as picture"</ActionButton>
            <ActionButton icon=Icon::List on_press=picture::save_rows>"Save as CSV"</ActionButton>
        </PageHeader>
        <div class="chart-search">
            <EmployeePicker label="Find someone in the chart" path="at" alone=true
                value=derive(String::new) on_input=go errors=RwSignal::new(FieldErrors::default()) />
        </div>
        <Lost />
        <Await query loading=|| view! { <Skeleton lines=8 label="Loading the chart…" /> }
            children=move |roots| view! { <Chart roots /> } />
    }
}

#[component]
fn Chart(roots: Signal<Roots>) -> impl IntoView {
    let at = derive(move || roots.with(|roots| roots.at.clone()));
    let tree = Tree { api: Api::current(), open: RwSignal::new(Vec::new()), at };
    live(move || {
        let Roots { people, open, told, .. } = roots.get();
        if people.is_empty() {
            return view! {
                <Notice icon=Icon::People title="Nobody reports to anyone yet"
                    text="Open someone’s record and choose a manager; the chart grows from there." />
            }
            .into_any();
        }
        tree.open.set(open);
        keep_reachable(derive(move || tree.open.with(Vec::is_empty)));
        view! {
            {told.map(|words| view! { <p class="banner">{words}</p> })}
            <ul class="chart" role="tree" aria-label="Who reports to whom"
                on:keydown=move |event| on_key(tree, &event)>
                <Branches tree people level=1 />
            </ul>
        }
        .into_any()
    })
}

/// Those whose manager is gone, to be mended.
#[component]
fn Lost() -> impl IntoView {
    let api = Api::current();
    let query = Query::new(move || api.lost());
    let someone = |Report { employee, .. }: Report| {
        let name = employee.full_name().to_owned();
        view! { <li><a translate="no" href=page::edit_employee(&employee.id)>{name}</a></li> }
    };
    live(move || {
        let lost = query.latest().filter(|page| page.total > 0)?;
        let words = match lost.total {
            1 => "1 person has a manager who left".to_owned(),
            total => format!("{total} people have a manager who left"),
        };
        Some(view! {
            <details class="lost">
                <summary>{words}</summary>
                <ul>{lost.reports.into_iter().map(someone).collect_view()}</ul>
            </details>
        })
    })
}
