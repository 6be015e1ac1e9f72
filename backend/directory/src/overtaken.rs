//! Starting over where someone else came first.

use rollcall_error::Error;

/// How often something starts over because someone else came first.
pub(crate) const MAX_ATTEMPTS: u32 = 5;

/// What is told when others come first each time.
pub(crate) fn overtaken() -> Error {
    Error::conflict("Others are changing this employee at the same time. Look at it, then try again.")
}
