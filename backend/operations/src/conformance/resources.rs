//! What the account has beside the network, as far as it is held against the templates.

/// The host that serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServingHost {
    /// `i-…`.
    pub(super) id: String,
    pub(super) subnet: Option<String>,
    /// The ARN of its instance profile.
    pub(super) profile: Option<String>,
    /// Whether its metadata needs a session token.
    pub(super) tokens_required: bool,
    pub(super) groups: Vec<String>,
    /// The sha256 of its user data.
    pub(super) user_data_sha256: String,
    /// The sha256 of the user data of the revision its tag names; none when the tag names none that is stored.
    pub(super) revision_sha256: Option<String>,
}

/// The bucket of the photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) name: String,
    /// Whether public access is blocked in all four ways.
    pub(super) blocks_public_access: bool,
    /// The algorithm of its default encryption.
    pub(super) encryption: Option<String>,
    pub(super) policy: Option<serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EmployeesTable {
    /// Its key attributes, such as `id (HASH)`.
    pub(super) key: Vec<String>,
    /// Its indexes: none is allowed, see the data contract.
    pub(super) indexes: Vec<String>,
    /// Whether it can be taken back to any second of the last 35 days.
    pub(super) recoverable: bool,
}
