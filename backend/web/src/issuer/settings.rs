//! What the environment says about access.

use std::time::Duration;

use reqwest::Url;
use rollcall_api::session::Reading;

use crate::{
    limits::{NotRequests, Rules},
    minutes::{NotMinutes, minutes},
};

/// How old the sign-in of an operator may be who launches or terminates a host, where nothing is said.
pub const OPERATOR_SIGN_IN: Duration = Duration::from_secs(15 * 60);

/// The claim in which Cognito lists a person's groups.
const COGNITO_GROUPS: &str = "cognito:groups";

/// Who may read, and who says who people are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSettings {
    /// Who may read the directory.
    pub reading: Reading,
    /// How old the sign-in of an operator may be who launches or terminates a host.
    pub operator_sign_in: Duration,
    /// How much anyone may ask for.
    pub limits: Rules,
    /// The issuer of tokens; none where nobody can sign in.
    pub oidc: Option<OidcSettings>,
}

/// An OpenID Connect issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// The issuer as its tokens spell it in `iss`.
    pub issuer: String,
    /// This site's client id there.
    pub client_id: String,
    /// Where the discovery document is.
    pub discovery_url: Url,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// By what the issuer knows that it is this site; none where its client has no secret.
    pub client_secret: Option<String>,
}

/// Why the environment's settings are not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// READING is something else.
    #[error("READING is {0:?}; it must be open or signed-in")]
    Reading(String),
    /// Only one of the two that belong together.
    #[error("{missing} is not set, but {present} is; set both, or neither where nobody signs in")]
    HalfSetUp {
        /// The variable that is set.
        present: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// Nothing says who may read.
    #[error(
        "neither READING nor OIDC_ISSUER is set, so that nobody has said who may read the directory; set READING=open where everyone may, or OIDC_ISSUER and OIDC_CLIENT_ID where people sign in"
    )]
    NobodySaid,
    /// Reading needs sign-in, and there is none.
    #[error(
        "READING is signed-in but OIDC_ISSUER is not set, so that nobody could read; set OIDC_ISSUER and OIDC_CLIENT_ID, or READING=open"
    )]
    NobodyCouldRead,
    /// No URL the keys may be fetched from.
    #[error("{variable} is {value:?}; it must be an https URL, or an http one on this machine")]
    Url { variable: &'static str, value: String },
    /// No length of time.
    #[error(transparent)]
    Minutes(#[from] NotMinutes),
    /// No number of requests.
    #[error(transparent)]
    Requests(#[from] NotRequests),
}

impl AccessSettings {
    /// Reads `READING` (`signed-in` when absent, and `open` only where it says so), `OPERATOR_SIGN_IN_MINUTES` (15),
    /// `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_DISCOVERY_URL`, `OIDC_CLIENT_SECRET` and `OIDC_GROUPS_CLAIM`, and what
    /// [`Rules`] are read from. A variable that is set and empty counts as absent, since templates pass those.
    ///
    /// # Errors
    /// The first variable that is missing or not usable, with what it should be.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::parse(|name| std::env::var(name).ok())
    }

    fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let oidc = OidcSettings::parse(variable)?;
        let reading = match variable("READING").as_deref() {
            Some("open") => Reading::Open,
            Some("signed-in") => Reading::SignedIn,
            None if oidc.is_some() => Reading::SignedIn,
            None => return Err(SettingsError::NobodySaid),
            Some(other) => return Err(SettingsError::Reading(other.to_owned())),
        };
        if oidc.is_none() && reading == Reading::SignedIn {
            return Err(SettingsError::NobodyCouldRead);
        }
        let named = "OPERATOR_SIGN_IN_MINUTES";
        let operator_sign_in = minutes(named, variable(named), OPERATOR_SIGN_IN)?;
        Ok(Self { reading, operator_sign_in, limits: Rules::parse(variable)?, oidc })
    }
}

impl OidcSettings {
    fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, SettingsError> {
        let half = |present, missing| SettingsError::HalfSetUp { present, missing };
        let (issuer, client_id) = match (variable("OIDC_ISSUER"), variable("OIDC_CLIENT_ID")) {
            (Some(issuer), Some(client_id)) => (issuer, client_id),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(half("OIDC_ISSUER", "OIDC_CLIENT_ID")),
            (None, Some(_)) => return Err(half("OIDC_CLIENT_ID", "OIDC_ISSUER")),
        };
        let discovery_url = match variable("OIDC_DISCOVERY_URL") {
            Some(url) => safe_url("OIDC_DISCOVERY_URL", &url)?,
            None => {
                let base = issuer.trim_end_matches('/');
                safe_url("OIDC_ISSUER", &format!("{base}/.well-known/openid-configuration"))?
            }
        };
        let groups_claim = variable("OIDC_GROUPS_CLAIM").unwrap_or_else(|| COGNITO_GROUPS.to_owned());
        let client_secret = variable("OIDC_CLIENT_SECRET");
        Ok(Some(Self { issuer, client_id, discovery_url, groups_claim, client_secret }))
    }
}

fn safe_url(variable: &'static str, value: &str) -> Result<Url, SettingsError> {
    let refused = || SettingsError::Url { variable, value: value.to_owned() };
    let url = Url::parse(value).map_err(|_| refused())?;
    if is_safe(&url) { Ok(url) } else { Err(refused()) }
}

/// Whether keys fetched from there can be believed: over TLS, or from this machine itself.
pub(crate) fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(variables: &[(&str, &str)]) -> Result<AccessSettings, SettingsError> {
        AccessSettings::parse(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const ISSUER: (&str, &str) = ("OIDC_ISSUER", "https://issuer.example/pool");
    const CLIENT: (&str, &str) = ("OIDC_CLIENT_ID", "rollcall");

    #[test]
    fn an_issuer_is_enough_to_find_its_discovery_document() {
        let oidc = parse(&[ISSUER, CLIENT]).expect("usable").oidc.expect("an issuer");
        let discovery = "https://issuer.example/pool/.well-known/openid-configuration";
        assert_eq!(oidc.discovery_url.as_str(), discovery);
        assert_eq!(oidc.groups_claim, "cognito:groups");
    }

    #[test]
    fn reading_needs_sign_in_where_there_is_one_unless_said_otherwise() {
        let reading = |variables: &[_]| parse(variables).map(|settings| settings.reading);
        assert_eq!(reading(&[ISSUER, CLIENT]), Ok(Reading::SignedIn));
        assert_eq!(reading(&[ISSUER, CLIENT, ("READING", "open")]), Ok(Reading::Open));
        assert_eq!(reading(&[("READING", "open")]), Ok(Reading::Open));
    }

    #[test]
    fn where_nothing_is_said_nobody_reads() {
        for nothing in [&[][..], &[("READING", ""), ("OIDC_ISSUER", " "), ("OIDC_CLIENT_ID", "")]] {
            assert_eq!(parse(nothing), Err(SettingsError::NobodySaid));
        }
        let words = SettingsError::NobodySaid.to_string();
        assert!(
            words.contains("READING=open") && words.contains("OIDC_ISSUER and OIDC_CLIENT_ID"),
            "{words}"
        );
    }

    #[test]
    fn settings_nobody_could_read_with_are_refused() {
        let nobody_signs_in = [("READING", "signed-in"), ("OIDC_ISSUER", "")];
        assert_eq!(parse(&nobody_signs_in), Err(SettingsError::NobodyCouldRead));
    }

    #[test]
    fn a_misspelled_setting_is_named() {
        assert_eq!(parse(&[("READING", "Open")]), Err(SettingsError::Reading("Open".to_owned())));
        let half = SettingsError::HalfSetUp { present: "OIDC_ISSUER", missing: "OIDC_CLIENT_ID" };
        assert_eq!(parse(&[("READING", "open"), ISSUER]), Err(half));
    }

    #[test]
    fn keys_are_only_fetched_over_tls_or_from_this_machine() {
        let discovery = |url| parse(&[ISSUER, CLIENT, ("OIDC_DISCOVERY_URL", url)]).map(drop);
        assert_eq!(discovery("http://127.0.0.1:4566/pool/.well-known/openid-configuration"), Ok(()));
        assert_eq!(discovery("http://pool.localhost:4566/x"), Ok(()));
        for bad in ["http://issuer.example/x", "file:///etc/passwd", "issuer"] {
            assert!(matches!(discovery(bad), Err(SettingsError::Url { .. })), "{bad}");
        }
    }
}
