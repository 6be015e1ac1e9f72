//! Sessions: who is signed in, kept on the server. A browser holds the id of its session in a cookie and no token. Beside them
//! the tokens of identity providers, which are nobody's sessions and open SCIM alone.

pub(crate) mod cookie;
pub(crate) mod id;
pub(crate) mod record;
pub(crate) mod settings;
pub(crate) mod store;
pub(crate) mod token;
pub(crate) mod tokens;
pub(crate) mod transaction;

pub use self::{record::Limits, settings::SettingsError, store::Sessions};
