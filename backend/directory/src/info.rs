//! Which Rollcall answers and where it runs: `GET /api/info`.
//!
//! Readable without sign-in, since what checks a host's health has no token.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::info::{Info, RunsOn};
use rollcall_web::{access::Everyone, declared::Route, json::Json};

/// What a server tells of itself.
#[derive(Clone)]
pub struct Whereabouts {
    runs_on: RunsOn,
    stressed_until: Arc<dyn Fn() -> Option<Timestamp> + Send + Sync>,
}

impl Whereabouts {
    /// A server that may be put to a stress test: `stressed_until` tells when the one ends that goes on.
    pub fn under(
        runs_on: RunsOn,
        stressed_until: impl Fn() -> Option<Timestamp> + Send + Sync + 'static,
    ) -> Self {
        Self { runs_on, stressed_until: Arc::new(stressed_until) }
    }

    /// What it tells now.
    #[must_use]
    pub fn info(self) -> Info {
        let stressed_until = (self.stressed_until)();
        Info { version: env!("CARGO_PKG_VERSION").to_owned(), runs_on: self.runs_on, stressed_until }
    }
}

impl From<RunsOn> for Whereabouts {
    fn from(runs_on: RunsOn) -> Self {
        Self::under(runs_on, || None)
    }
}

pub(crate) fn route(whereabouts: Whereabouts) -> Route {
    Route::get("/api/info", info)
        .says(|it| it.does("Version, and where it runs").answers::<Info>(StatusCode::OK, "What serves this."))
        .with_state(whereabouts)
}

async fn info(_: Everyone, State(here): State<Whereabouts>) -> Json<Info> {
    Json(here.info())
}
