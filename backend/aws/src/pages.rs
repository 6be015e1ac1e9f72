//! Reading all pages of a list.

use std::error::Error as StdError;

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_async::future::pagination_stream::PaginationStream;

use crate::error::AwsError;

/// How many items one page is asked for: the most that every list of EC2 gives, which DescribeRouteTables sets
/// ([MaxResults](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html)).
pub const SIZE: i32 = 100;

/// The most items that are read of one list. A deployment has a handful of each kind, so that more are not explained by
/// it, and reading on would take longer than anyone waits.
const MAX_ITEMS: usize = 2_000;

/// Every item of a list, whatever number of pages it has.
///
/// # Errors
/// When a page can't be read, or the list has more than 2,000 items: half a list is never taken for the whole.
pub async fn all<T, E>(
    operation: &'static str,
    mut items: PaginationStream<Result<T, SdkError<E, HttpResponse>>>,
) -> Result<Vec<T>, AwsError>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let mut all = Vec::new();
    while let Some(item) = items.try_next().await.map_err(|error| AwsError::read(operation, error))? {
        if all.len() == MAX_ITEMS {
            return Err(AwsError::incomplete(
                operation,
                "has more than 2000 items, which are too many to read",
            ));
        }
        all.push(item);
    }
    Ok(all)
}
