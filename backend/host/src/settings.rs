//! What the environment says about this host.

use std::{net::SocketAddr, path::PathBuf};

/// Where the app is looked for by browsers and by the probe of a relaunch.
const DEFAULT_LISTEN: &str = "0.0.0.0:80";

/// Where to listen and what to serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostSettings {
    pub(crate) listen: SocketAddr,
    pub(crate) site_dir: PathBuf,
}

/// Why the environment's settings are not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("LISTEN is {0:?}; it must be an address and a port, such as {DEFAULT_LISTEN}")]
    Listen(String),
    #[error("SITE_DIR is not set; it must be the folder of the built front end, the one with index.html")]
    SiteDir,
}

impl HostSettings {
    /// Reads `LISTEN` (`0.0.0.0:80` when absent) and `SITE_DIR`.
    pub(crate) fn from_env() -> Result<Self, SettingsError> {
        Self::parse(|name| std::env::var(name).ok())
    }

    fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let listen = variable("LISTEN").unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        Ok(Self {
            listen: listen.parse().map_err(|_| SettingsError::Listen(listen))?,
            site_dir: variable("SITE_DIR").ok_or(SettingsError::SiteDir)?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(variables: &[(&str, &str)]) -> Result<HostSettings, SettingsError> {
        HostSettings::parse(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn port_80_of_every_address_is_listened_on_unless_said_otherwise() {
        let listen = |variables: &[_]| parse(variables).map(|settings| settings.listen.to_string());
        assert_eq!(listen(&[("SITE_DIR", "site")]).as_deref(), Ok("0.0.0.0:80"));
        let given = [("SITE_DIR", "site"), ("LISTEN", "127.0.0.1:8081")];
        assert_eq!(listen(&given).as_deref(), Ok("127.0.0.1:8081"));
    }

    #[test]
    fn a_setting_that_is_not_usable_is_named() {
        assert_eq!(parse(&[]), Err(SettingsError::SiteDir));
        let port_alone = parse(&[("SITE_DIR", "site"), ("LISTEN", "80")]);
        assert_eq!(port_alone, Err(SettingsError::Listen("80".to_owned())));
    }
}
