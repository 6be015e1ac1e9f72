//! Changing an employee: `PUT /api/employees/{id}`.

use axum::{Router, extract::State, routing};
use rollcall_api::{
    employee::{Employee, EmployeeInput},
    employee_details::EmployeeDetails,
};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    json::Json,
    path::Path,
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    record::{BADGES, FULL_NAME, JOB_TITLE, LOCATION, Record, badges_attribute, string},
    table::{Change, Write},
};

/// How often a change starts over because another one overtook it.
const MAX_ATTEMPTS: u32 = 5;

/// The attributes that a change is about: what it writes follows from all of them as they were seen.
const DETAILS: [&str; 4] = [FULL_NAME, LOCATION, JOB_TITLE, BADGES];

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new()
        .route("/api/employees/{id}", routing::put(change))
        .with_state(Guarded::new(directory, access))
}

async fn change(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    Json(input): Json<EmployeeInput>,
) -> Result<Json<Employee>, ApiError> {
    let details = EmployeeDetails::parse(&input).map_err(Error::invalid)?;
    for _ in 0..MAX_ATTEMPTS {
        let seen = directory.table.get(&id).await?.ok_or_else(no_such_employee)?;
        let writes = writes(&seen, &details);
        if writes.is_empty() {
            return Ok(Json(seen.into_employee()));
        }
        if let Change::Done(record) = directory.table.change(&seen, &DETAILS, writes).await? {
            return Ok(Json(record.into_employee()));
        }
    }
    Err(Error::conflict("Others are changing this employee at the same time. Look at it, then try again.")
        .into())
}

/// What makes a row show these details. An attribute that shows its detail already stays as it is, so that what
/// is not understood of it is not lost.
fn writes(seen: &Record, details: &EmployeeDetails) -> Vec<Write> {
    let texts =
        [(FULL_NAME, details.full_name()), (LOCATION, details.location()), (JOB_TITLE, details.job_title())];
    let texts = texts.into_iter().filter(|&(name, text)| seen.text(name) != text);
    let mut writes: Vec<Write> = texts.map(|(name, text)| (name, Some(string(text)))).collect();
    if seen.badges() != details.badges() {
        writes.push((BADGES, badges_attribute(seen.attribute(BADGES), details.badges())));
    }
    writes
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::types::AttributeValue;
    use proptest::prelude::*;
    use rollcall_api::badge::Badge;

    use super::*;
    use crate::record::{ID, Item};

    fn details(full_name: &str, badges: &[&str]) -> EmployeeDetails {
        EmployeeDetails::parse(&EmployeeInput {
            full_name: full_name.to_owned(),
            location: "London".to_owned(),
            job_title: "Analyst".to_owned(),
            badges: badges.iter().map(|&id| id.to_owned()).collect(),
        })
        .expect("valid")
    }

    fn record(attributes: Vec<(&str, AttributeValue)>) -> Record {
        let known = [(ID, string("e-1")), (LOCATION, string("London")), (JOB_TITLE, string("Analyst"))];
        let all = known.into_iter().chain(attributes);
        let item: Item = all.map(|(name, value)| (name.to_owned(), value)).collect();
        Record::from_item(item).expect("an employee")
    }

    fn list(ids: &[&str]) -> AttributeValue {
        AttributeValue::L(ids.iter().map(|id| string(id)).collect())
    }

    #[test]
    fn only_what_is_shown_otherwise_is_written() {
        let seen = record(vec![(FULL_NAME, string("Ada")), (BADGES, list(&["bug", "unicorn"]))]);
        assert_eq!(writes(&seen, &details("Ada", &["bug"])), []);
        assert_eq!(
            writes(&seen, &details("Ada Lovelace", &["bug"])),
            [(FULL_NAME, Some(string("Ada Lovelace")))]
        );
        assert_eq!(
            writes(&seen, &details("Ada", &["coffee"])),
            [(BADGES, Some(list(&["coffee", "unicorn"])))]
        );
        assert_eq!(writes(&seen, &details("Ada", &[])), [(BADGES, Some(list(&["unicorn"])))]);
    }

    #[test]
    fn the_last_badge_takes_the_attribute_with_it() {
        let seen = record(vec![(FULL_NAME, string("Ada")), (BADGES, list(&["bug"]))]);
        assert_eq!(writes(&seen, &details("Ada", &[])), [(BADGES, None)]);
    }

    /// What another program may have stored under a name of ours.
    fn stored() -> impl Strategy<Value = Option<AttributeValue>> {
        let id = prop::sample::select(vec!["bug", "coffee", "unicorn", "Bug", "", "London"]);
        let entry = prop_oneof![
            4 => id.clone().prop_map(string),
            1 => Just(AttributeValue::N("3".to_owned())),
            1 => Just(AttributeValue::Null(true)),
            1 => Just(list(&["bug"])),
        ];
        let set = prop::collection::hash_set(id, 1..4);
        prop_oneof![
            1 => Just(None),
            2 => entry.clone().prop_map(Some),
            4 => prop::collection::vec(entry, 0..5).prop_map(|entries| Some(AttributeValue::L(entries))),
            2 => set.prop_map(|ids| Some(AttributeValue::Ss(ids.into_iter().map(str::to_owned).collect()))),
            1 => Just(Some(AttributeValue::M(HashMap::from([("bug".to_owned(), AttributeValue::Bool(true))])))),
        ]
    }

    fn apply(seen: &Record, writes: &[Write]) -> Record {
        let names = [ID, FULL_NAME, LOCATION, JOB_TITLE, BADGES];
        let mut item: Item =
            names.iter().filter_map(|&name| Some((name.to_owned(), seen.attribute(name)?.clone()))).collect();
        for (name, value) in writes {
            item.remove(*name);
            item.extend(value.clone().map(|value| ((*name).to_owned(), value)));
        }
        Record::from_item(item).expect("an employee")
    }

    /// The entries of a list or set that are no badge.
    fn unknown(badges: Option<&AttributeValue>) -> Vec<AttributeValue> {
        let entries = match badges {
            Some(AttributeValue::L(entries)) => entries.clone(),
            Some(AttributeValue::Ss(ids)) => ids.iter().map(|id| string(id)).collect(),
            _ => Vec::new(),
        };
        let is_badge = |entry: &AttributeValue| Badge::ALL.iter().any(|badge| *entry == string(badge.id()));
        entries.into_iter().filter(|entry| !is_badge(entry)).collect()
    }

    proptest! {
        #[test]
        fn a_change_shows_what_was_sent_and_keeps_the_rest(
            full_name in stored(), location in stored(), badges in stored(),
            worn in prop::sample::subsequence(vec!["apple", "coffee", "bug"], 0..=3),
        ) {
            let attributes = [(FULL_NAME, full_name), (LOCATION, location), (BADGES, badges)];
            let seen = record(attributes.into_iter().filter_map(|(name, value)| Some((name, value?))).collect());
            let sent = details("Ada", &worn);
            let writes = writes(&seen, &sent);
            let now = apply(&seen, &writes);
            prop_assert_eq!((now.text(FULL_NAME), now.text(LOCATION)), ("Ada", "London"));
            prop_assert_eq!(now.badges(), sent.badges());
            prop_assert_eq!(unknown(now.attribute(BADGES)), unknown(seen.attribute(BADGES)));
            prop_assert_eq!(super::writes(&now, &sent), []);
            let written = |name| writes.iter().any(|(written, _)| *written == name);
            prop_assert_eq!(written(FULL_NAME), seen.text(FULL_NAME) != "Ada");
            prop_assert_eq!(written(BADGES), seen.badges() != sent.badges());
        }
    }
}
