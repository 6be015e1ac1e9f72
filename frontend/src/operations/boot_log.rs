//! What is kept of a new host's start: its own report, cloud-init's log, the console output.

use jiff::SignedDuration;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, hooks::use_query_map};
use rollcall_api::{
    relaunch::{BootOutcome, HostAnswer, RelaunchKind, RelaunchOutcome, StepName, StepOutcome},
    word::Word,
};

use super::{
    log::{Log, plain},
    outcome::Tone,
    timeline::Pill,
};
use crate::{
    api::{Api, BootLog, BootReport, Relaunch},
    erased::{live, memo, on_change},
    paths::page,
    ui::{
        icon::{Icon, Picture},
        query::{Await, Query},
        state::Skeleton,
        time::{Ago, duration},
    },
};

/// A report in a word, with its tone.
fn report_words(outcome: &Word<BootOutcome>) -> (&str, Tone) {
    match outcome {
        Word::Known(BootOutcome::Answering) => ("App answers", Tone::Good),
        Word::Known(BootOutcome::ScriptFailed) => ("Script failed", Tone::Bad),
        Word::Known(BootOutcome::NotListening) => ("No app", Tone::Bad),
        Word::Known(BootOutcome::Hung) => ("Hung", Tone::Bad),
        Word::Other(text) => (text, Tone::Neutral),
    }
}

/// A report in a sentence or two.
fn report_text(report: &BootReport) -> String {
    let time = duration(SignedDuration::from_secs(i64::try_from(report.seconds).unwrap_or(i64::MAX)));
    let code = report.exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
    match &report.outcome {
        Word::Known(BootOutcome::Answering) => format!("The app answers on the host itself, after {time}."),
        Word::Known(BootOutcome::ScriptFailed) => {
            format!("The recipe’s script ended{code} after {time}. The end of the log says where.")
        }
        Word::Known(BootOutcome::NotListening) => {
            format!("The recipe’s script ended well{code} after {time}, and no app answers.")
        }
        Word::Known(BootOutcome::Hung) => {
            format!("After {time} the recipe’s script still ran, and no app answered.")
        }
        Word::Other(text) => format!("The host reported “{text}” after {time}."),
    }
}

/// Whether a relaunch started an instance, so that there may be something to keep.
fn has_started(relaunch: &Relaunch) -> bool {
    let is_skipped = |outcome: &Word<StepOutcome>| outcome.is(StepOutcome::Skipped);
    !relaunch.kind.is(RelaunchKind::Terminate)
        && relaunch.steps.iter().any(|step| {
            step.name.is(StepName::Launch)
                && step.started_at.is_some()
                && !step.outcome.as_ref().is_some_and(is_skipped)
        })
}

/// What may bring a report or a log: a step that ended, the relaunch being undone, or its end.
fn progress(relaunch: &Relaunch) -> (usize, bool, bool) {
    let ended = relaunch.steps.iter().filter(|step| step.outcome.is_some()).count();
    (ended, relaunch.undoing, relaunch.outcome.is_some())
}

/// The boot log of a relaunch, once it has started an instance.
#[component]
pub(crate) fn BootLogSection(relaunch: Signal<Relaunch>) -> impl IntoView {
    let started = memo(move || relaunch.with(has_started));
    live(move || started.get().then(|| view! { <BootLogPanel relaunch /> }))
}

#[component]
fn BootLogPanel(relaunch: Signal<Relaunch>) -> impl IntoView {
    let api = Api::current();
    let id = relaunch.with_untracked(|relaunch| relaunch.id.clone());
    let of = id.clone();
    let query = Query::new(move || {
        let id = of.clone();
        async move {
            match api.boot_log(&id).await {
                Err(error) if error.is_missing() => Ok(BootLog::default()),
                answer => answer,
            }
        }
    });
    let progress = memo(move || relaunch.with(progress));
    on_change(progress, move |_| query.refresh());
    let ended = memo(move || relaunch.with(|relaunch| relaunch.outcome.clone()));
    view! {
        <section class="panel" aria-labelledby="boot-log">
            <header class="panel-header"><h2 id="boot-log">"Boot log"</h2></header>
            <div class="panel-body">
                <Await query loading=|| view! { <Skeleton lines=3 label="Loading the boot log…" /> }
                    children=move |log| view! { <Logs id=id.clone() log ended /> } />
            </div>
        </section>
    }
}

#[component]
fn Logs(id: String, log: Signal<BootLog>, ended: Memo<Option<Word<RelaunchOutcome>>>) -> impl IntoView {
    let find = memo({
        let query = use_query_map();
        move || query.with(|query| query.get("find").unwrap_or_default())
    });
    let id = StoredValue::new(id);
    live(move || {
        let BootLog { report, cloud_init_log, console_output, answers } = log.get();
        let has_log = cloud_init_log.is_some() || console_output.is_some();
        // After a success nobody has to read them.
        let open = ended.get().is_some_and(|outcome| !outcome.is(RelaunchOutcome::Succeeded));
        let is_console_first = cloud_init_log.is_none();
        let none = match (report.is_some() || has_log || !answers.is_empty(), ended.get()) {
            (true, _) => None,
            (false, None) => {
                Some("Nothing yet. The new host sends its report and its log once its app answers, or can’t.")
            }
            (false, Some(_)) => {
                Some("Nothing was kept: the new host sent no report, and EC2 had no console output.")
            }
        };
        view! {
            {none.map(|text| view! { <p class="quiet">{text}</p> })}
            {report.map(|report| {
                let (words, tone) = report_words(&report.outcome);
                view! { <p class="boot-report"><Pill words=words.to_owned() tone /> <span>{report_text(&report)}</span></p> }
            })}
            <Answers answers />
            {has_log.then(|| view! { <FindBox id find /> })}
            {cloud_init_log.map(|log| view! {
                <Log title="cloud-init log" text=plain(&log) find=find.into() open />
            })}
            {console_output.map(|log| view! {
                <Log title="Console output" text=plain(&log) find=find.into() open=open && is_console_first />
            })}
        }
    })
}

/// What the new host answered that was not as it should be.
#[component]
fn Answers(answers: Vec<HostAnswer>) -> impl IntoView {
    (!answers.is_empty()).then(|| {
        view! {
            <section class="answers" aria-labelledby="answers">
                <h3 id="answers">"What it answered"</h3>
                <ul>
                    {answers.into_iter().map(|HostAnswer { asked_at, url, said }| {
                        let label = format!("Answer of {url}");
                        view! {
                            <li>
                                <p><code>{url}</code> <span class="quiet">" · " <Ago then=asked_at /></span></p>
                                <pre class="code-block" tabindex="0" role="region" aria-label=label>{said}</pre>
                            </li>
                        }
                    }).collect_view()}
                </ul>
            </section>
        }
    })
}

/// Looks for lines in the logs; what for is kept in the address, so that it can be passed on.
#[component]
fn FindBox(id: StoredValue<String>, find: Memo<String>) -> impl IntoView {
    let navigate = use_navigate();
    let input = move |event| {
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate(&id.with_value(|id| page::relaunch_finding(id, &event_target_value(&event))), options);
    };
    view! {
        <search class="filter log-filter">
            <Picture icon=Icon::Search />
            <label class="visually-hidden" for="find">"Find lines in the logs"</label>
            <input id="find" type="search" placeholder="Find lines in the logs" autocomplete="off"
                prop:value=move || find.get() on:input=input />
        </search>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcome: BootOutcome, exit_code: Option<i32>) -> BootReport {
        BootReport { outcome: Word::Known(outcome), exit_code, seconds: 72 }
    }

    #[test]
    fn a_report_is_told_in_words() {
        let text = |outcome, code| report_text(&report(outcome, code));
        assert_eq!(
            text(BootOutcome::Answering, None),
            "The app answers on the host itself, after 1 min 12 s."
        );
        assert!(
            text(BootOutcome::ScriptFailed, Some(127)).contains("ended with exit code 127 after 1 min 12 s")
        );
        let other =
            BootReport { outcome: Word::Other("rebooted".to_owned()), ..report(BootOutcome::Hung, None) };
        assert_eq!(report_text(&other), "The host reported “rebooted” after 1 min 12 s.");
        assert!(text(BootOutcome::Hung, None).starts_with("After 1 min 12 s the recipe’s script still ran"));
    }
}
