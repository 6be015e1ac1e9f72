//! Small parts of what is said of a route.

use utoipa::openapi::{
    Object, RefOr, Required, Schema,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, SchemaFormat, Type},
};

/// A text of this format.
#[must_use]
pub fn formatted(format: &str) -> Object {
    let format = SchemaFormat::Custom(format.to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()
}

/// A parameter of the query that must be there.
#[must_use]
pub fn required(name: &str, what: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
    parameter.required(Required::True).description(Some(what)).schema(Some(schema)).build()
}
