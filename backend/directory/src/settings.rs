//! Where the directory is stored.

/// The table and the bucket of the directory, and its search index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectorySettings {
    pub employees_table: String,
    /// The S3 bucket of photos.
    pub photos_bucket: String,
    /// The DynamoDB table of what Rollcall keeps about people beside the employees; without it nobody is deleted.
    pub people_table: Option<String>,
    /// The DynamoDB table of the audit log; without it nobody is changed.
    pub audit_table: Option<String>,
    /// Where the search index is; without it the directory is listed in the table's own order.
    pub search: Option<SearchSettings>,
}

/// Where the search index is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchSettings {
    /// The DynamoDB table of what changed since the newest segment, and of the pointer to that.
    pub index_table: String,
    /// The S3 bucket of segments.
    pub segments_bucket: String,
}

/// Why the environment does not say where the directory is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not set; it must name the {what}")]
pub struct SettingsError {
    variable: &'static str,
    what: &'static str,
}

impl DirectorySettings {
    /// Reads `EMPLOYEES_TABLE` and `PHOTOS_BUCKET`; and `PEOPLE_TABLE`, `AUDIT_TABLE`, and `SEARCH_INDEX_TABLE` with `ARTIFACTS_BUCKET`,
    /// if they are there.
    ///
    /// # Errors
    /// The first of the first two that is absent or empty.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::parse(|name| std::env::var(name).ok())
    }

    fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let optional = |name| variable(name).filter(|value| !value.trim().is_empty());
        let required = |name, what| optional(name).ok_or(SettingsError { variable: name, what });
        let search = optional("SEARCH_INDEX_TABLE").zip(optional("ARTIFACTS_BUCKET"));
        Ok(Self {
            employees_table: required("EMPLOYEES_TABLE", "DynamoDB table of employees")?,
            photos_bucket: required("PHOTOS_BUCKET", "S3 bucket of photos")?,
            people_table: optional("PEOPLE_TABLE"),
            audit_table: optional("AUDIT_TABLE"),
            search: search
                .map(|(index_table, segments_bucket)| SearchSettings { index_table, segments_bucket }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_setting_is_named() {
        let only_table = |name: &str| (name == "EMPLOYEES_TABLE").then(|| "Employees".to_owned());
        let error = DirectorySettings::parse(only_table).expect_err("incomplete");
        assert_eq!(error.to_string(), "PHOTOS_BUCKET is not set; it must name the S3 bucket of photos");
    }
}
