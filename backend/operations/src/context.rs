//! What the handlers of the routes are given.

use axum::extract::FromRef;
use rollcall_api::audit::Actor;
use rollcall_audit::{AuditLog, Caller};
use rollcall_web::{
    access::{Access, Operator},
    request_id::RequestId,
};

use crate::{
    conformance::ConformanceCheck, host::Hosts, plan::Plans, recipe::VariableDefaults, relaunch::Relaunches,
    revision::Revisions, schedule::Schedules,
};

/// The state of the router: each handler takes the part that it needs.
#[derive(Clone, FromRef)]
pub(crate) struct Context {
    pub(crate) access: Access,
    pub(crate) audit: AuditLog,
    pub(crate) conformance: ConformanceCheck,
    pub(crate) hosts: Hosts,
    pub(crate) plans: Plans,
    pub(crate) relaunches: Relaunches,
    pub(crate) revisions: Revisions,
    pub(crate) schedules: Schedules,
    pub(crate) variable_defaults: VariableDefaults,
}

/// The operator who sent the request that is being answered.
pub(crate) fn caller(operator: Operator) -> Caller {
    let person = operator.0;
    Caller {
        actor: Actor::Person {
            name: person.name,
            issuer: Some(person.issuer),
            subject: Some(person.subject),
        },
        request_id: RequestId::current().map(|id| id.to_string()),
    }
}
