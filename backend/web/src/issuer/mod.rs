//! The issuer of tokens: an OpenID Connect provider, which says who people are.

mod code;
mod http;
mod keys;
mod settings;
mod token;

pub(crate) use self::settings::is_safe;
pub use self::settings::{AccessSettings, OPERATOR_SIGN_IN, OidcSettings, SettingsError};
pub(crate) use self::{
    code::{Granted, NotGranted},
    keys::{Issuer, Refresh},
    token::Named,
};
