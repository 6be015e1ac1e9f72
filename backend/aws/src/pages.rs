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

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::list_tables::ListTablesError;
    use aws_smithy_async::future::pagination_stream::fn_stream::FnStream;

    use super::*;
    use crate::error::Meaning;

    type Item = Result<usize, SdkError<ListTablesError, HttpResponse>>;

    /// What comes of a list of pages, and how many items of it were asked for at most.
    async fn all_of(pages: Vec<Vec<Item>>) -> Result<Vec<usize>, AwsError> {
        let items = FnStream::new(move |to| {
            Box::pin(async move {
                for item in pages.into_iter().flatten() {
                    // The reader may have enough.
                    if to.send(item).await.is_err() {
                        return;
                    }
                }
            })
        });
        all("ListTables", PaginationStream::new(items)).await
    }

    fn page(numbers: std::ops::Range<usize>) -> Vec<Item> {
        numbers.map(Ok).collect()
    }

    #[tokio::test]
    async fn every_page_is_read() {
        let found = all_of(vec![page(0..3), page(3..3), page(3..5)]).await.expect("a list");
        assert_eq!(found, [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn a_list_is_read_as_far_as_the_bound_and_one_beyond_is_refused() {
        assert_eq!(all_of(vec![page(0..MAX_ITEMS)]).await.expect("a list").len(), MAX_ITEMS);
        let error = all_of(vec![page(0..MAX_ITEMS), page(0..1)]).await.expect_err("too long");
        assert_eq!(
            error.to_string(),
            "ListTables: the reply has more than 2000 items, which are too many to read"
        );
    }

    #[tokio::test]
    async fn half_a_list_is_never_taken_for_the_whole() {
        let broken_off = vec![Ok(0), Err(SdkError::timeout_error("no answer"))];
        let error = all_of(vec![broken_off]).await.expect_err("broken off");
        assert_eq!((error.operation, error.meaning), ("ListTables", Meaning::Away));
    }
}
