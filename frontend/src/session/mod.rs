//! Who is signed in, what they may do, and the pages that depend on it.

mod access;
mod callback;
mod guard;
mod interrupted;
mod other_tabs;
mod sessions_page;
mod signed_in;

pub(crate) use self::{
    access::{Access, Permission},
    callback::SignedInPage,
    guard::Guard,
    interrupted::InterruptedNote,
    sessions_page::SessionsPage,
    signed_in::SignedIn,
};
