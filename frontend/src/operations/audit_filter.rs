//! Which entries of the audit log are shown: what stands in the address of the page, and the form that says it.

use form_urlencoded::{Serializer, parse};
use leptos::prelude::*;
use rollcall_api::audit::AuditAction;

use crate::{
    paths::{api, page},
    ui::deed::action_words,
};

/// What can be chosen, in the order in which it is looked for: what happens to people, then what happens to the host.
const ACTIONS: [(&str, AuditAction); 25] = {
    use AuditAction::{
        AddEmployee, Approve, Cancel, ChangeEmployee, ChangePhoto, ChangeSchedule, CreateRevision,
        CreateSchedule, CreateScimToken, DeactivateEmployee, DeleteEmployee, DeletePhoto, DeleteSchedule,
        EndRelaunch, EndSession, Erase, MergeEmployees, Refuse, Relaunch, RestoreEmployee, RevokeScimToken,
        StressHost, Sweep, TellApart, Terminate,
    };
    [
        ("refuse", Refuse),
        ("add_employee", AddEmployee),
        ("change_employee", ChangeEmployee),
        ("change_photo", ChangePhoto),
        ("delete_photo", DeletePhoto),
        ("delete_employee", DeleteEmployee),
        ("deactivate_employee", DeactivateEmployee),
        ("restore_employee", RestoreEmployee),
        ("merge_employees", MergeEmployees),
        ("tell_apart", TellApart),
        ("erase", Erase),
        ("create_scim_token", CreateScimToken),
        ("revoke_scim_token", RevokeScimToken),
        ("end_session", EndSession),
        ("stress_host", StressHost),
        ("create_revision", CreateRevision),
        ("relaunch", Relaunch),
        ("cancel", Cancel),
        ("approve", Approve),
        ("end_relaunch", EndRelaunch),
        ("terminate", Terminate),
        ("create_schedule", CreateSchedule),
        ("change_schedule", ChangeSchedule),
        ("delete_schedule", DeleteSchedule),
        ("sweep", Sweep),
    ]
};

/// What was chosen; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AuditFilter {
    action: String,
    thing: String,
    who: String,
    /// The first day, and the last: in UTC, as the log has its times.
    from: String,
    to: String,
}

impl AuditFilter {
    /// What the address of this page says.
    pub(super) fn of_address() -> Self {
        Self::parse(&location().search().unwrap_or_default())
    }

    fn parse(query: &str) -> Self {
        let mut filter = Self::default();
        for (name, value) in parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.trim().to_owned();
            match &*name {
                "action" => filter.action = value,
                "thing" => filter.thing = value,
                "who" => filter.who = value,
                "from" => filter.from = value,
                "to" => filter.to = value,
                _ => {}
            }
        }
        filter
    }

    /// The same as the API takes it.
    pub(super) fn to_query(&self) -> String {
        let from = if self.from.is_empty() { String::new() } else { format!("{}T00:00:00Z", self.from) };
        let until = if self.to.is_empty() { String::new() } else { format!("{}T23:59:59.999Z", self.to) };
        let said = [
            ("action", &self.action),
            ("thing", &self.thing),
            ("who", &self.who),
            ("from", &from),
            ("until", &until),
        ];
        let mut query = Serializer::new(String::new());
        for (name, value) in said.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

/// A form of the browser's own: what it sends is the address of the page, which can be handed on.
#[component]
pub(super) fn FilterForm() -> impl IntoView {
    let filter = AuditFilter::of_address();
    let file = api::audit_file(&filter.to_query());
    let is_any = filter != AuditFilter::default();
    let AuditFilter { action, thing, who, from, to } = filter;
    let options = ACTIONS
        .into_iter()
        .map(|(word, known)| {
            view! { <option value=word selected=word == action>{action_words(known)}</option> }
        })
        .collect_view();
    view! {
        <form class="audit-filter" method="get" action=page::AUDIT aria-label="Entries to show">
            <p class="field">
                <label for="audit-action">"What"</label>
                <select id="audit-action" name="action"><option value="">"Anything"</option>{options}</select>
            </p>
            <Field label="About" name="thing" kind="text" value=thing placeholder="An id or a name" />
            <Field label="By" name="who" kind="text" value=who placeholder="An id or a name" />
            <Field label="From" name="from" kind="date" value=from placeholder="" />
            <Field label="To" name="to" kind="date" value=to placeholder="" />
            <button class="button">"Show"</button>
            {is_any.then(|| view! { <a class="button button-quiet" rel="external" href=page::AUDIT>"Show all"</a> })}
            <a class="button button-quiet" href=file download="rollcall-audit.csv">"Export as CSV"</a>
        </form>
    }
}

#[component]
fn Field(
    label: &'static str,
    name: &'static str,
    kind: &'static str,
    value: String,
    placeholder: &'static str,
) -> impl IntoView {
    let id = format!("audit-{name}");
    view! {
        <p class="field">
            <label for=id.clone()>{label}</label>
            <input id=id type=kind name=name value=value placeholder=placeholder />
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_says_is_asked_for_and_nothing_else() {
        let filter =
            AuditFilter::parse("?action=erase&thing=&who=7-e&from=2026-11-24&to=2026-11-24&theme=dark");
        let query = "action=erase&who=7-e&from=2026-11-24T00%3A00%3A00Z&until=2026-11-24T23%3A59%3A59.999Z";
        assert_eq!(filter.to_query(), query);
        assert_eq!(AuditFilter::parse("?theme=dark").to_query(), "");
    }

    #[test]
    fn every_action_that_can_be_chosen_is_one_of_the_api() {
        for (word, action) in ACTIONS {
            assert_eq!(word.parse(), Ok(action));
        }
    }
}
