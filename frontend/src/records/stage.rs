//! How far something has got that is taken in from a file, and the button for what comes next.

use leptos::prelude::*;

use crate::{
    erased::live,
    ui::{
        button::{ActionButton, Look},
        icon::Icon,
    },
};

/// What is being done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// None has been chosen.
    Empty,
    /// It is looked at; nothing is written.
    Checking,
    Checked,
    Writing,
    /// People asked to stop, or the API can't be reached; the rest can follow.
    Stopped,
    Done,
}

impl Stage {
    /// Whether what is counted has been written.
    pub(super) const fn is_written(self) -> bool {
        matches!(self, Self::Writing | Self::Stopped | Self::Done)
    }

    /// Whether another file has to wait.
    pub(super) const fn is_busy(self) -> bool {
        matches!(self, Self::Checking | Self::Writing)
    }
}

#[component]
pub(super) fn NextStep(
    stage: RwSignal<Stage>,
    /// What the button to write is called.
    label: &'static str,
    /// Why there is nothing to write; none when there is something.
    nothing: Signal<Option<String>>,
    /// Writes, or goes on with it.
    write: Callback<()>,
    /// Set when someone asks to stop.
    stops: RwSignal<bool>,
) -> impl IntoView {
    let action = move || {
        match stage.get() {
        Stage::Checked => view! {
            <ActionButton look=Look::Primary icon=Icon::Check blocked=nothing on_press=write>{label}</ActionButton>
        }
        .into_any(),
        Stage::Writing => view! {
            <ActionButton icon=Icon::Stop on_press=move || stops.set(true)>"Stop"</ActionButton>
        }
        .into_any(),
        Stage::Stopped => view! {
            <ActionButton look=Look::Primary icon=Icon::Refresh on_press=write>"Go on"</ActionButton>
        }
        .into_any(),
        Stage::Empty | Stage::Checking | Stage::Done => ().into_any(),
    }
    };
    view! { <div class="form-actions">{live(action)}</div> }
}
