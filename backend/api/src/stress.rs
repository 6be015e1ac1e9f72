//! The stress test of the host: its processors are kept busy for some minutes, so that one sees what alarms and pages do then.

use serde::{Deserialize, Serialize};

/// For how many minutes a stress test may last, as the original app's buttons do.
pub const STRESS_MINUTES: [u8; 3] = [1, 5, 10];

/// What is sent to begin one: `POST /api/host/stress`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewStressTest {
    /// For how many minutes: one of [`STRESS_MINUTES`].
    #[cfg_attr(feature = "openapi", schema(schema_with = minutes))]
    pub minutes: u8,
}

/// The minutes, in the API's document.
#[cfg(feature = "openapi")]
fn minutes() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, Type};

    ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some(STRESS_MINUTES)).build().into()
}
