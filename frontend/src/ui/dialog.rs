//! A question that has to be answered before anything else.

use leptos::{html::Dialog, prelude::*};

use super::{
    button::{ActionButton, Look},
    icon::Icon,
    unique_id,
};
use crate::erased::{effect, live};

/// Asks before something is done. The browser keeps the focus inside and gives it back afterwards.
#[component]
pub(crate) fn Confirm(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// The words on the button that does it: a verb.
    #[prop(into)]
    confirm: Signal<String>,
    icon: Icon,
    look: Look,
    /// Why it can't be done; none when it can.
    #[prop(optional, into)]
    blocked: Signal<Option<String>>,
    /// The words on the button that leaves everything as it is.
    #[prop(default = "Cancel")]
    dismiss: &'static str,
    /// Whether it is being done.
    #[prop(into)]
    busy: Signal<bool>,
    /// Does it. Whoever does it closes the dialog.
    #[prop(into)]
    on_confirm: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<Dialog>::new();
    let title_id = unique_id("dialog-title");
    let body_id = unique_id("dialog-body");
    let (labelled_by, described_by) = (title_id.clone(), body_id.clone());
    effect(move || {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                dialog.show_modal().ok();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog
            node_ref=node
            class="dialog"
            aria-labelledby=labelled_by
            aria-describedby=described_by
            on:close=move |_| open.set(false)
        >
            <h2 id=title_id class="dialog-title">{title}</h2>
            <div id=body_id class="dialog-body">
                {live(move || open.get().then(|| children()))}
            </div>
            <div class="dialog-actions">
                <ActionButton on_press=move || open.set(false)>{dismiss}</ActionButton>
                <ActionButton look icon blocked busy on_press=on_confirm>
                    {live(move || confirm.get())}
                </ActionButton>
            </div>
        </dialog>
    }
}
