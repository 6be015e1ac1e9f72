//! Rollcall in the browser: the employee directory, its records and its operations panel.
//!
//! Each is a program of its own, so that nobody who looks people up downloads the panel. What both use is in here; the
//! programs, in `src/bin`, call one function each, and the linker leaves out what that doesn't reach.

#![allow(
    unreachable_pub,
    reason = "the component macro writes `pub` whatever the component's own visibility"
)]

mod api;
mod app;
mod clock;
mod directory;
mod erased;
mod json;
mod operations;
mod paths;
mod photo;
mod records;
mod session;
mod tab;
mod ui;

use leptos::prelude::*;

use self::{directory::DirectoryPages, operations::OperationsPages, paths::Part, records::RecordsPages};

/// Puts the directory into the page.
pub fn start_directory() {
    app::start(Part::Directory, || view! { <DirectoryPages /> }.into_any());
}

/// Puts the records into the page.
pub fn start_records() {
    app::start(Part::Records, || view! { <RecordsPages /> }.into_any());
}

/// Puts the operations panel into the page.
pub fn start_operations() {
    app::start(Part::Operations, || view! { <OperationsPages /> }.into_any());
}
