//! Making a revision: `POST /api/operations/revisions`.

use std::time::Duration;

use axum::{extract::State, response::IntoResponse};
use http::{StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    problem::FieldError,
    revision::{Revision, RevisionInput},
};
use rollcall_audit::{Caller, Entry};
use rollcall_aws::records::{RecordsError, Write};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    problem::ApiError,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::sleep;
use uuid::Uuid;

use super::{Revisions, StoredRevision, draft::Draft, key};
use crate::{
    ids::{ImageId, RevisionNumber, hex},
    image::ResolveError,
    recipe::{self, RenderError},
};

/// How often a number is tried again when another revision took it in between: each time at least one of all who try is done.
const NUMBER_ATTEMPTS: u32 = 100;

/// For how much longer than the time before somebody waits with the next try, and the longest that anyone does: not all at once,
/// so that they don't meet again.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

pub(crate) fn route(revisions: Revisions, access: Access) -> Route {
    Route::post("/api/operations/revisions", create)
        .says(|it| {
            it.does("Make a revision")
                .answers::<Revision>(StatusCode::CREATED, "The revision.")
                .tagged(StatusCode::CREATED)
                .located(StatusCode::CREATED)
                .for_example(json!({"recipe": "al2023-rollcall", "variables": {}, "note": "the first one"}))
        })
        .with_state(Guarded::new(revisions, access))
}

async fn create(
    operator: Operator,
    State(revisions): State<Guarded<Revisions>>,
    Json(input): Json<RevisionInput>,
) -> Result<impl IntoResponse, ApiError> {
    let revision = revisions.create(input, operator.caller(), Timestamp::now()).await?;
    let location = [(header::LOCATION, format!("/api/operations/revisions/{}", revision.number))];
    Ok((StatusCode::CREATED, location, revision.tagged()))
}

/// What could only be found out once the fields themselves were valid.
fn both(
    user_data: Result<String, RenderError>,
    image: Result<ImageId, ResolveError>,
) -> Result<(String, ImageId), Error> {
    let mut faults = Vec::new();
    let user_data = match user_data {
        Ok(user_data) => Some(user_data),
        Err(error @ RenderError::Template(_)) => return Err(Error::broken(error)),
        Err(error @ RenderError::TooLarge { .. }) => {
            faults.push(FieldError::new("variables", error.to_string()));
            None
        }
    };
    let image = match image {
        Ok(image) => Some(image),
        Err(ResolveError::Aws(error)) => return Err(error.into()),
        Err(refused) => {
            faults.push(FieldError::new("image", refused.to_string()));
            None
        }
    };
    user_data.zip(image).ok_or_else(|| Error::invalid(faults))
}

impl Revisions {
    /// Makes a new revision.
    ///
    /// # Errors
    /// Each field that is not valid, user data that is too large included; nothing is stored then.
    pub async fn create(
        &self,
        input: RevisionInput,
        caller: Caller,
        now: Timestamp,
    ) -> Result<StoredRevision, Error> {
        let draft = Draft::parse(input, &self.types).map_err(Error::invalid)?;
        let user_data = recipe::render(&draft.variables, &self.reporting);
        let (user_data, image) = both(user_data, self.images.resolve(draft.image).await)?;
        let revision = StoredRevision {
            number: RevisionNumber(1),
            recipe: draft.variables.recipe(),
            variables: draft.variables.into_values(),
            image,
            instance_type: draft.instance_type,
            fallback_instance_types: draft.fallback_instance_types,
            user_data_sha256: hex(&Sha256::digest(&user_data)),
            user_data,
            created_at: now,
            created_by: caller.actor.clone(),
            approval_hours: draft.approval_hours,
            note: draft.note,
        };
        self.store_under_next_number(revision, &caller).await
    }

    /// Two people may make a revision at the same moment: each gets a number of its own.
    async fn store_under_next_number(
        &self,
        mut revision: StoredRevision,
        caller: &Caller,
    ) -> Result<StoredRevision, Error> {
        for attempt in 0..NUMBER_ATTEMPTS {
            sleep(pause(attempt)).await;
            let newest = self.newest().await?;
            revision.number = RevisionNumber(newest.map_or(0, |newest| newest.number.0).saturating_add(1));
            let outcome = revision.note.as_deref().unwrap_or("made");
            let entry = Entry::new(
                revision.created_at,
                caller.clone(),
                AuditAction::CreateRevision,
                revision.number,
                outcome,
            );
            let writes = vec![Write::create(key(revision.number), &revision)?, entry.write()?];
            match self.records.write(writes).await {
                Ok(()) => return Ok(revision),
                Err(RecordsError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::conflict("Others are making revisions at this moment; try again."))
    }
}

/// How long to wait before a try: somewhere between nothing and what it may be by then.
fn pause(attempt: u32) -> Duration {
    let most = PAUSE.saturating_mul(attempt).min(LONGEST_PAUSE);
    let [chance, ..] = *Uuid::new_v4().as_bytes();
    most.mul_f64(f64::from(chance) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_first_waits_for_nobody_and_nobody_for_long() {
        assert_eq!(pause(0), Duration::ZERO);
        assert!(pause(1) <= PAUSE && pause(u32::MAX) <= LONGEST_PAUSE);
    }

    #[test]
    fn user_data_that_is_too_large_hides_no_image_that_is_none() {
        let too_large = || Err(RenderError::TooLarge { bytes: 20_000 });
        let no_image = || Err(ResolveError::NoSuchParameter("/aws/service/none".to_owned()));
        let image = || Ok(ImageId::try_from("ami-0123456789abcdef0".to_owned()).expect("an image"));
        let fields = |user_data, image| {
            let refused = both(user_data, image).expect_err("refused");
            refused.fields().iter().map(|error| error.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fields(too_large(), no_image()), ["variables", "image"]);
        assert_eq!(fields(too_large(), image()), ["variables"]);
        assert_eq!(fields(Ok(String::new()), no_image()), ["image"]);
        assert!(both(Ok(String::new()), image()).is_ok());
    }
}
