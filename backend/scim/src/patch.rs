//! Changing a resource part by part ([RFC 7644, section 3.5.2](https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2)), in
//! the ways that providers write it.
//!
//! A new resource is made by the same rules: it is a change of one that has nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    filter::{Filter, Literal},
    path::Path,
    refusal::{Mistake, Refusal},
    schema::Attribute,
    select::{folded, value_meets},
    user::{USER, extension, place},
    value::{Change, names_nothing, read, read_change},
};

/// The most operations of one request.
const MAX_OPERATIONS: usize = 100;

/// A resource, its attributes under the names of the schema, those of an extension in an object under its address.
pub type Resource = Map<String, Value>;

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    verb: Verb,
    path: Option<Path>,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// The changes that a body asks for.
///
/// # Errors
/// Where it can't be read.
pub fn operations(body: &Value) -> Result<Vec<Operation>, Refusal> {
    let syntax = |detail: &str| Refusal::new(Mistake::InvalidSyntax, detail);
    let operations = entry(body, "Operations").and_then(Value::as_array);
    let operations = operations.ok_or_else(|| syntax("Operations must be a list."))?;
    if operations.len() > MAX_OPERATIONS {
        return Err(syntax("There are more than 100 operations."));
    }
    operations.iter().map(operation).collect()
}

fn operation(sent: &Value) -> Result<Operation, Refusal> {
    let syntax = |detail: &str| Refusal::new(Mistake::InvalidSyntax, detail);
    let word = entry(sent, "op").and_then(Value::as_str).unwrap_or_default();
    let verbs = [("add", Verb::Add), ("replace", Verb::Replace), ("remove", Verb::Remove)];
    let verb = verbs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, verb)| verb);
    let verb = verb.ok_or_else(|| syntax("The op of an operation must be add, replace or remove."))?;
    let path = match entry(sent, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) if path.trim().is_empty() => None,
        Some(Value::String(path)) => Some(path.parse()?),
        Some(_) => return Err(syntax("The path of an operation must be a text.")),
    };
    if verb == Verb::Remove && path.is_none() {
        return Err(Refusal::new(Mistake::NoTarget, "What to remove must be said by a path."));
    }
    Ok(Operation { verb, path, value: entry(sent, "value").cloned().unwrap_or_default() })
}

/// What an object has under a name, in any case.
pub(crate) fn entry<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let mut entries = object.as_object()?.iter();
    entries.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The resource that a body describes. What no schema knows is left out.
///
/// # Errors
/// Where the body is no object, and where a value can't stand in its attribute.
pub fn described(body: &Value) -> Result<Resource, Refusal> {
    let mut resource = Resource::new();
    without_path(&mut resource, Verb::Add, body)?;
    Ok(resource)
}

impl Operation {
    /// Makes the change.
    ///
    /// # Errors
    /// Where it can't be made; the resource may be changed half then.
    pub fn apply(&self, resource: &mut Resource) -> Result<(), Refusal> {
        match &self.path {
            None => without_path(resource, self.verb, &self.value),
            Some(path) if is_read_only(path) => {
                Err(Refusal::new(Mistake::Mutability, format!("{path} is Rollcall's to give.")))
            }
            Some(path) => at(resource, self.verb, path, &self.value),
        }
    }
}

/// Puts a value where a path leads, whatever is there.
pub(crate) fn put(resource: &mut Resource, path: &Path, value: &Value) -> Result<(), Refusal> {
    at(resource, Verb::Replace, path, value)
}

/// Takes away what a path leads to.
pub(crate) fn remove(resource: &mut Resource, path: &Path) -> Result<(), Refusal> {
    at(resource, Verb::Remove, path, &Value::Null)
}

/// Each entry of an object is a change for itself: its name may have parts, filters and the address of a schema.
fn without_path(resource: &mut Resource, verb: Verb, value: &Value) -> Result<(), Refusal> {
    let Value::Object(entries) = value else {
        let detail = "A resource must be an object with its attributes, and so must the value of a change without a path.";
        return Err(Refusal::new(Mistake::InvalidSyntax, detail));
    };
    for (name, value) in entries {
        let path = name.parse::<Path>().ok().filter(|path| !is_read_only(path));
        match (path, value) {
            (Some(_), Value::Object(_)) if name.eq_ignore_ascii_case(USER) => {
                without_path(resource, verb, value)?;
            }
            (Some(path), value) => at(resource, verb, &path, value)?,
            (None, _) => {}
        }
    }
    Ok(())
}

fn is_read_only(path: &Path) -> bool {
    place(&path.attribute).is_some_and(|place| place.attribute.read_only)
}

/// A change of what a path leads to. One that leads nowhere changes nothing: providers send what they have.
fn at(resource: &mut Resource, verb: Verb, path: &Path, value: &Value) -> Result<(), Refusal> {
    if let Some(schema) = path.attribute.whole().and_then(|address| extension(&address))
        && path.filter.is_none()
        && path.sub.is_none()
    {
        return whole_extension(resource, verb, schema.id, value);
    }
    let Some(place) = place(&path.attribute) else { return Ok(()) };
    match place.extension {
        None => within(resource, place.attribute, verb, path, value),
        Some(address) => {
            let mut holder = match resource.remove(address) {
                Some(Value::Object(holder)) => holder,
                _ => Resource::new(),
            };
            let done = within(&mut holder, place.attribute, verb, path, value);
            if !holder.is_empty() {
                resource.insert(address.to_owned(), Value::Object(holder));
            }
            done
        }
    }
}

fn whole_extension(
    resource: &mut Resource,
    verb: Verb,
    address: &'static str,
    value: &Value,
) -> Result<(), Refusal> {
    match value {
        _ if verb == Verb::Remove => drop(resource.remove(address)),
        Value::Null => drop(resource.remove(address)),
        Value::Object(entries) => {
            for (name, value) in entries {
                if let Ok(path) = format!("{address}:{name}").parse::<Path>() {
                    at(resource, verb, &path, value)?;
                }
            }
        }
        _ => return Err(Refusal::value(format!("What stands under {address} must be an object."))),
    }
    Ok(())
}

fn within(
    holder: &mut Resource,
    attribute: &Attribute,
    verb: Verb,
    path: &Path,
    value: &Value,
) -> Result<(), Refusal> {
    let before = holder.remove(attribute.name.as_ref());
    let after = match (&path.filter, &path.sub) {
        (None, None) => of_attribute(attribute, before, verb, value)?,
        (None, Some(sub)) => of_part(attribute, before, verb, sub, value)?,
        (Some(filter), sub) => of_values(attribute, before, verb, (filter, sub.as_deref()), value)?,
    };
    match after {
        Some(after) => drop(holder.insert(attribute.name.to_string(), after)),
        None if attribute.required => {
            let mistake = if verb == Verb::Remove { Mistake::Mutability } else { Mistake::InvalidValue };
            return Err(Refusal::new(mistake, format!("{} must not be empty.", attribute.name)));
        }
        None => {}
    }
    Ok(())
}

/// The attribute as a whole.
fn of_attribute(
    attribute: &Attribute,
    before: Option<Value>,
    verb: Verb,
    value: &Value,
) -> Result<Option<Value>, Refusal> {
    if verb == Verb::Remove {
        let Some(gone) = read(attribute, value)?.filter(|_| attribute.many) else { return Ok(None) };
        let gone = elements(Some(gone));
        let key = |value: &Value| value.get("value").unwrap_or(value).clone();
        let mut left = elements(before);
        left.retain(|value| !gone.iter().any(|gone| key(gone) == key(value)));
        return Ok(list(left));
    }
    if attribute.many {
        let sent = elements(read(attribute, value)?);
        if sent.is_empty() && (verb == Verb::Add || names_nothing(attribute, value)) {
            return Ok(before);
        }
        let mut all = if verb == Verb::Add { elements(before) } else { Vec::new() };
        let first = all.len();
        all.extend(sent);
        let changed: Vec<usize> = (first..all.len()).collect();
        return Ok(settled(attribute, all, &changed));
    }
    match read_change(attribute, value)? {
        Change::Unassign => Ok(before.filter(|_| verb == Verb::Add)),
        change => Ok(change.made_in(attribute, before)),
    }
}

/// A part of the attribute: of each of its values, where there are several.
fn of_part(
    attribute: &Attribute,
    before: Option<Value>,
    verb: Verb,
    sub: &str,
    value: &Value,
) -> Result<Option<Value>, Refusal> {
    let Some(part) = attribute.part(sub).filter(|part| !part.read_only) else { return Ok(before) };
    let value = if verb == Verb::Remove { None } else { read(part, value)? };
    let change = Change::Parts(vec![(part, value)]);
    if !attribute.many {
        return Ok(change.made_in(attribute, before));
    }
    let mut all = elements(before);
    if all.is_empty() {
        all.push(Value::Object(Map::new()));
    }
    let all = all.into_iter().filter_map(|it| change.made_in(attribute, Some(it))).collect();
    // None of them is the one that was meant to be primary.
    Ok(settled(attribute, all, &[0]))
}

/// Those values of the attribute that meet a filter, or a part of each. Where none does, one is made that will: Microsoft sets
/// `phoneNumbers[type eq "work"].value` of whoever has no number yet.
fn of_values(
    attribute: &Attribute,
    before: Option<Value>,
    verb: Verb,
    (filter, sub): (&Filter, Option<&str>),
    value: &Value,
) -> Result<Option<Value>, Refusal> {
    let part = match sub.map(|sub| attribute.part(sub)) {
        Some(None) => return Ok(before),
        Some(Some(part)) if part.read_only => return Ok(before),
        part => part.flatten(),
    };
    let change = match (verb, part) {
        (Verb::Remove, None) => Change::Unassign,
        (Verb::Remove, Some(part)) => Change::Parts(vec![(part, None)]),
        (_, Some(part)) => Change::Parts(vec![(part, read(part, value)?)]),
        (_, None) => read_change(attribute, value)?,
    };
    let mut all = elements(before);
    let mut met: Vec<usize> = Vec::new();
    for (number, value) in all.iter().enumerate() {
        if value_meets(attribute, value, filter) {
            met.push(number);
        }
    }
    if met.is_empty() && change.assigns() {
        met.push(all.len());
        all.push(made_for(attribute, filter)?);
    }
    let changed = |(number, element): (usize, Value)| {
        if met.contains(&number) { change.made_in(attribute, Some(element)) } else { Some(element) }
    };
    let kept: Vec<Option<Value>> = all.into_iter().enumerate().map(changed).collect();
    let gone = |number: &usize| kept.iter().take(*number).filter(|it| it.is_none()).count();
    let changed: Vec<usize> = met.iter().map(|number| number - gone(number)).collect();
    let all: Vec<Value> = kept.into_iter().flatten().collect();
    let all = settled(attribute, all, &changed);
    Ok(if attribute.many { all } else { elements(all).into_iter().next() })
}

/// A value that meets a filter such as `type eq "work"`.
fn made_for(attribute: &Attribute, filter: &Filter) -> Result<Value, Refusal> {
    let none = || {
        let detail =
            format!("No value of {} is meant by [{filter}], and none can be made by it.", attribute.name);
        Refusal::new(Mistake::NoTarget, detail)
    };
    let mut made = Map::new();
    for (path, literal) in filter.equalities().ok_or_else(none)? {
        let part = attribute.part(&path.name).filter(|_| *literal != Literal::Null).ok_or_else(none)?;
        let value = read(part, &literal.json())?.ok_or_else(none)?;
        made.insert(part.name.to_string(), value);
    }
    Ok(Value::Object(made))
}

/// The values, of which one at most is primary: the one that was changed last
/// ([RFC 7644, section 3.5.2](https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2)); and each of which is there once.
fn settled(attribute: &Attribute, mut all: Vec<Value>, changed: &[usize]) -> Option<Value> {
    let is_primary = |value: &Value| value.get("primary") == Some(&Value::Bool(true));
    let chosen = changed.iter().rev().copied().find(|number| all.get(*number).is_some_and(is_primary));
    if let Some(chosen) = chosen {
        for (_, value) in
            all.iter_mut().enumerate().filter(|(number, it)| *number != chosen && is_primary(it))
        {
            if let Some(parts) = value.as_object_mut() {
                parts.insert("primary".to_owned(), Value::Bool(false));
            }
        }
    }
    list(once_each(attribute, all))
}

/// Values of the same type and value are one, with the parts of all of them, the later ones first
/// ([RFC 7643, section 2.4](https://www.rfc-editor.org/rfc/rfc7643#section-2.4)).
fn once_each(attribute: &Attribute, all: Vec<Value>) -> Vec<Value> {
    let text = |element: &Value, part: &str| -> Option<String> {
        Some(folded(attribute.part(part)?, element.get(part)?.as_str()?).into_owned())
    };
    let mut places: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
    let mut once: Vec<Value> = Vec::new();
    for element in all {
        let key = match text(&element, "value") {
            Some(value) => (text(&element, "type"), value),
            None => (None, element.to_string()),
        };
        let place = *places.entry(key).or_insert(once.len());
        match (once.get_mut(place), element) {
            (Some(Value::Object(below)), Value::Object(parts)) => below.extend(parts),
            (Some(_), _) => {}
            (None, element) => once.push(element),
        }
    }
    once
}

fn elements(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(values)) => values,
        value => value.into_iter().collect(),
    }
}

fn list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

#[cfg(test)]
mod tests;
