//! From an error of the AWS SDK to what a client reads.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use rollcall_web::problem::ApiError;

/// Codes that mean: too much at once, try again
/// ([DynamoDB](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html),
/// [S3](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)).
const BUSY: [&str; 6] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "SlowDown",
    "ServiceUnavailable",
    "InternalError",
];

/// 503 when trying again can help, 500 otherwise; the cause is logged.
pub(crate) fn storage_error<E>(error: SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => true,
        SdkError::ServiceError(service) => service.err().code().is_some_and(|code| BUSY.contains(&code)),
        _ => false,
    };
    if passing {
        ApiError::unavailable(
            "The directory's storage does not answer at the moment. Try again in some seconds.",
        )
        .caused_by(error)
    } else {
        ApiError::internal(error)
    }
}
