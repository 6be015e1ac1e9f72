use proptest::prelude::*;
use rollcall_api::field::{EMAIL, JOB_TITLE, LOCATION};

use super::*;
use crate::patch::described;

fn resource(json: serde_json::Value) -> Resource {
    described(&json).expect("a resource")
}

fn held(json: serde_json::Value, field: &str) -> String {
    values(&resource(json)).get(field).map(|value| value.texts().join("|")).unwrap_or_default()
}

#[test]
fn every_place_of_a_field_is_one_that_the_schemas_have() {
    for field in FIELDS {
        let places = places(field);
        assert_eq!(places.len(), field.scim.len().max(1), "{}", field.name);
        for path in places {
            let place = place(&path.attribute).unwrap_or_else(|| panic!("{path}"));
            assert!(path.sub.as_deref().is_none_or(|sub| place.attribute.part(sub).is_some()), "{path}");
        }
    }
}

#[test]
fn what_providers_say_becomes_what_colleagues_read() {
    for (json, field, expected) in [
        (json!({"displayName": "Ada King", "name": {"formatted": "King, Ada"}}), FULL_NAME, "Ada King"),
        (json!({"name": {"formatted": "King, Ada", "givenName": "Ada"}}), FULL_NAME, "King, Ada"),
        (json!({"name": {"givenName": "Ada", "familyName": "King"}}), FULL_NAME, "Ada King"),
        (json!({"userName": "ada"}), FULL_NAME, "ada"),
        (json!({"title": " Engineer "}), JOB_TITLE, "Engineer"),
        (json!({}), JOB_TITLE, NOT_KNOWN),
        (json!({"addresses": [{"type": "work", "locality": "Oslo", "region": "East"}]}), LOCATION, "Oslo"),
        (json!({"addresses": [{"type": "work", "region": "East"}]}), LOCATION, "East"),
        (json!({"addresses": [{"type": "home", "locality": "Bergen"}]}), LOCATION, NOT_KNOWN),
        (json!({"addresses": [{"locality": "Bergen"}]}), LOCATION, "Bergen"),
        (
            json!({"emails": [{"value": "h@b.example", "type": "home"}, {"value": "w@b.example", "type": "work"}]}),
            EMAIL,
            "w@b.example",
        ),
        (json!({"emails": [{"value": "p@b.example", "primary": true}]}), EMAIL, "p@b.example"),
        (json!({"emails": [{"value": "h@b.example", "type": "home", "primary": true}]}), EMAIL, ""),
        (json!({"emails": "a@b.example"}), EMAIL, "a@b.example"),
        (json!({"phoneNumbers": [{"type": "work", "value": "+49 30 901820"}]}), "phone", "+4930901820"),
        (json!({"phoneNumbers": [{"type": "work", "value": "tel:+49-30-901820"}]}), "phone", "+4930901820"),
        (json!({"phoneNumbers": [{"type": "work", "value": "901820"}]}), "phone", ""),
        (json!({"timezone": "Europe/Oslo"}), "time_zone", "Europe/Oslo"),
        (json!({"timezone": "Middle-earth"}), "time_zone", ""),
        (json!({OWN: {"startDate": "2026-11-27", "pronouns": "she/her"}}), "start_date", "2026-11-27"),
        (json!({OWN: {"otherNames": ["Addie", "", "Countess", "Addie"]}}), "other_names", "Addie|Countess"),
        (json!({OWN: {"otherNames": "Addie\r\nCountess\n"}}), "other_names", "Addie|Countess"),
        (json!({ENTERPRISE: {"department": "Engines"}}), "department", "Engines"),
    ] {
        assert_eq!(held(json.clone(), field), expected, "{json}");
    }
}

#[test]
fn what_nobody_changed_in_rollcall_is_told_as_it_was_said() {
    let said = resource(json!({
        "userName": "ada", "name": {"givenName": "Ada"}, "addresses": [{"type": "work", "region": "East"}],
        "phoneNumbers": [{"type": "work", "value": "901820"}], "title": " Engineer ", "timezone": "Middle-earth",
        OWN: {"links": ["https://a.example"]},
    }));
    let mut shown = said.clone();
    show(&mut shown, &values(&said)).expect("shown");
    assert_eq!(shown, said);
}

#[test]
fn what_was_changed_in_rollcall_is_told_as_it_is() {
    let mut said = resource(json!({
        "userName": "ada", "name": {"givenName": "Ada"}, "title": "Engineer",
        "emails": [{"value": "a@b.example", "primary": true}],
    }));
    let mut held = values(&said);
    held.set_text(FULL_NAME, "Ada King");
    held.set_text(EMAIL, "king@b.example");
    held.set_text(JOB_TITLE, "");
    show(&mut said, &held).expect("shown");
    let expected = json!({
        "userName": "ada", "name": {"givenName": "Ada"}, "displayName": "Ada King",
        "emails": [{"value": "king@b.example", "type": "work"}],
    });
    assert_eq!(serde_json::Value::Object(said), expected);
}

#[test]
fn a_manager_is_named_by_what_there_is() {
    let named = |manager: serde_json::Value| {
        let resource = resource(json!({ENTERPRISE: {"manager": manager}}));
        manager_of(&resource)
    };
    fn manager_of(resource: &Resource) -> Option<String> {
        manager(resource).map(str::to_owned)
    }
    for sent in
        [json!("M1"), json!({"value": "M1"}), json!([{"value": "M1"}]), json!({"$ref": "../Users/M1"})]
    {
        assert_eq!(named(sent.clone()).as_deref(), Some("M1"), "{sent}");
    }
    for sent in [json!(null), json!(""), json!({"value": ""}), json!([]), json!({"displayName": "Bo"})] {
        assert_eq!(named(sent.clone()), None, "{sent}");
    }
    let mut resource = resource(json!({"userName": "ada"}));
    set_manager(&mut resource, Some(("M2", Some("/Users/M2"))));
    assert_eq!(manager(&resource), Some("M2"));
    set_manager(&mut resource, None);
    assert_eq!(resource, super::tests::resource(json!({"userName": "ada"})));
}

/// What an editor may leave in the fields: what they hold already, by the form that is stored.
fn fields() -> impl Strategy<Value = Values> {
    let text = || "[a-zA-Zé]{1,12}( [a-z]{1,5})?";
    let some = |strategy: BoxedStrategy<Value>| prop::option::of(strategy);
    (
        text(),
        text(),
        text(),
        some("[a-z]{1,8}@[a-z]{1,8}\\.example".prop_map(Value::Text).boxed()),
        some(Just(Value::Text("+4930901820".to_owned())).boxed()),
        some(
            prop::collection::btree_set(text(), 1..4)
                .prop_map(|it| Value::List(it.into_iter().collect()))
                .boxed(),
        ),
        some(text().prop_map(Value::Text).boxed()),
    )
        .prop_map(|(name, title, place, email, phone, others, department)| {
            let mut values = Values::default();
            values.set_text(FULL_NAME, name);
            values.set_text(JOB_TITLE, title);
            values.set_text(LOCATION, place);
            values.extend(email.map(|it| (EMAIL, it)));
            values.extend(phone.map(|it| ("phone", it)));
            values.extend(others.map(|it| ("other_names", it)));
            values.extend(department.map(|it| ("department", it)));
            values
        })
}

proptest! {
    #[test]
    fn what_is_told_of_the_fields_means_the_same_fields_again(before in fields(), after in fields()) {
        let mut told = resource(json!({"userName": "ada", "emails": [{"value": "h@b.example", "type": "home"}]}));
        for held in [before, after] {
            show(&mut told, &held).expect("shown");
            prop_assert_eq!(values(&told), held);
        }
    }
}
