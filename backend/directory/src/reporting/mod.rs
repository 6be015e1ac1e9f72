//! Who reports to whom: the way up from someone, those below, and how a change keeps it free of circles.

pub(crate) mod chain;
pub(crate) mod change;
pub(crate) mod left_behind;
pub(crate) mod level;
pub(crate) mod me;
