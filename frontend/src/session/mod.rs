//! Who is signed in, what they may do, and the pages that depend on it.

mod access;
mod callback;
mod guard;
mod signed_in;

pub(crate) use self::{
    access::{Access, Permission},
    callback::SignedInPage,
    guard::Guard,
    signed_in::SignedIn,
};
