//! A revision as someone asks for it, checked as far as it can be without AWS.

use rollcall_api::{
    problem::FieldError,
    revision::{RecipeName, RevisionInput},
};

use super::types::InstanceTypes;
use crate::{
    ids::InstanceType,
    image::ImageName,
    recipe::{self, DEFAULT_INSTANCE_TYPE, Variables},
    remark,
};

/// The longest note, in characters.
const MAX_NOTE_CHARACTERS: usize = 500;

/// The most instance types to fall back on: each is tried in each zone, within the bounded time of a relaunch.
const MAX_FALLBACKS: usize = 5;

/// The longest that a relaunch may wait for an approval, in hours: over a long weekend.
const MAX_APPROVAL_HOURS: u32 = 96;

/// What a caller asked for, checked as far as it can be without AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) variables: Variables,
    pub(super) image: ImageName,
    pub(super) instance_type: InstanceType,
    pub(super) fallback_instance_types: Vec<InstanceType>,
    pub(super) approval_hours: Option<u32>,
    pub(super) note: Option<String>,
}

impl Draft {
    /// # Errors
    /// Each field that is not valid.
    pub(super) fn parse(input: RevisionInput, types: &InstanceTypes) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let recipe = collect(&mut errors, field("recipe", parse_recipe(&input.recipe)));
        // Which variables there are, and which image is meant where none is named, the recipe says.
        let variables = recipe.and_then(|it| collect(&mut errors, Variables::parse(it, input.variables)));
        let default_image = || Some(recipe::definition(recipe?).default_image().to_owned());
        let image = input.image.or_else(default_image);
        let image = image.and_then(|it| collect(&mut errors, field("image", ImageName::parse(it.trim()))));
        let instance_type = input.instance_type.unwrap_or_else(|| DEFAULT_INSTANCE_TYPE.to_owned());
        let instance_type = collect(&mut errors, field("instance_type", types.admit(&instance_type)));
        let fallbacks = parse_fallbacks(input.fallback_instance_types, types);
        let fallback_instance_types = collect(&mut errors, fallbacks);
        let note = collect(&mut errors, field("note", remark::parse(input.note, MAX_NOTE_CHARACTERS)));
        let approval_hours =
            collect(&mut errors, field("approval_hours", parse_approval_hours(input.approval_hours)));
        match (variables, image, instance_type, fallback_instance_types, note, approval_hours) {
            (
                Some(variables),
                Some(image),
                Some(instance_type),
                Some(fallback_instance_types),
                Some(note),
                Some(approval_hours),
            ) => Ok(Self { variables, image, instance_type, fallback_instance_types, approval_hours, note }),
            _ => Err(errors),
        }
    }
}

fn parse_recipe(name: &str) -> Result<RecipeName, String> {
    name.parse().map_err(|_| {
        let names = RecipeName::ALL.iter().map(|recipe| recipe.as_str()).collect::<Vec<_>>().join(", ");
        format!("{name:?} is no recipe; there are {names}")
    })
}

fn field<T>(name: &str, parsed: Result<T, String>) -> Result<T, Vec<FieldError>> {
    parsed.map_err(|detail| vec![FieldError::new(name, detail)])
}

fn collect<T>(errors: &mut Vec<FieldError>, parsed: Result<T, Vec<FieldError>>) -> Option<T> {
    parsed.map_err(|faults| errors.extend(faults)).ok()
}

fn parse_fallbacks(names: Vec<String>, types: &InstanceTypes) -> Result<Vec<InstanceType>, Vec<FieldError>> {
    const FIELD: &str = "fallback_instance_types";
    let (mut parsed, mut errors) = (Vec::new(), Vec::new());
    if names.len() > MAX_FALLBACKS {
        let detail = format!("has {} types; at most {MAX_FALLBACKS} are allowed", names.len());
        errors.push(FieldError::new(FIELD, detail));
    }
    for (index, name) in names.into_iter().enumerate() {
        match types.admit(&name) {
            Ok(instance_type) => parsed.push(instance_type),
            Err(detail) => errors.push(FieldError::new(format!("{FIELD}[{index}]"), detail)),
        }
    }
    if errors.is_empty() { Ok(parsed) } else { Err(errors) }
}

fn parse_approval_hours(hours: Option<u32>) -> Result<Option<u32>, String> {
    match hours {
        None | Some(1..=MAX_APPROVAL_HOURS) => Ok(hours),
        Some(hours) => {
            Err(format!("is {hours}; it takes 1 to {MAX_APPROVAL_HOURS} hours, or none for no approval"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn input() -> RevisionInput {
        RevisionInput {
            recipe: "al2023-flask".to_owned(),
            variables: [("photos_bucket", "employee-photo-bucket"), ("region", "us-east-1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            image: None,
            instance_type: None,
            fallback_instance_types: Vec::new(),
            approval_hours: None,
            note: None,
        }
    }

    fn parse(input: RevisionInput) -> Result<Draft, Vec<FieldError>> {
        Draft::parse(input, &InstanceTypes::parse("t2.micro,t3.micro").expect("types"))
    }

    fn faulty_fields(input: RevisionInput) -> Vec<String> {
        let faults = parse(input).expect_err("the input is faulty");
        faults.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn image_and_instance_type_are_the_recipes_own_when_absent() {
        let draft = parse(input()).expect("valid");
        assert!(matches!(draft.image, ImageName::Parameter(path) if path.contains("al2023-ami")));
        assert_eq!(draft.instance_type.as_str(), "t2.micro");
    }

    #[test]
    fn every_faulty_field_is_named() {
        let faulty = RevisionInput {
            variables: BTreeMap::new(),
            image: Some("ubuntu".to_owned()),
            instance_type: Some("big".to_owned()),
            fallback_instance_types: vec!["t3.micro".to_owned(), "small".to_owned()],
            note: Some("x".repeat(501)),
            ..input()
        };
        assert_eq!(
            faulty_fields(faulty),
            [
                "variables.photos_bucket",
                "variables.region",
                "image",
                "instance_type",
                "fallback_instance_types[1]",
                "note"
            ]
        );
    }

    #[test]
    fn a_note_is_text_that_people_can_read() {
        let parse = |text| remark::parse(text, MAX_NOTE_CHARACTERS);
        let note = |text: &str| parse(Some(text.to_owned()));
        assert_eq!(parse(None), Ok(None));
        assert_eq!(note(" \n"), Ok(None));
        assert_eq!(
            note(" Neue Gro\u{308}ße,\n\tgesto\u{308}rt. "),
            Ok(Some("Neue Größe,\n\tgestört.".to_owned()))
        );
        for unreadable in ["\u{200B}", "why\u{202E}not", "a\u{1B}[2J", "\u{FFFD}"] {
            assert!(note(unreadable).is_err(), "{}", unreadable.escape_unicode());
        }
    }

    #[test]
    fn a_type_that_hosts_may_not_have_is_refused_whether_it_is_tried_first_or_later() {
        let faulty = RevisionInput {
            instance_type: Some("t3.2xlarge".to_owned()),
            fallback_instance_types: vec!["t3.micro".to_owned(), "p5.48xlarge".to_owned()],
            ..input()
        };
        assert_eq!(faulty_fields(faulty), ["instance_type", "fallback_instance_types[1]"]);
    }

    #[test]
    fn an_unknown_recipe_is_named() {
        assert_eq!(faulty_fields(RevisionInput { recipe: "windows".to_owned(), ..input() }), ["recipe"]);
    }

    #[test]
    fn whatever_is_wrong_beside_an_unknown_recipe_is_named_too() {
        let mut types = vec!["t3.micro".to_owned(); MAX_FALLBACKS];
        types.push("small".to_owned());
        let faulty = RevisionInput {
            recipe: "windows".to_owned(),
            image: Some("ubuntu".to_owned()),
            instance_type: Some("big".to_owned()),
            fallback_instance_types: types,
            note: Some("x".repeat(501)),
            ..input()
        };
        let fields = [
            "recipe",
            "image",
            "instance_type",
            "fallback_instance_types",
            "fallback_instance_types[5]",
            "note",
        ];
        assert_eq!(faulty_fields(faulty), fields);
    }
}
