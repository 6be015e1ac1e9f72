//! The badges an employee can wear.

use serde::{Deserialize, Serialize};

/// A badge, by the id the directory's table stores.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Badge {
    /// Uses a Mac.
    Apple,
    Windows,
    Linux,
    VideoCamera,
    /// Was employee of the month.
    Trophy,
    /// Takes photographs.
    Camera,
    /// Flies often.
    Plane,
    Paperclip,
    /// Is particular about coffee.
    Coffee,
    /// Plays games.
    Gamepad,
    Bug,
    /// Likes Seattle.
    Umbrella,
}

impl Badge {
    /// Every badge, in the order the directory shows them.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The id stored in the table and sent over the wire.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// What people read, spelled as the original directory spells it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Apple => "Mac User",
            Self::Windows => "Windows User",
            Self::Linux => "Linux User",
            Self::VideoCamera => "Digital Content Star",
            Self::Trophy => "Employee of the Month",
            Self::Camera => "Photographer",
            Self::Plane => "Frequent Flier",
            Self::Paperclip => "Paperclip Afficionado",
            Self::Coffee => "Coffee Snob",
            Self::Gamepad => "Gamer",
            Self::Bug => "Bugfixer",
            Self::Umbrella => "Seattle Fan",
        }
    }

    /// The badge with this id, if there is one.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        id.parse().ok()
    }
}

/// One entry of `GET /api/badges`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BadgeDescription {
    /// The id to send and store.
    pub id: Badge,
    /// What people read.
    pub label: String,
}

/// The answer of `GET /api/badges`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BadgeList {
    /// The badges in display order.
    pub badges: Vec<BadgeDescription>,
}

impl BadgeList {
    /// Every badge.
    #[must_use]
    pub fn all() -> Self {
        Self {
            badges: Badge::ALL
                .iter()
                .map(|&id| BadgeDescription { id, label: id.label().to_owned() })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_is_written_as_its_id() {
        for &badge in Badge::ALL {
            let json = serde_json::to_string(&badge).expect("a badge serialises");
            assert_eq!(json, format!("\"{}\"", badge.id()));
            assert_eq!(Badge::from_id(badge.id()), Some(badge));
        }
    }

    #[test]
    fn an_unknown_id_is_no_badge() {
        assert_eq!(Badge::from_id("unicorn"), None);
    }
}
