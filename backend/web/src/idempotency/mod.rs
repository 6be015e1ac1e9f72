//! Requests that are sent again: by the header `Idempotency-Key` what was done once is answered once more and not done again
//! ([draft of the IETF](https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07)).
//!
//! One layer does so for every POST of the API that changes something ([`crate::Routes`]). A key is one person's own, and counts
//! for a day. What is kept is sealed by it, so that whoever reads the table learns nothing.

mod body;
mod kept;
mod key;
mod layer;
mod record;

pub(crate) use layer::once;
