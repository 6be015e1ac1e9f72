//! Renders a recipe's template to the user data of a host, inside the wrapper that reports how it went.

use std::time::Duration;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, context, syntax::SyntaxConfig,
};
use thiserror::Error as ThisError;

use super::{definition::definition, values::Variables};
use crate::boot_report::ReportPlace;

/// The most user data EC2 takes, before base64
/// ([user data](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html)).
pub const MAX_USER_DATA_BYTES: usize = 16 * 1024;

/// What runs the recipe and reports how it went. The recipe stands between the two as it is: it is no value to quote.
const BEFORE_RECIPE: &str = include_str!("wrapper-begin.sh.j2");
const AFTER_RECIPE: &str = include_str!("wrapper-end.sh.j2");

/// How long an app may take to listen after its recipe has ended, at most.
const LISTENS_WITHIN: Duration = Duration::from_secs(30);

/// Why user data could not be rendered.
#[derive(Debug, ThisError)]
pub enum RenderError {
    /// It would be larger than EC2 takes.
    #[error("the user data would have {bytes} bytes; EC2 takes at most {MAX_USER_DATA_BYTES}")]
    TooLarge { bytes: usize },
    /// The template itself is at fault.
    #[error("the template of the recipe could not be rendered")]
    Template(#[from] Error),
}

/// How a host is to report: where, and after how long at the latest.
#[derive(Debug, Clone)]
pub struct Reporting {
    pub place: ReportPlace,
    /// How long the report is awaited. The host gives up a little earlier, so that its log still arrives.
    pub within: Duration,
}

/// The user data of a host: the recipe's template with each value quoted for the shell, in its wrapper.
///
/// # Errors
/// See [`RenderError`].
pub fn render(variables: &Variables, reporting: &Reporting) -> Result<String, RenderError> {
    let environment = environment()?;
    let recipe = environment.render_str(definition(variables.recipe()).template, variables.values())?;
    let patience = reporting.within.mul_f32(0.9);
    let values = context! {
        folder => ReportPlace::FOLDER,
        bucket => &reporting.place.bucket,
        region => &reporting.place.region,
        host_role_id => &reporting.place.host_role_id,
        patience => patience.as_secs().to_string(),
        listens_within => LISTENS_WITHIN.min(patience / 2).as_secs().to_string(),
    };
    let before = environment.render_str(BEFORE_RECIPE, &values)?;
    let after = environment.render_str(AFTER_RECIPE, &values)?;
    let user_data = [before, recipe, after].concat();
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
    use std::{collections::BTreeMap, fs, path::Path};

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
                    "people_table" => "rollcall-people",
                    "search_index_table" => "rollcall-search-index",
                    "artifacts_bucket" => "rollcall-artifacts",
                    _ => "host/rollcall-host.tar.gz",
                };
                (variable.name().to_owned(), value.to_owned())
            })
            .collect();
        Variables::parse(recipe, values).expect("the sample values are valid")
    }

    fn rendered(recipe: RecipeName) -> String {
        let place = ReportPlace {
            bucket: "rollcall-artifacts".to_owned(),
            region: "us-east-1".to_owned(),
            host_role_id: "AROAEXAMPLEHOSTROLEID".to_owned(),
        };
        let reporting = Reporting { place, within: Duration::from_secs(600) };
        render(&sample(recipe), &reporting).expect("the recipe renders")
    }

    /// What stands in the user data between these two lines.
    fn part<'a>(user_data: &'a str, begin: &str, end: &str) -> &'a str {
        let (_, rest) = user_data.split_once(begin).expect("a begin");
        let (part, _) = rest.split_once(end).expect("an end");
        part
    }

    fn recipe_in(user_data: &str) -> &str {
        part(user_data, "<<'END OF THE RECIPE'\n", "END OF THE RECIPE\n")
    }

    #[test]
    fn the_wrapper_and_its_reporter_render_to_their_golden_files() {
        let user_data = rendered(RecipeName::Al2Flask);
        let reporter = part(&user_data, "<<'END OF THE REPORTER'\n", "END OF THE REPORTER\n");
        assert_eq!(reporter, include_str!("../../tests/golden/report.sh"));
        let wrapper = user_data.replace(recipe_in(&user_data), "").replace(reporter, "");
        assert_eq!(wrapper, include_str!("../../tests/golden/wrapper.sh"));
    }

    #[test]
    fn each_recipe_renders_to_its_golden_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        for &recipe in RecipeName::ALL {
            let golden =
                fs::read_to_string(folder.join(format!("{}.sh", recipe.as_str()))).expect("a golden file");
            assert_eq!(recipe_in(&rendered(recipe)), golden, "{}", recipe.as_str());
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
