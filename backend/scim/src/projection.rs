//! Which attributes of a resource are answered
//! ([RFC 7644, section 3.9](https://www.rfc-editor.org/rfc/rfc7644#section-3.9)).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    attribute_path::AttributePath,
    patch::Resource,
    refusal::Refusal,
    schema::Attribute,
    user::{ID, Place, SCHEMAS, USER, extension, place},
};

/// What is always answered.
const ALWAYS: [&str; 2] = [ID, SCHEMAS];

/// Which attributes are wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Projection {
    #[default]
    All,
    Only(Vec<AttributePath>),
    Without(Vec<AttributePath>),
}

impl Projection {
    /// What the parameters `attributes` and `excludedAttributes` ask for, each a list with commas.
    ///
    /// # Errors
    /// Where one of them is no list of attributes.
    pub fn read(attributes: &str, excluded: &str) -> Result<Self, Refusal> {
        let read = |list: &str| {
            let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(str::parse::<AttributePath>).collect::<Result<Vec<_>, _>>()
        };
        let (attributes, excluded) = (read(attributes)?, read(excluded)?);
        Ok(match (attributes.is_empty(), excluded.is_empty()) {
            (false, _) => Self::Only(attributes),
            (true, false) => Self::Without(excluded),
            (true, true) => Self::All,
        })
    }

    /// The resource with what is wanted of it.
    #[must_use]
    pub fn of(&self, mut resource: Resource) -> Resource {
        match self {
            Self::All => resource,
            Self::Only(paths) => only(&resource, paths),
            Self::Without(paths) => {
                for path in paths {
                    take_out(&mut resource, path);
                }
                resource
            }
        }
    }
}

/// An extension, and the name of an attribute there; none for the core.
type Spot = (Option<&'static str>, &'static str);

/// What is wanted of an attribute.
#[derive(Default)]
struct Wanted<'a> {
    whole: bool,
    parts: BTreeSet<&'a str>,
}

fn only(resource: &Resource, paths: &[AttributePath]) -> Resource {
    let is_whole = |name: &String| {
        let schema = extension(name).map_or(USER, |extension| extension.id);
        paths.iter().any(|path| path.whole().is_some_and(|address| address.eq_ignore_ascii_case(schema)))
    };
    let kept = resource.iter().filter(|(name, _)| ALWAYS.contains(&name.as_str()) || is_whole(name));
    let mut answer: Resource = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    for ((extension, name), (attribute, wanted)) in wanted(paths) {
        let holder = match extension {
            Some(address) => resource.get(address).and_then(Value::as_object),
            None => Some(resource),
        };
        let Some(value) = holder.and_then(|holder| holder.get(name)) else { continue };
        let value = if wanted.whole { value.clone() } else { with_parts(attribute, value, &wanted.parts) };
        let holder = match extension {
            None => Some(&mut answer),
            Some(address) => {
                answer.entry(address).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
            }
        };
        // What is there already is whole.
        if let Some(holder) = holder {
            holder.entry(name).or_insert(value);
        }
    }
    answer
}

/// What is wanted of each attribute, by where it stands: one can be named with its schema and without, in any case.
fn wanted(paths: &[AttributePath]) -> BTreeMap<Spot, (&'static Attribute, Wanted<'_>)> {
    let mut all: BTreeMap<Spot, (&'static Attribute, Wanted<'_>)> = BTreeMap::new();
    for path in paths {
        let Some(Place { extension, attribute }) = place(path) else { continue };
        let (_, wanted) =
            all.entry((extension, attribute.name.as_ref())).or_insert_with(|| (attribute, Wanted::default()));
        match path.sub.as_deref() {
            Some(sub) => drop(wanted.parts.insert(sub)),
            None => wanted.whole = true,
        }
    }
    all
}

/// A value, or each of several, with these of its parts.
fn with_parts(attribute: &Attribute, value: &Value, wanted: &BTreeSet<&str>) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| with_parts(attribute, value, wanted)).collect(),
        Value::Object(parts) => {
            let wanted: BTreeSet<&str> =
                wanted.iter().filter_map(|name| Some(attribute.part(name)?.name.as_ref())).collect();
            let parts = parts.iter().filter(|(name, _)| wanted.contains(name.as_str()));
            Value::Object(parts.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

fn take_out(resource: &mut Resource, path: &AttributePath) {
    if path.whole().is_some_and(|address| address.eq_ignore_ascii_case(USER)) {
        resource.retain(|name, _| ALWAYS.contains(&name.as_str()) || extension(name).is_some());
        return;
    }
    if let Some(schema) = path.whole().and_then(|address| extension(&address)) {
        resource.remove(schema.id);
        return;
    }
    let Some(place) = place(path).filter(|place| !ALWAYS.contains(&place.attribute.name.as_ref())) else {
        return;
    };
    let holder = match place.extension {
        Some(address) => resource.get_mut(address).and_then(Value::as_object_mut),
        None => Some(resource),
    };
    let Some(holder) = holder else { return };
    let name = place.attribute.name.as_ref();
    let Some(sub) = &path.sub else {
        holder.remove(name);
        return;
    };
    let Some(part) = place.attribute.part(sub) else { return };
    let values: &mut [Value] = match holder.get_mut(name) {
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_mut(value),
        None => &mut [],
    };
    for parts in values.iter_mut().filter_map(Value::as_object_mut) {
        parts.remove(part.name.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::user::ENTERPRISE;

    fn projected(attributes: &str, excluded: &str) -> Value {
        let resource = json!({
            "id": "7", "schemas": ["urn:x"], "userName": "ada", "name": {"givenName": "Ada", "familyName": "King"},
            "emails": [{"value": "a@b.example", "type": "work"}], ENTERPRISE: {"department": "Engines", "division": "D"},
        });
        let Value::Object(resource) = resource else { unreachable!() };
        Projection::read(attributes, excluded).expect("a projection").of(resource).into()
    }

    #[test]
    fn only_what_is_asked_for_is_answered_and_what_always_is() {
        assert_eq!(
            projected("USERNAME, shoeSize", ""),
            json!({"id": "7", "schemas": ["urn:x"], "userName": "ada"})
        );
        assert_eq!(projected("name.familyName,emails.value", "")["name"], json!({"familyName": "King"}));
        assert_eq!(projected("emails.value", "")["emails"], json!([{"value": "a@b.example"}]));
        assert_eq!(projected(&format!("{ENTERPRISE}:division"), "")[ENTERPRISE], json!({"division": "D"}));
        assert_eq!(projected(ENTERPRISE, "")[ENTERPRISE], json!({"department": "Engines", "division": "D"}));
    }

    #[test]
    fn a_part_is_answered_however_its_schema_is_written() {
        for attributes in [
            format!("name.givenName,{USER}:name.familyName"),
            format!("{}:NAME.givenName,name.familyName", USER.to_uppercase()),
        ] {
            let name = json!({"givenName": "Ada", "familyName": "King"});
            assert_eq!(projected(&attributes, "")["name"], name, "{attributes}");
        }
        let both = format!("{ENTERPRISE}:division,{}:department", ENTERPRISE.to_uppercase());
        assert_eq!(projected(&both, "")[ENTERPRISE], json!({"department": "Engines", "division": "D"}));
    }

    #[test]
    fn the_schema_of_users_is_all_its_attributes() {
        let core = projected(USER, "");
        assert_eq!(core["name"], json!({"givenName": "Ada", "familyName": "King"}));
        assert_eq!((&core["userName"], core.get(ENTERPRISE)), (&json!("ada"), None));
        let without = projected("", &USER.to_uppercase());
        assert_eq!((without.get("name"), &without["id"]), (None, &json!("7")));
        assert_eq!(without[ENTERPRISE]["division"], "D");
    }

    #[test]
    fn or_all_but_what_is_excluded() {
        let without = projected("", &format!("id,userName,name.givenName,emails.type,{ENTERPRISE}:division"));
        let expected = json!({
            "id": "7", "schemas": ["urn:x"], "name": {"familyName": "King"}, "emails": [{"value": "a@b.example"}],
            ENTERPRISE: {"department": "Engines"},
        });
        assert_eq!(without, expected);
        assert!(projected("", ENTERPRISE).get(ENTERPRISE).is_none());
        assert!(Projection::read("a b", "").is_err());
    }
}
