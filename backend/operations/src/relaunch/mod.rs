//! Relaunches: recorded, resumable attempts to replace the host.
//!
//! A pure function, [`decide::decide`], looks at the record and at what EC2 says and names the next thing to
//! do; the driver in [`drive`] does it and records what came of it. Whatever wakes a driver (a request, a
//! timer tick, an EC2 state change) carries no state: it only makes it look again.

pub mod apply;
mod cancel;
pub mod decide;
pub mod drive;
mod id;
pub mod preflight;
pub mod record;
pub mod start;
mod store;
mod sweep;
pub mod timeouts;
mod watch;

#[cfg(test)]
mod tests;

pub use id::{ClientToken, RelaunchId};
pub use record::Record;
