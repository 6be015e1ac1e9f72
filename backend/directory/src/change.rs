//! Changing an employee: `PUT /api/employees/{id}`.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use axum::extract::State;
use http::StatusCode;
use rollcall_api::{
    audit::AuditAction,
    employee::{Employee, EmployeeInput},
    employee_details::EmployeeDetails,
    field::{FIELDS, Field, MANAGER},
};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    path::Path,
    precondition::{Expected, Tagged},
    problem::ApiError,
};
use serde_json::json;

use crate::{
    attribute::{attribute, written},
    deed::Deed,
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    overtaken::{MAX_ATTEMPTS, overtaken},
    record::{BADGES, Record, badges_attribute},
    remnant::kept_entries,
    reporting::change::held_by,
    table::{Change, Write},
    view::{Seen, changed_meanwhile, tag, tagged},
};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::put("/api/employees/{id}", change)
        .says(|it| {
            it.does("Change an employee")
                .answers::<Employee>(StatusCode::OK, "As they are now.")
                .tagged(StatusCode::OK)
                .refuses(StatusCode::CONFLICT)
                .for_example(json!({"full_name": "Ada King", "job_title": "Analyst", "location": "London", "badges": []}))
        })
        .with_state(Guarded::new(directory, access))
}

async fn change(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
    expected: Expected,
    Json(input): Json<EmployeeInput>,
) -> Result<Tagged<Employee>, ApiError> {
    let deed = directory.deed(editor.caller())?;
    match directory.change_seen(&deed, &id, &expected, &input).await? {
        Seen::As(record) => Ok(tagged(&directory, record).await?),
        Seen::Otherwise(current) => Err(changed_meanwhile(&directory, current).await),
    }
}

impl Directory {
    /// Makes someone's record show what was sent.
    ///
    /// # Errors
    /// 404 when there is nobody with this id, 422 with each field that is not valid, 409 where others change it again and
    /// again, and when AWS does not answer.
    pub(crate) async fn change(
        &self,
        deed: &Deed,
        id: &EmployeeId,
        input: &EmployeeInput,
    ) -> Result<Record, Error> {
        match self.change_seen(deed, id, &Expected::default(), input).await? {
            Seen::As(record) | Seen::Otherwise(record) => Ok(record),
        }
    }

    /// The same, where they are as they are expected to be.
    async fn change_seen(
        &self,
        deed: &Deed,
        id: &EmployeeId,
        expected: &Expected,
        input: &EmployeeInput,
    ) -> Result<Seen<Record>, Error> {
        let held = details_of(FIELDS);
        for attempt in 0..MAX_ATTEMPTS {
            let seen = self.table.get(id).await?.ok_or_else(no_such_employee)?;
            let is_expected = expected.is(|| tag(&seen));
            // Later ones may find what an earlier one wrote, to which the reply was lost.
            if !is_expected && attempt == 0 {
                return Ok(Seen::Otherwise(seen));
            }
            let writes = field_writes(&seen, input)?;
            if writes.is_empty() {
                return Ok(Seen::As(seen));
            }
            if !is_expected {
                return Ok(Seen::Otherwise(seen));
            }
            if let Change::Done(record) = self.rewrite(deed, &seen, &held, writes, Vec::new()).await? {
                return Ok(Seen::As(record));
            }
        }
        Err(overtaken())
    }

    /// Writes some attributes of someone, provided that those `held` are as they were `seen`, with whatever else is written
    /// `beside`: what is theirs alone is claimed, and nobody comes to be above themselves.
    ///
    /// # Errors
    /// 422 where something is someone else's, or the manager can't be theirs; and when AWS does not answer.
    pub(crate) async fn rewrite(
        &self,
        deed: &Deed,
        seen: &Record,
        held: &[&'static str],
        writes: Vec<Write>,
        mut beside: Vec<TransactWriteItem>,
    ) -> Result<Change, Error> {
        if let Some(manager) = written(&writes, MANAGER).filter(|manager| !manager.is_empty()) {
            let above = held_by(&self.table, seen, manager).await?;
            beside.extend(self.table.still_above(&above)?);
        }
        beside.extend(self.claims(&seen.id, Some(seen), &writes).await?);
        beside.extend(deed.change(AuditAction::ChangeEmployee, seen, &writes)?);
        self.table.change(seen, held, writes, beside).await
    }
}

/// What makes someone's row show what was sent.
///
/// # Errors
/// 422 with each field that is not valid.
pub(crate) fn field_writes(seen: &Record, input: &EmployeeInput) -> Result<Vec<Write>, Error> {
    let details = EmployeeDetails::parse_change(FIELDS, input, Some(&seen.values(FIELDS)));
    Ok(writes(FIELDS, seen, &details.map_err(Error::invalid)?))
}

/// The attributes that a change is about: what it writes follows from all of them as they were seen.
pub(crate) fn details_of(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().map(|field| field.name).chain([BADGES]).collect()
}

/// What makes a row show these details. An attribute that shows its detail already stays as it is, so that what
/// is not understood of it is not lost, unless it is to be discarded.
fn writes(fields: &[Field], seen: &Record, details: &EmployeeDetails) -> Vec<Write> {
    let mut writes: Vec<Write> = Vec::new();
    for field in fields {
        let (shown, wanted) = (seen.value(field), details.values().get(field.name));
        let discards = details.discards(field.name) && seen.attribute(field.name).is_some();
        if discards {
            writes.push((field.name, wanted.map(attribute)));
        } else if shown.as_ref() != wanted {
            writes.push((
                field.name,
                with_entries(wanted.map(attribute), kept_entries(seen.attributes(), field)),
            ));
        }
    }
    let stored = seen.attribute(BADGES).filter(|_| !details.discards(BADGES));
    let discards = seen.attribute(BADGES).is_some() && stored.is_none();
    if discards || seen.badges() != details.badges() {
        writes.push((BADGES, badges_attribute(stored, details.badges())));
    }
    writes
}

/// A list with these entries after its own.
fn with_entries(list: Option<AttributeValue>, entries: Vec<AttributeValue>) -> Option<AttributeValue> {
    if entries.is_empty() {
        return list;
    }
    let own = match list {
        Some(AttributeValue::L(own)) => own,
        other => other.into_iter().collect(),
    };
    Some(AttributeValue::L(own.into_iter().chain(entries).collect()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use rollcall_api::{
        badge::Badge,
        field::{FULL_NAME, JOB_TITLE, LOCATION},
        values::Value,
    };

    use super::*;
    use crate::record::{ID, Item, attributes, string};

    fn input(full_name: &str, badges: &[&str]) -> EmployeeInput {
        let texts = [(FULL_NAME, full_name), (LOCATION, "London"), (JOB_TITLE, "Analyst")];
        EmployeeInput {
            values: texts.into_iter().map(|(name, text)| (name, Value::Text(text.to_owned()))).collect(),
            badges: badges.iter().map(|&id| id.to_owned()).collect(),
            discard: Vec::new(),
        }
    }

    fn details(full_name: &str, badges: &[&str]) -> EmployeeDetails {
        EmployeeDetails::parse(&input(full_name, badges)).expect("valid")
    }

    fn writes(seen: &Record, details: &EmployeeDetails) -> Vec<Write> {
        super::writes(FIELDS, seen, details)
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
        let mut item: Item =
            attributes().filter_map(|name| Some((name.to_owned(), seen.attribute(name)?.clone()))).collect();
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
            Some(AttributeValue::S(id)) if !id.is_empty() => vec![string(id)],
            _ => Vec::new(),
        };
        let is_badge = |entry: &AttributeValue| Badge::ALL.iter().any(|badge| *entry == string(badge.id()));
        entries.into_iter().filter(|entry| !is_badge(entry)).collect()
    }

    #[test]
    fn what_is_not_understood_goes_where_someone_says_so() {
        let phone = AttributeValue::N("7".to_owned());
        let links = AttributeValue::L(vec![string("https://a.example/"), AttributeValue::Bool(true)]);
        let attributes = vec![
            (FULL_NAME, string("Ada")),
            ("phone", phone),
            ("links", links),
            (BADGES, list(&["bug", "unicorn"])),
        ];
        let seen = record(attributes);
        let mut sent = input("Ada", &["bug"]);
        sent.values.set("links", Value::List(vec!["https://b.example/".to_owned()]));
        let parsed = |sent: &EmployeeInput| EmployeeDetails::parse_change(FIELDS, sent, None).expect("valid");
        let kept = AttributeValue::L(vec![string("https://b.example/"), AttributeValue::Bool(true)]);
        assert_eq!(writes(&seen, &parsed(&sent)), [("links", Some(kept))]);
        sent.discard = ["phone", "links", "badges"].map(str::to_owned).to_vec();
        let expected =
            [("phone", None), ("links", Some(list(&["https://b.example/"]))), (BADGES, Some(list(&["bug"])))];
        assert_eq!(writes(&seen, &parsed(&sent)), expected);
    }

    #[test]
    fn a_field_that_is_described_is_stored_and_shown_without_further_code() {
        use rollcall_api::field::{Kind, OPTIONAL};
        let desk = Field { name: "desk", label: "Desk", kind: Kind::Line(9), ..OPTIONAL };
        let fields = [FIELDS, &[desk]].concat();
        let mut sent = input("Ada", &[]);
        sent.values.set_text("desk", " 3-17 ");
        let seen = record(vec![(FULL_NAME, string("Ada"))]);
        let details = EmployeeDetails::parse_change(&fields, &sent, None).expect("valid");
        let writes = super::writes(&fields, &seen, &details);
        assert_eq!(writes, [("desk", Some(string("3-17")))]);
        let stored = record(vec![("desk", string("3-17"))]);
        assert_eq!(stored.values(&fields).text("desk"), "3-17");
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
            prop_assert_eq!(super::writes(FIELDS, &now, &sent), []);
            let written = |name| writes.iter().any(|(written, _)| *written == name);
            prop_assert_eq!(written(FULL_NAME), seen.text(FULL_NAME) != "Ada");
            prop_assert_eq!(written(BADGES), seen.badges() != sent.badges());
        }
    }
}
