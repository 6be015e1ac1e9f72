//! Reading a value that a provider sends, in whichever of the forms that providers send
//! ([RFC 7644, section 3.3](https://www.rfc-editor.org/rfc/rfc7644#section-3.3): what is not known is ignored).

use serde_json::{Map, Value};

use crate::{
    refusal::Refusal,
    schema::{Attribute, Kind},
};

/// The most values of one attribute.
const MAX_VALUES: usize = 100;

/// The value of an attribute in its one form; none where nothing is left of it, which unassigns it
/// ([RFC 7643, section 2.5](https://www.rfc-editor.org/rfc/rfc7643#section-2.5)).
///
/// Providers send one value where there are several, a list where there is one, the text `"False"`, a text or a number where
/// a value has parts.
///
/// # Errors
/// Where it can't be a value of the attribute, and where there are too many.
pub(crate) fn read(attribute: &Attribute, sent: &Value) -> Result<Option<Value>, Refusal> {
    if !attribute.many {
        return match sent {
            Value::Array(texts) if attribute.kind == Kind::Lines => {
                let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
                read_one(attribute, &texts.join("\n").into())
            }
            Value::Array(values) => values.first().map_or(Ok(None), |first| read_one(attribute, first)),
            other => read_one(attribute, other),
        };
    }
    let values = match sent {
        Value::Array(values) => values.as_slice(),
        other => std::slice::from_ref(other),
    };
    if values.len() > MAX_VALUES {
        return Err(Refusal::value(format!("{} has more than {MAX_VALUES} values.", attribute.name)));
    }
    let values = values.iter().map(|value| read_one(attribute, value)).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<Value> = values.into_iter().flatten().collect();
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// One value of an attribute.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_one(attribute: &Attribute, sent: &Value) -> Result<Option<Value>, Refusal> {
    let wrong = || Err(wrong(attribute, sent));
    match (attribute.kind, sent) {
        (_, Value::Null) => Ok(None),
        (Kind::Complex, sent) => {
            let parts = read_parts(attribute, sent)?.into_iter();
            let parts: Map<String, Value> =
                parts.filter_map(|(part, value)| Some((part.name.to_string(), value?))).collect();
            Ok((!parts.is_empty()).then_some(Value::Object(parts)))
        }
        (_, Value::String(text)) if text.is_empty() => Ok(None),
        (_, Value::String(text)) if text.len() > attribute.longest => {
            Err(Refusal::value(format!("{} has more than {} bytes.", attribute.name, attribute.longest)))
        }
        (Kind::Flag, Value::Bool(_)) => Ok(Some(sent.clone())),
        (Kind::Flag, Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true.into())),
        (Kind::Flag, Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false.into())),
        (Kind::Text | Kind::Lines | Kind::Reference | Kind::Time, Value::String(_)) => Ok(Some(sent.clone())),
        (Kind::Text, Value::Number(number)) => Ok(Some(number.to_string().into())),
        (Kind::Text, Value::Bool(is_so)) => Ok(Some(is_so.to_string().into())),
        (Kind::Text | Kind::Reference, Value::Object(parts)) => match parts.get("value") {
            Some(value @ (Value::String(_) | Value::Null)) => read_one(attribute, value),
            _ => wrong(),
        },
        _ => wrong(),
    }
}

/// The parts that a value names and that can be changed, each with what it is to be; none unassigns it. A value without parts
/// is for the one that a value is about.
fn read_parts<'a>(attribute: &'a Attribute, sent: &Value) -> Result<Vec<Assigned<'a>>, Refusal> {
    match sent {
        Value::Object(parts) => {
            let known = parts.iter().filter_map(|(name, value)| Some((writable(attribute, name)?, value)));
            known.map(|(part, value)| Ok((part, read(part, value)?))).collect()
        }
        Value::Array(_) => Err(wrong(attribute, sent)),
        plain => {
            let part = ["value", "formatted"].into_iter().find_map(|name| attribute.part(name));
            let part = part.ok_or_else(|| wrong(attribute, sent))?;
            Ok(vec![(part, read_one(part, plain)?)])
        }
    }
}

fn writable<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a Attribute> {
    attribute.part(name).filter(|part| !part.read_only)
}

/// Whether what was sent is values with parts, of which none is known.
pub(crate) fn names_nothing(attribute: &Attribute, sent: &Value) -> bool {
    let is_stranger = |value: &Value| {
        let parts = value.as_object();
        parts.is_some_and(|parts| parts.keys().all(|name| writable(attribute, name).is_none()))
    };
    match sent {
        Value::Array(values) => !values.is_empty() && values.iter().all(is_stranger),
        value => is_stranger(value),
    }
}

/// A part, and what it is to be; none unassigns it.
pub(crate) type Assigned<'a> = (&'a Attribute, Option<Value>);

/// What is to become of one value.
pub(crate) enum Change<'a> {
    Unassign,
    To(Value),
    /// These parts are to be so; those that are not named stay
    /// ([RFC 7644, section 3.5.2.3](https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2.3)).
    Parts(Vec<Assigned<'a>>),
}

/// What is to become of one value by what is sent for it: `null` unassigns it, and as a part that part
/// ([RFC 7643, section 2.5](https://www.rfc-editor.org/rfc/rfc7643#section-2.5)).
///
/// # Errors
/// As [`read`].
pub(crate) fn read_change<'a>(attribute: &'a Attribute, sent: &Value) -> Result<Change<'a>, Refusal> {
    if attribute.kind != Kind::Complex {
        return Ok(read(attribute, sent)?.map_or(Change::Unassign, Change::To));
    }
    let one = match sent {
        Value::Array(values) => values.first().unwrap_or(&Value::Null),
        one => one,
    };
    if one.is_null() { Ok(Change::Unassign) } else { read_parts(attribute, one).map(Change::Parts) }
}

impl Change<'_> {
    /// Whether it says what there is to be.
    pub(crate) fn assigns(&self) -> bool {
        match self {
            Self::Unassign => false,
            Self::To(_) => true,
            Self::Parts(parts) => parts.iter().any(|(_, value)| value.is_some()),
        }
    }

    /// What becomes of a value of the attribute; none where nothing is left that says anything.
    pub(crate) fn made_in(&self, attribute: &Attribute, before: Option<Value>) -> Option<Value> {
        let assigned = match self {
            Self::Unassign => return None,
            Self::To(value) => return Some(value.clone()),
            Self::Parts(assigned) => assigned,
        };
        let mut parts = match before {
            Some(Value::Object(parts)) => parts,
            _ => Map::new(),
        };
        // One thing is said twice by these: what was said by the one no longer is when the other changes.
        let twins = ["value", "$ref"];
        if twins.iter().all(|name| attribute.part(name).is_some())
            && assigned.iter().any(|(part, _)| twins.contains(&part.name.as_ref()))
        {
            parts.retain(|name, _| !twins.contains(&name.as_str()));
        }
        for (part, value) in assigned {
            match value {
                Some(value) => drop(parts.insert(part.name.to_string(), value.clone())),
                None => drop(parts.remove(part.name.as_ref())),
            }
        }
        let says_something = parts.keys().any(|name| !matches!(name.as_str(), "type" | "primary"));
        says_something.then_some(Value::Object(parts))
    }
}

fn wrong(attribute: &Attribute, sent: &Value) -> Refusal {
    Refusal::value(format!("{} can't be {}.", attribute.name, shown(sent)))
}

/// The beginning of what was sent.
fn shown(sent: &Value) -> String {
    sent.to_string().chars().take(60).collect()
}
