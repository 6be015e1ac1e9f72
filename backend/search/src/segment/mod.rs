//! A segment: the index of everyone at one moment, as one immutable file that is read whole.
//!
//! People are numbered in the order of lists. A dictionary leads from each word to the numbers of those who have it; their
//! ids, names, places and job titles stand in columns by number. Its name is the hash of its content, so that a file that
//! was damaged or exchanged is never searched.

mod column;
mod emails;
mod entry;
mod format;
mod ids;
mod make;
mod managers;
mod name;
mod names;
mod read;

pub(crate) use self::{
    column::Column,
    make::{Made, merge},
    managers::Manager,
};
pub use self::{
    format::Damaged,
    make::build,
    name::{NotAName, SegmentName},
    read::Segment,
};
