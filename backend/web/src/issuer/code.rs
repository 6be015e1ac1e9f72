//! The authorization code flow with PKCE, and what is asked of the issuer afterwards
//! ([RFC 6749](https://www.rfc-editor.org/rfc/rfc6749#section-4.1), [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)).

use std::{error::Error as StdError, time::Duration};

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    http::{IssuerClient, MAX_ANSWER_BYTES, Unread, body},
    keys::{Endpoints, Issuer},
};
use crate::problem::ApiError;

/// A Cognito ID token carries user name and groups without further scopes. By their e-mail address someone is known as the
/// employee that they are.
const SCOPES: [&str; 2] = ["openid", "email"];

/// How long the issuer may take to give tokens: whoever waits for that is answered within five seconds.
const WITHIN: Duration = Duration::from_secs(3);

/// What comes with an access token where someone signs in.
#[derive(Debug, Serialize, Deserialize)]
struct IdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdToken {}

type Answer = StandardTokenResponse<IdToken, BasicTokenType>;

type TokenClient = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A browser's way to the issuer's page, and what is remembered meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// Where the browser is sent.
    pub(crate) address: String,
    /// Comes back unchanged.
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

/// What the issuer gave.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    /// Says who signed in; where a later word is asked for, an issuer may leave it out.
    pub(crate) id_token: Option<String>,
    /// What its next word is asked for with.
    pub(crate) refresh: Option<String>,
}

/// Why the issuer gave nothing.
#[derive(Debug)]
pub(crate) enum NotGranted {
    /// It won't: the code or the token counts no more, or the person was disabled.
    Refused,
    /// It did not answer, or not in a way that is understood.
    Away,
}

/// Why an answer could not be had.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("the issuer of tokens does not answer")]
    Http(#[from] reqwest::Error),
    #[error("the issuer of tokens answered more than {MAX_ANSWER_BYTES} bytes")]
    TooLarge,
    #[error("the issuer of tokens answers {0}")]
    Status(http::StatusCode),
    #[error("the answer of the issuer of tokens is none of HTTP")]
    Answer(#[from] http::Error),
}

impl From<Unread> for CallError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Http(error) => Self::Http(error),
            Unread::TooLarge => Self::TooLarge,
        }
    }
}

impl Issuer {
    /// What a browser is sent to the issuer with. Who proved who they are longer than `max_age` ago proves it once more; an
    /// issuer that is asked so has to tell when that was
    /// ([OpenID Connect Core, section 3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
    ///
    /// # Errors
    /// 503 while the issuer does not answer.
    pub(crate) async fn question(&self, callback: &Url, max_age: Duration) -> Result<Question, ApiError> {
        let endpoints = self.endpoints().await?;
        let client = self.token_client(&endpoints, callback)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        // As hard to guess as a state.
        let nonce = CsrfToken::new_random().secret().clone();
        let mut request = client.authorize_url(CsrfToken::new_random);
        let scopes = SCOPES.into_iter().map(|scope| Scope::new(scope.to_owned()));
        request = request.add_scopes(scopes).set_pkce_challenge(challenge);
        request = request.add_extra_param("nonce", nonce.clone());
        request = request.add_extra_param("max_age", max_age.as_secs().to_string());
        if max_age.is_zero() {
            request = request.add_extra_param("prompt", "login");
        }
        let (address, state) = request.url();
        let (address, state) = (address.to_string(), state.secret().clone());
        Ok(Question { address, state, nonce, verifier: verifier.into_secret() })
    }

    /// Redeems the code that a browser came back with.
    pub(crate) async fn redeem(
        &self,
        callback: &Url,
        code: String,
        verifier: String,
    ) -> Result<Granted, NotGranted> {
        let endpoints = self.endpoints().await.map_err(|_| NotGranted::Away)?;
        let client = self.token_client(&endpoints, callback).map_err(|_| NotGranted::Away)?;
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        granted(request.request_async(&|request| call(self.client.clone(), request)).await)
    }

    /// Asks for a further word about someone.
    pub(crate) async fn ask_again(&self, callback: &Url, refresh: String) -> Result<Granted, NotGranted> {
        let endpoints = self.endpoints().await.map_err(|_| NotGranted::Away)?;
        let client = self.token_client(&endpoints, callback).map_err(|_| NotGranted::Away)?;
        let refresh = RefreshToken::new(refresh);
        let request = client.exchange_refresh_token(&refresh);
        granted(request.request_async(&|request| call(self.client.clone(), request)).await)
    }

    fn token_client(&self, endpoints: &Endpoints, callback: &Url) -> Result<TokenClient, ApiError> {
        let unusable = |error: oauth2::url::ParseError| ApiError::internal(error);
        let client = Client::new(ClientId::new(self.settings.client_id.clone()))
            .set_auth_uri(AuthUrl::new(endpoints.authorization.clone()).map_err(unusable)?)
            .set_token_uri(TokenUrl::new(endpoints.token.clone()).map_err(unusable)?)
            .set_redirect_uri(RedirectUrl::new(callback.to_string()).map_err(unusable)?);
        Ok(match &self.settings.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.clone())),
            None => client.set_auth_type(AuthType::RequestBody),
        })
    }
}

/// What came of asking. An issuer that refuses says so with 400 or 401 and a word
/// ([RFC 6749, section 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
fn granted<E: StdError + 'static>(
    answer: Result<Answer, RequestTokenError<E, BasicErrorResponse>>,
) -> Result<Granted, NotGranted> {
    match answer {
        Ok(answer) => Ok(Granted {
            id_token: answer.extra_fields().id_token.clone(),
            refresh: answer.refresh_token().map(|token| token.secret().clone()),
        }),
        Err(RequestTokenError::ServerResponse(refusal)) => {
            tracing::info!(error = %refusal.error(), "the issuer of tokens refuses");
            Err(NotGranted::Refused)
        }
        Err(error) => {
            // Not as a whole: an answer that is not understood may hold tokens.
            let what = match &error {
                RequestTokenError::Parse(..) => "answers something that is not understood",
                _ => "does not answer",
            };
            tracing::error!("the issuer of tokens {what}");
            Err(NotGranted::Away)
        }
    }
}

/// Makes a call, with a bound for time and size.
async fn call(client: IssuerClient, request: HttpRequest) -> Result<HttpResponse, CallError> {
    let mut request = reqwest::Request::try_from(request)?;
    *request.timeout_mut() = Some(WITHIN);
    let mut response = client.get()?.execute(request).await?;
    let status = response.status();
    // One that is out of order or has too much to do refuses nobody, whatever it says beside.
    if status.is_server_error() || status == http::StatusCode::TOO_MANY_REQUESTS {
        return Err(CallError::Status(status));
    }
    let mut answer = http::Response::builder().status(status);
    if let Some(headers) = answer.headers_mut() {
        headers.extend(std::mem::take(response.headers_mut()));
    }
    Ok(answer.body(body(response).await?)?)
}
