//! What Rollcall keeps about people beside the table of employees: whoever left it.

pub(crate) mod image;
pub(crate) mod store;
mod stored;
pub(crate) mod trail;
