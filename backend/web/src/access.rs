//! Who may do what: reading is open or for whoever signed in, changing employees is for the group `Editors`,
//! operating the host for the group `EC2Admins`.
//!
//! Tokens are verified here and nowhere else, so that function, host and tests behave alike.

mod decision;
mod extract;
mod guarded;
mod issuer;
mod person;
mod settings;
mod token;

pub use decision::Access;
pub use extract::{Editor, Operator, Reader};
pub use guarded::Guarded;
pub use person::Person;
pub use settings::{AccessSettings, OidcSettings, SettingsError};
