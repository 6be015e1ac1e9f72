//! The values of a recipe's variables.

use std::collections::BTreeMap;

use rollcall_api::{problem::FieldError, revision::RecipeName};

use super::definition::definition;

/// A value for each variable of one recipe, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variables {
    recipe: RecipeName,
    values: BTreeMap<String, String>,
}

impl Variables {
    /// Checks that each variable of `recipe` has a valid value and that there are no others.
    ///
    /// # Errors
    /// Every variable that is unset, unknown or not valid.
    pub fn parse(recipe: RecipeName, values: BTreeMap<String, String>) -> Result<Self, Vec<FieldError>> {
        let variables = definition(recipe).variables();
        let field = |name: &str| format!("variables.{name}");
        let mut errors = Vec::new();
        for variable in variables {
            let name = variable.name();
            match values.get(name) {
                None => errors.push(FieldError::new(
                    field(name),
                    format!("is not set; {} needs it: {}", recipe.as_str(), variable.description()),
                )),
                Some(value) => {
                    if let Some(rule) = variable.fault(value) {
                        errors.push(FieldError::new(field(name), format!("{value:?} {rule}")));
                    }
                }
            }
        }
        for name in values.keys() {
            if !variables.iter().any(|variable| variable.name() == name) {
                errors.push(FieldError::new(field(name), format!("is no variable of {}", recipe.as_str())));
            }
        }
        if errors.is_empty() { Ok(Self { recipe, values }) } else { Err(errors) }
    }

    /// The recipe the values are for.
    #[must_use]
    pub const fn recipe(&self) -> RecipeName {
        self.recipe
    }

    /// The values by name.
    #[must_use]
    pub const fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// The values by name.
    #[must_use]
    pub fn into_values(self) -> BTreeMap<String, String> {
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flask(photos_bucket: &str, region: &str) -> BTreeMap<String, String> {
        [("photos_bucket", photos_bucket), ("region", region)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn faulty_fields(values: BTreeMap<String, String>) -> Vec<String> {
        Variables::parse(RecipeName::Al2023Flask, values)
            .expect_err("the values are faulty")
            .into_iter()
            .map(|error| error.field)
            .collect()
    }

    #[test]
    fn a_bucket_named_like_a_command_is_refused() {
        assert_eq!(faulty_fields(flask("$(reboot)", "us-east-1")), ["variables.photos_bucket"]);
    }

    #[test]
    fn an_unset_variable_is_named() {
        let mut values = flask("employee-photo-bucket", "us-east-1");
        values.remove("region");
        assert_eq!(faulty_fields(values), ["variables.region"]);
    }

    #[test]
    fn a_variable_the_recipe_does_not_have_is_refused() {
        let mut values = flask("employee-photo-bucket", "us-east-1");
        values.insert("colour".to_owned(), "blue".to_owned());
        assert_eq!(faulty_fields(values), ["variables.colour"]);
    }
}
