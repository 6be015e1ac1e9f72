//! The search index of the directory: who matches what someone typed, in which order, and how many there are of each kind.
//!
//! It only says who. It does no I/O: its caller reads and writes segments, and hands over what changed.

mod bits;
mod fold;
mod index;
mod order;
mod person;
mod postings;
mod search;
mod segment;
mod typo;
mod words;

pub use fold::fold;
pub use index::Index;
pub use order::compare;
pub use person::Person;
pub use search::{Closeness, Facets, Found, Order, Place, Search};
pub use segment::{Damaged, Segment, SegmentName, build};
pub use words::Query;
