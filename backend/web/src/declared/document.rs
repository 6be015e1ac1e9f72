//! The API's document: what all routes say of themselves, as OpenAPI 3.1 has it.

use std::collections::BTreeMap;

use http::{Method, StatusCode, header};
use rollcall_api::problem::{PROBLEM_JSON, Problem};
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Header, HttpMethod, Info, License, OpenApi, Paths, Ref, RefOr, Response, Schema,
        example::Example,
        extensions::ExtensionsBuilder,
        path::Operation as Described,
        schema::{ObjectBuilder, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    operation::{Answer, Operation},
    who::{SCIM, SESSION, TOKEN},
};
use crate::{problem, request_id::REQUEST_ID, sessions::cookie::Cookies};

const ABOUT: &str = "An employee directory that runs its own operations. Each operation says in `x-who` and in words who may \
use it. Every answer has an `x-request-id`. An address that does not take a method answers 405 with `allow`, and headers of more than 32 KB 431; one that takes \
it refuses parameters that it does not know. How much anyone may ask for in a minute is limited: answers to what changes something, looks through many people or begins a \
session have `ratelimit-policy` and `ratelimit`. Refusals are problem details (RFC 9457), but for SCIM, which has its own.";

/// The media type of SCIM ([RFC 7644, section 3.1](https://www.rfc-editor.org/rfc/rfc7644#section-3.1)).
pub const SCIM_JSON: &str = "application/scim+json";

/// The parts of the API, in the order in which they are told.
pub(crate) const PARTS: [&str; 5] = ["Directory", "Operations", "Sign-in", "SCIM", "About"];

/// The document of these operations.
pub(crate) fn document(operations: impl IntoIterator<Item = Operation>) -> OpenApi {
    let mut info = Info::new("Rollcall", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let mut license = License::new("MIT");
    license.identifier = Some("MIT".to_owned());
    info.license = Some(license);
    let (mut paths, mut components) = (Paths::new(), components());
    for mut operation in operations {
        let schemas = std::mem::take(&mut operation.schemas);
        components.schemas.extend(schemas);
        let Some(method) = method(&operation.method) else { continue };
        paths.add_path_operation(operation.path, vec![method], described(operation));
    }
    let mut document = OpenApi::new(info, paths);
    document.components = Some(components);
    document
}

fn method(method: &Method) -> Option<HttpMethod> {
    match *method {
        Method::GET => Some(HttpMethod::Get),
        Method::POST => Some(HttpMethod::Post),
        Method::PUT => Some(HttpMethod::Put),
        Method::PATCH => Some(HttpMethod::Patch),
        Method::DELETE => Some(HttpMethod::Delete),
        _ => None,
    }
}

fn described(operation: Operation) -> Described {
    let is_scim = operation.path.starts_with("/scim");
    let mut described = Described::new();
    described.operation_id = Some(id(&operation));
    described.tags = Some(vec![part(operation.path).to_owned()]);
    described.summary = Some(operation.summary.to_owned());
    described.description = Some([&[operation.who.sentence()], &operation.notes[..]].concat().join("\n\n"));
    described.security = Some(operation.who.security());
    described.extensions = Some(ExtensionsBuilder::new().add("x-who", operation.who.word()).build());
    described.parameters = Some(operation.parameters).filter(|parameters| !parameters.is_empty());
    described.request_body = operation.body;
    for status in operation.refusals {
        let there = Ref::new(format!("#/components/responses/{}", named(status, is_scim)));
        described.responses.responses.insert(status.as_str().to_owned(), there.into());
    }
    for (status, answer) in operation.answers {
        described.responses.responses.insert(status.as_str().to_owned(), answered(answer).into());
    }
    described
}

/// The part of the API that an address belongs to.
fn part(path: &str) -> &'static str {
    let [directory, operations, sign_in, scim, about] = PARTS;
    match path.split('/').nth(2) {
        _ if path.starts_with("/scim") => scim,
        _ if path.starts_with("/auth") => sign_in,
        Some("operations" | "search-index") => operations,
        Some("session" | "sessions" | "scim-tokens") => sign_in,
        Some("info" | "openapi.json" | "reference" | "reference.css") => about,
        _ => directory,
    }
}

/// A name of the operation that programs can be made of: `get_employees_id`.
fn id(operation: &Operation) -> String {
    let path = operation.path.trim_start_matches("/api");
    let words =
        path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let method = operation.method.as_str().to_lowercase();
    [method.as_str()].into_iter().chain(words).collect::<Vec<_>>().join("_")
}

fn answered(answer: Answer) -> Response {
    let mut response = Response::new(answer.what);
    response.content.extend(answer.content);
    response
        .headers
        .extend(answer.headers.iter().map(|(name, what)| ((*name).to_owned(), text_header(what))));
    with_request_id(response)
}

fn with_request_id(mut response: Response) -> Response {
    let what = "The id under which this request is logged.";
    response.headers.insert(REQUEST_ID.to_string(), text_header(what));
    response
}

fn text_header(what: &str) -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String).build());
    header.description = Some(what.to_owned());
    header
}

/// What a refusal is called among the components: `NotFound`.
fn named(status: StatusCode, is_scim: bool) -> String {
    let reason = status.canonical_reason().unwrap_or(status.as_str());
    let words: String = reason.split(' ').collect();
    if is_scim { format!("Scim{words}") } else { words }
}

/// What operations refer to: refusals, and ways to show who one is.
fn components() -> Components {
    let mut components = Components::new();
    for (status, examples) in problem::examples() {
        let headers = headers_of(status);
        components.responses.insert(named(status, false), refusal(status, &headers, examples).into());
        components.responses.insert(named(status, true), scim_refusal(status, &headers).into());
    }
    components.schemas.insert("ScimError".to_owned(), scim_error());
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut of_problem = Vec::new();
    Problem::schemas(&mut of_problem);
    components.schemas.extend(of_problem);
    components.security_schemes = schemes();
    components
}

/// The headers of a refusal.
fn headers_of(status: StatusCode) -> Vec<(String, Header)> {
    let named = |name: header::HeaderName, what| vec![(name.to_string(), text_header(what))];
    match status {
        StatusCode::UNAUTHORIZED => named(header::WWW_AUTHENTICATE, "How a script shows who it is."),
        StatusCode::METHOD_NOT_ALLOWED => named(header::ALLOW, "The methods that the address takes."),
        StatusCode::PRECONDITION_FAILED => named(header::ETAG, "The tag of what is there."),
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            named(header::RETRY_AFTER, "In how many seconds to ask again, where that may help.")
        }
        _ => Vec::new(),
    }
}

fn refusal(status: StatusCode, headers: &[(String, Header)], examples: Vec<Problem>) -> Response {
    let mut response = Response::new(status.canonical_reason().unwrap_or_default());
    let mut content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    for problem in examples {
        let name = problem.kind.rsplit(':').next().unwrap_or_default().to_owned();
        let mut example = Example::new();
        example.value = serde_json::to_value(problem).ok();
        content.examples.insert(name, example.into());
    }
    response.content.insert(PROBLEM_JSON.to_owned(), content);
    response.headers.extend(headers.iter().cloned());
    with_request_id(response)
}

fn scim_refusal(status: StatusCode, headers: &[(String, Header)]) -> Response {
    let mut response = Response::new(status.canonical_reason().unwrap_or_default());
    let mut content = Content::new(Some(Ref::from_schema_name("ScimError")));
    content.example = Some(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.as_str(),
        "detail": "What is wrong, and what to do about it.",
    }));
    response.content.insert(SCIM_JSON.to_owned(), content);
    response.headers.extend(headers.iter().cloned());
    with_request_id(response)
}

fn scim_error() -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let schemas = utoipa::openapi::schema::ArrayBuilder::new().items(text().build());
    let error = ObjectBuilder::new().description(Some("An error of SCIM (RFC 7644, section 3.12)."));
    let error = error.property("schemas", schemas.build()).required("schemas");
    let error = error.property("status", text().build()).required("status");
    error.property("detail", text().build()).property("scimType", text().build()).into()
}

fn schemes() -> BTreeMap<String, SecurityScheme> {
    let bearer = |what| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(what));
        SecurityScheme::Http(scheme.build())
    };
    let session = ApiKeyValue::with_description(
        Cookies::new(false).session_name(),
        "A browser's session, which begins at `/auth/sign-in`. What changes something must come from the site's own pages.",
    );
    [
        (SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(session))),
        (
            TOKEN,
            bearer("An access token of the issuer, for scripts. It counts only where no cookie is sent."),
        ),
        (SCIM, bearer("A token that an operator made for SCIM.")),
    ]
    .into_iter()
    .map(|(name, scheme)| (name.to_owned(), scheme))
    .collect()
}
