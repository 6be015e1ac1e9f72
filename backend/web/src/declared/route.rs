//! A route, with what it says of itself.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    routing::{MethodFilter, MethodRouter, on},
};
use http::{Method, StatusCode};

use super::{input::Inputs, operation::Operation};

/// Whether routes keep what they say of themselves: only where they are tested. A release does without, since nobody asks for
/// it there, and the function's archive has a limit ([decision 34](../../../../docs/decisions/0034-a-route-says-who-may-use-it.md)).
const IS_KEPT: bool = cfg!(debug_assertions);

/// One method of one address. There is no other way to have an address answered, and none without saying who may use it.
#[derive(Debug, Clone)]
pub struct Route<S = ()> {
    path: &'static str,
    methods: MethodRouter<S>,
    operation: Option<Operation>,
}

macro_rules! methods {
    ($($name:ident $method:ident)*) => {
        $(
            #[doc = concat!("What answers ", stringify!($method), " at this path.")]
            pub fn $name<T: Inputs + 'static>(path: &'static str, handler: impl Handler<T, S>) -> Self {
                Self::new(Method::$method, MethodFilter::$method, path, handler)
            }
        )*
    };
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    methods!(get GET post POST put PUT patch PATCH delete DELETE);

    fn new<T: Inputs + 'static>(
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        handler: impl Handler<T, S>,
    ) -> Self {
        let operation = IS_KEPT.then(|| T::describe(Operation::new(method, path)));
        Self { path, methods: on(filter, handler), operation }
    }

    /// With what it does and answers.
    #[must_use]
    pub fn says(mut self, say: impl FnOnce(Operation) -> Operation) -> Self {
        if IS_KEPT {
            self.operation = self.operation.map(say);
        }
        self
    }

    /// With bodies of up to so many bytes, and not as many as routes have that don't say.
    #[must_use]
    pub fn up_to(self, bytes: usize) -> Self {
        Self { methods: self.methods.layer(DefaultBodyLimit::max(bytes)), ..self }
            .says(|it| it.refuses(StatusCode::PAYLOAD_TOO_LARGE))
    }

    /// With the state of its handler.
    #[must_use]
    pub fn with_state(self, state: S) -> Route {
        let Self { path, methods, operation } = self;
        Route { path, methods: methods.with_state(state), operation }
    }

    /// As a router takes it, and as it describes itself, where that is kept.
    pub(crate) fn into_parts(self) -> (Router<S>, Option<Operation>) {
        (Router::new().route(self.path, self.methods), self.operation)
    }
}
