//! Making a revision: `POST /api/operations/revisions`.

use axum::{Router, extract::State, response::IntoResponse, routing::post};
use http::{StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    revision::{Revision, RevisionInput},
};
use rollcall_audit::{Caller, Entry};
use rollcall_aws::records::{RecordsError, Write};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    problem::ApiError,
};
use sha2::{Digest, Sha256};

use super::{Revisions, StoredRevision, draft::Draft, key};
use crate::{
    caller::caller,
    ids::{RevisionNumber, hex},
    image::ResolveError,
    recipe::{self, RenderError},
};

/// How often a number is tried again when another revision took it in between.
const NUMBER_ATTEMPTS: usize = 5;

pub(crate) fn route(revisions: Revisions, access: Access) -> Router {
    Router::new().route("/api/operations/revisions", post(create)).with_state(Guarded::new(revisions, access))
}

async fn create(
    operator: Operator,
    State(revisions): State<Guarded<Revisions>>,
    Json(input): Json<RevisionInput>,
) -> Result<impl IntoResponse, ApiError> {
    let revision = revisions.create(input, caller(operator), Timestamp::now()).await?;
    let location = [(header::LOCATION, format!("/api/operations/revisions/{}", revision.number))];
    Ok((StatusCode::CREATED, location, Json(Revision::from(revision))))
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
        let draft = Draft::parse(input).map_err(Error::invalid)?;
        let user_data = recipe::render(&draft.variables, &self.reporting).map_err(|error| match error {
            RenderError::TooLarge { .. } => Error::invalid_field("variables", error.to_string()),
            RenderError::Template(_) => Error::broken(error),
        })?;
        let image = self.images.resolve(draft.image).await.map_err(|error| match error {
            ResolveError::Aws(error) => error.into(),
            refused => Error::invalid_field("image", refused.to_string()),
        })?;
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
        for _ in 0..NUMBER_ATTEMPTS {
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
