//! The bucket of the photos with its policy, the table of the employees, and the people's MFA.

use std::collections::BTreeSet;

use rollcall_api::conformance::{Area, Fact};
use serde_json::Value;

use super::{
    account::{LaunchEnvironment, Observed, Prefix},
    resources::{Bucket, EmployeesTable},
    subject::{Subject, deploy_again},
};

pub(super) fn facts(prefix: Prefix<'_>, environment: &LaunchEnvironment) -> Vec<Fact> {
    let mut facts = match &environment.bucket {
        Err(why) => vec![subject("bucket", "Photos bucket").unknown("as declared", why)],
        Ok(bucket) => bucket_facts(prefix, bucket),
    };
    match &environment.table {
        Err(why) => facts.push(subject("table", "Employees table").unknown("as declared", why)),
        Ok(table) => facts.extend(table_facts(table)),
    }
    facts
}

fn subject(id: &str, name: &str) -> Subject {
    Subject::new(Area::Storage, id, name, deploy_again("storage"))
}

fn bucket_facts(prefix: Prefix<'_>, bucket: &Bucket) -> Vec<Fact> {
    let blocked = |all: bool| if all { "blocked" } else { "not blocked in every way" };
    vec![
        subject("bucket-public-access", "Photos bucket, public access")
            .compared(blocked(true), blocked(bucket.blocks_public_access)),
        subject("bucket-encryption", "Photos bucket, encryption")
            .compared("AES256", bucket.encryption.as_deref().unwrap_or("none")),
        subject("bucket-policy", "Photos bucket, policy").compared(
            declared_policy(prefix).into_iter().collect::<Vec<_>>().join("; "),
            found_policy(bucket.policy.as_ref()).into_iter().collect::<Vec<_>>().join("; "),
        ),
    ]
}

fn declared_policy(prefix: Prefix<'_>) -> BTreeSet<String> {
    let photos = "DeleteObject, GetObject, PutObject on employee_pic/*";
    BTreeSet::from([
        "denies everyone without TLS".to_owned(),
        format!("allows {}, {} {photos}", prefix.function(), prefix.host()),
    ])
}

/// Each statement in words, so that an added or changed one shows.
fn found_policy(policy: Option<&Value>) -> BTreeSet<String> {
    let statements = policy.and_then(|policy| policy.get("Statement")).map(list).unwrap_or_default();
    if statements.is_empty() {
        return BTreeSet::from(["none".to_owned()]);
    }
    statements.into_iter().map(in_words).collect()
}

fn in_words(statement: &Value) -> String {
    let part = |name: &str| statement.get(name);
    let is_deny = part("Effect").and_then(Value::as_str) == Some("Deny");
    let insecure = part("Condition")
        .and_then(|condition| condition.pointer("/Bool/aws:SecureTransport"))
        .is_some_and(|value| value == "false" || value == &Value::Bool(false));
    let everyone = part("Principal")
        .is_some_and(|principal| principal == "*" || principal.get("AWS") == Some(&"*".into()));
    if is_deny && insecure && everyone && texts(part("Action")) == ["s3:*"] {
        return "denies everyone without TLS".to_owned();
    }
    let principals = match part("Principal") {
        Some(Value::Object(kinds)) => kinds.values().flat_map(|value| texts(Some(value))).collect(),
        other => texts(other),
    };
    let principals = sorted(principals.iter().map(|arn| last(arn, '/')));
    let actions = sorted(texts(part("Action")).iter().map(|action| last(action, ':')));
    let resources = sorted(texts(part("Resource")).iter().map(|arn| match arn.split_once('/') {
        Some((_, path)) => path.to_owned(),
        None => "the bucket".to_owned(),
    }));
    let verb = if is_deny { "denies" } else { "allows" };
    let condition = part("Condition").map_or("", |_| ", under a condition");
    format!("{verb} {principals} {actions} on {resources}{condition}")
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.map(list).unwrap_or_default().into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn last(text: &str, separator: char) -> String {
    text.rsplit(separator).next().unwrap_or(text).to_owned()
}

fn sorted(words: impl Iterator<Item = String>) -> String {
    words.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

fn table_facts(table: &EmployeesTable) -> Vec<Fact> {
    let recoverable = |is: bool| if is { "on" } else { "off" };
    let indexes = if table.indexes.is_empty() { "none".to_owned() } else { table.indexes.join(", ") };
    vec![
        subject("table-key", "Employees table, key").compared("id (HASH)", table.key.join(", ")),
        // An index on an attribute makes the original app's writes fail whenever that is an empty text.
        subject("table-indexes", "Employees table, indexes").compared("none", indexes),
        subject("table-recovery", "Employees table, point-in-time recovery")
            .compared(recoverable(true), recoverable(table.recoverable)),
    ]
}

/// Whether the people's user has a second factor.
pub(super) fn mfa(prefix: Prefix<'_>, devices: &Observed<usize>) -> Fact {
    let user = prefix.ec2_admin();
    let mend = format!("Sign in as {user} and set up an MFA device; until then EC2 is closed to it.");
    let subject = Subject::new(Area::Identity, "ec2-admin-mfa", format!("MFA of {user}"), mend);
    let words = |devices: usize| if devices > 0 { "set up" } else { "not set up" };
    match devices {
        Err(why) => subject.unknown(words(1), why),
        Ok(devices) => subject.compared(words(1), words(*devices)),
    }
}
