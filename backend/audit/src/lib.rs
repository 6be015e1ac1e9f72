//! The audit log: who asked for what, when, and what came of it, for employees and operations alike.
//!
//! An entry is written in the transaction of what it tells wherever that is a write to DynamoDB, so that neither is there
//! without the other. Entries are never changed. What must be forgotten one day is kept apart from them: the names of people,
//! and what an employee's attributes were before and after, of which an entry has only the hash.

mod entry;
mod hash;
mod history;
mod log;
mod month;
mod names;
mod page;
mod seal;
mod sealer;

pub use entry::{Caller, Entry};
pub use history::{Changes, Told};
pub use log::AuditLog;
pub use page::{Filter, Found};
pub use sealer::Sealer;
