//! From a token to the person it names.

use jiff::Timestamp;
use jsonwebtoken::{Validation, decode, decode_header, errors::ErrorKind};
use rollcall_api::{
    audit::Means,
    text::{Rules, Text},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{keys::Issuer, settings::OidcSettings};
use crate::{person::Person, problem::ApiError};

/// How far the issuer's clock and ours may differ, in seconds.
const LEEWAY: u64 = 30;

/// The claims that may hold a name people know, best first; the first two are Cognito's.
const NAMES: [&str; 4] = ["cognito:username", "username", "preferred_username", "email"];

/// What a name may hold, as what people enter here: it stands in pages and in the audit log. The longest e-mail address
/// has 254 characters.
const NAME: Rules = Rules::line(256);

/// The same where a browser signs in: a clock that is two minutes off keeps nobody out.
const SIGN_IN_LEEWAY: u64 = 150;

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Whom a token names, and when they proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) person: Person,
    pub(crate) signed_in_at: Option<Timestamp>,
    /// When the token was given out that says so; none where it does not tell.
    pub(crate) issued_at: Option<Timestamp>,
    /// How that was shown.
    pub(crate) means: Means,
}

impl Issuer {
    /// Whom an access token names.
    ///
    /// # Errors
    /// 401 with the reason when it does not count here, 503 while the issuer does not answer.
    pub(crate) async fn named_by_access_token(&self, token: &str) -> Result<Named, ApiError> {
        let claims = self.verified(token, LEEWAY).await?;
        if !is_for(&self.settings.client_id, &claims.others) {
            return Err(refused("is for another application"));
        }
        // ID and refresh tokens are signed with the same key, and must never pass for what lets someone do things.
        let is_access = match claims.others.get("token_use").map(Value::as_str) {
            None => !claims.others.contains_key("nonce") && !claims.others.contains_key("at_hash"),
            Some(use_) => use_ == Some("access"),
        };
        if !is_access {
            return Err(refused("is no access token"));
        }
        named(claims, &self.settings)
    }

    /// Whom an ID token names that answers the question with this nonce; without one, a later token for the same sign-in
    /// ([OpenID Connect Core, section 3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)).
    ///
    /// # Errors
    /// As [`Issuer::named_by_access_token`].
    pub(crate) async fn named_by_id_token(
        &self,
        token: &str,
        nonce: Option<&str>,
    ) -> Result<Named, ApiError> {
        let claims = self.verified(token, SIGN_IN_LEEWAY).await?;
        let claim = |name: &str| claims.others.get(name).and_then(Value::as_str);
        let audience = claims.others.get("aud").is_some_and(|aud| is_audience(&self.settings.client_id, aud));
        if !audience || claim("azp").is_some_and(|azp| azp != self.settings.client_id) {
            return Err(refused("is for another application"));
        }
        if claims.others.get("token_use").is_some_and(|use_| use_ != "id") {
            return Err(refused("is no ID token"));
        }
        if nonce.is_some_and(|nonce| claim("nonce") != Some(nonce)) {
            return Err(refused("is of another sign-in"));
        }
        named(claims, &self.settings)
    }

    /// The claims of a token that this issuer signed, and that is valid now.
    async fn verified(&self, token: &str, leeway: u64) -> Result<Claims, ApiError> {
        // Why it can't be read is not logged: that would repeat a part of it.
        let header = decode_header(token).map_err(|_| refused("is not a signed JWT"))?;
        // What a header calls critical has to be understood, and nothing is here
        // ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11)).
        if header.crit.is_some() {
            return Err(refused("calls for an extension that is not known here"));
        }
        if header.typ.as_deref().is_some_and(|kind| !is_token_type(kind)) {
            return Err(refused("is a signed JWT for something else"));
        }
        let id = header.kid.ok_or_else(|| refused("does not say which key signed it"))?;
        let key =
            self.key(&id).await?.ok_or_else(|| refused("is signed with a key the issuer does not have"))?;
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = leeway;
        validation.validate_nbf = true;
        // Cognito's access tokens have `client_id` in place of `aud`; see `is_for`.
        validation.validate_aud = false;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        Ok(decode(token, &key.key, &validation).map_err(reason)?.claims)
    }
}

/// Whether a token of this type says who someone is: `JWT`, and `at+jwt`
/// ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068#section-2.1)). Others, such as `logout+jwt`, are for something else.
fn is_token_type(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt")
}

fn named(claims: Claims, settings: &OidcSettings) -> Result<Named, ApiError> {
    if claims.sub.is_empty() {
        return Err(refused("names nobody"));
    }
    let time = |name: &str| claims.others.get(name)?.as_i64().and_then(|it| Timestamp::from_second(it).ok());
    let signed_in_at = time("auth_time");
    let person = Person {
        name: name(&claims),
        issuer: settings.issuer.clone(),
        groups: groups(claims.others.get(&settings.groups_claim)),
        email: verified_email(&claims.others),
        subject: claims.sub,
    };
    Ok(Named { person, signed_in_at, issued_at: time("iat"), means: Means::Token })
}

/// The first of the names that people can read and tell from others; else the subject, with whatever they could not see
/// written out.
fn name(claims: &Claims) -> String {
    let readable = |text: &str| Text::parse(text, NAME).ok().map(String::from);
    let named = NAMES.iter().find_map(|name| readable(claims.others.get(*name)?.as_str()?));
    named.or_else(|| readable(&claims.sub)).unwrap_or_else(|| claims.sub.escape_debug().to_string())
}

/// The e-mail address that the issuer has verified, which Cognito says by a text
/// ([OpenID Connect Core, section 5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims)).
fn verified_email(claims: &Map<String, Value>) -> Option<String> {
    let verified = claims.get("email_verified").is_some_and(|it| *it == true || it == "true");
    let email = claims.get("email")?.as_str().filter(|_| verified)?;
    Text::parse(email, NAME).ok().map(String::from)
}

fn is_for(client_id: &str, claims: &Map<String, Value>) -> bool {
    match claims.get("aud") {
        Some(audience) => is_audience(client_id, audience),
        None => claims.get("client_id").is_some_and(|id| id == client_id),
    }
}

fn is_audience(client_id: &str, audience: &Value) -> bool {
    match audience {
        Value::String(audience) => audience == client_id,
        Value::Array(audiences) => audiences.iter().any(|audience| audience == client_id),
        _ => false,
    }
}

fn groups(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(group)) => vec![group.clone()],
        Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn reason(error: jsonwebtoken::errors::Error) -> ApiError {
    let why = match error.kind() {
        ErrorKind::ExpiredSignature => "has expired; sign in again",
        ErrorKind::ImmatureSignature => "is not valid yet",
        ErrorKind::InvalidIssuer => "is from another issuer",
        ErrorKind::InvalidSignature => "has a signature that does not match",
        ErrorKind::InvalidAlgorithm => "is signed with another algorithm than its key is for",
        ErrorKind::MissingRequiredClaim(_) => "lacks one of the claims exp, iss and sub",
        _ => "is not a signed JWT",
    };
    refused(why).caused_by(error)
}

fn refused(why: &str) -> ApiError {
    ApiError::unauthorized(format!("The token {why}."))
}
