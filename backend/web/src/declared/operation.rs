//! What a route says of itself.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use utoipa::{
    ToSchema,
    openapi::{
        Content, Object, Ref, RefOr, Required, Schema,
        path::{Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        schema::{ObjectBuilder, Type},
    },
};

use super::{schema::formatted, who::Who};
use crate::{accepted, limits::Kind, page::PageLimits};

const JSON: &str = "application/json";

/// One method of one address: who may use it, what it takes and what it answers.
#[derive(Debug, Clone)]
pub struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) who: Who,
    pub(super) summary: &'static str,
    pub(super) notes: Vec<&'static str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
    pub(super) answers: BTreeMap<StatusCode, Answer>,
    /// The statuses by which it may refuse.
    pub(super) refusals: BTreeSet<StatusCode>,
    /// The types that it names, by their names.
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

/// What an operation answers with one status.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) what: &'static str,
    pub(super) content: Vec<(String, Content)>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
}

impl Operation {
    pub(super) fn new(method: Method, path: &'static str) -> Self {
        let it = Self {
            method,
            path,
            who: Who::Everyone,
            summary: "",
            notes: Vec::new(),
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            refusals: BTreeSet::new(),
            schemas: Vec::new(),
        };
        let it = it.refuses(StatusCode::INTERNAL_SERVER_ERROR).refuses(StatusCode::SERVICE_UNAVAILABLE);
        let also = [
            (Kind::of(&it.method, path).is_some(), StatusCode::TOO_MANY_REQUESTS),
            (accepted::is_checked(&it.method, path), StatusCode::NOT_ACCEPTABLE),
        ];
        also.into_iter().filter(|(may, _)| *may).fold(it, |it, (_, status)| it.refuses(status))
    }

    /// For these people alone.
    pub(super) fn used_by(self, who: Who) -> Self {
        who.refusals().iter().copied().fold(Self { who, ..self }, Self::refuses)
    }

    /// In a few words, what it does.
    #[must_use]
    pub fn does(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    /// What else there is to know.
    #[must_use]
    pub fn note(mut self, text: &'static str) -> Self {
        self.notes.push(text);
        self
    }

    /// Answers a `T` in JSON.
    #[must_use]
    pub fn answers<T: ToSchema>(self, status: StatusCode, what: &'static str) -> Self {
        let schema = Ref::from_schema_name(T::name());
        self.naming::<T>().answers_as(status, what, (JSON, schema.into()))
    }

    /// Answers something of a media type.
    #[must_use]
    pub fn answers_as(
        mut self,
        status: StatusCode,
        what: &'static str,
        (media_type, schema): (&str, RefOr<Schema>),
    ) -> Self {
        let answer = self.answers.entry(status).or_default();
        answer.what = what;
        answer.content.push((media_type.to_owned(), Content::new(Some(schema))));
        self
    }

    /// Answers a file of this media type.
    #[must_use]
    pub fn answers_file(self, what: &'static str, media_type: &str) -> Self {
        self.answers_as(StatusCode::OK, what, (media_type, file(media_type).into()))
    }

    /// Answers without a body.
    #[must_use]
    pub fn answers_nothing(mut self, status: StatusCode, what: &'static str) -> Self {
        self.answers.entry(status).or_default().what = what;
        self
    }

    /// The answer of this status may have this header.
    #[must_use]
    pub fn with_header(mut self, status: StatusCode, name: &'static str, what: &'static str) -> Self {
        self.answers.entry(status).or_default().headers.push((name, what));
        self
    }

    /// The answer of this status has an `ETag`, by which a change can say what it is for.
    #[must_use]
    pub fn tagged(self, status: StatusCode) -> Self {
        self.with_header(
            status,
            "etag",
            "What tells this state from all others; to be sent back as `if-match`.",
        )
    }

    /// What was made is at `Location`.
    #[must_use]
    pub fn located(self, status: StatusCode) -> Self {
        self.with_header(status, "location", "Where it is.")
    }

    /// May refuse with this status.
    #[must_use]
    pub fn refuses(mut self, status: StatusCode) -> Self {
        self.refusals.insert(status);
        self
    }

    /// Takes a parameter.
    #[must_use]
    pub fn takes(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Takes this parameter of the query.
    #[must_use]
    pub fn query(self, name: &str, what: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
        self.takes(parameter.description(Some(what)).schema(Some(schema)).build())
    }

    /// Is a list of which a page has so many items.
    #[must_use]
    pub fn in_pages(mut self, limits: PageLimits) -> Self {
        self.parameters.retain(|parameter| !["limit", "cursor"].contains(&parameter.name.as_str()));
        let limit =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(limits.max));
        let limit = limit.default(Some(limits.default.into())).build();
        let cursor = "The `next_cursor` of the page before, as it is; none for the first page.";
        self.query("limit", "How many are on a page at the most.", limit)
            .query("cursor", cursor, formatted("cursor"))
            .refuses(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Takes a header of this format, which may be left out.
    #[must_use]
    pub fn header(self, name: &str, what: &str, format: &str) -> Self {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header);
        self.takes(parameter.description(Some(what)).schema(Some(formatted(format))).build())
    }

    /// The one segment of the path that is a parameter.
    pub(super) fn segment(self, schema: Object) -> Self {
        let name = self.path.split(['{', '}']).nth(1).unwrap_or_default();
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        self.takes(parameter.required(Required::True).schema(Some(schema)).build())
    }

    /// Takes a body of JSON.
    pub(super) fn json_body<T: ToSchema>(self, required: bool) -> Self {
        let schema = Ref::from_schema_name(T::name());
        self.naming::<T>().body((JSON, schema.into()), required)
    }

    /// Takes a body of this media type; or of this one as well.
    #[must_use]
    pub fn body(mut self, (media_type, schema): (&str, RefOr<Schema>), required: bool) -> Self {
        let body = self.body.get_or_insert_with(RequestBody::new);
        body.required = Some(if required { Required::True } else { Required::False });
        body.content.insert(media_type.to_owned(), Content::new(Some(schema)));
        let wrong = [
            StatusCode::BAD_REQUEST,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            StatusCode::UNPROCESSABLE_ENTITY,
        ];
        wrong.into_iter().fold(self, Self::refuses)
    }

    /// Takes a file of this media type.
    #[must_use]
    pub fn takes_file(self, media_type: &str) -> Self {
        self.body((media_type, file(media_type).into()), true)
    }

    /// With an example of what is sent, if anything is, or else of what is answered.
    #[must_use]
    pub fn for_example(mut self, example: serde_json::Value) -> Self {
        let sent = self.body.as_mut().and_then(|body| body.content.values_mut().next());
        let answered = self.answers.values_mut().next().and_then(|answer| answer.content.first_mut());
        if let Some(content) = sent.or(answered.map(|(_, content)| content)) {
            content.example = Some(example);
        }
        self
    }

    /// Refuses whatever parameter it does not know.
    pub(crate) fn with_known_parameters(self) -> Self {
        self.refuses(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// If it is a POST, it may be sent again under one key, and is done once.
    pub(crate) fn done_once(self) -> Self {
        if self.method != Method::POST || !self.path.starts_with("/api/") {
            return self;
        }
        let what = "A key of one's own, such as a random UUID: what is sent again with it within a day is done once and \
                    answered as it was.";
        let mut it = self.header("idempotency-key", what, "idempotency-key");
        for (_, answer) in it.answers.iter_mut().filter(|(status, _)| status.is_success()) {
            answer.headers.push(("idempotency-replayed", "`true` if this was answered before."));
        }
        let refusals = [StatusCode::BAD_REQUEST, StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY];
        refusals.into_iter().fold(it, Self::refuses)
    }

    fn naming<T: ToSchema>(mut self) -> Self {
        self.schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        self
    }
}

/// What a file is: text, or bytes of which nothing more is said.
fn file(media_type: &str) -> Object {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    if media_type.starts_with("text/") {
        schema.build()
    } else {
        schema.content_media_type(media_type).build()
    }
}
