//! The state of routes.

use std::ops::Deref;

use axum::extract::FromRef;

use super::Access;

/// A part of a domain, with what decides who may use it: the state of the part's routes.
#[derive(Debug, Clone)]
pub struct Guarded<T> {
    part: T,
    access: Access,
}

impl<T> Guarded<T> {
    /// This part, to be used by whom `access` lets in.
    #[must_use]
    pub const fn new(part: T, access: Access) -> Self {
        Self { part, access }
    }
}

impl<T> Deref for Guarded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.part
    }
}

impl<T> FromRef<Guarded<T>> for Access {
    fn from_ref(guarded: &Guarded<T>) -> Self {
        guarded.access.clone()
    }
}
