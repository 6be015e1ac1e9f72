//! Signing in and out, by the authorization code flow, with the server in the browser's place
//! ([RFC 10017](https://www.rfc-editor.org/rfc/rfc10017)): no token is ever within reach of a page.

mod begin;
mod callback;
mod end;
mod own;
mod problem;

use rollcall_audit::AuditLog;

use crate::{Routes, access::Access, declared::Route};

/// The routes of signing in and out, and of whose sessions there are. The log is told who ended one, where there is a log.
pub fn routes(access: &Access, log: Option<&AuditLog>) -> Routes {
    let of = |route: fn(Access) -> Route| route(access.clone());
    Routes::default()
        .without_query([of(end::route), own::route_of_one(access.clone(), log.cloned())])
        .with_query([of(begin::route), of(own::route)])
        // An issuer may add parameters of its own: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
        .by_other_rules((), [of(callback::route)], |routes| routes)
}
