//! AWS resource ids, each a type of its own, so that a subnet can't be passed where an instance is meant.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Text that is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is not an id of the form {prefix}… (letters and digits after the dash)")]
pub struct InvalidAwsId {
    prefix: &'static str,
    text: String,
}

/// Ids are a prefix, a dash and 8 or 17 hexadecimal digits
/// ([resource ids](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html)).
fn parse(prefix: &'static str, text: &str) -> Result<(), InvalidAwsId> {
    let valid = text.strip_prefix(prefix).is_some_and(|rest| {
        (8..=32).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if valid { Ok(()) } else { Err(InvalidAwsId { prefix, text: text.to_owned() }) }
}

macro_rules! aws_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as AWS writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidAwsId;

            fn try_from(text: String) -> Result<Self, InvalidAwsId> {
                parse($prefix, &text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

aws_id! {
    /// An instance, `i-…`.
    InstanceId, "i-"
}
aws_id! {
    /// A subnet, `subnet-…`.
    SubnetId, "subnet-"
}
aws_id! {
    /// The allocation of an Elastic IP, `eipalloc-…`.
    AllocationId, "eipalloc-"
}
aws_id! {
    /// An image, `ami-…`.
    ImageId, "ami-"
}
aws_id! {
    /// A launch template, `lt-…`.
    LaunchTemplateId, "lt-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_its_prefix_and_plain_characters() {
        assert!(InstanceId::try_from("i-0123456789abcdef0".to_owned()).is_ok());
        for text in ["", "i-", "subnet-0123456789abcdef0", "i-0123 5678", "i-$(reboot)"] {
            assert!(InstanceId::try_from(text.to_owned()).is_err(), "{text:?} was taken for an instance id");
        }
    }

    #[test]
    fn an_id_read_from_a_record_is_checked_too() {
        assert!(serde_json::from_str::<SubnetId>("\"i-0123456789abcdef0\"").is_err());
    }
}
