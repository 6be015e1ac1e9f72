//! The search index of the directory: who matches what someone typed, in which order, and how many there are of each kind.
//!
//! It only says who. It does no I/O: whoever uses it gives it a [`Store`] for the log of changes and the segments, and the
//! [`People`] of the table.

mod alike;
mod bits;
mod builder;
mod chart;
mod fold;
mod index;
mod matching;
mod nearest;
mod order;
mod person;
mod postings;
mod projector;
mod reader;
mod search;
mod segment;
mod store;
mod typo;
mod words;

pub use alike::{Alike, AlikePage, Same};
pub use builder::{Built, NotBuilt, Rebuilt, merge, rebuild};
pub use chart::{Below, Branch, Level};
pub use fold::fold;
pub use index::{Finder, Index};
pub use nearest::spelled_as;
pub use order::compare;
pub use person::{Changes, Person};
pub use projector::{NotProjected, project};
pub use reader::{Current, NoIndex, Reader};
pub use search::{Closeness, Facets, Found, Order, Place, Reach, Search};
pub use segment::{Damaged, NotAName, Segment, SegmentName, build};
pub use store::{Batch, People, Pointer, Position, Rebuild, Store};
pub use words::Query;
