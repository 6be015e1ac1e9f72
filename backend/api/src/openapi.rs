//! What an employee looks like in the API's document: made of [`FIELDS`], as all else that is told of a field.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Object, RefOr, Schema,
        schema::{
            AdditionalProperties, ArrayBuilder, ArrayItems, ObjectBuilder, OneOfBuilder, SchemaFormat, Type,
        },
    },
};

use crate::{
    badge::Badge,
    employee::{Employee, EmployeeInput, NotUnderstood},
    field::{FIELDS, Field, Kind, MAX_LIST},
    values::Value,
};

type Schemas = Vec<(String, RefOr<Schema>)>;

impl ToSchema for Employee {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Employee")
    }

    fn schemas(schemas: &mut Schemas) {
        schemas.extend([
            (Badge::name().into_owned(), Badge::schema()),
            (NotUnderstood::name().into_owned(), NotUnderstood::schema()),
        ]);
    }
}

impl PartialSchema for Employee {
    fn schema() -> RefOr<Schema> {
        let described = |text: &str| string().description(Some(text)).build();
        let optional = |text: &str| {
            let kind = utoipa::openapi::schema::SchemaType::from_iter([Type::String, Type::Null]);
            ObjectBuilder::new().schema_type(kind).description(Some(text)).build()
        };
        let mut employee = ObjectBuilder::new()
            .description(Some(
                "One employee. A field that is empty is not there, but for those that are required.",
            ))
            .property("id", described("Any text, since others write to the table too."))
            .required("id");
        for field in FIELDS {
            employee = employee.property(field.name, as_it_is(field));
            if field.required {
                employee = employee.required(field.name);
            }
        }
        let display = FIELDS.iter().fold(
            ObjectBuilder::new().description(Some(
                "How people write what is stored in another form, such as a phone number; where that is the same, nothing.",
            )),
            |display, field| display.property(field.name, as_it_is(field)),
        );
        let badges = ArrayBuilder::new().items(reference(&Badge::name())).build();
        let left = ArrayBuilder::new()
            .items(reference(&NotUnderstood::name()))
            .description(Some("What other programs left in the record and nothing here understands."));
        let kept = ArrayBuilder::new().items(string().build()).description(Some(
            "The fields that an identity provider keeps, and may write over; where one employee is told alone.",
        ));
        employee
            .property("badges", badges)
            .required("badges")
            .property(
                "photo_url",
                optional("Where the photo is, as a path of this site; none without a photo."),
            )
            .required("photo_url")
            .property("added_at", described("When Rollcall added them, where possible duplicates are told."))
            .property("display", display.build())
            .property("not_understood", left.build())
            .property("provider_fields", kept.build())
            .into()
    }
}

impl ToSchema for EmployeeInput {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("EmployeeInput")
    }

    fn schemas(schemas: &mut Schemas) {
        schemas.push((Badge::name().into_owned(), Badge::schema()));
    }
}

impl PartialSchema for EmployeeInput {
    fn schema() -> RefOr<Schema> {
        let mut input = ObjectBuilder::new()
            .description(Some("What is to be known of an employee. What is not sent is empty."))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
        for field in FIELDS {
            input = input.property(field.name, as_it_is_sent(field));
            if field.required {
                input = input.required(field.name);
            }
        }
        let names = FIELDS.iter().map(|field| field.name).chain(["badges"]);
        let name = string().enum_values(Some(names.collect::<Vec<_>>())).build();
        let discard = ArrayBuilder::new().items(name).description(Some(
            "Fields from which to take what other programs left there and nothing here understands.",
        ));
        input
            .property("badges", ArrayBuilder::new().items(reference(&Badge::name())).build())
            .property("discard", discard.build())
            .into()
    }
}

impl ToSchema for Value {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Value")
    }
}

impl PartialSchema for Value {
    fn schema() -> RefOr<Schema> {
        let texts = ArrayBuilder::new().items(string().build()).build();
        let either = OneOfBuilder::new().item(string().build()).item(texts);
        either.description(Some("What a field holds: a text, or several.")).into()
    }
}

/// What a field of an employee is answered as. Other programs may have left any text in it.
fn as_it_is(field: &Field) -> Schema {
    let text = || string().description(Some(described(field)));
    if field.kind.is_list() {
        ArrayBuilder::new().items(string().build()).description(Some(described(field))).build().into()
    } else {
        text().build().into()
    }
}

/// What may be sent as a field of an employee. A format that is Rollcall's own says which texts of those are taken. Nothing
/// is as good as an empty text, but where one is required.
fn as_it_is_sent(field: &Field) -> RefOr<Schema> {
    let text = text_of(field.kind, field.required);
    let about = Some(described(field));
    let nothing = || ObjectBuilder::new().schema_type(Type::Null).build();
    if field.kind.is_list() {
        let list = ArrayBuilder::new().items(text.clone()).max_items(Some(MAX_LIST)).build();
        return OneOfBuilder::new().item(list).item(text).item(nothing()).description(about).into();
    }
    if field.required {
        return Object::from(ObjectBuilder::from(text).description(about)).into();
    }
    OneOfBuilder::new().item(text).item(nothing()).description(about).into()
}

fn text_of(kind: Kind, required: bool) -> Object {
    let (format, most, example) = match kind {
        Kind::Line(most) | Kind::Lines(most) => ("line", Some(most), None),
        Kind::Email => ("e-mail", None, None),
        Kind::Phone => ("phone", None, Some("+49 30 901820")),
        Kind::Employee => ("manager", None, None),
        Kind::Date => ("day", None, Some("2026-11-26")),
        Kind::TimeZone => ("time-zone", None, Some("Europe/Oslo")),
        Kind::Links => ("web-address", None, Some("https://example.org/ada")),
    };
    let text = string().format(Some(SchemaFormat::Custom(format.to_owned()))).max_length(most);
    let text = text.examples(example);
    if required { text.min_length(Some(1)).build() } else { text.build() }
}

fn described(field: &Field) -> String {
    match field.help {
        "" => format!("{}.", field.label),
        help => format!("{}. {help}", field.label),
    }
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn reference(name: &str) -> ArrayItems {
    ArrayItems::RefOrSchema(Box::new(RefOr::Ref(utoipa::openapi::Ref::from_schema_name(name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(schema: RefOr<Schema>) -> Vec<String> {
        let json = serde_json::to_value(schema).expect("JSON");
        json["properties"].as_object().expect("properties").keys().cloned().collect()
    }

    #[test]
    fn every_field_is_described_that_is_sent_and_answered() {
        let (sent, told) = (properties(EmployeeInput::schema()), properties(Employee::schema()));
        for field in FIELDS {
            assert!(sent.iter().any(|name| name == field.name), "{}", field.name);
            assert!(told.iter().any(|name| name == field.name), "{}", field.name);
        }
    }

    #[test]
    fn what_an_employee_is_answered_as_is_all_described() {
        let text = || "x".to_owned();
        let mut employee =
            Employee { photo_url: Some(text()), added_at: Some(text()), ..Employee::default() };
        employee.display.set_text("phone", "1");
        employee.not_understood = vec![NotUnderstood { field: text(), text: text() }];
        employee.provider_fields = vec![text()];
        let described = properties(Employee::schema());
        let json = serde_json::to_value(employee).expect("JSON");
        for name in json.as_object().expect("an object").keys() {
            assert!(described.contains(name), "{name}");
        }
    }
}
