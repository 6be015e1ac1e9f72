//! From a bearer token to the person it names.

use jsonwebtoken::{Validation, decode, decode_header, errors::ErrorKind};
use rollcall_api::text::{Rules, Text};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Person, issuer::Issuer, settings::OidcSettings};
use crate::problem::ApiError;

/// How far the issuer's clock and ours may differ, in seconds.
const LEEWAY: u64 = 30;

/// The claims that may hold a name people know, best first; the first two are Cognito's.
const NAMES: [&str; 4] = ["cognito:username", "username", "preferred_username", "email"];

/// What a name may hold, as what people enter here: it stands in pages and in the audit log. The longest e-mail address
/// has 254 characters.
const NAME: Rules = Rules::line(256);

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// The person a token names.
///
/// # Errors
/// 401 with the reason when it does not count here, 503 while the issuer does not answer.
pub(super) async fn verify(token: &str, issuer: &Issuer) -> Result<Person, ApiError> {
    let header = decode_header(token).map_err(|error| refused("is not a signed JWT").caused_by(error))?;
    let id = header.kid.ok_or_else(|| refused("does not say which key signed it"))?;
    let key =
        issuer.key(&id).await?.ok_or_else(|| refused("is signed with a key the issuer does not have"))?;

    let mut validation = Validation::new(key.algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    // Cognito's access tokens have `client_id` in place of `aud`; see `is_for`.
    validation.validate_aud = false;
    validation.set_issuer(&[&issuer.settings.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);

    let claims: Claims = decode(token, &key.key, &validation).map_err(reason)?.claims;
    person(claims, &issuer.settings)
}

fn person(claims: Claims, settings: &OidcSettings) -> Result<Person, ApiError> {
    if !is_for(&settings.client_id, &claims.others) {
        return Err(refused("is for another application"));
    }
    // A refresh token is signed with the same key and must never pass for the token it can be traded for.
    match claims.others.get("token_use").map(Value::as_str) {
        None | Some(Some("access" | "id")) => {}
        Some(_) => return Err(refused("is neither an access nor an ID token")),
    }
    if claims.sub.is_empty() {
        return Err(refused("names nobody"));
    }
    Ok(Person {
        name: name(&claims),
        issuer: settings.issuer.clone(),
        groups: groups(claims.others.get(&settings.groups_claim)),
        subject: claims.sub,
    })
}

/// The first of the names that people can read and tell from others; else the subject, with whatever they could not see
/// written out.
fn name(claims: &Claims) -> String {
    let readable = |text: &str| Text::parse(text, NAME).ok().map(String::from);
    let named = NAMES.iter().find_map(|name| readable(claims.others.get(*name)?.as_str()?));
    named.or_else(|| readable(&claims.sub)).unwrap_or_else(|| claims.sub.escape_debug().to_string())
}

fn is_for(client_id: &str, claims: &Map<String, Value>) -> bool {
    match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == client_id),
        Some(_) => false,
        None => claims.get("client_id").is_some_and(|id| id == client_id),
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
