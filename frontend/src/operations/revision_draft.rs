//! What the form for a new revision holds, and what it starts with.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rollcall_api::{
    revision::{RecipeName, RevisionInput},
    word::Word,
};

use crate::{
    api::{Recipe, Revision},
    ui::field::FieldErrors,
};

/// A revision as it is being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) recipe: Word<RecipeName>,
    pub(crate) variables: BTreeMap<String, String>,
    /// The image; the recipe's when empty.
    pub(crate) image: String,
    /// The instance type; the recipe's when empty.
    pub(crate) instance_type: String,
    /// The instance types to try next, separated by commas.
    pub(crate) fallback_instance_types: String,
    /// How many hours a relaunch to it waits for approval; it goes on by itself when empty.
    pub(crate) approval_hours: String,
    /// Why it is made.
    pub(crate) note: String,
}

impl Draft {
    /// The form for `recipe`: what `like` holds if it is of that recipe, else what the newest revision of that
    /// recipe holds, else the recipe's own defaults.
    pub(crate) fn of(recipe: &Recipe, like: Option<&Revision>, newest_first: &[Revision]) -> Self {
        let is_of_recipe = |revision: &&Revision| revision.recipe == recipe.name;
        let model = like.filter(is_of_recipe).or_else(|| newest_first.iter().find(is_of_recipe));
        let variables = recipe
            .variables
            .iter()
            .map(|variable| {
                let earlier = model.and_then(|revision| revision.variables.get(&variable.name)).cloned();
                (variable.name.clone(), earlier.or_else(|| variable.default.clone()).unwrap_or_default())
            })
            .collect();
        Self {
            recipe: recipe.name.clone(),
            variables,
            // The image an earlier revision was resolved to is a year old in a year; the recipe's is current.
            image: String::new(),
            instance_type: model.map(|revision| revision.instance_type.clone()).unwrap_or_default(),
            fallback_instance_types: model
                .map(|revision| revision.fallback_instance_types.join(", "))
                .unwrap_or_default(),
            approval_hours: model
                .and_then(|revision| revision.approval_hours)
                .map(|hours| hours.to_string())
                .unwrap_or_default(),
            note: String::new(),
        }
    }

    /// What to send.
    pub(crate) fn checked(&self) -> Result<RevisionInput, FieldErrors> {
        let mut errors = FieldErrors::default();
        for (name, value) in &self.variables {
            if value.trim().is_empty() {
                errors.set(&variable_path(name), "is empty; the recipe needs a value");
            }
        }
        let approval_hours = match self.approval_hours.trim() {
            "" => None,
            text => text.parse().map_err(|_| errors.set(APPROVAL, NO_HOURS)).ok(),
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(RevisionInput {
            recipe: self.recipe.label(RecipeName::as_str).to_owned(),
            variables: self
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), value.trim().to_owned()))
                .collect(),
            image: given(&self.image),
            instance_type: given(&self.instance_type),
            fallback_instance_types: self
                .fallback_instance_types
                .split([',', ' '])
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            approval_hours,
            note: given(&self.note),
        })
    }
}

/// The path under which the API reports what is wrong with the time to wait for approval.
pub(crate) const APPROVAL: &str = "approval_hours";

const NO_HOURS: &str = "is no number of hours; enter a whole one from 1 to 96, or nothing for no approval";

/// The path under which the API reports what is wrong with a variable.
pub(crate) fn variable_path(name: &str) -> String {
    format!("variables.{name}")
}

// The date crate's own formatting would add 20 KB to the download.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What there is to say about the end of an operating system's updates, on the day `today`.
pub(crate) fn end_of_life(ends: Option<Date>, today: Date) -> Option<String> {
    let ends = ends?;
    let month = MONTHS.get(usize::try_from(ends.month() - 1).ok()?)?;
    let day = format!("{} {month} {}", ends.day(), ends.year());
    Some(if ends <= today { format!("No updates since {day}") } else { format!("Updates until {day}") })
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};
    use rollcall_api::{audit::Actor, revision::RecipeVariable};

    use super::*;

    fn recipe() -> Recipe {
        let variable = |name: &str, default: Option<&str>| RecipeVariable {
            name: name.to_owned(),
            label: name.to_owned(),
            description: String::new(),
            default: default.map(str::to_owned),
        };
        Recipe {
            name: Word::Known(RecipeName::Al2023Flask),
            title: String::new(),
            description: String::new(),
            variables: vec![variable("photos_bucket", Some("own")), variable("region", None)],
            default_image: "/aws/x".to_owned(),
            default_instance_type: "t2.micro".to_owned(),
            health: vec![],
            end_of_life: None,
        }
    }

    fn revision(number: u32, recipe: RecipeName, bucket: &str) -> Revision {
        Revision {
            number,
            recipe: Word::Known(recipe),
            variables: BTreeMap::from([("photos_bucket".to_owned(), bucket.to_owned())]),
            image: "ami-1".to_owned(),
            instance_type: "t3.small".to_owned(),
            fallback_instance_types: vec!["t3a.small".to_owned(), "t2.small".to_owned()],
            user_data: String::new(),
            user_data_sha256: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            created_by: Word::Known(Actor::DirectInvocation),
            approval_hours: None,
            note: None,
        }
    }

    fn bucket(draft: &Draft) -> &str {
        draft.variables.get("photos_bucket").expect("the recipe has it")
    }

    #[test]
    fn a_first_revision_starts_with_the_recipe_s_defaults() {
        let draft = Draft::of(&recipe(), None, &[]);
        assert_eq!(bucket(&draft), "own");
        assert_eq!(draft.variables.get("region").map(String::as_str), Some(""));
        assert_eq!(draft.instance_type, "");
    }

    #[test]
    fn a_next_revision_starts_with_the_newest_of_its_recipe() {
        let earlier = [
            revision(3, RecipeName::Al2Flask, "other"),
            revision(2, RecipeName::Al2023Flask, "two"),
            revision(1, RecipeName::Al2023Flask, "one"),
        ];
        let draft = Draft::of(&recipe(), None, &earlier);
        assert_eq!(bucket(&draft), "two");
        assert_eq!(draft.instance_type, "t3.small");
        assert_eq!(bucket(&Draft::of(&recipe(), earlier.last(), &earlier)), "one");
        assert_eq!(bucket(&Draft::of(&recipe(), earlier.first(), &earlier)), "two");
    }

    #[test]
    fn an_empty_variable_is_refused_before_it_is_sent() {
        let errors = Draft::of(&recipe(), None, &[]).checked().expect_err("region is empty");
        assert_eq!(errors.of("variables.region"), Some("Is empty; the recipe needs a value."));
        assert_eq!(errors.of("variables.photos_bucket"), None);
    }

    #[test]
    fn what_is_left_empty_is_left_to_the_recipe() {
        let mut draft = Draft::of(&recipe(), None, &[]);
        draft.variables.insert("region".to_owned(), " us-east-1 ".to_owned());
        draft.note = "  ".to_owned();
        draft.fallback_instance_types = " , ".to_owned();
        let input = draft.checked().expect("complete");
        assert_eq!((input.image, input.instance_type, input.note), (None, None, None));
        assert_eq!(input.variables.get("region").map(String::as_str), Some("us-east-1"));
        assert!(input.fallback_instance_types.is_empty());
    }

    #[test]
    fn how_long_approval_is_waited_for_is_carried_over_and_read() {
        let earlier = [Revision { approval_hours: Some(12), ..revision(1, RecipeName::Al2023Flask, "one") }];
        let mut draft = Draft::of(&recipe(), None, &earlier);
        draft.variables.insert("region".to_owned(), "us-east-1".to_owned());
        assert_eq!(draft.checked().expect("complete").approval_hours, Some(12));
        draft.approval_hours = " ".to_owned();
        assert_eq!(draft.checked().expect("complete").approval_hours, None);
        draft.approval_hours = "a day".to_owned();
        let errors = draft.checked().expect_err("no number");
        assert!(errors.of(APPROVAL).is_some_and(|text| text.starts_with("Is no number of hours")));
    }

    #[test]
    fn the_types_to_fall_back_on_keep_their_order() {
        let earlier = [revision(1, RecipeName::Al2023Flask, "one")];
        let mut draft = Draft::of(&recipe(), None, &earlier);
        assert_eq!(draft.fallback_instance_types, "t3a.small, t2.small");
        draft.variables.insert("region".to_owned(), "us-east-1".to_owned());
        draft.fallback_instance_types = "t3.micro,t2.micro  t4g.nano,".to_owned();
        let input = draft.checked().expect("complete");
        assert_eq!(input.fallback_instance_types, ["t3.micro", "t2.micro", "t4g.nano"]);
    }

    #[test]
    fn the_end_of_life_is_marked_from_that_day_on() {
        let ends = Some(date(2026, 6, 30));
        assert_eq!(end_of_life(ends, date(2026, 6, 29)).as_deref(), Some("Updates until 30 June 2026"));
        assert_eq!(end_of_life(ends, date(2026, 6, 30)).as_deref(), Some("No updates since 30 June 2026"));
        assert_eq!(end_of_life(None, date(2026, 6, 30)), None);
    }
}
