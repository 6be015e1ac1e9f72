//! Former employees: listing, restoring and erasing them, and keeping whom other programs delete.

pub(crate) mod erase;
pub(crate) mod follow;
pub(crate) mod list;
pub(crate) mod restore;

use aws_sdk_dynamodb::types::TransactWriteItem;
use rollcall_error::Error;

use crate::record::Record;

/// What becomes of someone who leaves or comes back: the row as it is then, and what is written beside.
pub(crate) type Became = (Record, Vec<TransactWriteItem>);

/// What is told of an id that no former employee has.
fn not_former() -> Error {
    Error::not_found("There is no such former employee; perhaps they were erased, or their time was over.")
}
