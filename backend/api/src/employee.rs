//! Employees: what the directory shows and what a form may send.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::{
    badge::Badge,
    field::{FIELDS, FULL_NAME, Field, JOB_TITLE, LOCATION},
    problem::{EMPTY, FieldError},
    values::{Value, Values},
};

/// The largest photo that may be uploaded, in bytes. A function receives at most 6 MB, and its photos arrive
/// base64-encoded ([Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)).
pub const MAX_PHOTO_BYTES: usize = 4 * 1024 * 1024;

/// The most employees one page may hold.
pub const MAX_PAGE_EMPLOYEES: u32 = 200;

/// How many employees a page holds when the request does not say.
pub const DEFAULT_PAGE_EMPLOYEES: u32 = 50;

/// One employee as the API answers it.
///
/// In JSON each field of `values` is a property of its own, beside `id`, `badges` and `photo_url`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Employee {
    /// The employee's id: any text, since others write to the table too. The id of one who was added here is a UUID.
    pub id: String,
    /// What each field of [`FIELDS`] holds.
    pub values: Values,
    /// The badges the employee wears.
    pub badges: Vec<Badge>,
    /// Ids among `badges` that only a newer server than this program knows: a form sends them back as they are.
    pub newer_badges: Vec<String>,
    /// Where the photo is, as a path of this site; none without a photo.
    pub photo_url: Option<String>,
    /// When Rollcall added them, as RFC 3339 writes it, where possible duplicates are told; none elsewhere, where another
    /// program did, and where it is not known.
    pub added_at: Option<String>,
    /// How people write what is stored in another form, such as a phone number; where that is the same, nothing.
    pub display: Values,
    /// What other programs left in the record and nothing here understands: a form may have it discarded.
    pub not_understood: Vec<NotUnderstood>,
    /// The fields that an identity provider keeps, where one employee is told alone: what a form changes in them, the provider
    /// may write over. Empty of whom none keeps.
    pub provider_fields: Vec<String>,
}

/// Something in an employee's record that is not what its field holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotUnderstood {
    /// The field, or `badges`.
    pub field: String,
    /// What is there, as far as it can be shown: its first 200 characters.
    pub text: String,
}

impl Employee {
    /// The full name; empty where another program left none.
    #[must_use]
    pub fn full_name(&self) -> &str {
        self.values.text(FULL_NAME)
    }

    /// Where the photo is for those who show it large. Where there is no sharp picture, that address leads to the small one.
    #[must_use]
    pub fn sharp_photo_url(&self) -> Option<String> {
        Some(format!("{}.webp", self.photo_url.as_deref()?.strip_suffix(".png")?))
    }

    /// What the employee does.
    #[must_use]
    pub fn job_title(&self) -> &str {
        self.values.text(JOB_TITLE)
    }

    /// Where the employee works.
    #[must_use]
    pub fn location(&self) -> &str {
        self.values.text(LOCATION)
    }

    /// What a field holds, in the form that people write it.
    #[must_use]
    pub fn display(&self, field: &str) -> Option<&Value> {
        self.display.get(field).or_else(|| self.values.get(field))
    }
}

impl Serialize for Employee {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        for field in FIELDS.iter().filter(|field| field.required) {
            map.serialize_entry(field.name, self.values.text(field.name))?;
        }
        let required = |name| Field::named(FIELDS, name).is_some_and(|field| field.required);
        for (name, value) in self.values.iter().filter(|(name, _)| !required(name)) {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("badges", &self.badges)?;
        map.serialize_entry("photo_url", &self.photo_url)?;
        if let Some(added_at) = &self.added_at {
            map.serialize_entry("added_at", added_at)?;
        }
        if !self.display.is_empty() {
            map.serialize_entry("display", &self.display)?;
        }
        if !self.not_understood.is_empty() {
            map.serialize_entry("not_understood", &self.not_understood)?;
        }
        if !self.provider_fields.is_empty() {
            map.serialize_entry("provider_fields", &self.provider_fields)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Employee {
    /// Takes whatever a newer server may add: badges and fields that this program does not know.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Employee;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an employee")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Employee, A::Error> {
                let mut employee = Employee::default();
                while let Some(key) = entries.next_key::<String>()? {
                    match key.as_str() {
                        "id" => employee.id = entries.next_value()?,
                        "badges" => employee.sort_badges(entries.next_value()?),
                        "photo_url" => employee.photo_url = entries.next_value()?,
                        "added_at" => employee.added_at = entries.next_value()?,
                        "display" => employee.display = entries.next_value::<KnownValues>()?.0,
                        "not_understood" => employee.not_understood = entries.next_value()?,
                        "provider_fields" => employee.provider_fields = entries.next_value()?,
                        name => match Field::named(FIELDS, name) {
                            Some(field) => employee.values.set(field.name, entries.next_value()?),
                            None => drop(entries.next_value::<IgnoredAny>()?),
                        },
                    }
                }
                Ok(employee)
            }
        }

        deserializer.deserialize_map(Any)
    }
}

impl Employee {
    fn sort_badges(&mut self, ids: Vec<String>) {
        for id in ids {
            match Badge::from_id(&id) {
                Some(badge) => self.badges.push(badge),
                None => self.newer_badges.push(id),
            }
        }
    }
}

/// Values of the fields that this program knows.
struct KnownValues(Values);

impl<'de> Deserialize<'de> for KnownValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Employee::deserialize(deserializer)?.values))
    }
}

/// One page of `GET /api/employees`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmployeePage {
    pub employees: Vec<Employee>,
    /// How many there are in all, on other pages too; none when that is not known.
    #[serde(default)]
    pub total: Option<u64>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
    /// How many there are of each kind, when the request asked for them and it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facets: Option<EmployeeFacets>,
    /// Where nobody matches: what may have been meant, spelled as the first of `close` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meant: Option<String>,
    /// Where nobody matches: those who would with one more slip of the pen, the closest first; ten at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub close: Vec<Employee>,
    /// Why this may not be all that is searched for, in a sentence for people; none when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<String>,
}

/// How many of those who match there are of each kind. Each kind is counted as if nothing of that kind had been chosen, so
/// that one sees what choosing more of it would bring. In the order of lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmployeeFacets {
    pub locations: Vec<FacetCount>,
    pub job_titles: Vec<FacetCount>,
    /// By the ids of the badges.
    pub badges: Vec<FacetCount>,
}

/// How many there are of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetCount {
    pub value: String,
    pub count: u64,
}

/// What a caller sends to create or replace an employee; not checked yet.
///
/// In JSON each field is a property of its own, beside `badges` and `discard`. What is not sent is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmployeeInput {
    /// What each field of [`FIELDS`] is to hold.
    pub values: Values,
    pub badges: Vec<String>,
    /// Fields from which to take what other programs left there and nothing here understands.
    pub discard: Vec<String>,
}

impl EmployeeInput {
    /// The same without space around each text: what a form checks before it asks the server for more. What is as it was
    /// `before` stays so, and may be empty where another program left it so.
    ///
    /// # Errors
    /// Every required text of which nothing is left, in the order of the form.
    pub fn filled(&self, before: &Values) -> Result<Self, Vec<FieldError>> {
        let trimmed = |(name, value): (&'static str, &Value)| {
            if before.get(name) == Some(value) {
                return (name, value.clone());
            }
            let trim = |text: &String| text.trim().to_owned();
            let value = match value {
                Value::Text(text) => Value::Text(trim(text)),
                Value::List(texts) => {
                    Value::List(texts.iter().map(trim).filter(|text| !text.is_empty()).collect())
                }
            };
            (name, value)
        };
        let values: Values = self.values.iter().map(trimmed).collect();
        let untouched = |name| self.values.get(name) == before.get(name) && !before.is_empty();
        let empty = FIELDS.iter().filter(|field| field.required && values.get(field.name).is_none());
        let empty = empty.filter(|field| !untouched(field.name));
        let errors: Vec<_> = empty.map(|field| FieldError::new(field.name, EMPTY)).collect();
        if errors.is_empty() { Ok(Self { values, ..self.clone() }) } else { Err(errors) }
    }
}

impl Serialize for EmployeeInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.values.iter() {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("badges", &self.badges)?;
        if !self.discard.is_empty() {
            map.serialize_entry("discard", &self.discard)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for EmployeeInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sent;

        impl<'de> Visitor<'de> for Sent {
            type Value = EmployeeInput;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an employee")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<EmployeeInput, A::Error> {
                let mut input = EmployeeInput::default();
                while let Some(key) = entries.next_key::<String>()? {
                    match key.as_str() {
                        "badges" => input.badges = entries.next_value()?,
                        "discard" => input.discard = entries.next_value()?,
                        name => match Field::named(FIELDS, name) {
                            Some(field) => input.values.set(field.name, entries.next_value()?),
                            None => return Err(unknown(name)),
                        },
                    }
                }
                Ok(input)
            }
        }

        deserializer.deserialize_map(Sent)
    }
}

fn unknown<E: de::Error>(name: &str) -> E {
    let known: Vec<_> = FIELDS.iter().map(|field| field.name).chain(["badges", "discard"]).collect();
    E::custom(format_args!("unknown field `{name}`, expected one of {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWER: &str = r#"{"employees": [{"id": "7", "full_name": "Ada", "location": "London",
        "job_title": "Analyst", "badges": ["bug", "unicorn"], "photo_url": null, "desk": {"floor": 3},
        "display": {"phone": "+49 30 901820", "desk": "3rd floor"}, "phone": "+4930901820"}],
        "next_cursor": null}"#;

    fn employee() -> Employee {
        serde_json::from_str::<EmployeePage>(NEWER).expect("a page").employees.remove(0)
    }

    #[test]
    fn what_a_page_does_not_know_leaves_the_directory_readable() {
        let employee = employee();
        assert_eq!(employee.badges, [Badge::Bug]);
        assert_eq!(employee.newer_badges, ["unicorn"]);
        assert_eq!(employee.full_name(), "Ada");
        assert_eq!(employee.display("phone"), Some(&Value::Text("+49 30 901820".to_owned())));
    }

    #[test]
    fn an_employee_reads_back_as_it_is_written() {
        let employee = Employee { newer_badges: Vec::new(), ..employee() };
        let json = serde_json::to_string(&employee).expect("JSON");
        assert!(json.contains(r#""badges":["bug"]"#) && !json.contains("newer"), "{json}");
        assert_eq!(serde_json::from_str::<Employee>(&json).expect("an employee"), employee);
    }

    #[test]
    fn what_is_required_is_always_told_and_the_rest_only_where_it_is_there() {
        let json = serde_json::to_value(Employee::default()).expect("JSON");
        let names: Vec<_> = json.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, ["badges", "full_name", "id", "job_title", "location", "photo_url"]);
    }

    #[test]
    fn a_field_that_is_none_is_refused_by_its_name() {
        let error = serde_json::from_str::<EmployeeInput>(r#"{"salary": "7"}"#).expect_err("no field");
        assert!(
            error.to_string().starts_with("unknown field `salary`, expected one of full_name"),
            "{error}"
        );
    }

    #[test]
    fn what_a_form_sends_is_read_as_it_was_meant() {
        let mut input = EmployeeInput { badges: vec!["bug".to_owned()], ..EmployeeInput::default() };
        input.values.set_text("full_name", " Ada ");
        input.values.set("links", Value::List(vec!["https://a.example".to_owned()]));
        let json = serde_json::to_string(&input).expect("JSON");
        assert_eq!(serde_json::from_str::<EmployeeInput>(&json).expect("an input"), input);
    }
}
