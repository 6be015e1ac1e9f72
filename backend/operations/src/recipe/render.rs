//! Renders a recipe's template to the user data of a host.

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, syntax::SyntaxConfig};
use thiserror::Error as ThisError;

use super::{Variables, definition};

/// The most user data EC2 takes, before base64
/// ([user data](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html)).
pub const MAX_USER_DATA_BYTES: usize = 16 * 1024;

/// Why user data could not be rendered.
#[derive(Debug, ThisError)]
pub enum RenderError {
    /// It would be larger than EC2 takes.
    #[error("the user data would have {bytes} bytes; EC2 takes at most {MAX_USER_DATA_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The template itself is at fault.
    #[error("the template of the recipe could not be rendered")]
    Template(#[from] Error),
}

/// The user data of a host: the recipe's template with each value quoted for the shell.
///
/// # Errors
/// See [`RenderError`].
pub fn render(variables: &Variables) -> Result<String, RenderError> {
    let template = definition(variables.recipe()).template;
    let user_data = environment()?.render_str(template, variables.values())?;
    check_size(&user_data)?;
    Ok(user_data)
}

/// Makes sure that EC2 takes this much user data.
///
/// # Errors
/// [`RenderError::TooLarge`].
pub fn check_size(user_data: &str) -> Result<(), RenderError> {
    let bytes = user_data.len();
    if bytes > MAX_USER_DATA_BYTES { Err(RenderError::TooLarge { bytes }) } else { Ok(()) }
}

/// Quotes every value by itself, so that no template can forget to, and refuses a variable that is not set.
fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(|output, _, value| {
        let text = value
            .as_str()
            .ok_or_else(|| Error::new(ErrorKind::UndefinedError, "a variable is not set or no text"))?;
        let quoted = shlex::try_quote(text).map_err(|error| {
            Error::new(ErrorKind::BadEscape, "a value can't be quoted").with_source(error)
        })?;
        output.write_str(&quoted).map_err(Error::from)
    });
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rollcall_api::revision::RecipeName;

    use super::*;

    fn sample(recipe: RecipeName) -> Variables {
        let values = definition(recipe)
            .variables()
            .iter()
            .map(|variable| {
                let value = match variable.name() {
                    "photos_bucket" => "employee-directory-web-app",
                    "region" => "us-east-1",
                    "employees_table" => "Employees",
                    "artifacts_bucket" => "rollcall-artifacts",
                    _ => "host/rollcall-host.tar.gz",
                };
                (variable.name().to_owned(), value.to_owned())
            })
            .collect();
        Variables::parse(recipe, values).expect("the sample values are valid")
    }

    fn rendered(recipe: RecipeName) -> String {
        render(&sample(recipe)).expect("the recipe renders")
    }

    #[test]
    fn each_recipe_renders_to_its_golden_file() {
        for (recipe, golden) in [
            (RecipeName::Al2Flask, include_str!("../../tests/golden/al2-flask.sh")),
            (RecipeName::Al2023Flask, include_str!("../../tests/golden/al2023-flask.sh")),
            (RecipeName::Al2023FlaskRpmLock, include_str!("../../tests/golden/al2023-flask-rpm-lock.sh")),
            (RecipeName::Al2023Rollcall, include_str!("../../tests/golden/al2023-rollcall.sh")),
        ] {
            assert_eq!(rendered(recipe), golden, "{}", recipe.as_str());
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_refused() {
        let error = environment()
            .expect("it can be made")
            .render_str("{{ region }}", BTreeMap::<String, String>::new());
        assert!(error.is_err());
    }

    proptest! {
        #[test]
        fn whatever_the_value_the_shell_reads_it_back_as_it_was(value in "[^\0]{0,200}") {
            let values = BTreeMap::from([("value", value.clone())]);
            let quoted = environment().expect("it can be made").render_str("{{ value }}", values).expect("any text can be quoted");
            prop_assert_eq!(shlex::split(&quoted), Some(vec![value]));
        }
    }
}
