//! Changing someone: `PUT` and `PATCH /scim/v2/Users/{id}`
//! ([RFC 7644, section 3.5](https://www.rfc-editor.org/rfc/rfc7644#section-3.5)).

use axum::{extract::State, response::Response};
use http::HeaderMap;
use rollcall_scim::{Resource, described, operations, user::ACTIVE};
use rollcall_web::{access::Guarded, query::Pairs};

use super::{
    answer::ScimError,
    changing::{Changing, Wish},
    person::Person,
    query::projection,
    request::{Body, Caller, Someone, may_change},
    view::shown,
};
use crate::{directory::Directory, outlive::outlive_request};

pub(super) async fn put(
    caller: Caller,
    state: State<Guarded<Directory>>,
    id: Someone,
    pairs: Pairs,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ScimError> {
    // What is not said is taken away, but for whether they are there: Okta leaves that out and means no change by it.
    let wish = move |before: Resource| {
        let mut wanted = described(&body)?;
        if let (false, Some(active)) = (wanted.contains_key(ACTIVE), before.get(ACTIVE)) {
            wanted.insert(ACTIVE.to_owned(), active.clone());
        }
        Ok(wanted)
    };
    answer(caller, state, id, pairs, headers, Box::new(wish)).await
}

pub(super) async fn patch(
    caller: Caller,
    state: State<Guarded<Directory>>,
    id: Someone,
    pairs: Pairs,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, ScimError> {
    let operations = operations(&body)?;
    let wish = move |mut wanted: Resource| {
        operations.iter().try_for_each(|operation| operation.apply(&mut wanted))?;
        Ok(wanted)
    };
    answer(caller, state, id, pairs, headers, Box::new(wish)).await
}

async fn answer(
    Caller(provider): Caller,
    State(directory): State<Guarded<Directory>>,
    Someone(id): Someone,
    Pairs(pairs): Pairs,
    headers: HeaderMap,
    wish: Box<Wish>,
) -> Result<Response, ScimError> {
    let projection = projection(&pairs)?;
    let (deed, base) = (directory.deed(provider.caller())?, provider.base);
    let changing = Changing { directory: (*directory).clone(), base: base.clone(), deed };
    let person = outlive_request(async move {
        let unchanged = |person: &Person| may_change(&headers, &person.version(&changing.base)?);
        changing.change(&id, &wish, &unchanged).await
    })
    .await?;
    shown(&person, &base, &projection)
}
