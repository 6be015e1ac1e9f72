//! What an error of an AWS call means for whoever made it: the one place that reads error codes.

use std::error::Error as StdError;

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use rollcall_error::Error;

/// A failed AWS call.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct AwsError {
    /// The API operation, such as `RunInstances`.
    pub operation: &'static str,
    pub meaning: Meaning,
    /// AWS's code and message, for the record and the operator.
    pub message: String,
    text: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a failed call means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// What was to be stored is larger than the service takes.
    TooLarge,
    /// A bucket, a table or an entity of IAM in or by which the call was to work does not exist; it does not come by
    /// itself.
    Gone,
    /// The account has as many of them as it may.
    QuotaReached,
    /// A value of the request is not valid.
    Invalid,
    /// AWS refused the request itself; repeating it won't help.
    Refused,
    /// No answer, or AWS failed: the call may or may not have been carried out.
    Away,
}

impl Meaning {
    /// Whether the same call may succeed when it is simply made again.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::Throttled | Self::Away | Self::NotFound)
    }
}

impl AwsError {
    /// Reads the failure of `operation`.
    pub fn read<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let text = error.message().map(str::to_owned);
        let (meaning, message) = match (error.code(), error.message()) {
            (Some(code), Some(text)) => (meaning_of(code, text, status), format!("{code}: {text}")),
            (Some(code), None) => (meaning_of(code, "", status), code.to_owned()),
            (None, _) => (meaning_of_status(status), DisplayErrorContext(&error).to_string()),
        };
        Self { operation, meaning, message, text, source: Some(Box::new(error)) }
    }

    /// AWS's message without its code, which says nothing to people; all there is where AWS sent no message.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.message)
    }

    /// A reply of `operation` that lacks what it must hold.
    #[must_use]
    pub fn incomplete(operation: &'static str, what: &str) -> Self {
        let message = format!("the reply {what}");
        Self { operation, meaning: Meaning::Away, message, text: None, source: None }
    }
}

impl From<AwsError> for Error {
    /// What the failure means to someone for whom the call was only a means: what may pass is told so, what they sent and
    /// AWS can't store is told so, and nothing else is.
    fn from(error: AwsError) -> Self {
        match error.meaning {
            Meaning::Throttled | Meaning::Away => {
                Self::away("AWS does not answer at the moment. Try again in some seconds.").caused_by(error)
            }
            Meaning::TooLarge => {
                Self::too_large("This is more than one record can hold. Shorten it and try again.")
                    .caused_by(error)
            }
            _ => Self::broken(error),
        }
    }
}

/// What an error code means. `text` is AWS's message: some codes leave it to that. The codes are those of
/// [EC2](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html),
/// [DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html),
/// [S3](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html),
/// [Scheduler](https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html),
/// [Lambda](https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors),
/// [Systems Manager](https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html) and
/// [IAM](https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html).
fn meaning_of(code: &str, text: &str, status: Option<u16>) -> Meaning {
    match code {
        "InsufficientInstanceCapacity"
        | "InsufficientFreeAddressesInSubnet"
        | "InsufficientHostCapacity"
        | "InsufficientReservedInstanceCapacity"
        | "MaxSpotInstanceCountExceeded"
        | "Unsupported"
        | "InstanceLimitExceeded"
        | "VcpuLimitExceeded" => Meaning::NoCapacity,
        "BandwidthLimitExceeded"
        | "EC2ThrottledException"
        | "PriorRequestNotComplete"
        | "ProvisionedThroughputExceeded"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "SnapshotCreationPerVolumeRateExceeded"
        | "Throttling"
        | "ThrottledException"
        | "ThrottlingError"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "TransactionConflict"
        | "TransactionConflictException"
        | "TransactionInProgressException" => Meaning::Throttled,
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" | "AuthFailure" => Meaning::Denied,
        "DryRunOperation" => Meaning::DryRunPassed,
        "ConflictException" => Meaning::Taken,
        "EntityTooLarge"
        | "RequestEntityTooLarge"
        | "RequestTooLargeException"
        | "ItemCollectionSizeLimitExceeded"
        | "ItemCollectionSizeLimitExceededException" => Meaning::TooLarge,
        // DynamoDB has no code of its own for an item over 400 KB.
        "ValidationException" | "ValidationError" if says_too_large(text) => Meaning::TooLarge,
        "ValidationException" | "ValidationError" => Meaning::Invalid,
        "ServiceQuotaExceededException" => Meaning::QuotaReached,
        "ConditionalCheckFailed" | "ConditionalCheckFailedException" => Meaning::ConditionFailed,
        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServerException"
        | "OperationAborted"
        | "RequestTimeout"
        | "RequestTimeoutException"
        | "ServiceException"
        | "ServiceFailure"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "Unavailable" => Meaning::Away,
        "NoSuchBucket" | "NoSuchEntity" | "TableNotFoundException" => Meaning::Gone,
        // By this id, even one that no image can have.
        "InvalidAMIID.Malformed" => Meaning::NotFound,
        "NoSuchBucketPolicy"
        | "NoSuchKey"
        | "NoSuchPublicAccessBlockConfiguration"
        // Of HeadObject, whose answer has no body that could say more.
        | "NotFound"
        | "ParameterNotFound"
        | "ResourceNotFoundException"
        | "ServerSideEncryptionConfigurationNotFoundError" => Meaning::NotFound,
        code if code.ends_with(".NotFound") || code.ends_with(".Unavailable") => Meaning::NotFound,
        _ => match (status, meaning_of_status(status)) {
            (Some(_), meaning @ (Meaning::Throttled | Meaning::TooLarge | Meaning::Away)) => meaning,
            _ => Meaning::Refused,
        },
    }
}

/// The words with which DynamoDB refuses an item, or a value of an item, that is over 400 KB
/// ([item size](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items)).
fn says_too_large(text: &str) -> bool {
    text.contains("Item size") && text.contains("exceeded")
}

/// What an answer without a code that is known means: by its HTTP status, and without one there was no answer.
const fn meaning_of_status(status: Option<u16>) -> Meaning {
    match status {
        Some(429) => Meaning::Throttled,
        Some(404) => Meaning::NotFound,
        Some(413) => Meaning::TooLarge,
        Some(401 | 403) => Meaning::Denied,
        Some(400..500) => Meaning::Refused,
        _ => Meaning::Away,
    }
}

/// What the reasons mean for which a transaction was cancelled, a code and a text for each of its writes
/// ([cancellation reasons](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)).
/// What would stand in the way of the same transaction again counts for more than what may pass.
pub(crate) fn meaning_of_reasons<'a>(reasons: impl Iterator<Item = (&'a str, &'a str)>) -> Meaning {
    reasons
        .filter(|(code, _)| *code != "None")
        .map(|(code, text)| meaning_of(code, text, None))
        .max_by_key(|meaning| match meaning {
            Meaning::ConditionFailed => 3,
            Meaning::TooLarge => 2,
            meaning if !meaning.may_pass() => 1,
            _ => 0,
        })
        .unwrap_or(Meaning::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Meaning {
        meaning_of(code, "", Some(400))
    }

    #[test]
    fn no_capacity_is_told_from_a_refusal() {
        assert_eq!(of("InsufficientInstanceCapacity"), Meaning::NoCapacity);
        assert_eq!(of("IdempotentParameterMismatch"), Meaning::Refused);
    }

    #[test]
    fn an_instance_not_found_may_appear_later() {
        assert!(of("InvalidInstanceID.NotFound").may_pass());
        assert!(!of("UnauthorizedOperation").may_pass());
    }

    #[test]
    fn each_service_that_has_too_much_to_do_or_fails_may_answer_later() {
        for (service, code) in [
            ("EC2", "RequestLimitExceeded"),
            ("EC2", "Unavailable"),
            ("DynamoDB", "InternalServerError"),
            ("DynamoDB", "ProvisionedThroughputExceededException"),
            ("S3", "SlowDown"),
            ("S3", "InternalError"),
            ("S3", "ServiceUnavailable"),
            ("Scheduler", "ThrottlingException"),
            ("Scheduler", "InternalServerException"),
            ("Lambda", "TooManyRequestsException"),
            ("Lambda", "ServiceException"),
            ("Systems Manager", "InternalServerError"),
            ("IAM", "ServiceFailure"),
            ("IAM", "Throttling"),
        ] {
            assert!(matches!(of(code), Meaning::Throttled | Meaning::Away), "{service}: {code}");
        }
    }

    #[test]
    fn a_code_that_nobody_knows_is_judged_by_its_status() {
        assert_eq!(meaning_of("Brandnew", "", Some(503)), Meaning::Away);
        assert_eq!(meaning_of("Brandnew", "", Some(429)), Meaning::Throttled);
        assert_eq!(meaning_of("Brandnew", "", Some(400)), Meaning::Refused);
        assert_eq!(meaning_of("Brandnew", "", None), Meaning::Refused);
    }

    fn cancelled(reasons: &[(&str, &str)]) -> Meaning {
        meaning_of_reasons(reasons.iter().copied())
    }

    #[test]
    fn a_transaction_is_made_again_only_where_others_stood_in_its_way() {
        for code in ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"] {
            assert_eq!(cancelled(&[("None", ""), (code, "")]), Meaning::Throttled, "{code}");
        }
        for code in ["ValidationError", "AccessDenied", "DuplicateItem", "Brandnew"] {
            let meaning = cancelled(&[("TransactionConflict", ""), (code, "")]);
            assert!(!meaning.may_pass(), "{code} is {meaning:?}");
        }
        assert!(!cancelled(&[]).may_pass(), "nobody knows why");
    }

    #[test]
    fn a_condition_that_failed_is_told_whatever_else_stood_in_the_way() {
        assert_eq!(cancelled(&[("None", ""), ("ConditionalCheckFailed", "")]), Meaning::ConditionFailed);
        let both = [("TransactionConflict", ""), ("ConditionalCheckFailed", "")];
        assert_eq!(cancelled(&both), Meaning::ConditionFailed);
    }

    #[test]
    fn what_is_too_large_for_a_transaction_is_too_large_by_itself() {
        let item = ("ValidationError", "Item size has exceeded the maximum allowed size");
        assert_eq!(cancelled(&[("None", ""), item]), Meaning::TooLarge);
        assert_eq!(cancelled(&[("ItemCollectionSizeLimitExceeded", "")]), Meaning::TooLarge);
        assert_eq!(cancelled(&[("TransactionConflict", ""), item]), Meaning::TooLarge);
    }

    #[test]
    fn what_holds_a_thing_and_is_gone_is_told_from_the_thing() {
        for code in ["NoSuchBucket", "TableNotFoundException", "NoSuchEntity"] {
            assert_eq!(of(code), Meaning::Gone, "{code}");
        }
        assert_eq!(of("NoSuchBucketPolicy"), Meaning::NotFound);
    }

    #[test]
    fn an_object_that_is_not_there_is_told_alike_with_and_without_a_body() {
        assert_eq!(of("NoSuchKey"), Meaning::NotFound);
        assert_eq!(meaning_of("NotFound", "", Some(404)), Meaning::NotFound);
    }

    #[test]
    fn an_image_that_ec2_knows_by_no_such_id_is_not_found() {
        for code in ["InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed"] {
            assert_eq!(of(code), Meaning::NotFound, "{code}");
        }
    }

    #[test]
    fn what_scheduler_refuses_is_told_by_its_meaning() {
        assert_eq!(of("ValidationException"), Meaning::Invalid);
        assert_eq!(of("ServiceQuotaExceededException"), Meaning::QuotaReached);
    }

    #[test]
    fn an_entity_that_is_not_there_is_a_refusal() {
        // EC2 answers so when the instance profile of a launch is gone: asking again would not bring it back.
        assert!(!meaning_of("NoSuchEntity", "", Some(404)).may_pass());
    }

    #[test]
    fn without_an_answer_it_is_not_known_what_happened() {
        assert_eq!(meaning_of_status(None), Meaning::Away);
    }

    #[test]
    fn an_item_over_400_kb_is_the_callers_to_shorten() {
        for text in [
            "Item size has exceeded the maximum allowed size",
            "Item size to update has exceeded the maximum allowed size",
        ] {
            let meaning = meaning_of("ValidationException", text, Some(400));
            assert_eq!(meaning, Meaning::TooLarge, "{text}");
        }
        assert_eq!(
            meaning_of("ValidationException", "One or more parameter values", Some(400)),
            Meaning::Invalid
        );
    }
}
