//! Where the directory is stored.

/// The table and the bucket of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectorySettings {
    pub employees_table: String,
    /// The S3 bucket of photos.
    pub photos_bucket: String,
}

/// Why the environment does not say where the directory is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not set; it must name the {what}")]
pub struct SettingsError {
    variable: &'static str,
    what: &'static str,
}

impl DirectorySettings {
    /// Reads `EMPLOYEES_TABLE` and `PHOTOS_BUCKET`.
    ///
    /// # Errors
    /// The first of them that is absent or empty.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::parse(|name| std::env::var(name).ok())
    }

    fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let required = |name, what| {
            variable(name)
                .filter(|value| !value.trim().is_empty())
                .ok_or(SettingsError { variable: name, what })
        };
        Ok(Self {
            employees_table: required("EMPLOYEES_TABLE", "DynamoDB table of employees")?,
            photos_bucket: required("PHOTOS_BUCKET", "S3 bucket of photos")?,
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
