//! `/operations/audit`: who asked for what, when, and what came of it.

use leptos::prelude::*;
use rollcall_api::audit::{AuditAction, Means};

use super::audit_filter::{AuditFilter, FilterForm};
use crate::{
    api::{Api, ApiError, AuditEntry},
    erased::live,
    paths::page,
    ui::{
        deed::action_words,
        icon::Icon,
        listing::{Identified, Listing, ShowMore, Unreadable},
        page::PageHeader,
        query::{Await, Query},
        state::{Notice, Skeleton},
        time::Ago,
        who::Who,
    },
};

impl Identified for AuditEntry {
    type Id = Self;

    // An entry never changes: it is what tells it from the others.
    fn id(&self) -> Self {
        self.clone()
    }
}

/// What an entry is about: where it is shown, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Thing {
    href: Option<String>,
    words: String,
}

impl Thing {
    fn of(entry: &AuditEntry) -> Self {
        use AuditAction::{
            AddEmployee, ChangeEmployee, ChangePhoto, ChangeSchedule, CreateSchedule, DeactivateEmployee,
            DeleteEmployee, DeletePhoto, DeleteSchedule, Erase, MergeEmployees, Refuse, RestoreEmployee,
            Sweep, TellApart,
        };
        let thing = entry.thing.as_str();
        let linked = |href: String, words: String| Self { href: Some(href), words };
        let plain = || Self { href: None, words: thing.to_owned() };
        match entry.action.known() {
            Some(CreateSchedule | ChangeSchedule) => {
                linked(page::edit_schedule(thing), format!("Schedule {thing}"))
            }
            Some(DeleteSchedule) => Self { href: None, words: format!("Schedule {thing}") },
            Some(
                AddEmployee | ChangeEmployee | ChangePhoto | DeletePhoto | MergeEmployees | RestoreEmployee
                | DeleteEmployee | DeactivateEmployee,
            ) => linked(page::employee(thing), short("Employee", thing)),
            Some(Sweep | Erase | Refuse | TellApart) | None => plain(),
            Some(_) => match thing.parse::<u32>() {
                Ok(number) => linked(page::revision(number), format!("Revision {number}")),
                Err(_) if is_relaunch_id(thing) => linked(page::relaunch(thing), short("Relaunch", thing)),
                Err(_) => plain(),
            },
        }
    }
}

/// Whether this is a UUID, as the ids of relaunches are and those of instances are not.
fn is_relaunch_id(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|character| character.is_ascii_hexdigit() || character == '-')
}

/// Something by the end of its id: the beginning may be the time, much the same for those of one day.
fn short(what: &str, id: &str) -> String {
    format!("{what} …{}", id.get(id.len().saturating_sub(6)..).unwrap_or(id))
}

async fn audit_page(api: Api, cursor: Option<String>) -> Result<Listing<AuditEntry>, ApiError> {
    let page = api.audit(&AuditFilter::of_address().to_query(), cursor).await?;
    Ok(Listing { items: page.entries, next_cursor: page.next_cursor, unreadable: page.unreadable })
}

#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let api = Api::current();
    let query = Query::new(move || audit_page(api, None));
    view! {
        <PageHeader title="Audit log"
            lede=|| view! { <p class="lede">"Who asked for what, and what came of it. Nothing here is ever changed."</p> } />
        <FilterForm />
        <Await query loading=|| view! { <Skeleton lines=8 label="Loading the audit log…" /> }
            children=move |listing| view! { <Entries query listing /> } />
    }
}

#[component]
fn Entries(query: Query<Listing<AuditEntry>>, listing: Signal<Listing<AuditEntry>>) -> impl IntoView {
    let api = Api::current();
    let more = move || async move {
        let cursor = query.latest_untracked().and_then(|listing| listing.next_cursor);
        let page = audit_page(api, cursor).await?;
        query.change(|listing| listing.append(page));
        Ok(())
    };
    live(move || {
        let Listing { items, next_cursor, unreadable } = listing.get();
        if items.is_empty() && unreadable.is_empty() {
            if AuditFilter::of_address() != AuditFilter::default() {
                return view! {
                    <Notice icon=Icon::Search title="Nothing in the log fits"
                        text="No entry fits all that is chosen above. Take some of it away, or look at older ones." />
                    {next_cursor.is_some().then(|| view! { <ShowMore what="entries" read=more /> })}
                }
                .into_any();
            }
            return view! {
                <Notice icon=Icon::List title="Nothing has been asked for yet"
                    text="Every revision, relaunch and schedule will be listed here, with who asked for it." />
            }
            .into_any();
        }
        view! {
            <Unreadable ids=unreadable />
            <div class="table-frame" role="region" aria-label="Audit log" tabindex="0">
                <table class="table audit">
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"Who"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"About"</th>
                            <th scope="col">"Outcome"</th>
                        </tr>
                    </thead>
                    <tbody>{items.into_iter().map(|entry| view! { <Entry entry /> }).collect_view()}</tbody>
                </table>
            </div>
            {next_cursor.is_some().then(|| view! { <ShowMore what="entries" read=more /> })}
        }
        .into_any()
    })
}

/// By what means it was asked for; where that says no more than who did, nothing.
const fn means_words(means: Means) -> &'static str {
    match means {
        Means::Browser => "in the browser",
        Means::Token => "with an access token",
        Means::Scim => "over SCIM",
        Means::Direct | Means::Schedule | Means::System => "",
    }
}

#[component]
fn Entry(entry: AuditEntry) -> impl IntoView {
    let Thing { href, words } = Thing::of(&entry);
    let AuditEntry { at, who, how, action, thing, outcome, request_id: _ } = entry;
    view! {
        <tr>
            <td><Ago then=at /></td>
            <td>
                <Who actor=who />
                {how.map(|how| view! { <span class="quiet">{format!(" {}", how.label(means_words))}</span> })}
            </td>
            <th scope="row">{action.label(action_words).to_owned()}</th>
            <td>
                {match href {
                    Some(href) => view! { <a href=href title=thing>{words}</a> }.into_any(),
                    None => view! { <code>{words}</code> }.into_any(),
                }}
            </td>
            <td class="note">{outcome}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rollcall_api::{audit::Actor, word::Word};

    use super::*;

    fn about(action: AuditAction, thing: &str) -> Thing {
        about_action(Word::Known(action), thing)
    }

    fn about_action(action: Word<AuditAction>, thing: &str) -> Thing {
        Thing::of(&AuditEntry {
            at: Timestamp::UNIX_EPOCH,
            who: Word::Known(Actor::Rollcall),
            how: None,
            action,
            thing: thing.to_owned(),
            outcome: String::new(),
            request_id: None,
        })
    }

    #[test]
    fn what_an_entry_is_about_is_linked() {
        let id = "0190a0a0-0000-7000-8000-0000000abcde";
        assert_eq!(about(AuditAction::CreateRevision, "4").href.as_deref(), Some("/operations/revisions/4"));
        let ended = about(AuditAction::EndRelaunch, id);
        assert_eq!(ended.href, Some(page::relaunch(id)));
        assert_eq!(ended.words, "Relaunch …0abcde");
        let schedule = about(AuditAction::ChangeSchedule, "nightly");
        assert_eq!(schedule.href.as_deref(), Some("/operations/schedules/nightly/edit"));
    }

    #[test]
    fn what_is_gone_is_only_named() {
        assert_eq!(about(AuditAction::DeleteSchedule, "nightly").href, None);
        assert_eq!(about(AuditAction::Sweep, "i-0abc").href, None);
        assert_eq!(about(AuditAction::Terminate, "i-0abcdef1234567890").href, None);
    }

    #[test]
    fn what_an_unknown_action_is_about_is_only_named() {
        let thing = about_action(Word::Other("promote".to_owned()), "4");
        assert_eq!(thing, Thing { href: None, words: "4".to_owned() });
    }

    #[test]
    fn a_schedule_may_be_called_by_a_number() {
        let schedule = about(AuditAction::CreateSchedule, "4");
        assert_eq!(schedule.href.as_deref(), Some("/operations/schedules/4/edit"));
    }
}
