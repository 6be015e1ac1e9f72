//! Recipes: the user-data templates a revision can be made from.

mod definition;
pub(crate) mod list;
mod render;
mod values;
mod variable;

use rollcall_api::revision::{HealthCheck, Recipe, RecipeList, RecipeName, RecipeVariable};

pub use definition::{DEFAULT_INSTANCE_TYPE, Definition, Health, Identity, Place, Questions, definition};
pub use render::{MAX_USER_DATA_BYTES, RenderError, Reporting, check_size, render};
pub use values::Variables;
pub use variable::{Variable, VariableDefaults};

/// Every recipe, with this deployment's values for its variables.
#[must_use]
pub fn all(defaults: &VariableDefaults) -> RecipeList {
    RecipeList { recipes: RecipeName::ALL.iter().copied().map(|name| describe(name, defaults)).collect() }
}

fn describe(name: RecipeName, defaults: &VariableDefaults) -> Recipe {
    let definition = definition(name);
    Recipe {
        name,
        title: definition.title.to_owned(),
        description: definition.description.to_owned(),
        variables: definition
            .variables
            .iter()
            .map(|variable| RecipeVariable {
                name: variable.name().to_owned(),
                label: variable.label().to_owned(),
                description: variable.description().to_owned(),
                default: variable.default(defaults),
            })
            .collect(),
        default_image: definition.default_image.to_owned(),
        default_instance_type: DEFAULT_INSTANCE_TYPE.to_owned(),
        health: definition.health.iter().copied().map(HealthCheck::from).collect(),
        end_of_life: definition.end_of_life,
    }
}

impl From<Health> for HealthCheck {
    fn from(health: Health) -> Self {
        let Health { path, status, text, required } = health;
        Self { path: path.to_owned(), status, text: text.map(str::to_owned), required }
    }
}
