//! Who may do what, as far as the page can tell; the API decides.

use rollcall_api::session::User;

use crate::api::Session;

/// Something only some people may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Change employees.
    Edit,
    Operate,
}

/// Whether the person may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// Not known yet.
    Unknown,
    /// They may.
    Granted,
    /// They have to sign in first.
    SignedOut,
    /// They are signed in, and not in the group.
    Missing(&'static str),
}

impl Permission {
    /// The group whose members may.
    pub(crate) const fn group(self) -> &'static str {
        match self {
            Self::Edit => "Editors",
            Self::Operate => "EC2Admins",
        }
    }

    /// What the permission is for, after “to”.
    pub(crate) const fn purpose(self) -> &'static str {
        match self {
            Self::Edit => "change employees",
            Self::Operate => "operate the host",
        }
    }

    const fn is_given_to(self, user: &User) -> bool {
        match self {
            Self::Edit => user.may_edit,
            Self::Operate => user.may_operate,
        }
    }

    /// Whether `session` gives it.
    pub(crate) fn in_session(self, session: Option<&Session>) -> Access {
        match session {
            None => Access::Unknown,
            Some(Session { user: None, .. }) => Access::SignedOut,
            Some(Session { user: Some(user), .. }) if self.is_given_to(user) => Access::Granted,
            Some(_) => Access::Missing(self.group()),
        }
    }

    /// Why the person may not; none when they may.
    pub(crate) fn reason_against(self, access: &Access) -> Option<String> {
        match access {
            Access::Granted => None,
            Access::Unknown => Some("Checking what you may do…".to_owned()),
            Access::SignedOut => Some(format!("Sign in to {}.", self.purpose())),
            Access::Missing(group) => {
                Some(format!("Only members of the group {group} may {}.", self.purpose()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::{session::Reading, word::Word};

    use super::*;

    fn session(user: Option<User>) -> Session {
        Session { user, reading: Word::Known(Reading::Open), can_sign_in: true, user_not_known: false }
    }

    fn editor() -> User {
        User { name: "editor".to_owned(), may_edit: true, may_operate: false }
    }

    #[test]
    fn an_editor_may_edit_and_not_operate() {
        let session = session(Some(editor()));
        assert_eq!(Permission::Edit.in_session(Some(&session)), Access::Granted);
        assert_eq!(Permission::Operate.in_session(Some(&session)), Access::Missing("EC2Admins"));
    }

    #[test]
    fn whoever_may_not_is_told_what_is_missing() {
        let reason = |access| Permission::Operate.reason_against(&access);
        assert_eq!(reason(Access::Granted), None);
        assert_eq!(reason(Access::SignedOut).as_deref(), Some("Sign in to operate the host."));
        assert_eq!(
            reason(Access::Missing("EC2Admins")).as_deref(),
            Some("Only members of the group EC2Admins may operate the host.")
        );
    }
}
