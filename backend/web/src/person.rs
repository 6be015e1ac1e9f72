//! A person, as the issuer of tokens names them.

use rollcall_api::{
    audit::{Actor, Means},
    session::User,
};
use rollcall_audit::Caller;
use serde::{Deserialize, Serialize};

use crate::request_id::RequestId;

/// The group whose members may change employees.
const EDITORS: &str = "Editors";

/// The group whose members may operate the host.
const OPERATORS: &str = "EC2Admins";

/// Whom the issuer names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name people know: user name or e-mail address; the subject where the token has neither that can be read.
    pub name: String,
    /// The issuer that vouches for them, as its tokens spell it.
    pub issuer: String,
    /// The issuer's own, never reused id of the person.
    pub subject: String,
    /// The groups the issuer puts them in.
    pub groups: Vec<String>,
    /// Their e-mail address, where the issuer has verified it: access tokens have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Person {
    /// Whether they may change employees.
    #[must_use]
    pub fn may_edit(&self) -> bool {
        self.is_in(EDITORS)
    }

    /// Whether they may operate the host.
    #[must_use]
    pub fn may_operate(&self) -> bool {
        self.is_in(OPERATORS)
    }

    fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|of| of == group)
    }

    /// The same as whoever asks, by these means, in the request that is being answered.
    pub(crate) fn caller(&self, means: Means) -> Caller {
        let Self { name, issuer, subject, .. } = self.clone();
        let actor = Actor::Person { name, issuer: Some(issuer), subject: Some(subject) };
        Caller { actor, means: Some(means), request_id: RequestId::current().map(|id| id.to_string()) }
    }

    pub(crate) fn user(&self) -> User {
        User { name: self.name.clone(), may_edit: self.may_edit(), may_operate: self.may_operate() }
    }
}
