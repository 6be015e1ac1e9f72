//! Saves several people as a file.

use leptos::prelude::*;
use rollcall_api::export::{ExportFormat, ExportInput};

use super::work::Work;
use crate::{
    api::{Api, ApiError},
    erased::{live, spawn},
    ui::{
        button::{ActionButton, Look},
        icon::Icon,
        save::{MARK, save},
        toast::Toasts,
    },
};

/// The file of these people, asked for in parts; none where the page is gone before it is whole.
async fn file(
    api: Api,
    format: ExportFormat,
    ids: Vec<String>,
    fetched: RwSignal<usize>,
) -> Result<Option<String>, ApiError> {
    let mut file = String::new();
    for part in ids.chunks(format.at_once() as usize) {
        let input = ExportInput { format, ids: part.to_vec(), goes_on: !file.is_empty() };
        file.push_str(&api.export_picked(&input).await?);
        if fetched.try_update(|fetched| *fetched += part.len()).is_none() {
            return Ok(None);
        }
    }
    Ok(Some(file))
}

/// Two buttons, one for each kind of file.
#[component]
pub(super) fn Exporting(work: Work) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let (fetched, busy) = (RwSignal::new(0_usize), RwSignal::new(false));
    let all = move || work.entries.with(Vec::len);
    let export = move |format: ExportFormat| {
        let ids: Vec<String> =
            work.entries.with_untracked(|entries| entries.iter().map(|entry| entry.id.clone()).collect());
        fetched.set(0);
        busy.set(true);
        spawn(async move {
            match (file(api, format, ids, fetched).await, format) {
                (Ok(Some(file)), ExportFormat::Csv) => {
                    // Reading it as text took the mark away.
                    save("employees.csv", "text/csv", &format!("{MARK}{file}"));
                }
                (Ok(Some(file)), ExportFormat::Vcard) => save("employees.vcf", "text/vcard", &file),
                (Ok(None), _) => {}
                (Err(error), _) => toasts.refused("The people could not be saved as a file.", &error),
            }
            busy.try_set(false);
        });
    };
    view! {
        <p>"Each is saved as they are now. Whoever was deleted meanwhile is left out."</p>
        {live(move || (busy.get() && fetched.get() < all()).then(|| view! {
            <p role="status">{fetched.get()} " of " {all()}</p>
            <progress max=all() value=fetched.get() aria-label="People"></progress>
        }))}
        <div class="form-actions">
            <ActionButton look=Look::Primary icon=Icon::Download busy on_press=move || export(ExportFormat::Csv)>
                "Save as CSV"
            </ActionButton>
            <ActionButton icon=Icon::Download busy on_press=move || export(ExportFormat::Vcard)>
                "Save as vCards"
            </ActionButton>
        </div>
    }
}
