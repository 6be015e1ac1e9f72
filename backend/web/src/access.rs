//! Who may do what: reading is open or for whoever signed in, changing employees is for the group `Editors`,
//! operating the host for the group `EC2Admins`.
//!
//! Sessions and tokens are verified here and nowhere else, so that function, host and tests behave alike.

mod decision;
mod extract;
mod guarded;
mod provider;
mod session;

pub use crate::limits::Rules;
pub use crate::{
    issuer::{AccessSettings, OPERATOR_SIGN_IN, OidcSettings, SettingsError},
    person::Person,
};
pub use decision::Access;
pub(crate) use decision::bearer;
pub use extract::{Editor, Everyone, FreshOperator, Operator, Reader, SignedIn};
pub use guarded::Guarded;
pub use provider::Provider;
pub(crate) use session::changes;
