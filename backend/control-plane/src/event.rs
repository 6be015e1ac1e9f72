//! The kinds of event the function takes: told apart here and nowhere else.

use std::collections::BTreeSet;

use rollcall_api::audit::Actor;
use rollcall_directory::{Before, Removal};
use rollcall_error::source_chain;
use rollcall_json::JsonError;
use rollcall_operations::{
    boot_report::ReportPlace,
    ids::{RelaunchId, RevisionNumber},
    invocation::Invocation,
};

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Value, value::RawValue};
use thiserror::Error;

use crate::http::HttpEvent;

/// Something the function is asked to do.
#[derive(Debug)]
pub(crate) enum Event {
    /// An HTTP request through the HTTP API.
    Http(Box<HttpEvent>),
    /// Relaunch the host, and see it through.
    Relaunch(Wanted),
    /// Say what the host is and how the newest relaunch stands.
    Status,
    /// Look whether the host is there, and go on with the relaunch in progress: each minute.
    Tick,
    /// Tell the search index of employees, and keep those who were deleted.
    Changed(Changes),
    /// Make the search index anew, of the whole table.
    Reindex,
    /// Make the segment of the search index that is due.
    KeepIndex,
    /// Put away pictures that nobody names, behind this object.
    SweepPhotos { after: Option<String> },
    /// Stand by the driver of a relaunch that took the lease with this epoch.
    StandBy { relaunch: RelaunchId, epoch: u64 },
    /// Go on with the relaunch in progress: a change of an instance, a host's boot report, or the function's own
    /// call.
    Drive,
}

/// A relaunch as it is asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The revision; the newest when absent.
    pub(crate) revision: Option<RevisionNumber>,
    /// Whether to relaunch even if only the instance would be another one.
    pub(crate) force: bool,
    /// Why; not checked yet.
    pub(crate) reason: Option<String>,
    /// The rollback after which people took up again the schedule that asks.
    pub(crate) taken_up_after: Option<RelaunchId>,
    /// A person is never known here: IAM let the caller in, or a schedule fired.
    pub(crate) requested_by: Actor,
}

/// What became of the table of employees.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Those who were added, changed or deleted.
    pub(crate) ids: BTreeSet<String>,
    /// Those who were deleted, in order, as they were before.
    pub(crate) removals: Vec<Removal>,
    /// Those who were added, or of whom it can't be read what they were before.
    pub(crate) added: Vec<String>,
    /// Those who were changed, as they were before.
    pub(crate) changed: Vec<Before>,
    /// When the oldest of these changes was made, in seconds of Unix time.
    pub(crate) oldest_at: Option<f64>,
}

/// An event of no kind the function takes.
#[derive(Debug, Error)]
pub(crate) enum UnknownEvent {
    /// It is of a known kind, and not what that kind should be.
    #[error("this looks like {kind}, but is not: {reason}")]
    Malformed {
        /// The kind it looks like.
        kind: &'static str,
        reason: JsonError,
    },
    /// It is of no known kind.
    #[error(
        "this event is of no kind that is accepted. Accepted are: HTTP API requests of payload version 2.0; \
         {{\"action\":\"relaunch\",\"revision\":3}} (revision may be left out for the newest, \"force\":true added); \
         {{\"action\":\"status\"}}; {{\"action\":\"drive\"}}; {{\"action\":\"reindex\"}}; \
         {{\"action\":\"keep_index\"}}; {{\"action\":\"sweep_photos\"}}; DynamoDB's stream of the employees; EventBridge Scheduler's \"Scheduled Event\"; \
         EC2's \"EC2 Instance State-change Notification\"; S3's \"Object Created\" for a boot report"
    )]
    Unknown,
}

/// What gives an event's kind away. Each is looked at as it is: its own type reads it in full.
#[derive(Deserialize)]
struct Outline {
    #[serde(rename = "requestContext")]
    request_context: Option<IgnoredAny>,
    action: Option<IgnoredAny>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    #[serde(default)]
    detail: Detail,
    #[serde(rename = "Records")]
    records: Option<Vec<StreamRecord>>,
}

/// What is looked at of a record of a table's stream
/// ([stream records](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html)).
#[derive(Deserialize)]
struct StreamRecord {
    #[serde(rename = "eventSource")]
    source: String,
    #[serde(rename = "eventName", default)]
    name: String,
    dynamodb: StreamChange,
}

#[derive(Deserialize)]
struct StreamChange {
    #[serde(rename = "Keys")]
    keys: EmployeeKey,
    #[serde(rename = "OldImage", default)]
    old_image: Value,
    #[serde(rename = "SequenceNumber", default)]
    sequence: String,
    /// In seconds of Unix time.
    #[serde(rename = "ApproximateCreationDateTime", default)]
    at: f64,
}

#[derive(Deserialize)]
struct EmployeeKey {
    id: TextAttribute,
}

#[derive(Deserialize)]
struct TextAttribute {
    #[serde(rename = "S")]
    text: String,
}

/// What tells one of S3's objects from another.
#[derive(Default, Deserialize)]
struct Detail {
    #[serde(default)]
    object: Object,
}

#[derive(Default, Deserialize)]
struct Object {
    #[serde(default)]
    key: String,
}

impl Event {
    /// Reads an invocation's payload.
    ///
    /// # Errors
    /// What is accepted, when this is not.
    pub(crate) fn parse(payload: &RawValue) -> Result<Self, UnknownEvent> {
        let outline: Outline =
            rollcall_json::from_slice(payload.get().as_bytes()).map_err(|_| UnknownEvent::Unknown)?;
        match outline {
            Outline { request_context: Some(_), .. } => {
                read("an HTTP API request", payload).map(|request| Self::Http(Box::new(request)))
            }
            Outline { action: Some(_), .. } => Invocation::from_json(payload.get().as_bytes())
                .map(Self::from)
                .map_err(|reason| UnknownEvent::Malformed { kind: "a direct invocation", reason }),
            Outline { detail_type: Some(detail_type), detail, .. } => match detail_type.as_str() {
                // None of these carries state: each only makes a driver look again.
                "Scheduled Event" => Ok(Self::Tick),
                "EC2 Instance State-change Notification" => Ok(Self::Drive),
                "Object Created" if is_boot_report(&detail.object.key) => Ok(Self::Drive),
                _ => Err(UnknownEvent::Unknown),
            },
            Outline { records: Some(records), .. } => changed(records).map(Self::Changed),
            _ => Err(UnknownEvent::Unknown),
        }
    }
}

/// Who changed, and who was deleted. An image that can't be read holds up nobody: what is known of them by their key is
/// told all the same.
fn changed(records: Vec<StreamRecord>) -> Result<Changes, UnknownEvent> {
    let mut changes = Changes::default();
    for StreamRecord { source, name, dynamodb } in records {
        if source != "aws:dynamodb" {
            return Err(UnknownEvent::Unknown);
        }
        let StreamChange { keys, old_image, sequence, at } = dynamodb;
        if at > 0.0 {
            changes.oldest_at = Some(changes.oldest_at.map_or(at, |oldest| oldest.min(at)));
        }
        match name.as_str() {
            "REMOVE" => match Removal::read(old_image, sequence, at) {
                Ok(removal) => changes.removals.push(removal),
                Err(error) => {
                    let error = source_chain(&error);
                    tracing::error!(id = keys.id.text, error, "a removed employee could not be kept");
                }
            },
            "MODIFY" => match Before::read(old_image) {
                Ok(before) => changes.changed.push(before),
                Err(error) => {
                    let error = source_chain(&error);
                    tracing::warn!(id = keys.id.text, error, "what a changed employee was can't be read");
                    changes.added.push(keys.id.text.clone());
                }
            },
            "INSERT" => changes.added.push(keys.id.text.clone()),
            _ => {}
        }
        changes.ids.insert(keys.id.text);
    }
    Ok(changes)
}

fn is_boot_report(key: &str) -> bool {
    key.strip_prefix(ReportPlace::FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

fn read<T: DeserializeOwned>(kind: &'static str, payload: &RawValue) -> Result<T, UnknownEvent> {
    rollcall_json::from_slice(payload.get().as_bytes())
        .map_err(|reason| UnknownEvent::Malformed { kind, reason })
}

impl From<Invocation> for Event {
    fn from(invocation: Invocation) -> Self {
        match invocation {
            Invocation::Relaunch { revision, force, schedule, reason, taken_up_after } => {
                Self::Relaunch(Wanted {
                    revision,
                    force,
                    reason,
                    taken_up_after,
                    requested_by: schedule
                        .map_or(Actor::DirectInvocation, |name| Actor::Schedule { name: name.into() }),
                })
            }
            Invocation::Status {} => Self::Status,
            Invocation::Drive {} => Self::Drive,
            Invocation::StandBy { relaunch, epoch } => Self::StandBy { relaunch, epoch },
            Invocation::Reindex {} => Self::Reindex,
            Invocation::KeepIndex {} => Self::KeepIndex,
            Invocation::SweepPhotos { after } => Self::SweepPhotos { after },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Event, UnknownEvent> {
        Event::parse(&RawValue::from_string(json.to_owned()).expect("JSON"))
    }

    #[test]
    fn a_direct_relaunch_names_a_revision_or_means_the_newest() {
        assert!(matches!(
            parse(r#"{"action":"relaunch","revision":3}"#),
            Ok(Event::Relaunch(Wanted {
                revision: Some(RevisionNumber(3)),
                force: false,
                reason: None,
                taken_up_after: None,
                requested_by: Actor::DirectInvocation
            }))
        ));
        let newest = parse(r#"{"action":"relaunch","force":true}"#);
        assert!(
            matches!(newest, Ok(Event::Relaunch(Wanted { revision: None, force: true, .. }))),
            "{newest:?}"
        );
    }

    #[test]
    fn a_schedules_relaunch_is_asked_for_by_the_schedule() {
        let event = parse(r#"{"action":"relaunch","schedule":"nightly"}"#).expect("a schedule's input");
        let Event::Relaunch(Wanted { requested_by, .. }) = event else { panic!("{event:?} is no relaunch") };
        assert_eq!(requested_by, Actor::Schedule { name: "nightly".to_owned() });
    }

    #[test]
    fn status_is_asked_for_by_name() {
        assert!(matches!(parse(r#"{"action":"status"}"#), Ok(Event::Status)));
    }

    #[test]
    fn ticks_and_changes_of_instances_make_a_driver_look() {
        let event = |detail_type: &str| {
            parse(&format!(r#"{{"version":"0","source":"aws","detail-type":"{detail_type}","detail":{{}}}}"#))
        };
        assert!(matches!(event("Scheduled Event"), Ok(Event::Tick)));
        assert!(matches!(event("EC2 Instance State-change Notification"), Ok(Event::Drive)));
    }

    #[test]
    fn of_all_objects_only_a_boot_report_makes_a_driver_look() {
        let created = |key| {
            parse(&format!(
                r#"{{"source":"aws.s3","detail-type":"Object Created","detail":{{"object":{{"key":"{key}"}}}}}}"#
            ))
        };
        assert!(matches!(created("boot-reports/0193/AROA:i-1/report.json"), Ok(Event::Drive)));
        for other in ["host/rollcall-host.tar.gz", "boot-reports", "boot-reports-of-others/x", ""] {
            assert!(created(other).is_err(), "{other}");
        }
    }

    fn removal(image: &str) -> Changes {
        let event = parse(&format!(
            r#"{{"Records":[{{"eventName":"REMOVE","eventSource":"aws:dynamodb","dynamodb":{{
            "ApproximateCreationDateTime":1795000000,"Keys":{{"id":{{"S":"e-1"}}}},"SequenceNumber":"7"{image}}}}}]}}"#
        ));
        let Ok(Event::Changed(changes)) = event else { panic!("{event:?}") };
        changes
    }

    #[test]
    fn the_tables_stream_tells_who_was_deleted_as_they_were() {
        let image = r#","OldImage":{"id":{"S":"e-1"},"full_name":{"S":"Ada"}}"#;
        assert_eq!((removal(image).ids.len(), removal(image).removals.len()), (1, 1));
        // An image that can't be read, or none, is no reason to hold up whoever changed behind it.
        for image in ["", r#","OldImage":{"id":{"X":"e-1"}}"#, r#","OldImage":7"#, r#","OldImage":{}"#] {
            assert_eq!((removal(image).ids.len(), removal(image).removals.len()), (1, 0), "{image}");
        }
    }

    #[test]
    fn the_tables_stream_tells_who_changed() {
        let record = |source, id, at| {
            format!(
                r#"{{"eventID":"1","eventName":"MODIFY","eventVersion":"1.1","eventSource":"{source}","awsRegion":"r",
                "dynamodb":{{"ApproximateCreationDateTime":{at},"Keys":{{"id":{{"S":"{id}"}}}},"SequenceNumber":"7",
                "SizeBytes":26,"StreamViewType":"KEYS_ONLY"}},"eventSourceARN":"a"}}"#
            )
        };
        let records = |records: &[String]| parse(&format!(r#"{{"Records":[{}]}}"#, records.join(",")));
        let ours = "aws:dynamodb";
        let event = records(&[record(ours, "e-2", 2.0), record(ours, "e-1", 1.5), record(ours, "e-2", 3.0)]);
        let Ok(Event::Changed(changes)) = event else { panic!("{event:?}") };
        assert!(changes.removals.is_empty());
        assert_eq!(changes.oldest_at, Some(1.5));
        assert_eq!(changes.ids.into_iter().collect::<Vec<_>>(), ["e-1", "e-2"]);
        assert!(records(&[record("aws:sqs", "e-1", 1.5)]).is_err());
    }

    #[test]
    fn a_request_of_the_http_api_is_one() {
        let event = r#"{"version":"2.0","routeKey":"$default","rawPath":"/api/info","rawQueryString":"",
            "headers":{},"requestContext":{"accountId":"1","apiId":"a","http":{"method":"GET","path":"/api/info",
            "protocol":"HTTP/1.1","sourceIp":"127.0.0.1","userAgent":""},"requestId":"r","routeKey":"$default",
            "stage":"$default","time":"","timeEpoch":1},"isBase64Encoded":false}"#;
        assert!(matches!(parse(event), Ok(Event::Http(_))));
    }

    #[test]
    fn anything_else_is_told_what_is_accepted() {
        for json in [
            "{}",
            "3",
            "null",
            "[]",
            r#"[null,"status"]"#,
            r#"[null,null,"Scheduled Event"]"#,
            r#"{"Records":[{"eventSource":"aws:s3"}]}"#,
            r#"{"detail-type":"Object Created"}"#,
            r#"{"detail-type":"Object Created","detail":[["boot-reports/0193/report.json"]]}"#,
        ] {
            let error = parse(json).expect_err("unknown").to_string();
            assert!(error.contains(r#"{"action":"relaunch","revision":3}"#), "{json}: {error}");
        }
    }

    #[test]
    fn a_direct_invocation_with_a_slip_is_told_what_is_wrong() {
        let error = parse(r#"{"action":"relaunch","revison":3}"#).expect_err("misspelt").to_string();
        assert!(error.contains("revison"), "{error}");
        let error =
            parse(r#"{"action":"relaunch","revision":3,"revision":4}"#).expect_err("twice").to_string();
        assert!(error.contains("revision"), "{error}");
        let error = parse(r#"{"action":"reboot"}"#).expect_err("unknown action").to_string();
        assert!(error.contains("reboot") && error.contains("status"), "{error}");
    }
}
