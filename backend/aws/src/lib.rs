//! What every call of AWS shares: how clients are set up, what an error means, and how records are kept in a table.

mod carried;
pub mod config;
pub mod dynamodb;
pub mod error;
pub mod pages;
pub mod records;
pub mod s3;
pub mod spans;
pub mod waits;

pub use config::config;
pub use error::{AwsError, Meaning};
