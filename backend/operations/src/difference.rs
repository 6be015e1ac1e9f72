//! In which respects a host is not what a revision says.

use crate::{ec2::Instance, revision::StoredRevision};

/// In which respects a host is not what a revision says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    user_data: bool,
    image: bool,
    instance_type: bool,
}

impl Difference {
    /// Holds a host against a revision. An instance type that the revision falls back on is as good as its first.
    pub(crate) fn between(host: &Instance, user_data: &str, revision: &StoredRevision) -> Self {
        let instance_type = host.instance_type.as_deref();
        Self {
            user_data: user_data != revision.user_data,
            image: host.image.as_deref() != Some(revision.image.as_str()),
            instance_type: !revision.instance_types().iter().any(|it| Some(it.as_str()) == instance_type),
        }
    }

    /// Whether there is any.
    pub(crate) const fn is_any(self) -> bool {
        self.user_data || self.image || self.instance_type
    }
}
