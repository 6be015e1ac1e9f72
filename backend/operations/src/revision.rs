//! Revisions: immutable, numbered sets of recipe, variables, image and instance type.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    problem::FieldError,
    revision::{RecipeName, Revision, RevisionInput},
    text::{Rules, Text, TextFault},
};
use rollcall_web::problem::ApiError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Operations,
    audit::{self, Entry},
    aws_id::ImageId,
    image::{ImageName, ResolveError},
    recipe::{self, DEFAULT_INSTANCE_TYPE, RenderError, Reporting, Variables},
    requester::Requester,
    table::{Key, Page, TableError, Write},
};

const KIND: &str = "revision";

/// The longest note, in characters.
const MAX_NOTE_CHARACTERS: usize = 500;

/// The most instance types to fall back on: each is tried in each zone, within the bounded time of a relaunch.
const MAX_FALLBACKS: usize = 5;

/// How often a number is tried again when another revision took it in between.
const NUMBER_ATTEMPTS: usize = 5;

/// A revision's number: 1 for the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionNumber(pub u32);

impl fmt::Display for RevisionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl RevisionNumber {
    /// Sorts as text the way it sorts as a number.
    fn key(self) -> Key {
        Key { kind: KIND, sort: format!("{:010}", self.0) }
    }
}

/// An instance type, such as `t2.micro`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceType(String);

impl InstanceType {
    /// The type as EC2 writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for InstanceType {
    type Error = String;

    /// [Naming conventions](https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html):
    /// family, a dot, size.
    fn try_from(text: String) -> Result<Self, String> {
        let word = |word: &str| {
            (1..=32).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        match text.split_once('.') {
            Some((family, size)) if word(family) && word(size) => Ok(Self(text)),
            _ => Err(format!("{text:?} is no instance type, such as t2.micro")),
        }
    }
}

impl From<InstanceType> for String {
    fn from(instance_type: InstanceType) -> Self {
        instance_type.0
    }
}

/// A revision as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRevision {
    /// Its number.
    pub number: RevisionNumber,
    /// The recipe.
    pub recipe: RecipeName,
    /// The value of each variable.
    pub variables: BTreeMap<String, String>,
    /// The image.
    pub image: ImageId,
    /// The instance type.
    pub instance_type: InstanceType,
    /// The instance types to try next.
    #[serde(default)]
    pub fallback_instance_types: Vec<InstanceType>,
    /// The rendered user data.
    pub user_data: String,
    /// Its sha256 in hex.
    pub user_data_sha256: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Requester,
    /// Why it was made.
    pub note: Option<String>,
}

impl From<StoredRevision> for Revision {
    fn from(stored: StoredRevision) -> Self {
        Self {
            number: stored.number.0,
            recipe: stored.recipe,
            variables: stored.variables,
            image: stored.image.into(),
            instance_type: stored.instance_type.into(),
            fallback_instance_types: stored.fallback_instance_types.into_iter().map(String::from).collect(),
            user_data: stored.user_data,
            user_data_sha256: stored.user_data_sha256,
            created_at: stored.created_at,
            created_by: stored.created_by.to_string(),
            note: stored.note,
        }
    }
}

impl StoredRevision {
    /// The instance types in the order they are tried.
    #[must_use]
    pub fn instance_types(&self) -> Vec<InstanceType> {
        std::iter::once(&self.instance_type).chain(&self.fallback_instance_types).cloned().collect()
    }
}

/// What a caller asked for, checked as far as it can be without AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Draft {
    variables: Variables,
    image: ImageName,
    instance_type: InstanceType,
    fallback_instance_types: Vec<InstanceType>,
    note: Option<String>,
}

impl Draft {
    fn parse(input: RevisionInput) -> Result<Self, Vec<FieldError>> {
        let Some(recipe) = RecipeName::from_name(&input.recipe) else {
            let names = RecipeName::ALL.map(RecipeName::as_str).join(", ");
            let detail = format!("{:?} is no recipe; there are {names}", input.recipe);
            return Err(vec![FieldError::new("recipe", detail)]);
        };
        let mut errors = Vec::new();
        let variables = collect(&mut errors, Variables::parse(recipe, input.variables));
        let image = input.image.unwrap_or_else(|| recipe::definition(recipe).default_image().to_owned());
        let image = collect(&mut errors, field("image", ImageName::parse(image.trim())));
        let instance_type = input.instance_type.unwrap_or_else(|| DEFAULT_INSTANCE_TYPE.to_owned());
        let instance_type = collect(
            &mut errors,
            field("instance_type", InstanceType::try_from(instance_type.trim().to_owned())),
        );
        let fallback_instance_types = collect(&mut errors, parse_fallbacks(input.fallback_instance_types));
        let note = collect(&mut errors, field("note", parse_note(input.note)));
        match (variables, image, instance_type, fallback_instance_types, note) {
            (
                Some(variables),
                Some(image),
                Some(instance_type),
                Some(fallback_instance_types),
                Some(note),
            ) => Ok(Self { variables, image, instance_type, fallback_instance_types, note }),
            _ => Err(errors),
        }
    }
}

fn field<T>(name: &str, parsed: Result<T, String>) -> Result<T, Vec<FieldError>> {
    parsed.map_err(|detail| vec![FieldError::new(name, detail)])
}

fn collect<T>(errors: &mut Vec<FieldError>, parsed: Result<T, Vec<FieldError>>) -> Option<T> {
    parsed.map_err(|faults| errors.extend(faults)).ok()
}

fn parse_fallbacks(types: Vec<String>) -> Result<Vec<InstanceType>, Vec<FieldError>> {
    const FIELD: &str = "fallback_instance_types";
    if types.len() > MAX_FALLBACKS {
        let detail = format!("has {} types; at most {MAX_FALLBACKS} are allowed", types.len());
        return Err(vec![FieldError::new(FIELD, detail)]);
    }
    let (mut parsed, mut errors) = (Vec::new(), Vec::new());
    for (index, text) in types.into_iter().enumerate() {
        match InstanceType::try_from(text.trim().to_owned()) {
            Ok(instance_type) => parsed.push(instance_type),
            Err(detail) => errors.push(FieldError::new(format!("{FIELD}[{index}]"), detail)),
        }
    }
    if errors.is_empty() { Ok(parsed) } else { Err(errors) }
}

/// A note of nothing but space is none.
fn parse_note(note: Option<String>) -> Result<Option<String>, String> {
    match note.map(|note| Text::parse(&note, Rules::lines(MAX_NOTE_CHARACTERS))).transpose() {
        Ok(note) => Ok(note.map(String::from)),
        Err(TextFault::Empty) => Ok(None),
        Err(fault) => Err(fault.to_string()),
    }
}

impl Operations {
    /// Makes a new revision.
    ///
    /// # Errors
    /// Each field that is not valid, user data that is too large included; nothing is stored then.
    pub async fn create_revision(
        &self,
        input: RevisionInput,
        created_by: Requester,
        now: Timestamp,
    ) -> Result<StoredRevision, ApiError> {
        let draft = Draft::parse(input).map_err(ApiError::invalid)?;
        let settings = self.settings();
        let reporting = Reporting { place: &settings.reports, within: settings.timeouts.report };
        let user_data = recipe::render(&draft.variables, reporting).map_err(|error| match error {
            RenderError::TooLarge { .. } => {
                ApiError::invalid(vec![FieldError::new("variables", error.to_string())])
            }
            RenderError::Template(_) => ApiError::internal(error),
        })?;
        let image = self.images().resolve(draft.image).await.map_err(|error| match error {
            ResolveError::Aws(error) => ApiError::internal(error),
            refused => ApiError::invalid(vec![FieldError::new("image", refused.to_string())]),
        })?;
        let revision = StoredRevision {
            number: RevisionNumber(1),
            recipe: draft.variables.recipe(),
            variables: draft.variables.into_values(),
            image,
            instance_type: draft.instance_type,
            fallback_instance_types: draft.fallback_instance_types,
            user_data_sha256: hex(&Sha256::digest(&user_data)),
            user_data,
            created_at: now,
            created_by,
            note: draft.note,
        };
        self.store_under_next_number(revision).await
    }

    /// Two people may make a revision at the same moment: each gets a number of its own.
    async fn store_under_next_number(
        &self,
        mut revision: StoredRevision,
    ) -> Result<StoredRevision, ApiError> {
        for _ in 0..NUMBER_ATTEMPTS {
            let newest = self.newest_revision().await.map_err(ApiError::internal)?;
            revision.number = RevisionNumber(newest.map_or(0, |newest| newest.number.0).saturating_add(1));
            let entry = Entry::new(
                revision.created_at,
                revision.created_by.clone(),
                AuditAction::CreateRevision,
                revision.number,
                revision.note.as_deref().unwrap_or("made"),
            );
            let writes = [Write::create(revision.number.key(), &revision), audit::write(&entry)];
            let writes = writes.into_iter().collect::<Result<_, _>>().map_err(ApiError::internal)?;
            match self.table().write(writes).await {
                Ok(()) => return Ok(revision),
                Err(TableError::Conflict) => {}
                Err(error) => return Err(ApiError::internal(error)),
            }
        }
        Err(ApiError::conflict("Others are making revisions at this moment; try again."))
    }

    /// The revision with this number.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn revision(&self, number: RevisionNumber) -> Result<Option<StoredRevision>, TableError> {
        self.table().get(&number.key()).await
    }

    /// The newest revision.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn newest_revision(&self) -> Result<Option<StoredRevision>, TableError> {
        Ok(self.revisions(1, None).await?.records.into_iter().next())
    }

    /// Revisions, newest first.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn revisions(
        &self,
        limit: u32,
        before: Option<RevisionNumber>,
    ) -> Result<Page<StoredRevision>, TableError> {
        self.table().newest(KIND, limit, before.map(|number| number.key().sort)).await
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
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
            note: None,
        }
    }

    fn faulty_fields(input: RevisionInput) -> Vec<String> {
        Draft::parse(input).expect_err("the input is faulty").into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn image_and_instance_type_are_the_recipes_own_when_absent() {
        let draft = Draft::parse(input()).expect("valid");
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
        let note = |text: &str| parse_note(Some(text.to_owned()));
        assert_eq!(parse_note(None), Ok(None));
        assert_eq!(note(" \n"), Ok(None));
        assert_eq!(note(" Neue Gro\u{308}ße,\n\tgesto\u{308}rt. "), Ok(Some("Neue Größe,\n\tgestört.".to_owned())));
        for unreadable in ["\u{200B}", "why\u{202E}not", "a\u{1B}[2J", "\u{FFFD}"] {
            assert!(note(unreadable).is_err(), "{}", unreadable.escape_unicode());
        }
    }

    #[test]
    fn an_unknown_recipe_is_named() {
        assert_eq!(faulty_fields(RevisionInput { recipe: "windows".to_owned(), ..input() }), ["recipe"]);
    }

    #[test]
    fn keys_sort_like_numbers() {
        assert!(RevisionNumber(9).key().sort < RevisionNumber(10).key().sort);
    }

    #[test]
    fn bytes_are_written_as_two_digits_each() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
