//! What is known about an employee, each detail in the form that serves whoever reads it.

use leptos::prelude::*;
use rollcall_api::{
    employee::Employee,
    field::{FIELDS, FULL_NAME, Field, JOB_TITLE, Kind},
    values::Value,
};

use crate::{
    clock::Clock,
    erased::memo,
    paths::page,
    ui::{copy::CopyButton, time},
};

/// The details that a profile lists: what its head shows already is left out.
pub(crate) fn details(employee: &Employee) -> impl IntoView + use<> {
    let fields = FIELDS.iter().filter(|field| ![FULL_NAME, JOB_TITLE].contains(&field.name));
    let shown = fields.filter_map(|field| {
        let value = employee.values.get(field.name)?;
        let display = employee.display(field.name)?;
        Some(view! { <div><dt>{field.label}</dt><dd>{shown(field, value, display)}</dd></div> })
    });
    shown.collect_view()
}

fn shown(field: &Field, value: &Value, display: &Value) -> AnyView {
    let one = |stored: String, words: String| match field.kind {
        Kind::Line(_) | Kind::Lines(_) => view! { <span>{words}</span> }.into_any(),
        Kind::Email => view! {
            <a href=format!("mailto:{stored}")>{words}</a>
            <CopyButton text=stored what="e-mail address" />
        }
        .into_any(),
        Kind::Phone => view! {
            <a href=format!("tel:{stored}")>{words.clone()}</a>
            <CopyButton text=words what="phone number" />
        }
        .into_any(),
        Kind::Employee => view! { <a href=page::employee(&stored)>{words}</a> }.into_any(),
        Kind::Date => view! { <time datetime=stored>{time::day(&words)}</time> }.into_any(),
        Kind::TimeZone => view! { <LocalTime zone=stored /> }.into_any(),
        Kind::Links => view! { <a href=stored rel="noopener noreferrer">{words}</a> }.into_any(),
    };
    let pairs = value.texts().iter().zip(display.texts());
    let mut all: Vec<AnyView> = pairs.map(|(stored, words)| one(stored.clone(), words.clone())).collect();
    if all.len() == 1 {
        return all.remove(0);
    }
    view! { <ul class="several">{all.into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul> }
        .into_any()
}

/// What time it is there now; the zone's name alone where the browser doesn't know the zone.
#[component]
fn LocalTime(zone: String) -> impl IntoView {
    let clock: Clock = expect_context();
    let now = {
        let zone = zone.clone();
        memo(move || time::time_of_day(clock.now(), &zone))
    };
    view! { {now} " " <span class="quiet">{zone}</span> }
}
