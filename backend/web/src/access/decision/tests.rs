//! Tokens signed with real keys, against an issuer that serves them on loopback.

use std::{
    future::pending,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    routing::{get, put},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use rollcall_api::session::Reading;
use serde_json::{Value, json};
use tokio::{sync::Notify, time::timeout};
use tower::ServiceExt;

use super::Access;
use crate::{
    access::{
        AccessSettings, Editor, FreshOperator, OPERATOR_SIGN_IN, OidcSettings, Operator, Person, Reader,
        Rules,
    },
    issuer::Refresh,
    problem::ApiError,
};

const ISSUER: &str = "https://issuer.example/pool";
const CLIENT_ID: &str = "rollcall-site";

/// The longest anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than any test: what waits for this has waited where it should not.
const FOR_EVER: Duration = Duration::from_secs(60 * 60);

/// A key pair of the issuer, or of someone who would like to be it.
struct SigningKey {
    id: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
}

static RSA: LazyLock<SigningKey> = LazyLock::new(|| rsa_key("rsa-1"));
static ROTATED: LazyLock<SigningKey> = LazyLock::new(|| rsa_key("rsa-2"));
static EC: LazyLock<SigningKey> = LazyLock::new(|| {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let private = EncodingKey::from_ec_der(document.expect("a key").as_ref());
    SigningKey { id: "ec-1", algorithm: Algorithm::ES256, private }
});

fn rsa_key(id: &'static str) -> SigningKey {
    let pkcs8 = KeyPair::generate(KeySize::Rsa2048).expect("a key").as_der().expect("der");
    // A PKCS #8 document of a 2048-bit key has 26 bytes before the PKCS #1 key it wraps.
    let private = EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]);
    SigningKey { id, algorithm: Algorithm::RS256, private }
}

impl SigningKey {
    fn public(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).expect("a public key");
        jwk.common.key_id = Some(self.id.to_owned());
        jwk
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.private).expect("signed")
    }
}

/// An issuer on loopback that counts what it is asked.
struct FakeIssuer {
    settings: OidcSettings,
    served: Arc<Served>,
}

#[derive(Default)]
struct Served {
    keys: Mutex<Vec<Value>>,
    requests: AtomicUsize,
    down: AtomicBool,
    /// It takes a request and never answers.
    hangs: AtomicBool,
    asked: Notify,
}

impl FakeIssuer {
    async fn with_keys(keys: &[&SigningKey]) -> Self {
        let served = Arc::new(Served::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let discovery = json!({
            "issuer": ISSUER,
            "jwks_uri": format!("{base}/keys"),
            "authorization_endpoint": "https://issuer.example/authorize",
            "token_endpoint": "https://issuer.example/token",
        });
        // What serde alone takes for the same document: the fields in the order of the struct that it is read into.
        let listed = json!([ISSUER, format!("{base}/keys"), "https://a.example", "https://a.example", null]);
        let mut of_listed_keys = discovery.clone();
        of_listed_keys["jwks_uri"] = json!(format!("{base}/listed-keys"));
        let document = |document: Value| get(async move || axum::Json(document));
        let router = Router::new()
            .route("/discovery", document(discovery))
            .route("/listed-discovery", document(listed))
            .route("/discovery-of-listed-keys", document(of_listed_keys))
            .route("/keys", get(serve_keys))
            .route("/listed-keys", document(json!([[RSA.public()]])))
            .with_state(Arc::clone(&served));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = OidcSettings {
            issuer: ISSUER.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            discovery_url: format!("{base}/discovery").parse().expect("a URL"),
            groups_claim: "cognito:groups".to_owned(),
            client_secret: None,
        };
        let issuer = Self { settings, served };
        issuer.serve(keys);
        issuer
    }

    fn serve(&self, keys: &[&SigningKey]) {
        let keys = keys.iter().map(|key| serde_json::to_value(key.public()).expect("json")).collect();
        *self.served.keys.lock().expect("unpoisoned") = keys;
    }

    /// The same issuer, whose discovery document is at another path.
    fn discovered_at(&mut self, path: &str) {
        self.settings.discovery_url.set_path(path);
    }

    fn access(&self) -> Access {
        Access::new(self.open(), None)
    }

    fn access_refreshing(&self, refresh: Refresh) -> Access {
        Access::with_refresh(self.open(), None, refresh)
    }

    fn open(&self) -> AccessSettings {
        AccessSettings {
            reading: Reading::Open,
            operator_sign_in: OPERATOR_SIGN_IN,
            limits: Rules::usual(),
            oidc: Some(self.settings.clone()),
        }
    }

    fn times_asked_for_keys(&self) -> usize {
        self.served.requests.load(Ordering::SeqCst)
    }
}

async fn serve_keys(State(served): State<Arc<Served>>) -> Result<axum::Json<Value>, StatusCode> {
    served.requests.fetch_add(1, Ordering::SeqCst);
    served.asked.notify_one();
    if served.hangs.load(Ordering::SeqCst) {
        pending::<()>().await;
    }
    if served.down.load(Ordering::SeqCst) {
        return Err(StatusCode::BAD_GATEWAY);
    }
    Ok(axum::Json(json!({ "keys": *served.keys.lock().expect("unpoisoned") })))
}

/// What a Cognito access token of an editor claims, with some claims replaced; `null` takes one away.
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "sub": "5f2b", "iss": ISSUER, "exp": in_seconds(600), "client_id": CLIENT_ID,
        "token_use": "access", "username": "ada", "cognito:groups": ["Editors"],
    });
    let map = claims.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        map.insert(name.clone(), value.clone());
    }
    map.retain(|_, value| !value.is_null());
    claims
}

fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    i64::try_from(now).expect("before the end of time") + seconds
}

async fn person(access: &Access, token: &str) -> Result<Person, ApiError> {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
    headers.insert(header::AUTHORIZATION, value);
    let named = access.person(&Method::GET, &headers).await?;
    Ok(named.expect("a token names someone").person)
}

/// The status of the refusal, before anyone loses patience.
async fn refused_with(access: &Access, token: &str) -> StatusCode {
    let asked = timeout(PATIENCE, person(access, token)).await.expect("nobody waits for the issuer");
    asked.expect_err("refused").status()
}

async fn no_fetch_under_way(access: &Access) {
    let issuer = access.0.issuer.as_ref().expect("an issuer");
    timeout(PATIENCE, issuer.no_fetch_under_way()).await.expect("in time");
}

async fn refusal(access: &Access, token: &str) -> String {
    let error = person(access, token).await.expect_err("refused");
    assert_eq!(error.status(), StatusCode::UNAUTHORIZED, "{error}");
    error.problem().detail.expect("a reason")
}

async fn refusal_of(changes: Value) -> String {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    refusal(&issuer.access(), &RSA.sign(&claims(changes))).await
}

fn unverified(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

#[tokio::test]
async fn an_access_token_names_a_person_and_their_groups() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let ada = person(&issuer.access(), &RSA.sign(&claims(json!({})))).await.expect("accepted");
    assert_eq!((ada.name.as_str(), ada.subject.as_str()), ("ada", "5f2b"));
    assert!(ada.may_edit() && !ada.may_operate());
}

#[tokio::test]
async fn a_token_signed_with_an_elliptic_curve_counts_too() {
    let issuer = FakeIssuer::with_keys(&[&EC]).await;
    let token = claims(json!({ "username": null, "email": "ada@example.com" }));
    let ada = person(&issuer.access(), &EC.sign(&token)).await.expect("accepted");
    assert_eq!(ada.name, "ada@example.com");
}

#[tokio::test]
async fn an_id_token_lets_nobody_do_anything() {
    let of_cognito = json!({ "token_use": "id", "client_id": null, "aud": CLIENT_ID });
    let of_others = json!({ "token_use": null, "client_id": null, "aud": CLIENT_ID, "nonce": "n" });
    for changes in [of_cognito, of_others] {
        assert_eq!(refusal_of(changes).await, "The token is no access token.");
    }
}

#[tokio::test]
async fn what_is_signed_for_something_else_is_refused() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let signed = |header: Header| {
        let header = Header { kid: Some(RSA.id.to_owned()), ..header };
        jsonwebtoken::encode(&header, &claims(json!({})), &RSA.private).expect("signed")
    };
    let typed = |kind: &str| Header { typ: Some(kind.to_owned()), ..Header::new(Algorithm::RS256) };
    for kind in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        person(&issuer.access(), &signed(typed(kind))).await.expect("accepted");
    }
    for kind in ["logout+jwt", "secevent+jwt", "dpop+jwt", ""] {
        let refused = refusal(&issuer.access(), &signed(typed(kind))).await;
        assert_eq!(refused, "The token is a signed JWT for something else.", "{kind}");
    }
    let critical = Header { crit: Some(vec!["exp".to_owned()]), ..Header::new(Algorithm::RS256) };
    let refused = refusal(&issuer.access(), &signed(critical)).await;
    assert_eq!(refused, "The token calls for an extension that is not known here.");
}

/// What a person is called whose token has these claims.
async fn called(changes: Value) -> String {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    person(&issuer.access(), &RSA.sign(&claims(changes))).await.expect("accepted").name
}

#[tokio::test]
async fn a_name_that_shows_nothing_or_turns_the_text_around_makes_way_for_the_next() {
    let long = "a".repeat(300);
    for name in
        ["", " ", "\u{200B}", "\u{3164}", "ada\u{202E}nimda", "ada\u{2066}", "ada\nnow", "\u{7}", &long]
    {
        let email = json!({ "username": name, "email": "ada@example.com" });
        assert_eq!(called(email).await, "ada@example.com", "{name:?}");
        assert_eq!(called(json!({ "username": name, "preferred_username": name })).await, "5f2b", "{name:?}");
    }
    assert_eq!(called(json!({ "username": 7 })).await, "5f2b");
}

#[tokio::test]
async fn two_names_that_look_alike_are_the_same() {
    assert_eq!(called(json!({ "username": " Zoe\u{308} " })).await, "Zo\u{EB}");
}

#[tokio::test]
async fn a_subject_that_nobody_can_read_is_written_out() {
    let unnamed = json!({ "username": null, "sub": "5f\u{202E}2b" });
    assert_eq!(called(unnamed).await, "5f\\u{202e}2b");
    assert_eq!(refusal_of(json!({ "sub": "" })).await, "The token names nobody.");
}

#[tokio::test]
async fn whoever_is_in_no_group_may_change_nothing() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let nobody = RSA.sign(&claims(json!({ "cognito:groups": null })));
    let nobody = person(&issuer.access(), &nobody).await.expect("signed in");
    assert!(!nobody.may_edit() && !nobody.may_operate());
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    assert_eq!(refusal_of(json!({ "exp": in_seconds(-600) })).await, "The token has expired; sign in again.");
    assert_eq!(
        refusal_of(json!({ "exp": null })).await,
        "The token lacks one of the claims exp, iss and sub."
    );
}

#[tokio::test]
async fn a_token_from_the_future_is_refused() {
    assert_eq!(refusal_of(json!({ "nbf": in_seconds(600) })).await, "The token is not valid yet.");
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let other = json!({ "iss": "https://issuer.example/other-pool" });
    assert_eq!(refusal_of(other).await, "The token is from another issuer.");
}

#[tokio::test]
async fn a_token_for_another_application_is_refused() {
    let reason = "The token is for another application.";
    assert_eq!(refusal_of(json!({ "client_id": "another" })).await, reason);
    assert_eq!(refusal_of(json!({ "client_id": null })).await, reason);
    // An `aud` decides alone, or a token for another API could name this one in a claim of its own.
    assert_eq!(refusal_of(json!({ "aud": ["another"] })).await, reason);
}

#[tokio::test]
async fn a_refresh_token_is_refused() {
    let reason = "The token is no access token.";
    assert_eq!(refusal_of(json!({ "token_use": "refresh" })).await, reason);
    assert_eq!(refusal_of(json!({ "token_use": 1 })).await, reason);
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let header = json!({ "alg": "none", "kid": RSA.id });
    let token = unverified(&header, &claims(json!({})), "");
    assert_eq!(refusal(&issuer.access(), &token).await, "The token is not a signed JWT.");
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_password_is_refused() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let public = serde_json::to_value(RSA.public()).expect("json");
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(public["n"].as_str().expect("n")).expect("base64");
    let header = Header { kid: Some(RSA.id.to_owned()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(&modulus);
    let token = jsonwebtoken::encode(&header, &claims(json!({})), &secret).expect("signed");
    assert_eq!(
        refusal(&issuer.access(), &token).await,
        "The token is signed with another algorithm than its key is for."
    );
}

#[tokio::test]
async fn a_token_signed_by_someone_else_under_the_issuers_key_id_is_refused() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let impostor = SigningKey { id: RSA.id, algorithm: Algorithm::RS256, private: ROTATED.private.clone() };
    let reason = refusal(&issuer.access(), &impostor.sign(&claims(json!({})))).await;
    assert_eq!(reason, "The token has a signature that does not match.");
}

#[tokio::test]
async fn claims_changed_after_signing_are_refused() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let token = RSA.sign(&claims(json!({})));
    let signature = token.rsplit('.').next().expect("a signature");
    let header = json!({ "alg": "RS256", "kid": RSA.id });
    let forged = unverified(&header, &claims(json!({ "cognito:groups": ["EC2Admins"] })), signature);
    assert_eq!(refusal(&issuer.access(), &forged).await, "The token has a signature that does not match.");
}

#[tokio::test]
async fn nonsense_is_refused_without_asking_the_issuer() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access();
    for nonsense in ["x", "a.b.c", "....", "e30.e30.e30"] {
        refusal(&access, nonsense).await;
    }
    assert_eq!(issuer.times_asked_for_keys(), 0);
}

#[tokio::test]
async fn a_flood_of_unknown_keys_asks_the_issuer_once() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access();
    let token = ROTATED.sign(&claims(json!({})));
    for _ in 0..20 {
        assert_eq!(
            refusal(&access, &token).await,
            "The token is signed with a key the issuer does not have."
        );
    }
    assert_eq!(issuer.times_asked_for_keys(), 1);
}

#[tokio::test]
async fn many_first_requests_share_one_fetch() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let (access, token) = (issuer.access(), RSA.sign(&claims(json!({}))));
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let (access, token) = (access.clone(), token.clone());
            tokio::spawn(async move { person(&access, &token).await.is_ok() })
        })
        .collect();
    for request in requests {
        assert!(request.await.expect("finished"));
    }
    assert_eq!(issuer.times_asked_for_keys(), 1);
}

#[tokio::test]
async fn a_new_key_of_the_issuer_is_found_once_the_pause_is_over() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access_refreshing(Refresh { pause: Duration::ZERO, ..Refresh::default() });
    person(&access, &RSA.sign(&claims(json!({})))).await.expect("accepted");
    issuer.serve(&[&RSA, &ROTATED]);
    person(&access, &ROTATED.sign(&claims(json!({})))).await.expect("accepted");
}

/// Asks for keys again with every request.
const ALWAYS: Refresh = Refresh {
    after: Duration::ZERO,
    pause: Duration::ZERO,
    pause_after_failure: Duration::ZERO,
    within: FOR_EVER,
    retry: Duration::ZERO,
};

#[tokio::test]
async fn a_withdrawn_key_stops_counting_once_the_issuer_has_answered() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access_refreshing(ALWAYS);
    let token = RSA.sign(&claims(json!({})));
    person(&access, &token).await.expect("accepted");
    issuer.serve(&[&ROTATED]);
    person(&access, &token).await.expect("accepted, and asked for beside");
    no_fetch_under_way(&access).await;
    assert_eq!(refusal(&access, &token).await, "The token is signed with a key the issuer does not have.");
}

#[tokio::test]
async fn a_token_whose_key_is_known_does_not_wait_for_an_issuer_that_hangs() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access_refreshing(ALWAYS);
    let token = RSA.sign(&claims(json!({})));
    person(&access, &token).await.expect("accepted");
    issuer.served.asked.notified().await;
    issuer.served.hangs.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let asked = timeout(PATIENCE, person(&access, &token)).await.expect("nobody waits for the issuer");
        asked.expect("accepted");
        let endpoints = timeout(PATIENCE, endpoints(&access)).await.expect("nobody waits for the issuer");
        endpoints.expect("known");
    }
    timeout(PATIENCE, issuer.served.asked.notified()).await.expect("asked beside");
    assert_eq!(issuer.times_asked_for_keys(), 2, "while one fetch is under way there is no other");
}

/// Where the issuer's pages are, as whoever begins to sign in asks for them.
async fn endpoints(access: &Access) -> Result<(), ApiError> {
    access.0.issuer.as_ref().expect("set up").endpoints().await.map(drop)
}

#[tokio::test]
async fn an_issuer_that_hangs_is_waited_for_once() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let token = RSA.sign(&claims(json!({})));
    issuer.served.hangs.store(true, Ordering::SeqCst);
    let bounded = issuer.access_refreshing(Refresh { within: Duration::from_millis(20), ..ALWAYS });
    assert_eq!(refused_with(&bounded, &token).await, StatusCode::SERVICE_UNAVAILABLE);

    issuer.served.hangs.store(false, Ordering::SeqCst);
    issuer.served.down.store(true, Ordering::SeqCst);
    let failed = issuer.access_refreshing(Refresh { retry: Duration::from_millis(1), ..ALWAYS });
    assert_eq!(refused_with(&failed, &token).await, StatusCode::SERVICE_UNAVAILABLE);
    issuer.served.hangs.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(refused_with(&failed, &token).await, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn an_issuer_that_is_back_is_heard_by_the_request_that_asks_again() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let token = RSA.sign(&claims(json!({})));
    issuer.served.down.store(true, Ordering::SeqCst);
    let access = issuer.access_refreshing(Refresh { retry: PATIENCE, ..ALWAYS });
    assert_eq!(refused_with(&access, &token).await, StatusCode::SERVICE_UNAVAILABLE);
    issuer.served.down.store(false, Ordering::SeqCst);
    person(&access, &token).await.expect("accepted");
}

#[tokio::test]
async fn a_new_key_is_not_refused_while_the_issuer_cannot_be_asked_for_it() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access_refreshing(Refresh { pause_after_failure: FOR_EVER, ..ALWAYS });
    person(&access, &RSA.sign(&claims(json!({})))).await.expect("accepted");
    issuer.served.down.store(true, Ordering::SeqCst);
    let token = ROTATED.sign(&claims(json!({})));
    for _ in 0..2 {
        assert_eq!(refused_with(&access, &token).await, StatusCode::SERVICE_UNAVAILABLE);
    }
    person(&access, &RSA.sign(&claims(json!({})))).await.expect("still accepted");
}

#[tokio::test]
async fn a_list_is_none_of_the_issuers_documents() {
    for path in ["/listed-discovery", "/discovery-of-listed-keys"] {
        let mut issuer = FakeIssuer::with_keys(&[&RSA]).await;
        issuer.discovered_at(path);
        let token = RSA.sign(&claims(json!({})));
        assert_eq!(refused_with(&issuer.access(), &token).await, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
}

#[tokio::test]
async fn while_the_issuer_is_down_a_token_is_neither_accepted_nor_refused() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    issuer.served.down.store(true, Ordering::SeqCst);
    let (access, token) = (issuer.access(), RSA.sign(&claims(json!({}))));
    for _ in 0..5 {
        let error = person(&access, &token).await.expect_err("not now");
        assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(issuer.times_asked_for_keys(), 1, "a failure is not repeated at once");
}

#[tokio::test]
async fn known_keys_outlive_an_outage_of_the_issuer() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let (access, token) = (issuer.access_refreshing(ALWAYS), RSA.sign(&claims(json!({}))));
    person(&access, &token).await.expect("accepted");
    issuer.served.down.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        person(&access, &token).await.expect("still accepted");
        no_fetch_under_way(&access).await;
    }
}

#[tokio::test]
async fn a_document_of_another_issuer_is_not_believed() {
    let mut issuer = FakeIssuer::with_keys(&[&RSA]).await;
    issuer.settings.issuer = "https://someone.else".to_owned();
    let error = person(&issuer.access(), &RSA.sign(&claims(json!({})))).await.expect_err("not now");
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
}

/// What the routes answer whoever asks with this token.
async fn answer(access: &Access, path: &str, token: &str) -> (StatusCode, Value) {
    let reading = get(async |_: Reader| axum::Json("read"));
    let editing = put(async |_: Editor| axum::Json("edited"));
    let operating = put(async |_: Operator| axum::Json("operated"));
    let launching = put(async |_: FreshOperator| axum::Json("launched"));
    let routes = Router::new().route("/read", reading).route("/edit", editing);
    let routes = routes.route("/operate", operating).route("/launch", launching);
    let routes =
        routes.with_state(access.clone()).merge(crate::session::routes(access.clone()).into_router(access));
    let method = if matches!(path, "/edit" | "/operate" | "/launch") { "PUT" } else { "GET" };
    let request =
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    let response = routes.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000).await.expect("a body");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

#[tokio::test]
async fn who_launches_proved_a_moment_ago_who_they_are() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access();
    let ask = async |path: &str, group: &str, signed_in: Value| {
        let claims = claims(json!({ "cognito:groups": [group], "auth_time": signed_in }));
        answer(&access, path, &RSA.sign(&claims)).await
    };
    assert_eq!(
        ask("/launch", "EC2Admins", json!(in_seconds(-800))).await,
        (StatusCode::OK, json!("launched"))
    );
    for long_ago in [json!(in_seconds(-900)), Value::Null, json!("now")] {
        let (status, problem) = ask("/launch", "EC2Admins", long_ago.clone()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{long_ago}");
        assert_eq!(problem["type"], "urn:rollcall:problem:sign-in-again");
        assert_eq!(ask("/operate", "EC2Admins", long_ago).await.0, StatusCode::OK);
    }
    assert_eq!(ask("/launch", "Editors", json!(in_seconds(0))).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_open_directory_is_read_with_whatever_token_and_without_the_issuer() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = issuer.access();
    let stale = RSA.sign(&claims(json!({ "exp": in_seconds(-600) })));
    let long = RSA.sign(&claims(json!({ "exp": in_seconds(-600), "cognito:groups": "a".repeat(20_000) })));
    for token in [&RSA.sign(&claims(json!({}))), &stale, &long, &"garbage".to_owned()] {
        assert_eq!(answer(&access, "/read", token).await, (StatusCode::OK, json!("read")));
    }
    assert_eq!(issuer.times_asked_for_keys(), 0);
    for token in [&stale, &long, &ROTATED.sign(&claims(json!({}))), &"garbage".to_owned()] {
        assert_eq!(answer(&access, "/edit", token).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(answer(&access, "/operate", token).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn an_open_directory_is_read_while_the_issuer_is_down() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    issuer.served.down.store(true, Ordering::SeqCst);
    let (access, token) = (issuer.access(), RSA.sign(&claims(json!({}))));
    assert_eq!(answer(&access, "/read", &token).await, (StatusCode::OK, json!("read")));
    assert_eq!(answer(&access, "/edit", &token).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer(&access, "/operate", &token).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_directory_for_whoever_signed_in_takes_a_token_that_counts() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    let access = Access::new(AccessSettings { reading: Reading::SignedIn, ..issuer.open() }, None);
    assert_eq!(answer(&access, "/read", &RSA.sign(&claims(json!({})))).await.0, StatusCode::OK);
    let expired = RSA.sign(&claims(json!({ "exp": in_seconds(-600) })));
    assert_eq!(answer(&access, "/read", &expired).await.0, StatusCode::UNAUTHORIZED);
    issuer.served.down.store(true, Ordering::SeqCst);
    let access = Access::new(AccessSettings { reading: Reading::SignedIn, ..issuer.open() }, None);
    for path in ["/read", "/api/session"] {
        let answered = answer(&access, path, &expired).await.0;
        assert_eq!(answered, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
}

#[tokio::test]
async fn while_the_issuer_is_down_the_session_of_an_open_directory_says_so() {
    let issuer = FakeIssuer::with_keys(&[&RSA]).await;
    issuer.served.down.store(true, Ordering::SeqCst);
    let token = RSA.sign(&claims(json!({})));
    let told = answer(&issuer.access(), "/api/session", &token).await;
    let expected = json!({ "user": null, "reading": "open", "can_sign_in": false, "user_not_known": true });
    assert_eq!(told, (StatusCode::OK, expected));
}
