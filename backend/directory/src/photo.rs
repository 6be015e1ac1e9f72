//! Photos: uploading, showing and removing them, and sweeping what is left behind.

pub(crate) mod delete;
pub(crate) mod show;
pub(crate) mod sweep;
pub(crate) mod upload;

use rollcall_error::Error;

fn overtaken() -> Error {
    Error::conflict("Someone else is changing this photo at the same time. Look at it, then try again.")
}
