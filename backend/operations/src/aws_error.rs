//! What an error of an AWS call means for whoever made it: the one place that reads error codes.

use std::error::Error as StdError;

use aws_sdk_ec2::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use rollcall_web::problem::ApiError;
use thiserror::Error;

/// A failed AWS call.
#[derive(Debug, Error)]
#[error("{operation}: {message}")]
pub struct AwsError {
    /// The API operation, such as `RunInstances`.
    pub operation: &'static str,
    /// What the failure means.
    pub meaning: Meaning,
    /// AWS's code and message, for the record and the operator.
    pub message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a failed call means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// There is no capacity for this instance type in this zone now.
    NoCapacity,
    /// Called too often; the same call may succeed later.
    Throttled,
    /// What it named does not exist, or not yet: no proof just after it was made.
    NotFound,
    /// Not allowed by IAM.
    Denied,
    /// The dry run found that the real call would be allowed.
    DryRunPassed,
    /// A conditional write met another state than it expected.
    ConditionFailed,
    /// What was to be made is there already.
    Taken,
    /// A value of the request is not valid.
    Invalid,
    /// AWS refused the request itself; repeating it won't help.
    Refused,
    /// No answer, or AWS failed: the call may or may not have been carried out.
    Unknown,
}

impl Meaning {
    /// Whether the same call may succeed when it is simply made again.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Throttled | Self::Unknown | Self::NotFound)
    }
}

impl AwsError {
    /// Reads the failure of `operation`.
    pub fn read<E, R>(operation: &'static str, error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let code = error.code().map(str::to_owned);
        let text = error.message().map(str::to_owned);
        let message = match (&code, text) {
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(code), None) => code.clone(),
            (None, _) => DisplayErrorContext(&error).to_string(),
        };
        let meaning = match (&code, &error) {
            (Some(code), _) => meaning_of(code),
            (None, _) => Meaning::Unknown,
        };
        Self { operation, meaning, message, source: Some(Box::new(error)) }
    }

    /// A reply of `operation` that lacks what it must hold.
    #[must_use]
    pub fn incomplete(operation: &'static str, what: &str) -> Self {
        Self { operation, meaning: Meaning::Unknown, message: format!("the reply {what}"), source: None }
    }
}

impl From<AwsError> for ApiError {
    /// A request is not AWS's fault to wait out: what may pass is said so, and nothing else is told.
    fn from(error: AwsError) -> Self {
        match error.meaning {
            Meaning::Throttled | Meaning::Unknown => {
                Self::unavailable("AWS does not answer at the moment. Try again soon.").caused_by(error)
            }
            _ => Self::internal(error),
        }
    }
}

/// What an error code means. The codes are those of
/// [EC2](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html),
/// [Scheduler](https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html) and
/// [DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html).
fn meaning_of(code: &str) -> Meaning {
    match code {
        "InsufficientInstanceCapacity"
        | "InsufficientFreeAddressesInSubnet"
        | "InsufficientHostCapacity"
        | "InsufficientReservedInstanceCapacity"
        | "MaxSpotInstanceCountExceeded"
        | "Unsupported"
        | "InstanceLimitExceeded"
        | "VcpuLimitExceeded" => Meaning::NoCapacity,
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ProvisionedThroughputExceededException"
        | "TooManyRequestsException"
        | "TransactionInProgressException"
        | "SnapshotCreationPerVolumeRateExceeded" => Meaning::Throttled,
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" | "AuthFailure" => Meaning::Denied,
        "DryRunOperation" => Meaning::DryRunPassed,
        "ConflictException" => Meaning::Taken,
        "ValidationException" => Meaning::Invalid,
        "ConditionalCheckFailedException" | "TransactionCanceledException" => Meaning::ConditionFailed,
        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "Unavailable"
        | "ServiceUnavailable" => Meaning::Unknown,
        "ParameterNotFound"
        | "ResourceNotFoundException"
        | "NoSuchBucketPolicy"
        | "NoSuchPublicAccessBlockConfiguration"
        | "ServerSideEncryptionConfigurationNotFoundError" => Meaning::NotFound,
        code if code.ends_with(".NotFound") || code.ends_with(".Unavailable") => Meaning::NotFound,
        _ => Meaning::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_capacity_is_told_from_a_refusal() {
        assert_eq!(meaning_of("InsufficientInstanceCapacity"), Meaning::NoCapacity);
        assert_eq!(meaning_of("IdempotentParameterMismatch"), Meaning::Refused);
    }

    #[test]
    fn an_instance_not_found_may_appear_later() {
        assert!(meaning_of("InvalidInstanceID.NotFound").may_pass());
        assert!(!meaning_of("UnauthorizedOperation").may_pass());
    }

    #[test]
    fn a_failure_inside_aws_leaves_it_open_what_happened() {
        assert_eq!(meaning_of("InternalError"), Meaning::Unknown);
    }
}
