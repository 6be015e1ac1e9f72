//! What identifies a revision, and what kind of instance it runs on.

use std::{fmt, num::ParseIntError, str::FromStr};

use rollcall_web::declared;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{
    Object,
    schema::{ObjectBuilder, Type},
};

/// A revision's number: 1 for the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionNumber(pub u32);

impl fmt::Display for RevisionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl declared::Segment for RevisionNumber {
    fn schema() -> Object {
        let number = ObjectBuilder::new().schema_type(Type::Integer);
        number.minimum(Some(1)).maximum(Some(u32::MAX)).build()
    }
}

impl FromStr for RevisionNumber {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl RevisionNumber {
    /// Text that sorts the way the number does.
    pub(crate) fn sort_key(self) -> String {
        format!("{:010}", self.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_like_numbers() {
        assert!(RevisionNumber(9).sort_key() < RevisionNumber(10).sort_key());
    }
}
