//! Who one is in the chart: `GET /api/chart/me`.

use axum::{Router, extract::State, routing};
use rollcall_api::employee::Employee;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, SignedIn},
    json::Json,
    problem::ApiError,
};

use crate::{directory::Directory, unique::EMAIL_ADDRESS};

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new().route("/api/chart/me", routing::get(me)).with_state(Guarded::new(directory, access))
}

/// Whoever is signed in, by the e-mail address that the issuer has verified.
async fn me(
    SignedIn(person): SignedIn,
    State(directory): State<Guarded<Directory>>,
) -> Result<Json<Employee>, ApiError> {
    let employee = match &person.email {
        Some(email) => directory.who_has(EMAIL_ADDRESS, email).await?,
        None => None,
    };
    let employee =
        employee.ok_or_else(|| Error::not_found("No employee has the e-mail address of your sign-in."))?;
    Ok(Json(employee.into_employee()))
}
