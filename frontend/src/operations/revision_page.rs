//! `/operations/revisions/{n}`: one revision.

use leptos::prelude::*;
use rollcall_api::revision::RecipeName;

use super::{panel::Panel, plan_link::PlanLink, revisions_page::RunsHere};
use crate::{
    api::{Api, Revision},
    erased::{derive, live},
    paths::page,
    ui::{
        button::{ActionLink, Look},
        copy::CopyButton,
        icon::Icon,
        page::PageHeader,
        query::{Await, Query},
        state::Skeleton,
        time::Ago,
        who::Who,
    },
};

/// The most user data EC2 takes, in bytes before base64
/// ([user data](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html)).
const MAX_USER_DATA_BYTES: usize = 16 * 1024;

#[component]
pub(crate) fn RevisionPage(number: u32) -> impl IntoView {
    let (api, panel) = (Api::current(), Panel::current());
    let known = move || {
        let listing = panel.revisions.latest_untracked()?;
        listing.items.into_iter().find(|revision| revision.number == number)
    };
    let query = Query::with_known(known, move || async move { api.revision(number).await });
    let lede = move || {
        query.latest().and_then(|revision| revision.note).map(|note| view! { <p class="lede">{note}</p> })
    };
    view! {
        <PageHeader title=format!("Revision {number}") above=(page::REVISIONS, "Revisions") lede>
            <ActionLink href=page::new_revision_from(number) icon=Icon::Plus>
                "New revision from this"
            </ActionLink>
            <PlanLink
                revision=derive(move || query.latest().map(|revision| revision.number))
                look=Look::Primary
            />
        </PageHeader>
        <Await query loading=|| view! { <Skeleton lines=8 label="Loading the revision…" /> }
            children=|revision| view! { <Content revision /> } />
    }
}

#[component]
fn Content(revision: Signal<Revision>) -> impl IntoView {
    live(move || {
        let Revision {
            number,
            recipe,
            variables,
            image,
            instance_type,
            fallback_instance_types,
            user_data,
            user_data_sha256,
            created_at,
            created_by,
            approval_hours,
            ..
        } = revision.get();
        let bytes = user_data.len();
        view! {
            <section class="panel" aria-label="Summary">
                <dl class="facts facts-dense">
                    <div><dt>"Recipe"</dt><dd><code>{recipe.label(RecipeName::as_str).to_owned()}</code><RunsHere number /></dd></div>
                    <div>
                        <dt>"Image"</dt>
                        <dd><code>{image.clone()}</code> <CopyButton text=image.clone() what="image" /></dd>
                    </div>
                    <div><dt>"Instance type"</dt><dd><code>{instance_type}</code></dd></div>
                    {(!fallback_instance_types.is_empty()).then(|| view! {
                        <div>
                            <dt>"Fallback instance types"</dt>
                            <dd><code>{fallback_instance_types.join(", ")}</code></dd>
                        </div>
                    })}
                    {approval_hours.map(|hours| view! {
                        <div><dt>"Waits for approval"</dt><dd>{hours_words(hours)}</dd></div>
                    })}
                    <div><dt>"Created"</dt><dd><Ago then=created_at /> " by " <Who actor=created_by /></dd></div>
                    {variables.into_iter().map(|(name, value)| view! {
                        <div><dt><code>{name}</code></dt><dd><code>{value}</code></dd></div>
                    }).collect_view()}
                    <div class="wide">
                        <dt>"sha256 of the user data"</dt>
                        <dd>
                            <code class="hash">{user_data_sha256.clone()}</code>
                            <CopyButton text=user_data_sha256.clone() what="sha256" />
                        </dd>
                    </div>
                </dl>
            </section>
            <section class="panel">
                <header class="panel-header">
                    <h2 id="user-data">"User data"</h2>
                    <span class="quiet number">{format!("{bytes} of {MAX_USER_DATA_BYTES} bytes")}</span>
                    <CopyButton text=user_data.clone() what="user data" />
                </header>
                <pre class="code-block" tabindex="0" role="region" aria-labelledby="user-data">
                    <code>{user_data.clone()}</code>
                </pre>
            </section>
        }
    })
}

/// A number of hours in words.
fn hours_words(hours: u32) -> String {
    if hours == 1 { "1 hour".to_owned() } else { format!("{hours} hours") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hour_is_one_hour() {
        assert_eq!(hours_words(1), "1 hour");
        assert_eq!(hours_words(96), "96 hours");
    }
}
