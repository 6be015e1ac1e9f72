//! Between what a provider says of someone and what the fields of an employee hold.
//!
//! What a provider says is kept as it is said, and the fields are made from it. What no field can hold, such as a number
//! without its country code, is still the provider's to read back; it is only not shown.

use std::{collections::BTreeSet, sync::LazyLock};

use rollcall_api::{
    field::{FIELDS, FULL_NAME, Field, Kind, MAX_LIST},
    field_rules::{checked, same_email},
    values::{Value, Values},
};
use serde_json::json;

use crate::{
    patch::{Resource, put, remove},
    path::Path,
    refusal::Refusal,
    select::{leaves, value_meets},
    user::{EMAILS, ENTERPRISE, MANAGER, OWN, USER_NAME, own_name, place},
};

/// What stands in a field that must not be empty, and of which a provider says nothing: many have no place for people.
pub const NOT_KNOWN: &str = "Not known";

/// The fields that are texts, and where each is read; it is written to the first of these.
static PLACES: LazyLock<Vec<(&'static Field, Vec<Path>)>> = LazyLock::new(|| {
    let fields = FIELDS.iter().filter(|field| field.kind != Kind::Employee);
    fields.map(|field| (field, places(field))).collect()
});

fn places(field: &Field) -> Vec<Path> {
    let own = || format!("{OWN}:{}", own_name(field)).parse().into_iter().collect();
    if field.scim.is_empty() {
        own()
    } else {
        field.scim.iter().filter_map(|path| path.parse().ok()).collect()
    }
}

/// What the fields are to hold of someone, by what is said; but for the manager, who must be looked for.
#[must_use]
pub fn values(resource: &Resource) -> Values {
    let values =
        PLACES.iter().filter_map(|(field, places)| Some((field.name, value(field, places, resource)?)));
    values.collect()
}

/// The fields of which a provider says something.
#[must_use]
pub fn said(resource: &Resource) -> Vec<&'static str> {
    let places = PLACES.iter().filter(|(field, places)| said_value(field, places, resource).is_some());
    let manager = manager(resource).map(|_| rollcall_api::field::MANAGER);
    places.map(|(field, _)| field.name).chain(manager).collect()
}

/// Has a resource say what the fields hold, where it says something else: whoever changed a field in Rollcall is believed.
///
/// # Errors
/// Where a value can't stand in its place; none is known.
pub fn show(resource: &mut Resource, shown: &Values) -> Result<(), Refusal> {
    for (field, places) in PLACES.iter() {
        let held = shown.get(field.name);
        if held == value(field, places, resource).as_ref() {
            continue;
        }
        for place in places {
            remove(resource, place)?;
        }
        if let (Some(held), Some(place)) = (held, places.first()) {
            let said = match held {
                Value::Text(text) => json!(text),
                Value::List(texts) => json!(texts.join("\n")),
            };
            put(resource, place, &said)?;
        }
    }
    Ok(())
}

/// What a field is to hold: the first of what is said that it can, and what is assumed where it must hold something.
fn value(field: &Field, places: &[Path], resource: &Resource) -> Option<Value> {
    said_value(field, places, resource).or_else(|| match field.name {
        _ if !field.required => None,
        FULL_NAME => fitting(field, vec![resource.get(USER_NAME)?.as_str()?.to_owned()])
            .or_else(|| Some(Value::Text(NOT_KNOWN.to_owned()))),
        _ => Some(Value::Text(NOT_KNOWN.to_owned())),
    })
}

fn said_value(field: &Field, places: &[Path], resource: &Resource) -> Option<Value> {
    let said = places.iter().find_map(|place| fitting(field, texts(resource, place)));
    said.or_else(|| match field.name {
        FULL_NAME => fitting(field, vec![composed_name(resource)]),
        _ => None,
    })
}

/// The value that these texts make in a field: of one that holds several those that it can.
fn fitting(field: &Field, texts: Vec<String>) -> Option<Value> {
    let one = |text: String| {
        if text.trim().is_empty() { None } else { checked(field, &Value::Text(text)).ok() }
    };
    if !field.kind.is_list() {
        return texts.into_iter().find_map(one);
    }
    let lines = texts.iter().flat_map(|text| text.lines()).map(str::to_owned).filter_map(one);
    let mut all: Vec<String> = Vec::new();
    for text in lines.flat_map(|value| value.texts().to_vec()) {
        if !all.contains(&text) && all.len() < MAX_LIST {
            all.push(text);
        }
    }
    (!all.is_empty()).then_some(Value::List(all))
}

/// The texts that a path leads to.
fn texts(resource: &Resource, path: &Path) -> Vec<String> {
    let Some(filter) = &path.filter else {
        let mut path = path.clone();
        path.attribute.sub = path.sub;
        let leaves = leaves(resource, &path.attribute);
        return leaves.into_iter().filter_map(|(_, leaf)| leaf.as_str().map(str::to_owned)).collect();
    };
    let Some(place) = place(&path.attribute) else { return Vec::new() };
    let values = resource.get(place.attribute.name.as_ref()).and_then(serde_json::Value::as_array);
    let met = values.into_iter().flatten().filter(|value| value_meets(place.attribute, value, filter));
    let part = met.filter_map(|value| value.get(path.sub.as_deref()?)?.as_str());
    part.map(str::to_owned).collect()
}

/// The name that the parts of one make.
fn composed_name(resource: &Resource) -> String {
    let name = resource.get("name");
    let part = |part: &str| {
        name.and_then(|name| name.get(part)?.as_str()).map(str::trim).filter(|it| !it.is_empty())
    };
    let parts = ["givenName", "middleName", "familyName"].into_iter().filter_map(part);
    parts.collect::<Vec<_>>().join(" ")
}

/// Every e-mail address that is said, of whatever type, in the form in which two are compared.
#[must_use]
pub fn addresses(resource: &Resource) -> BTreeSet<String> {
    let said = resource.get(EMAILS).and_then(serde_json::Value::as_array);
    let values = said.into_iter().flatten().filter_map(|one| one.get("value")?.as_str());
    values.filter(|address| !address.is_empty()).map(same_email).collect()
}

/// Whom someone reports to, as a provider names them: by `value`, or by where they are.
#[must_use]
pub fn manager(resource: &Resource) -> Option<&str> {
    let manager = resource.get(ENTERPRISE)?.get(MANAGER)?;
    let text = |part: &str| manager.get(part)?.as_str().filter(|text| !text.trim().is_empty());
    text("value").or_else(|| text("$ref")?.rsplit('/').next()).map(str::trim).filter(|text| !text.is_empty())
}

/// Has a resource name this manager, by what it is called and where it is; nobody, where there is none.
pub fn set_manager(resource: &mut Resource, manager: Option<(&str, Option<&str>)>) {
    let said = manager.map(|(value, location)| match location {
        Some(location) => json!({"value": value, "$ref": location}),
        None => json!({"value": value}),
    });
    match (said, resource.get_mut(ENTERPRISE).and_then(serde_json::Value::as_object_mut)) {
        (Some(said), Some(enterprise)) => drop(enterprise.insert(MANAGER.to_owned(), said)),
        (Some(said), None) => drop(resource.insert(ENTERPRISE.to_owned(), json!({MANAGER: said}))),
        (None, Some(enterprise)) => {
            enterprise.remove(MANAGER);
            if enterprise.is_empty() {
                resource.remove(ENTERPRISE);
            }
        }
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests;
