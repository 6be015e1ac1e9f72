//! Who sent the request that is being answered.

use rollcall_api::audit::Actor;
use rollcall_audit::Caller;
use rollcall_web::{access::Operator, request_id::RequestId};

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
