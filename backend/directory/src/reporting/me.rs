//! Who one is in the chart: `GET /api/chart/me`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::employee::Employee;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, SignedIn},
    declared::Route,
    json::Json,
    problem::ApiError,
};

use crate::{directory::Directory, unique::EMAIL_ADDRESS};

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/chart/me", me)
        .says(|it| {
            it.does("The employee who has the e-mail address of one's sign-in")
                .answers::<Employee>(StatusCode::OK, "Oneself.")
                .refuses(StatusCode::NOT_FOUND)
        })
        .with_state(Guarded::new(directory, access))
}

/// Whoever is signed in, by the e-mail address that the issuer has verified.
async fn me(
    person: SignedIn,
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
