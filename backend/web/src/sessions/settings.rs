//! What the environment says about sessions.

use aws_config::SdkConfig;
use reqwest::Url;

use super::{record::Limits, store::Sessions};
use crate::{
    issuer::is_safe,
    minutes::{NotMinutes, minutes},
};

/// Why the environment's settings are not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Only one of the two that belong together.
    #[error("{missing} is not set, but {present} is; set both, or neither where no browser signs in")]
    HalfSetUp { present: &'static str, missing: &'static str },
    /// No address that a session could be for.
    #[error(
        "SITE_URL is {0:?}; it must be the site's own https address without a path, or an http one on this machine"
    )]
    Site(String),
    /// No length of time.
    #[error(transparent)]
    Minutes(#[from] NotMinutes),
}

impl Sessions {
    /// Reads `SESSIONS_TABLE` and `SITE_URL`, without both of which no browser signs in; and `SESSION_IDLE_MINUTES` (60) and
    /// `SESSION_MINUTES` (720). A variable that is set and empty counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or not usable, with what it should be.
    pub fn from_env(config: &SdkConfig) -> Result<Option<Self>, SettingsError> {
        let settings = parse(|name| std::env::var(name).ok())?;
        Ok(settings.map(|(table, site, limits)| Self::new(config, table, site, limits)))
    }
}

type Settings = (String, Url, Limits);

fn parse(variable: impl Fn(&'static str) -> Option<String>) -> Result<Option<Settings>, SettingsError> {
    let variable = |name| variable(name).filter(|value| !value.trim().is_empty());
    let half = |present, missing| SettingsError::HalfSetUp { present, missing };
    let (table, site) = match (variable("SESSIONS_TABLE"), variable("SITE_URL")) {
        (Some(table), Some(site)) => (table, site),
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(half("SESSIONS_TABLE", "SITE_URL")),
        (None, Some(_)) => return Err(half("SITE_URL", "SESSIONS_TABLE")),
    };
    let url = Url::parse(&site).ok().filter(|url| is_safe(url) && url.path() == "/" && url.query().is_none());
    let url = url.ok_or(SettingsError::Site(site))?;
    let usual = Limits::default();
    let minutes = |name, usual| minutes(name, variable(name), usual);
    let limits = Limits {
        idle: minutes("SESSION_IDLE_MINUTES", usual.idle)?,
        lifetime: minutes("SESSION_MINUTES", usual.lifetime)?,
    };
    Ok(Some((table, url, limits)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parsed(variables: &[(&str, &str)]) -> Result<Option<Settings>, SettingsError> {
        parse(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    const TABLE: (&str, &str) = ("SESSIONS_TABLE", "rollcall-sessions");
    const SITE: (&str, &str) = ("SITE_URL", "https://rollcall.example");

    #[test]
    fn where_nothing_is_said_no_browser_signs_in() {
        assert_eq!(parsed(&[]), Ok(None));
        assert_eq!(parsed(&[("SESSIONS_TABLE", ""), ("SITE_URL", " ")]), Ok(None));
        let half = SettingsError::HalfSetUp { present: "SESSIONS_TABLE", missing: "SITE_URL" };
        assert_eq!(parsed(&[TABLE]), Err(half));
    }

    #[test]
    fn a_site_is_over_tls_or_on_this_machine() {
        for site in ["https://rollcall.example", "https://rollcall.example/", "http://127.0.0.1:8080"] {
            assert!(parsed(&[TABLE, ("SITE_URL", site)]).expect("usable").is_some(), "{site}");
        }
        for site in ["http://rollcall.example", "https://rollcall.example/app", "rollcall.example"] {
            assert_eq!(parsed(&[TABLE, ("SITE_URL", site)]), Err(SettingsError::Site(site.to_owned())));
        }
    }

    #[test]
    fn how_long_sessions_last_can_be_said_in_minutes() {
        let limits =
            |name, value| parsed(&[TABLE, SITE, (name, value)]).map(|it| it.map(|(_, _, limits)| limits));
        assert_eq!(limits("X", "y"), Ok(Some(Limits::default())));
        let hour = Limits { lifetime: Duration::from_secs(3_600), ..Limits::default() };
        assert_eq!(limits("SESSION_MINUTES", "60"), Ok(Some(hour)));
        assert!(limits("SESSION_IDLE_MINUTES", "1h").is_err());
    }
}
