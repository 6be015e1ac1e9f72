//! The variables of recipes, and what each of them may hold.

/// This deployment's own values for the recipes' variables.
#[derive(Debug, Clone)]
pub struct VariableDefaults {
    /// `PHOTOS_BUCKET`.
    pub photos_bucket: Option<String>,
    /// `EMPLOYEES_TABLE`.
    pub employees_table: Option<String>,
    /// `PEOPLE_TABLE`.
    pub people_table: Option<String>,
    /// `SEARCH_INDEX_TABLE`.
    pub search_index_table: Option<String>,
    /// `ARTIFACTS_BUCKET`.
    pub artifacts_bucket: Option<String>,
    /// `AWS_REGION`.
    pub region: Option<String>,
}

/// A variable of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Variable {
    PhotosBucket,
    /// The region of the table and the buckets.
    Region,
    EmployeesTable,
    PeopleTable,
    SearchIndexTable,
    /// The bucket that holds the host archive.
    ArtifactsBucket,
    /// The key of the archive with host binary and site.
    HostArchive,
}

impl Variable {
    /// The key in a revision's `variables`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::PhotosBucket => "Photos bucket",
            Self::Region => "Region",
            Self::EmployeesTable => "Employees table",
            Self::PeopleTable => "People table",
            Self::SearchIndexTable => "Search index table",
            Self::ArtifactsBucket => "Artifacts bucket",
            Self::HostArchive => "Host archive",
        }
    }

    /// What it is for.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::PhotosBucket => "The S3 bucket of the employees' photos.",
            Self::Region => "The region of the table and the buckets, such as us-east-1.",
            Self::EmployeesTable => "The DynamoDB table of the employees.",
            Self::PeopleTable => "The DynamoDB table of former employees.",
            Self::SearchIndexTable => "The DynamoDB table of the search index, which this host reads.",
            Self::ArtifactsBucket => "The S3 bucket that holds the host archive and the search index.",
            Self::HostArchive => {
                "The key of the archive with host binary and site, such as host/rollcall-host.tar.gz."
            }
        }
    }

    /// This deployment's own value.
    #[must_use]
    pub fn default(self, defaults: &VariableDefaults) -> Option<String> {
        match self {
            Self::PhotosBucket => defaults.photos_bucket.clone(),
            Self::Region => defaults.region.clone(),
            Self::EmployeesTable => defaults.employees_table.clone(),
            Self::PeopleTable => defaults.people_table.clone(),
            Self::SearchIndexTable => defaults.search_index_table.clone(),
            Self::ArtifactsBucket => defaults.artifacts_bucket.clone(),
            Self::HostArchive => Some("host/rollcall-host.tar.gz".to_owned()),
        }
    }

    /// What is wrong with `value`, if anything.
    pub(super) fn fault(self, value: &str) -> Option<&'static str> {
        let (valid, rule) = match self {
            Self::PhotosBucket | Self::ArtifactsBucket => (
                is_bucket_name(value),
                "is no bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, \
                 a letter or digit at both ends",
            ),
            Self::Region => (is_region(value), "is no region, such as us-east-1"),
            Self::EmployeesTable | Self::PeopleTable | Self::SearchIndexTable => (
                is_table_name(value),
                "is no table name: 3 to 255 letters, digits, dots, hyphens and underscores",
            ),
            Self::HostArchive => (
                is_archive_key(value),
                "is no key of a host archive: host/ and then letters, digits, dots, hyphens, underscores and slashes",
            ),
        };
        (!valid).then_some(rule)
    }
}

/// [Bucket naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
fn is_bucket_name(value: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (3..=63).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.')
        && !value.contains("..")
        && edge(value.bytes().next())
        && edge(value.bytes().last())
}

/// Region codes such as `us-east-1` and `us-gov-west-1`
/// ([regions](https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html)).
fn is_region(value: &str) -> bool {
    let parts: Vec<_> = value.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number] => {
            (2..=3).contains(&words.len())
                && value.len() <= 32
                && words.iter().all(word)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        [] => false,
    }
}

/// [Table naming rules](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html).
fn is_table_name(value: &str) -> bool {
    (3..=255).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// Only what lies under `host/`, which is what the host's role may read.
fn is_archive_key(value: &str) -> bool {
    value.strip_prefix("host/").is_some_and(|rest| {
        (1..=200).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte))
            && !rest.contains("..")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_other_text() {
        for region in ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-7"] {
            assert!(is_region(region), "{region} was refused");
        }
        for text in ["", "us-east", "us-east-1a", "US-EAST-1", "us east 1", "<INSERT REGION HERE>"] {
            assert!(!is_region(text), "{text:?} was taken for a region");
        }
    }
}
