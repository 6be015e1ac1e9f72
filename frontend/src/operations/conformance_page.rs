//! `/operations/conformance`: the account held against what the templates declare.

use leptos::prelude::*;
use rollcall_api::{
    conformance::{Area, FactOutcome},
    word::Word,
};

use super::{outcome::Tone, topology::Network};
use crate::{
    api::{Api, Conformance, Fact},
    erased::{derive, live, memo, spawn},
    ui::{
        button::ActionButton,
        icon::{Icon, Picture},
        page::PageHeader,
        query::{Await, Query},
        state::{Notice, Skeleton},
        time::Ago,
    },
};

/// The parts of the deployment, in the order they build on each other.
const AREAS: [Area; 5] = [Area::Network, Area::Firewall, Area::Host, Area::Storage, Area::Identity];

const fn area_title(area: Area) -> &'static str {
    match area {
        Area::Network => "Network",
        Area::Firewall => "Firewall",
        Area::Host => "Host",
        Area::Storage => "Storage",
        Area::Identity => "Identity",
    }
}

/// The areas of these facts: those that are known in their order, then any others as they come.
fn areas(facts: &[Fact]) -> Vec<Word<Area>> {
    let mut areas: Vec<_> = AREAS.into_iter().map(Word::Known).collect();
    for fact in facts {
        if !areas.contains(&fact.area) {
            areas.push(fact.area.clone());
        }
    }
    areas
}

/// What an outcome is called and shown with.
fn outcome_words(outcome: &Word<FactOutcome>) -> (&str, Icon, &'static str) {
    match outcome {
        Word::Known(FactOutcome::Conforms) => ("As declared", Icon::Check, "check check-passed"),
        Word::Known(FactOutcome::Differs) => ("Differs", Icon::Cross, "check check-failed"),
        Word::Known(FactOutcome::Unknown) => ("Unknown", Icon::Question, "check check-unknown"),
        Word::Other(text) => (text, Icon::Question, "check check-unknown"),
    }
}

/// How many facts came out so.
fn count(facts: &[Fact], outcome: FactOutcome) -> usize {
    facts.iter().filter(|fact| fact.outcome.is(outcome)).count()
}

/// How it stands, in a few words, each with its tone.
fn summary(facts: &[Fact]) -> Vec<(String, Tone)> {
    if facts.is_empty() {
        return Vec::new();
    }
    let conforming = count(facts, FactOutcome::Conforms);
    // An outcome that this page doesn't know is not known to be as declared.
    let unknown = facts.len() - conforming - count(facts, FactOutcome::Differs);
    // While something is unknown, nobody knows whether there are findings: nothing is green then.
    let findings = match count(facts, FactOutcome::Differs) {
        0 if unknown > 0 => ("No findings so far".to_owned(), Tone::Neutral),
        0 => ("No findings".to_owned(), Tone::Good),
        1 => ("1 finding".to_owned(), Tone::Bad),
        findings => (format!("{findings} findings"), Tone::Bad),
    };
    let mut summary = vec![findings];
    if unknown > 0 {
        summary.push((format!("{unknown} unknown"), Tone::Warning));
    }
    summary.push((format!("{conforming} as declared"), Tone::Neutral));
    summary
}

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
    let findings = facts.iter().filter(|fact| !fact.outcome.is(FactOutcome::Conforms)).cloned();
    let mut findings: Vec<_> = findings.collect();
    findings.sort_by_key(|fact| !fact.outcome.is(FactOutcome::Differs));
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
    let (words, icon, class) = outcome_words(&fact.outcome);
    let words = words.to_owned();
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
    let areas = areas(facts).into_iter().filter_map(|area| {
        let in_area = || facts.iter().filter(|fact| fact.area == area);
        let all = in_area().count();
        let facts: Vec<_> =
            in_area().filter(|fact| fact.outcome.is(FactOutcome::Conforms)).cloned().collect();
        let title = area.label(area_title).to_owned();
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
    title: String,
    facts: Vec<Fact>,
    /// How many facts there are.
    all: usize,
) -> impl IntoView {
    let count = format!("{} of {all} as declared", facts.len());
    let rows = facts.into_iter().map(|fact| {
        view! { <tr><th scope="row">{fact.name}</th><td class="note">{fact.found}</td></tr> }
    });
    view! {
        <details class="log">
            <summary><h3>{title.clone()}</h3> <span class="quiet number">{count}</span></summary>
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
            area: Word::Known(Area::Network),
            name: String::new(),
            outcome: Word::Known(outcome),
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

    #[test]
    fn an_outcome_that_the_page_does_not_know_is_never_as_declared() {
        let waived = Fact { outcome: Word::Other("waived".to_owned()), ..fact(FactOutcome::Conforms) };
        assert_eq!(outcome_words(&waived.outcome).0, "waived");
        let summary = summary(&[waived, fact(FactOutcome::Conforms)]);
        assert!(summary.iter().all(|(_, tone)| *tone != Tone::Good), "{summary:?}");
        let words: Vec<_> = summary.into_iter().map(|(words, _)| words).collect();
        assert_eq!(words, ["No findings so far", "1 unknown", "1 as declared"]);
    }

    #[test]
    fn only_where_everything_is_known_there_are_no_findings() {
        use FactOutcome::{Conforms, Unknown};
        assert_eq!(words(&[Conforms, Unknown]), ["No findings so far", "1 unknown", "1 as declared"]);
        assert_eq!(summary(&[fact(Conforms)]).first().map(|(_, tone)| *tone), Some(Tone::Good));
    }

    #[test]
    fn an_area_that_the_page_does_not_know_comes_last() {
        let dns = Fact { area: Word::Other("dns".to_owned()), ..fact(FactOutcome::Conforms) };
        let areas = areas(&[dns.clone(), fact(FactOutcome::Conforms), dns]);
        let titles: Vec<_> = areas.iter().map(|area| area.label(area_title)).collect();
        assert_eq!(titles, ["Network", "Firewall", "Host", "Storage", "Identity", "dns"]);
    }
}
