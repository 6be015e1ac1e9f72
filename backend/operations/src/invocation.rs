//! What the function can be asked for by a direct invocation: `cargo lambda invoke`, a schedule's input, and the
//! function's own call.

use rollcall_json::JsonError;
use serde::{Deserialize, Serialize};

use crate::ids::{RelaunchId, RevisionNumber, ScheduleName};

/// A direct invocation's payload, such as `{"action":"relaunch","revision":3}`.
///
/// Written into EventBridge Scheduler and read back from it, so that what older releases wrote must stay readable.
/// The variants without fields have braces, since serde only then refuses fields that they don't have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Invocation {
    /// Relaunch the host, and see it through.
    Relaunch {
        /// The revision; the newest at that time when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<RevisionNumber>,
        /// Whether to relaunch even if only the instance would be another one.
        #[serde(default)]
        force: bool,
        /// The schedule whose input this is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schedule: Option<ScheduleName>,
        /// Why, for whoever reads the history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The rollback after which people took the schedule up again; it may undo that one, and no later one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_up_after: Option<RelaunchId>,
    },
    /// Say what the host is and how the newest relaunch stands.
    Status {},
    /// Go on with the relaunch in progress.
    Drive {},
    /// Wait until the driver of a relaunch that took the lease with this epoch is gone, and go on then.
    StandBy { relaunch: RelaunchId, epoch: u64 },
    /// Make the search index anew, of the whole table.
    Reindex {},
    /// Make the segment of the search index that is due.
    KeepIndex {},
    /// Put away pictures that nobody names.
    SweepPhotos {
        /// The object behind which to go on; all are looked at when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
}

impl Invocation {
    /// Reads a payload.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        rollcall_json::object_from_slice(json)
    }

    /// The payload as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and truth values only: this always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_invocation() -> impl Strategy<Value = Invocation> {
        let name = proptest::option::of("[0-9A-Za-z_-]{1,48}");
        let reason = proptest::option::of(".{0,20}");
        let relaunch = (proptest::option::of(any::<u32>()), any::<bool>(), name, reason).prop_map(
            |(revision, force, schedule, reason)| Invocation::Relaunch {
                revision: revision.map(RevisionNumber),
                force,
                schedule: schedule.map(|name| ScheduleName::try_from(name).expect("a name")),
                reason,
                taken_up_after: None,
            },
        );
        let others = [
            Invocation::Status {},
            Invocation::Drive {},
            Invocation::Reindex {},
            Invocation::KeepIndex {},
            Invocation::SweepPhotos { after: None },
            Invocation::SweepPhotos { after: Some("employee_pic/0123456789abcdef.png".to_owned()) },
        ];
        let stand_by = any::<u64>().prop_map(|epoch| Invocation::StandBy {
            relaunch: RelaunchId::new(jiff::Timestamp::UNIX_EPOCH),
            epoch,
        });
        prop_oneof![relaunch, stand_by, prop::sample::select(others.to_vec())]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(invocation in any_invocation()) {
            let read = Invocation::from_json(invocation.to_json().as_bytes()).expect("reads");
            prop_assert_eq!(read, invocation);
        }
    }

    #[test]
    fn the_inputs_that_older_releases_stored_are_read() {
        let nightly = ScheduleName::try_from("nightly".to_owned()).expect("a name");
        for (json, revision) in [
            (
                r#"{"action":"relaunch","schedule":"nightly","revision":3,"force":true}"#,
                Some(RevisionNumber(3)),
            ),
            (r#"{"action":"relaunch","schedule":"nightly","force":true}"#, None),
        ] {
            let read = Invocation::from_json(json.as_bytes()).expect(json);
            let schedule = Some(nightly.clone());
            assert_eq!(
                read,
                Invocation::Relaunch { revision, force: true, schedule, reason: None, taken_up_after: None }
            );
        }
    }

    #[test]
    fn the_functions_own_call_asks_to_drive() {
        assert_eq!(Invocation::Drive {}.to_json(), r#"{"action":"drive"}"#);
    }

    #[test]
    fn a_field_that_an_action_does_not_have_is_refused() {
        for json in [
            r#"["relaunch",3]"#,
            r#"{"action":"relaunch","revision":3,"revision":4}"#,
            r#"{"action":"relaunch","revison":3}"#,
            r#"{"action":"status","revision":3}"#,
            r#"{"action":"drive","force":true}"#,
            r#"{"action":"relaunch","schedule":"../tick"}"#,
            r#"{"action":"reboot"}"#,
        ] {
            assert!(Invocation::from_json(json.as_bytes()).is_err(), "{json}");
        }
    }
}
