//! Extractors: a handler that takes one is only reached by who may.

use std::ops::Deref;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;

use super::{Access, Person};
use crate::problem::ApiError;

/// Someone who may read the directory: where everyone may, nobody is asked who they are.
#[derive(Debug, Clone, Copy)]
pub struct Reader;

/// Someone who may change employees.
#[derive(Debug, Clone)]
pub struct Editor(pub Person);

/// Someone who may operate the host.
#[derive(Debug, Clone)]
pub struct Operator(pub Person);

impl Deref for Editor {
    type Target = Person;
    fn deref(&self) -> &Person {
        &self.0
    }
}

impl Deref for Operator {
    type Target = Person;
    fn deref(&self) -> &Person {
        &self.0
    }
}

impl<S> FromRequestParts<S> for Reader
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Access::from_ref(state).may_read(&parts.headers).await.map(|()| Self)
    }
}

impl<S> FromRequestParts<S> for Editor
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let person = Access::from_ref(state).signed_in(&parts.headers).await?;
        if person.may_edit() {
            Ok(Self(person))
        } else {
            Err(ApiError::forbidden("Changing employees takes membership of the group Editors."))
        }
    }
}

impl<S> FromRequestParts<S> for Operator
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let person = Access::from_ref(state).signed_in(&parts.headers).await?;
        if person.may_operate() {
            Ok(Self(person))
        } else {
            Err(ApiError::forbidden("Operating the host takes membership of the group EC2Admins."))
        }
    }
}
