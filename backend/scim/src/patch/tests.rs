use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::user::ENTERPRISE;

fn resource() -> Resource {
    described(&json!({
        "userName": "ada@example.org",
        "name": {"givenName": "Ada", "familyName": "Byron"},
        "emails": [{"type": "work", "value": "ada@example.org", "primary": true}],
        ENTERPRISE: {"department": "Engines"},
    }))
    .expect("a resource")
}

fn changed(operations: Value) -> Result<Value, Refusal> {
    let mut resource = resource();
    for operation in super::operations(&json!({"Operations": operations}))? {
        operation.apply(&mut resource)?;
    }
    Ok(Value::Object(resource))
}

#[track_caller]
fn assert_changes(operations: Value, pointer: &str, expected: Value) {
    let changed = changed(operations).expect("changed");
    assert_eq!(changed.pointer(pointer).cloned().unwrap_or_default(), expected, "{changed}");
}

#[test]
fn one_attribute_after_the_other_is_changed_in_the_forms_that_providers_write() {
    let department = format!("{ENTERPRISE}:department");
    let in_enterprise = |name: &str| format!("/{ENTERPRISE}/{name}");
    for (operation, pointer, expected) in [
        (json!({"op": "Replace", "path": "active", "value": "False"}), "/active", json!(false)),
        (json!({"op": "replace", "value": {"active": false}}), "/active", json!(false)),
        (json!({"op": "Add", "path": "TITLE", "value": "Boss"}), "/title", json!("Boss")),
        (json!({"op": "add", "path": "title", "value": ["Boss"]}), "/title", json!("Boss")),
        (
            json!({"op": "replace", "path": "name.familyName", "value": "King"}),
            "/name/familyName",
            json!("King"),
        ),
        (json!({"op": "replace", "value": {"name.familyName": "King"}}), "/name/familyName", json!("King")),
        (
            json!({"op": "replace", "path": "name", "value": {"familyName": "King"}}),
            "/name/givenName",
            json!("Ada"),
        ),
        (
            json!({"op": "replace", "path": department, "value": "Looms"}),
            &in_enterprise("department"),
            json!("Looms"),
        ),
        (
            json!({"op": "replace", "value": {department.as_str(): "Looms"}}),
            &in_enterprise("department"),
            json!("Looms"),
        ),
        (
            json!({"op": "add", "value": {ENTERPRISE: {"division": "D"}}}),
            &in_enterprise("department"),
            json!("Engines"),
        ),
        (json!({"op": "remove", "path": department}), &format!("/{ENTERPRISE}"), json!(null)),
        (json!({"op": "remove", "path": ENTERPRISE}), &format!("/{ENTERPRISE}"), json!(null)),
        (
            json!({"op": "add", "path": ENTERPRISE, "value": {"employeeNumber": 7}}),
            &in_enterprise("employeeNumber"),
            json!("7"),
        ),
        (
            json!({"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "M1"}),
            &in_enterprise("manager"),
            json!({"value": "M1"}),
        ),
        (
            json!({"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": [{"value": "M1", "displayName": "Bo"}]}),
            &in_enterprise("manager"),
            json!({"value": "M1"}),
        ),
        (json!({"op": "remove", "path": "name"}), "/name", json!(null)),
        (
            json!({"op": "replace", "path": "name.givenName", "value": null}),
            "/name",
            json!({"familyName": "Byron"}),
        ),
        (json!({"op": "add", "path": "shoeSize", "value": 43}), "/shoeSize", json!(null)),
        (json!({"op": "add", "path": "urn:stranger:1.0:shoe.size", "value": 43}), "/title", json!(null)),
        (
            json!({"op": "replace", "value": {"id": "x", "schemas": [], "title": "Boss"}}),
            "/title",
            json!("Boss"),
        ),
    ] {
        assert_changes(json!([operation]), pointer, expected);
    }
}

#[test]
fn only_the_parts_that_are_named_are_unassigned() {
    let manager = format!("{ENTERPRISE}:manager");
    let before = json!({"givenName": "A", "familyName": "B", "middleName": "M"});
    let without_middle_name = json!({"givenName": "A", "familyName": "B"});
    let work = json!([{"type": "work", "value": "w", "display": "d"}]);
    let both = json!({"value": "M1", "$ref": "https://x/M1"});
    let resource = described(&json!({
        "userName": "ada", "name": before, "emails": work, ENTERPRISE: {"manager": both},
    }));
    let resource = resource.expect("a resource");
    let (name, emails) = ("/name", "/emails");
    let manages = format!("/{ENTERPRISE}/manager");
    for (path, sent, pointer, expected) in [
        (Some("name"), json!({"middleName": null}), name, &without_middle_name),
        (Some("name"), json!({"middleName": ""}), name, &without_middle_name),
        (Some("name"), json!([{"middleName": null}]), name, &without_middle_name),
        (None, json!({"name": {"middleName": null}}), name, &without_middle_name),
        (
            Some("name"),
            json!({"givenName": "Z", "middleName": null}),
            name,
            &json!({"givenName": "Z", "familyName": "B"}),
        ),
        (Some("name"), json!({"unknownPart": "q"}), name, &before),
        (Some("name"), json!({}), name, &before),
        (Some("name"), json!(""), name, &before),
        (
            Some("name"),
            json!({"givenName": null, "familyName": null, "middleName": null}),
            name,
            &json!(null),
        ),
        (
            Some("emails[type eq \"work\"]"),
            json!({"display": null}),
            emails,
            &json!([{"type": "work", "value": "w"}]),
        ),
        (Some("emails[type eq \"work\"]"), json!({"unknownPart": "q"}), emails, &work),
        (Some("emails"), json!([{"unknownPart": "q"}]), emails, &work),
        (Some("emails[type eq \"home\"]"), json!({"display": null}), emails, &work),
        (Some(manager.as_str()), json!({"displayName": "Bob"}), &manages, &both),
        (None, json!({ENTERPRISE: {"manager": {"displayName": "Bob"}}}), &manages, &both),
        (Some(manager.as_str()), json!({"value": null}), &manages, &json!(null)),
        (Some(manager.as_str()), json!({"value": "M2"}), &manages, &json!({"value": "M2"})),
        (Some(manager.as_str()), json!({"$ref": "https://x/M2"}), &manages, &json!({"$ref": "https://x/M2"})),
        (Some(manager.as_str()), json!(""), &manages, &json!(null)),
    ] {
        for verb in ["add", "replace"] {
            let body = json!({"Operations": [{"op": verb, "path": path, "value": sent}]});
            let mut changed = resource.clone();
            for operation in super::operations(&body).expect("operations") {
                operation.apply(&mut changed).expect("changed");
            }
            let changed = Value::Object(changed);
            assert_eq!(changed.pointer(pointer).cloned().unwrap_or_default(), *expected, "{body}");
        }
    }
}

#[test]
fn a_value_of_one_type_is_there_once() {
    let (work, home) = (json!({"type": "work", "value": "X"}), json!({"type": "home", "value": "X"}));
    let primary = json!({"type": "work", "value": "X", "primary": true});
    for (verb, sent, expected) in [
        ("add", json!(primary), json!([primary])),
        ("add", json!([{"type": "Work", "value": "x"}]), json!([{"type": "Work", "value": "x"}])),
        ("add", json!([home, home]), json!([work, home])),
        ("replace", json!([work, home, primary]), json!([primary, home])),
    ] {
        let numbers = json!([
            {"op": "replace", "path": "phoneNumbers", "value": [work]},
            {"op": verb, "path": "phoneNumbers", "value": sent},
        ]);
        assert_changes(numbers, "/phoneNumbers", expected);
    }
}

#[test]
fn of_several_values_those_are_changed_that_a_filter_means() {
    let work = json!({"type": "work", "value": "ada@example.org", "primary": true});
    for (operation, pointer, expected) in [
        (
            json!({"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "a@b.example"}),
            "/emails",
            json!([{"type": "work", "value": "a@b.example", "primary": true}]),
        ),
        (
            json!({"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+49 30 901820"}),
            "/phoneNumbers",
            json!([{"type": "work", "value": "+49 30 901820"}]),
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"home\" and primary eq true].value", "value": "h@b.example"}),
            "/emails",
            json!([
                {"type": "work", "value": "ada@example.org", "primary": false},
                {"type": "home", "value": "h@b.example", "primary": true},
            ]),
        ),
        (json!({"op": "remove", "path": "emails[type eq \"work\"].value"}), "/emails", json!(null)),
        (json!({"op": "remove", "path": "emails[type eq \"work\"]"}), "/emails", json!(null)),
        (json!({"op": "remove", "path": "emails[type eq \"home\"]"}), "/emails", json!([work])),
        (
            json!({"op": "remove", "path": "emails", "value": [{"value": "ada@example.org"}]}),
            "/emails",
            json!(null),
        ),
        (json!({"op": "remove", "path": "emails"}), "/emails", json!(null)),
        (json!({"op": "add", "path": "emails", "value": [work]}), "/emails", json!([work])),
        (
            json!({"op": "replace", "path": "emails", "value": "x@y.example"}),
            "/emails",
            json!([{"value": "x@y.example"}]),
        ),
        (
            json!({"op": "add", "path": "emails", "value": {"value": "x@y.example"}}),
            "/emails",
            json!([work, {"value": "x@y.example"}]),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": null}),
            "/emails",
            json!(null),
        ),
        (
            json!({"op": "replace", "path": "addresses[type eq \"work\"]", "value": {"locality": "Oslo"}}),
            "/addresses",
            json!([{"type": "work", "locality": "Oslo"}]),
        ),
        (
            json!({"op": "replace", "value": {"addresses[type eq \"work\"].locality": "Oslo"}}),
            "/addresses",
            json!([{"type": "work", "locality": "Oslo"}]),
        ),
    ] {
        assert_changes(json!([operation]), pointer, expected);
    }
}

#[test]
fn what_can_not_be_done_is_refused_by_its_name() {
    for (operation, mistake) in [
        (json!({"op": "move"}), Mistake::InvalidSyntax),
        (json!({"op": "remove"}), Mistake::NoTarget),
        (json!({"op": "add", "path": 7}), Mistake::InvalidSyntax),
        (json!({"op": "add", "path": "name.", "value": "x"}), Mistake::InvalidPath),
        (json!({"op": "add", "value": "x"}), Mistake::InvalidSyntax),
        (json!({"op": "replace", "path": "id", "value": "x"}), Mistake::Mutability),
        (json!({"op": "replace", "path": "meta.version", "value": "x"}), Mistake::Mutability),
        (json!({"op": "remove", "path": "userName"}), Mistake::Mutability),
        (json!({"op": "replace", "path": "userName", "value": ""}), Mistake::InvalidValue),
        (json!({"op": "replace", "path": "userName", "value": "é".repeat(513)}), Mistake::InvalidValue),
        (json!({"op": "add", "value": {"externalId": "x".repeat(1025)}}), Mistake::InvalidValue),
        (json!({"op": "replace", "path": "active", "value": "perhaps"}), Mistake::InvalidValue),
        (json!({"op": "replace", "path": "title", "value": {"a": 1}}), Mistake::InvalidValue),
        (
            json!({"op": "add", "path": "emails[value co \"nobody\"].display", "value": "x"}),
            Mistake::NoTarget,
        ),
    ] {
        let refusal = changed(json!([operation])).expect_err("refused");
        assert_eq!(refusal.mistake, mistake, "{operation}: {refusal}");
    }
    assert_eq!(operations(&json!([])).expect_err("no list").mistake, Mistake::InvalidSyntax);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop::sample::select(vec!["", "work", "True", "ada@example.org", "é"]).prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "value",
        "type",
        "primary",
        "familyName",
        "emails",
        "active",
        "manager",
        ENTERPRISE,
    ]);
    leaf.prop_recursive(4, 24, 4, move |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inside), 0..4).prop_map(|all| all
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<Map<_, _>>()
                .into()),
        ]
    })
}

proptest! {
    #[test]
    fn no_operation_makes_a_change_panic_and_what_comes_of_it_describes_itself(
        path in prop::option::of(prop::sample::select(vec![
            "emails", "emails.value", "emails[type eq \"work\"]", "emails[type eq \"work\"].value", "emails[primary eq true].type",
            "name", "name.familyName", "active", "title", "name[familyName eq \"x\"].givenName", ENTERPRISE,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:otherNames",
        ])),
        verb in prop::sample::select(vec!["add", "Replace", "REMOVE"]),
        value in any_json(),
    ) {
        if let Ok(Value::Object(changed)) = changed(json!([{"op": verb, "path": path, "value": value}])) {
            let again = described(&Value::Object(changed.clone()));
            prop_assert_eq!(again, Ok(changed));
        }
    }
}
