//! `/operations/conformance`: the account held against what the templates declare.

use leptos::prelude::*;
use rollcall_api::conformance::{Area, Conformance, Fact, FactOutcome};

use super::{outcome::Tone, topology::Network};
use crate::{
    api::Api,
    ui::{
        button::ActionButton,
        icon::{Icon, Picture},
        lean::{derive, live, memo, spawn},
        page::PageHeader,
        query::{Await, Query},
        state::{Notice, Skeleton},
        time::Ago,
    },
};

/// The parts of the deployment, in the order they build on each other.
const AREAS: [(Area, &str); 5] = [
    (Area::Network, "Network"),
    (Area::Firewall, "Firewall"),
    (Area::Host, "Host"),
    (Area::Storage, "Storage"),
    (Area::Identity, "Identity"),
];

/// What an outcome that asks for attention is called and shown with.
const fn outcome_words(outcome: FactOutcome) -> (&'static str, Icon, &'static str) {
    match outcome {
        FactOutcome::Conforms => ("As declared", Icon::Check, "check check-passed"),
        FactOutcome::Differs => ("Differs", Icon::Cross, "check check-failed"),
        FactOutcome::Unknown => ("Unknown", Icon::Question, "check check-unknown"),
    }
}

/// How many facts came out so.
fn count(facts: &[Fact], outcome: FactOutcome) -> usize {
    facts.iter().filter(|fact| fact.outcome == outcome).count()
}

/// How it stands, in a few words, each with its tone.
fn summary(facts: &[Fact]) -> Vec<(String, Tone)> {
    let findings = match count(facts, FactOutcome::Differs) {
        0 if facts.is_empty() => return Vec::new(),
        0 => ("No findings".to_owned(), Tone::Good),
        1 => ("1 finding".to_owned(), Tone::Bad),
        findings => (format!("{findings} findings"), Tone::Bad),
    };
    let unknown = count(facts, FactOutcome::Unknown);
    let conforming = count(facts, FactOutcome::Conforms);
    let mut summary = vec![findings];
    if unknown > 0 {
        summary.push((format!("{unknown} unknown"), Tone::Wary));
    }
    summary.push((format!("{conforming} as declared"), Tone::Calm));
    summary
}

/// Conformance.
#[component]
pub(crate) fn ConformancePage() -> impl IntoView {
    let api = Api::current();
    let query = Query::new(move || async move { api.conformance().await });
    let busy = RwSignal::new(false);
    let check = move || {
        busy.set(true);
        spawn(async move {
            query.refreshed().await;
            busy.try_set(false);
        });
    };
    view! {
        <PageHeader title="Conformance"
            lede=|| view! { <p class="lede">"The account, held against what the templates declare. Looking changes nothing."</p> }>
            <ActionButton icon=Icon::Refresh busy on_press=check>"Check again"</ActionButton>
        </PageHeader>
        <Await query loading=|| view! { <Skeleton lines=8 label="Loading what the account has…" /> }
            children=|answer| view! { <Content answer /> } />
    }
}

#[component]
fn Content(answer: Signal<Conformance>) -> impl IntoView {
    let checked_at = derive(move || answer.with(|answer| answer.checked_at));
    // Drawn anew only when something has changed, so that what someone has opened stays open.
    let seen = memo(move || answer.with(|answer| (answer.facts.clone(), answer.topology.clone())));
    view! {
        <div class="conformance-summary">
            <p role="status">
                {live(move || seen.with(|(facts, _)| summary(facts)).into_iter().map(|(words, tone)| {
                    view! { <span class=tone.pill()>{words}</span> " " }
                }).collect_view())}
            </p>
            <span class="quiet">"Checked " <Ago then=checked_at /></span>
        </div>
        {live(move || {
            let (facts, topology) = seen.get();
            if facts.is_empty() {
                return view! {
                    <Notice icon=Icon::Question title="Nothing was looked for"
                        text="The function knows of nothing that the templates declare." />
                }
                .into_any();
            }
            view! {
                {findings(&facts)}
                <Network topology />
                {conforming(&facts)}
            }
            .into_any()
        })}
    }
}

/// What asks for attention, with what is known about it: what differs first.
fn findings(facts: &[Fact]) -> Option<AnyView> {
    let of = |outcome| facts.iter().filter(move |fact| fact.outcome == outcome);
    let findings: Vec<_> = of(FactOutcome::Differs).chain(of(FactOutcome::Unknown)).cloned().collect();
    (!findings.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="findings">
                <header class="panel-header"><h2 id="findings">"Findings"</h2></header>
                <ul class="checks">{findings.into_iter().map(|fact| view! { <Finding fact /> }).collect_view()}</ul>
            </section>
        }
        .into_any()
    })
}

#[component]
fn Finding(fact: Fact) -> impl IntoView {
    let (words, icon, class) = outcome_words(fact.outcome);
    let details = [("Expected", fact.expected), ("Found", fact.found), ("To mend it", fact.mend)];
    view! {
        <li class=class>
            <span class="check-mark"><Picture icon /></span>
            <h3>{fact.name}</h3>
            <span class="check-outcome">{words}</span>
            <dl class="finding">
                {details.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| view! {
                    <div><dt>{name}</dt><dd>{text}</dd></div>
                }).collect_view()}
            </dl>
        </li>
    }
}

/// What is as declared, part by part; nothing where nothing is.
fn conforming(facts: &[Fact]) -> Option<AnyView> {
    let of = |area: Area| facts.iter().filter(move |fact| fact.area == area);
    let areas = AREAS.into_iter().filter_map(|(area, title)| {
        let all = of(area).count();
        let facts: Vec<_> = of(area).filter(|fact| fact.outcome == FactOutcome::Conforms).cloned().collect();
        (!facts.is_empty()).then(|| view! { <AreaFacts title facts all /> })
    });
    (count(facts, FactOutcome::Conforms) > 0).then(|| {
        view! {
            <section aria-labelledby="declared">
                <div class="section-header"><h2 id="declared">"As declared"</h2></div>
                {areas.collect_view()}
            </section>
        }
        .into_any()
    })
}

#[component]
fn AreaFacts(
    title: &'static str,
    /// What is as declared.
    facts: Vec<Fact>,
    /// How many facts there are.
    all: usize,
) -> impl IntoView {
    let told = format!("{} of {all} as declared", facts.len());
    let rows = facts.into_iter().map(|fact| {
        view! { <tr><th scope="row">{fact.name}</th><td class="note">{fact.found}</td></tr> }
    });
    view! {
        <details class="log">
            <summary><h3>{title}</h3> <span class="quiet number">{told}</span></summary>
            <div class="table-scroll log-frame" role="region" aria-label=title tabindex="0">
                <table class="table facts-table">
                    <thead><tr><th scope="col">"Fact"</th><th scope="col">"Expected and found"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(outcome: FactOutcome) -> Fact {
        Fact {
            id: String::new(),
            area: Area::Network,
            name: String::new(),
            outcome,
            expected: String::new(),
            found: String::new(),
            mend: String::new(),
        }
    }

    fn words(outcomes: &[FactOutcome]) -> Vec<String> {
        let facts: Vec<_> = outcomes.iter().copied().map(fact).collect();
        summary(&facts).into_iter().map(|(words, _)| words).collect()
    }

    #[test]
    fn how_it_stands_is_said_in_a_few_words() {
        use FactOutcome::{Conforms, Differs, Unknown};
        assert_eq!(words(&[Conforms, Conforms]), ["No findings", "2 as declared"]);
        assert_eq!(words(&[Differs, Unknown, Conforms]), ["1 finding", "1 unknown", "1 as declared"]);
        assert!(words(&[]).is_empty());
        assert_eq!(words(&[Differs, Differs]), ["2 findings", "0 as declared"]);
    }
}
