//! The routes of a server, put together so that none forgets what all of them share.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use utoipa::openapi::OpenApi;

use crate::{
    accepted,
    access::Access,
    declared::{Operation, Route, document::document},
    idempotency, limits,
    problem::ApiError,
    query,
};

/// Routes of the API, each with who may use it, and added by what it takes behind the `?` of its address: there is no way to
/// add one without saying so. A POST that is sent again under the same `Idempotency-Key` is done once, unless it is added as
/// one that only asks.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// Those whose POST changes something.
    changing: Router,
    others: Router,
    /// What all of them say of themselves, where that is kept.
    operations: Vec<Operation>,
}

impl Routes {
    /// Adds routes that take no parameter. Whatever stands in the query of one is refused before anything is done, so that
    /// nobody takes an answer for what they asked for by a name that is not known.
    #[must_use]
    pub fn without_query(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        let routes = self.noted(routes, |it| it.with_known_parameters().done_once());
        let changing = self.changing.merge(checked(routes, query::refuse));
        Self { changing, ..self }
    }

    /// The same for those whose POST changes nothing, and may as well be done twice: there is nothing to keep of it.
    #[must_use]
    pub fn only_asking(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        let routes = self.noted(routes, Operation::with_known_parameters);
        let others = self.others.merge(checked(routes, query::refuse));
        Self { others, ..self }
    }

    /// Adds routes that take parameters, and refuse those they don't know: [`query::Query`] does. What can't be decoded is
    /// refused for all of them.
    #[must_use]
    pub fn with_query(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        let routes = self.noted(routes, |it| it.with_known_parameters().done_once());
        let changing = self.changing.merge(checked(routes, query::refuse_undecodable));
        Self { changing, ..self }
    }

    /// Adds routes whose queries are as somebody else says: a standard that has what is not known ignored, or an issuer that
    /// adds what it likes. What is said of all of them at once, such as what answers beside them, `with` adds.
    #[must_use]
    pub fn by_other_rules<S>(
        mut self,
        state: S,
        routes: impl IntoIterator<Item = Route<S>>,
        with: impl FnOnce(Router<S>) -> Router<S>,
    ) -> Self
    where
        S: Clone + Send + Sync + 'static,
    {
        let routes = self.noted(routes, |it| it).into_iter().fold(Router::new(), Router::merge);
        let others = self.others.merge(with(routes).with_state(state));
        Self { others, ..self }
    }

    /// Adds routes that were put together elsewhere.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.operations.extend(other.operations);
        Self {
            changing: self.changing.merge(other.changing),
            others: self.others.merge(other.others),
            ..self
        }
    }

    /// What all of them say of themselves. In a release, where nothing of that is kept, it names none of them.
    #[must_use]
    pub fn document(&self) -> OpenApi {
        document(self.operations.iter().cloned())
    }

    /// All of them, for a server that knows by `access` whose an idempotency key is, and how much anyone may ask for.
    pub fn into_router(self, access: &Access) -> Router {
        let changing = if self.changing.has_routes() {
            self.changing.route_layer(from_fn_with_state(access.clone(), idempotency::once))
        } else {
            self.changing
        };
        let all = changing.merge(self.others);
        if !all.has_routes() {
            return all;
        }
        let counted = from_fn_with_state(access.limits().clone(), limits::counted);
        all.route_layer(from_fn(accepted::checked)).route_layer(counted)
    }

    /// Notes what routes say of themselves, with what is true of all that are added in this way.
    fn noted<S: Clone + Send + Sync + 'static>(
        &mut self,
        routes: impl IntoIterator<Item = Route<S>>,
        also: impl Fn(Operation) -> Operation,
    ) -> Vec<Router<S>> {
        let (routers, operations): (Vec<_>, Vec<_>) = routes.into_iter().map(Route::into_parts).unzip();
        self.operations.extend(operations.into_iter().flatten().map(also));
        routers
    }
}

/// These routes, with what is looked at in the query of each before anything is done.
fn checked(
    routes: impl IntoIterator<Item = Router>,
    check: fn(Option<&str>) -> Result<(), ApiError>,
) -> Router {
    let checked = move |request: Request, next: Next| async move {
        check(request.uri().query())?;
        Ok::<Response, ApiError>(next.run(request).await)
    };
    let routes = routes.into_iter().map(|router| router.route_layer(from_fn(checked)));
    routes.fold(Router::new(), Router::merge)
}
