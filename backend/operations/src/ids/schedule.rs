//! What identifies a schedule.

use serde::{Deserialize, Serialize};

/// The longest name: Scheduler takes 64 characters
/// ([CreateSchedule](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html)), of which ours
/// begins with a few of its own.
const MAX_CHARACTERS: usize = 48;

/// A schedule's name: letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScheduleName(String);

impl ScheduleName {
    /// The name as people write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ScheduleName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=MAX_CHARACTERS).contains(&text.len()) && text.bytes().all(is_known) {
            Ok(Self(text))
        } else {
            Err(format!(
                "is {text:?}; a name has 1 to {MAX_CHARACTERS} letters, digits, hyphens and underscores"
            ))
        }
    }
}

impl From<ScheduleName> for String {
    fn from(name: ScheduleName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain() {
        assert!(ScheduleName::try_from("weekly_fresh-host".to_owned()).is_ok());
        for name in ["", "two words", "a/b", "ü", &"x".repeat(49)] {
            assert!(ScheduleName::try_from(name.to_owned()).is_err(), "{name:?}");
        }
    }
}
