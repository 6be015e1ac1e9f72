//! What Rollcall keeps about people beside the table of employees: when someone was added, whoever left it, whose each e-mail
//! address is and each name that a provider has, who waits for a manager, and who only looks like someone else.

pub(crate) mod added;
pub(crate) mod addresses;
pub(crate) mod claims;
pub(crate) mod different;
pub(crate) mod image;
pub(crate) mod store;
mod stored;
pub(crate) mod trail;
pub(crate) mod waiting;
pub(crate) mod walks;
