//! What Rollcall keeps about people beside the table of employees: whoever left it, and whose each e-mail address is.

pub(crate) mod emails;
pub(crate) mod image;
pub(crate) mod store;
mod stored;
pub(crate) mod trail;
