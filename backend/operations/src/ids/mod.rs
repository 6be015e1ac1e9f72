//! What things are called: each sort of id is a type of its own, so that none is taken for another.

mod aws;
mod relaunch;
mod revision;
mod schedule;

pub use aws::{AllocationId, ImageId, InstanceId, InvalidAwsId, LaunchTemplateId, SubnetId};
pub(crate) use relaunch::hex;
pub use relaunch::{ClientToken, RelaunchId};
pub use revision::{InstanceType, RevisionNumber};
pub use schedule::ScheduleName;
