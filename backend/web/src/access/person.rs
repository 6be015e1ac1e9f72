//! A person, as a verified token names them.

use rollcall_api::session::User;

/// The group whose members may change employees.
const EDITORS: &str = "Editors";

/// The group whose members may operate the host.
const OPERATORS: &str = "EC2Admins";

/// Whom a verified token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name people know: user name or e-mail address; the subject where the token has neither that can be read.
    pub name: String,
    /// The issuer that vouches for them, as its tokens spell it.
    pub issuer: String,
    /// The issuer's own, never reused id of the person.
    pub subject: String,
    /// The groups the issuer puts them in.
    pub groups: Vec<String>,
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

    pub(crate) fn user(&self) -> User {
        User { name: self.name.clone(), may_edit: self.may_edit(), may_operate: self.may_operate() }
    }
}
