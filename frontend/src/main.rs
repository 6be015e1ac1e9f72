//! Rollcall in the browser: the employee directory and its operations panel.

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
mod oidc;
mod operations;
mod paths;
mod session;
mod ui;

fn main() {
    app::start();
}
