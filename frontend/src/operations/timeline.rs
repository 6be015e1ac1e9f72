//! The steps of a relaunch, as they happen.

use leptos::prelude::*;
use rollcall_api::{
    audit::Actor,
    relaunch::{RelaunchOutcome, StepName, StepOutcome},
    word::Word,
};

use super::outcome::{StepState, Tone, outcome_words, step_name, step_purpose};
use crate::{
    api::{Relaunch, Step},
    erased::{live, memo},
    ui::{
        copy::CopyButton,
        icon::Picture,
        time::{Took, duration},
        who::Who,
    },
};

/// A state as a coloured word.
#[component]
pub(crate) fn Pill(words: String, tone: Tone) -> impl IntoView {
    view! { <span class=tone.pill()>{words}</span> }
}

/// What came of a relaunch.
#[component]
pub(crate) fn OutcomePill(outcome: Option<Word<RelaunchOutcome>>, undoing: bool) -> impl IntoView {
    let (words, tone) = outcome_words(outcome.as_ref(), undoing);
    view! { <Pill words=words.to_owned() tone /> }
}

/// The steps one below the other, each with what came of it.
#[component]
pub(crate) fn Timeline(
    /// Whose steps; changes as they happen.
    relaunch: Signal<Relaunch>,
) -> impl IntoView {
    // A step is drawn anew only when something about it changed, so that the focus in another stays.
    let steps = memo(move || {
        relaunch.with(|relaunch| {
            let over = relaunch.outcome.is_some() || relaunch.undoing;
            relaunch.steps.iter().map(|step| (step.clone(), StepState::of(step, over))).collect::<Vec<_>>()
        })
    });
    let count = memo(move || steps.with(Vec::len));
    let approved_by = memo(move || relaunch.with(|relaunch| relaunch.approval.as_ref()?.given_by.clone()));
    view! {
        <ol class="timeline">
            {live(move || (0..count.get()).map(|index| {
                let step = memo(move || steps.with(|steps| steps.get(index).cloned()));
                move || step.get().map(|(step, state)| {
                    // Once it has succeeded, the step's message says so.
                    let is_told = step.outcome.as_ref().is_some_and(|outcome| outcome.is(StepOutcome::Succeeded));
                    let by = approved_by.get().filter(|_| step.name.is(StepName::Approve) && !is_told);
                    view! { <TimelineStep step state by /> }
                })
            }).collect_view())}
        </ol>
        <p class="visually-hidden" role="status">{live(move || steps.with(|steps| announcement(steps)))}</p>
    }
}

/// What who listens is told as the steps go by.
fn announcement(steps: &[(Step, StepState)]) -> String {
    let of = |wanted: &[StepState]| steps.iter().rev().find(|(_, state)| wanted.contains(state));
    let current = of(&[StepState::UnderWay, StepState::Failed]).or_else(|| of(&[StepState::Succeeded]));
    current
        .map(|(step, state)| format!("{}: {}", step.name.label(step_name), state.words()))
        .unwrap_or_default()
}

#[component]
fn TimelineStep(
    step: Step,
    state: StepState,
    /// Who let it go on.
    by: Option<Word<Actor>>,
) -> impl IntoView {
    let is_under_way = state == StepState::UnderWay;
    let took = match (step.started_at, step.ended_at) {
        (Some(started_at), None) if is_under_way => {
            Some(view! { <Took started_at ended_at=None /> }.into_any())
        }
        (Some(started_at), Some(ended_at)) => Some(
            view! { <span class="took">{duration(ended_at.duration_since(started_at))}</span> }.into_any(),
        ),
        _ => None,
    };
    view! {
        <li class=state.class() aria-current=is_under_way.then_some("step")>
            <span class="step-mark">{state.icon().map(|icon| view! { <Picture icon /> })}</span>
            <div class="step-head">
                <h3 class="step-name">{step.name.label(step_name).to_owned()}</h3>
                <span class="step-state">{state.words().to_owned()}</span>
                {by.map(|actor| view! { <span class="step-by">"Approved by " <Who actor /></span> })}
                {took}
            </div>
            <p class="step-message">{step.message.unwrap_or_else(|| step_purpose(&step.name).unwrap_or_default().to_owned())}</p>
            {(!step.resources.is_empty()).then(|| view! {
                <ul class="resources" aria-label="AWS ids">
                    {step.resources.into_iter().map(|id| view! {
                        <li><code>{id.clone()}</code><CopyButton text=id.clone() what="id" /></li>
                    }).collect_view()}
                </ul>
            })}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::relaunch::StepName;

    use super::*;

    fn step(name: StepName, state: StepState) -> (Step, StepState) {
        let step = Step {
            name: Word::Known(name),
            outcome: None,
            started_at: None,
            ended_at: None,
            message: None,
            resources: vec![],
        };
        (step, state)
    }

    #[test]
    fn who_listens_hears_the_step_that_is_under_way() {
        let steps = [
            step(StepName::Preflight, StepState::Succeeded),
            step(StepName::Launch, StepState::UnderWay),
            step(StepName::Boot, StepState::ToCome),
        ];
        assert_eq!(announcement(&steps), "Launch: Under way");
    }

    #[test]
    fn a_failed_step_is_not_hidden_behind_an_earlier_success() {
        let steps = [
            step(StepName::Launch, StepState::Succeeded),
            step(StepName::Boot, StepState::Failed),
            step(StepName::Switch, StepState::Skipped),
        ];
        assert_eq!(announcement(&steps), "Boot: Failed");
    }
}
