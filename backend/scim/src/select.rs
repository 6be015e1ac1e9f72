//! Whether a resource, or a value of an attribute, meets a filter.

use std::{borrow::Cow, cmp::Ordering};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    attribute_path::AttributePath,
    filter::{Filter, Literal, Operator},
    schema::{Attribute, Kind},
    user::place,
};

/// A value, and the attribute whose it is.
pub(crate) type Leaf<'a> = (&'a Attribute, &'a Value);

/// Whether a resource meets a filter. What it names and nobody knows has no value.
#[must_use]
pub fn meets(resource: &Map<String, Value>, filter: &Filter) -> bool {
    match filter {
        Filter::Within(path, filter) => {
            let values = values(resource, path).into_iter().flatten();
            values.into_iter().any(|(attribute, value)| value_meets(attribute, value, filter))
        }
        Filter::Not(filter) => !meets(resource, filter),
        Filter::And(one, other) => meets(resource, one) && meets(resource, other),
        Filter::Or(one, other) => meets(resource, one) || meets(resource, other),
        Filter::Present(path) => is_present(&leaves(resource, path)),
        Filter::Compare(path, operator, literal) => compares(&leaves(resource, path), *operator, literal),
    }
}

/// Whether one value of an attribute meets a filter about its parts.
pub(crate) fn value_meets(attribute: &Attribute, value: &Value, filter: &Filter) -> bool {
    let meets = |filter| value_meets(attribute, value, filter);
    let part = |path: &AttributePath| -> Vec<Leaf<'_>> {
        match attribute.part(&path.name) {
            Some(part) => value.get(part.name.as_ref()).map(|value| (part, value)).into_iter().collect(),
            None if path.name.eq_ignore_ascii_case("value") && attribute.parts.is_empty() => {
                vec![(attribute, value)]
            }
            None => Vec::new(),
        }
    };
    match filter {
        Filter::Within(..) => false,
        Filter::Not(filter) => !meets(filter),
        Filter::And(one, other) => meets(one) && meets(other),
        Filter::Or(one, other) => meets(one) || meets(other),
        Filter::Present(path) => is_present(&part(path)),
        Filter::Compare(path, operator, literal) => compares(&part(path), *operator, literal),
    }
}

/// The values of an attribute, each for itself; none where the attribute is not known.
fn values<'a>(resource: &'a Map<String, Value>, path: &AttributePath) -> Option<Vec<Leaf<'a>>> {
    let place = place(path)?;
    let holder = match place.extension {
        Some(extension) => resource.get(extension)?.as_object()?,
        None => resource,
    };
    let values = match holder.get(place.attribute.name.as_ref())? {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    };
    Some(values.into_iter().map(|value| (place.attribute, value)).collect())
}

/// What a path leads to: of a value with parts the one it names, else the one called `value`, else the value itself.
pub(crate) fn leaves<'a>(resource: &'a Map<String, Value>, path: &AttributePath) -> Vec<Leaf<'a>> {
    let leaf = |(attribute, value): Leaf<'a>| -> Option<Leaf<'a>> {
        let part = match &path.sub {
            Some(sub) => attribute.part(sub)?,
            None => match attribute.part("value") {
                Some(part) => part,
                None => return Some((attribute, value)),
            },
        };
        Some((part, value.get(part.name.as_ref())?))
    };
    values(resource, path).unwrap_or_default().into_iter().filter_map(leaf).collect()
}

fn is_present(leaves: &[Leaf<'_>]) -> bool {
    leaves.iter().any(|(_, value)| !value.is_null())
}

fn compares(leaves: &[Leaf<'_>], operator: Operator, literal: &Literal) -> bool {
    match (operator, literal) {
        (Operator::Equal, Literal::Null) => !is_present(leaves),
        (Operator::NotEqual, Literal::Null) => is_present(leaves),
        (Operator::NotEqual, _) if leaves.is_empty() => true,
        _ => leaves.iter().any(|(attribute, value)| holds(attribute, value, operator, literal)),
    }
}

fn holds(attribute: &Attribute, value: &Value, operator: Operator, literal: &Literal) -> bool {
    match (attribute.kind, value) {
        (Kind::Flag, Value::Bool(value)) => {
            let is_equal = flag(literal) == Some(*value);
            matches!((operator, is_equal), (Operator::Equal, true) | (Operator::NotEqual, false))
        }
        (Kind::Time, Value::String(value)) => {
            let times = value.parse::<Timestamp>().ok().zip(written(literal).parse::<Timestamp>().ok());
            times.is_some_and(|(value, wanted)| in_order(operator, value.cmp(&wanted)))
        }
        (_, Value::String(value)) => {
            let (value, wanted) = (folded(attribute, value), written(literal));
            let wanted = folded(attribute, &wanted);
            match operator {
                Operator::Contains => value.contains(wanted.as_ref()),
                Operator::StartsWith => value.starts_with(wanted.as_ref()),
                Operator::EndsWith => value.ends_with(wanted.as_ref()),
                other => in_order(other, value.cmp(&wanted)),
            }
        }
        _ => false,
    }
}

fn flag(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Flag(is_so) => Some(*is_so),
        // Providers that send "False" look for it, too.
        Literal::Text(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

const fn in_order(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
    }
}

fn written(literal: &Literal) -> Cow<'_, str> {
    match literal {
        Literal::Text(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.json().to_string()),
    }
}

/// A text as it is compared.
pub(crate) fn folded<'a>(attribute: &Attribute, text: &'a str) -> Cow<'a, str> {
    if attribute.case_exact { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::user::ENTERPRISE;

    fn finds(filter: &str) -> bool {
        let resource = json!({
            "id": "2819c223", "externalId": "Ada-1", "userName": "Ada@Example.org", "active": false,
            "name": {"familyName": "Lovelace"},
            "emails": [
                {"type": "work", "value": "ada@example.org", "primary": true},
                {"type": "home", "value": "ada@home.example"},
            ],
            "meta": {"created": "2026-11-27T09:00:00Z"},
            ENTERPRISE: {"department": "Engines", "manager": {"value": "M1"}},
        });
        meets(resource.as_object().expect("an object"), &filter.parse().expect(filter))
    }

    #[test]
    fn what_providers_ask_for_is_found() {
        for filter in [
            "userName eq \"ADA@example.ORG\"",
            "USERNAME Eq \"ada@example.org\"",
            "externalId eq \"Ada-1\"",
            "active eq false",
            "active eq \"False\"",
            "emails eq \"ada@home.example\"",
            "emails.value sw \"ADA@\"",
            "emails[type eq \"work\" and value co \"example\"]",
            "emails[type eq \"work\"].value eq \"ada@example.org\"",
            "name.familyName pr and not (name.givenName pr)",
            "name pr",
            "title eq null and userName ne null",
            "title ne \"Boss\"",
            "meta.created gt \"2026-11-27T09:30:00+01:00\"",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department ew \"INES\"",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq \"M1\"",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName ge \"ada\"",
            "schemas pr or id eq \"2819c223\"",
        ] {
            assert!(finds(filter), "{filter}");
        }
    }

    #[test]
    fn and_nobody_else() {
        for filter in [
            "externalId eq \"ada-1\"",
            "id eq \"2819C223\"",
            "active eq true",
            "active gt false",
            "emails[type eq \"home\" and value co \"example.org\"]",
            "not (emails[primary eq true])",
            "title pr",
            "shoeSize eq 43",
            "userName eq 7",
            "name eq \"Lovelace\"",
            "meta.created gt \"yesterday\"",
        ] {
            assert!(!finds(filter), "{filter}");
        }
    }
}
