//! Who may use a route.

use http::StatusCode;
use utoipa::openapi::SecurityRequirement;

/// The name of the scheme of a browser's session.
pub(super) const SESSION: &str = "session";

/// The name of the scheme of access tokens.
pub(super) const TOKEN: &str = "token";

/// The name of the scheme of tokens for SCIM.
pub(super) const SCIM: &str = "scim";

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever asks.
    Everyone,
    /// Whoever may read the directory: everyone, or whoever is signed in (`Reading`).
    Reader,
    /// Whoever is signed in.
    SignedIn,
    /// Members of the group `Editors`.
    Editor,
    /// Members of the group `EC2Admins`.
    Operator,
    /// The same, once they proved a moment ago who they are.
    FreshOperator,
    /// An identity provider with a token for SCIM.
    Provider,
    /// Rollcall's function, by an order that it signed; see [`crate::host_orders`].
    Function,
}

impl Who {
    /// The word for it in the document.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Reader => "reader",
            Self::SignedIn => "signed-in",
            Self::Editor => "editor",
            Self::Operator => "operator",
            Self::FreshOperator => "fresh-operator",
            Self::Provider => "provider",
            Self::Function => "function",
        }
    }

    /// The same in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Everyone => "For everyone.",
            Self::Reader => {
                "For whoever may read the directory: everyone, or whoever is signed in (`Reading`)."
            }
            Self::SignedIn => "For whoever is signed in.",
            Self::Editor => "For members of the group `Editors`.",
            Self::Operator => "For members of the group `EC2Admins`.",
            Self::FreshOperator => {
                "For members of the group `EC2Admins` whose sign-in is not older than 15 minutes, unless set otherwise."
            }
            Self::Provider => "For identity providers, with a token that an operator made for SCIM.",
            Self::Function => "For Rollcall's function alone, by an order that it signed.",
        }
    }

    /// What shows that one is such a person: any of these does.
    pub(super) fn security(self) -> Vec<SecurityRequirement> {
        let people = |groups: &[&str]| {
            [SESSION, TOKEN].map(|scheme| SecurityRequirement::new(scheme, groups.to_vec())).to_vec()
        };
        match self {
            // Where there are orders, at a host, no document is served.
            Self::Everyone | Self::Function => Vec::new(),
            Self::Reader => [vec![SecurityRequirement::default()], people(&[])].concat(),
            Self::SignedIn => people(&[]),
            Self::Editor => people(&["Editors"]),
            Self::Operator | Self::FreshOperator => people(&["EC2Admins"]),
            Self::Provider => vec![SecurityRequirement::new(SCIM, Vec::<String>::new())],
        }
    }

    /// The statuses by which it refuses those who may not.
    pub(super) const fn refusals(self) -> &'static [StatusCode] {
        match self {
            Self::Everyone => &[],
            // A session of a browser may be used by the site's own pages alone.
            Self::Reader | Self::SignedIn | Self::Editor | Self::Operator | Self::FreshOperator => {
                &[StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]
            }
            Self::Provider | Self::Function => &[StatusCode::UNAUTHORIZED],
        }
    }
}
