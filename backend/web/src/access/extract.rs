//! Extractors: a handler that takes one is only reached by who may.

use std::{convert::Infallible, ops::Deref};

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use jiff::Timestamp;
use rollcall_api::audit::Means;
use rollcall_audit::Caller;

use super::Access;
use crate::{issuer::Named, person::Person, problem::ApiError};

/// Whoever asks.
#[derive(Debug, Clone, Copy)]
pub struct Everyone;

/// Someone who may read the directory: where everyone may, nobody is asked who they are.
#[derive(Debug, Clone, Copy)]
pub struct Reader;

/// Someone who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub(crate) Named);

/// Someone who may change employees.
#[derive(Debug, Clone)]
pub struct Editor(pub Person, pub Means);

/// Someone who may operate the host.
#[derive(Debug, Clone)]
pub struct Operator(pub Person, pub Means);

/// Someone who may operate the host, and proved a moment ago who they are: for what takes a host down, or opens a door.
#[derive(Debug, Clone)]
pub struct FreshOperator(pub Operator);

impl Editor {
    /// Who asks, for the audit log.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.0.caller(self.1)
    }
}

impl Operator {
    /// Who asks, for the audit log.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.0.caller(self.1)
    }
}

impl Deref for SignedIn {
    type Target = Person;
    fn deref(&self) -> &Person {
        &self.0.person
    }
}

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

impl<S: Sync> FromRequestParts<S> for Everyone {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

impl<S> FromRequestParts<S> for Reader
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Access::from_ref(state).may_read(&parts.method, &parts.headers).await.map(|()| Self)
    }
}

impl<S> FromRequestParts<S> for SignedIn
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Access::from_ref(state).signed_in(&parts.method, &parts.headers).await.map(Self)
    }
}

impl<S> FromRequestParts<S> for Editor
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let named = Access::from_ref(state).signed_in(&parts.method, &parts.headers).await?;
        if named.person.may_edit() {
            Ok(Self(named.person, named.means))
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
        operator(&Access::from_ref(state).signed_in(&parts.method, &parts.headers).await?)
    }
}

impl<S> FromRequestParts<S> for FreshOperator
where
    Access: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let access = Access::from_ref(state);
        let named = access.signed_in(&parts.method, &parts.headers).await?;
        let operator = operator(&named)?;
        access.is_fresh(&named, Timestamp::now())?;
        Ok(Self(operator))
    }
}

fn operator(named: &Named) -> Result<Operator, ApiError> {
    if named.person.may_operate() {
        Ok(Operator(named.person.clone(), named.means))
    } else {
        Err(ApiError::forbidden("Operating the host takes membership of the group EC2Admins."))
    }
}
