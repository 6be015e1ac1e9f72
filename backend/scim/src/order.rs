//! Sorting ([RFC 7644, section 3.4.2.3](https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.3)).

use serde_json::{Map, Value};

use crate::{
    attribute_path::AttributePath,
    select::{folded, leaves},
};

/// By what a resource is sorted: of several values the primary one, or else the first. Who has none comes behind all others,
/// which `None` would not.
#[must_use]
pub fn sort_key(resource: &Map<String, Value>, by: &AttributePath) -> (bool, String) {
    let primary = resource
        .get(&by.name)
        .and_then(Value::as_array)
        .and_then(|values| values.iter().position(|value| value.get("primary") == Some(&Value::Bool(true))));
    let leaves = leaves(resource, by);
    let leaf = primary.and_then(|number| leaves.get(number)).or_else(|| leaves.first());
    match leaf {
        Some((attribute, Value::String(text))) => (false, folded(attribute, text).into_owned()),
        Some((_, Value::Bool(is_so))) => (false, is_so.to_string()),
        _ => (true, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_primary_value_counts_and_who_has_none_is_last() {
        let key = |resource: Value| {
            sort_key(resource.as_object().expect("an object"), &"emails".parse().expect("a path"))
        };
        let one = key(json!({"emails": [{"value": "Z"}, {"value": "A", "primary": true}]}));
        let other = key(json!({"emails": [{"value": "b"}, {"value": "a"}]}));
        assert!(one < other && other < key(json!({"userName": "a"})));
    }
}
