//! What handlers take of a request, and what that says of their routes.

use axum::extract::{Request, State};
use http::{HeaderMap, StatusCode};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Object,
        path::{Parameter, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};
use uuid::Uuid;

use super::{operation::Operation, schema::formatted, who::Who};
use crate::{
    access::{Editor, Everyone, FreshOperator, Operator, Reader, SignedIn},
    host_orders::Ordered,
    json::Json,
    path::Path,
    precondition::Expected,
    query::{Pairs, Query},
};

/// One thing that a handler takes.
pub trait Input {
    /// Adds to what is said of a route what this asks of a request, and how it refuses.
    #[must_use]
    fn describe(operation: Operation) -> Operation {
        operation
    }
}

/// What a handler takes first: it lets through who may use the route, and refuses all others.
pub trait Guard: Input {
    /// Whom it lets through.
    const WHO: Who;
}

/// All that a handler takes, as axum names it: first of all, who may use it.
pub trait Inputs {
    /// Adds what they all say.
    #[must_use]
    fn describe(operation: Operation) -> Operation;
}

macro_rules! inputs {
    ($($input:ident)*) => {
        impl<M, G: Guard, $($input: Input),*> Inputs for (M, G, $($input,)*) {
            fn describe(operation: Operation) -> Operation {
                let operation = G::describe(operation.used_by(G::WHO));
                $(let operation = $input::describe(operation);)*
                operation
            }
        }
    };
}

inputs!();
inputs!(A);
inputs!(A B);
inputs!(A B C);
inputs!(A B C D);
inputs!(A B C D E);

macro_rules! guards {
    ($($guard:ident)*) => {
        $(impl Input for $guard {}
        impl Guard for $guard {
            const WHO: Who = Who::$guard;
        })*
    };
}

guards!(Everyone Reader SignedIn Editor Operator FreshOperator);

impl Input for Ordered {}
impl Guard for Ordered {
    const WHO: Who = Who::Function;
}

impl<T> Input for State<T> {}
impl Input for HeaderMap {}
/// The route itself says what it takes as its body.
impl Input for Request {}
/// The route itself says which parameters there are.
impl Input for Pairs {}

/// What a segment of a path stands for.
pub trait Segment {
    /// What it looks like in an address.
    fn schema() -> Object;
}

/// A name; what it may be, whoever is asked by it says.
impl Segment for String {
    fn schema() -> Object {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).build()
    }
}

impl Segment for Uuid {
    fn schema() -> Object {
        formatted("uuid")
    }
}

impl<T: Segment> Input for Path<T> {
    fn describe(operation: Operation) -> Operation {
        operation.segment(T::schema()).refuses(StatusCode::NOT_FOUND)
    }
}

impl<T: IntoParams> Input for Query<T> {
    fn describe(operation: Operation) -> Operation {
        let parameters: Vec<Parameter> = T::into_params(|| Some(ParameterIn::Query));
        parameters.into_iter().fold(operation, Operation::takes).refuses(StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl Input for Expected {
    fn describe(operation: Operation) -> Operation {
        let what = "The tag, or the tags with commas between, of what is to be changed as it was seen; `*` for whatever \
                    is there.";
        operation
            .header("if-match", what, "entity-tags")
            .refuses(StatusCode::BAD_REQUEST)
            .refuses(StatusCode::PRECONDITION_FAILED)
    }
}

impl<T: ToSchema> Input for Json<T> {
    fn describe(operation: Operation) -> Operation {
        operation.json_body::<T>(true)
    }
}

impl<T: ToSchema> Input for Option<Json<T>> {
    fn describe(operation: Operation) -> Operation {
        operation.json_body::<T>(false)
    }
}
