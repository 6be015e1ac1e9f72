//! The bucket of the photos with its policy, the table of the employees, and the people's MFA.

use std::collections::BTreeSet;

use rollcall_api::conformance::{Area, Fact};
use serde_json::Value;

use super::{
    account::{Deployment, LaunchEnvironment, Observed},
    resources::{Bucket, EmployeesTable},
    subject::{Subject, deploy_again},
};

pub(super) fn facts(deployment: Deployment<'_>, environment: &LaunchEnvironment) -> Vec<Fact> {
    let mut facts = match &environment.bucket {
        Err(why) => vec![subject("bucket", "Photos bucket").unknown("as declared", why)],
        Ok(None) => vec![subject("bucket", "Photos bucket").compared("there", "missing")],
        Ok(Some(bucket)) => bucket_facts(deployment, bucket),
    };
    match &environment.table {
        Err(why) => facts.push(subject("table", "Employees table").unknown("as declared", why)),
        Ok(None) => facts.push(subject("table", "Employees table").compared("there", "missing")),
        Ok(Some(table)) => facts.extend(table_facts(table)),
    }
    facts
}

fn subject(id: &str, name: &str) -> Subject {
    Subject::new(Area::Storage, id, name, deploy_again("storage"))
}

fn bucket_facts(deployment: Deployment<'_>, bucket: &Bucket) -> Vec<Fact> {
    let blocked = |all: bool| if all { "blocked" } else { "not blocked in every way" };
    vec![
        subject("bucket-public-access", "Photos bucket, public access")
            .compared(blocked(true), blocked(bucket.blocks_public_access)),
        subject("bucket-encryption", "Photos bucket, encryption")
            .compared("AES256", bucket.encryption.as_deref().unwrap_or("none")),
        subject("bucket-policy", "Photos bucket, policy").compared(
            declared_policy(deployment).into_iter().collect::<Vec<_>>().join("; "),
            found_policy(deployment, bucket).into_iter().collect::<Vec<_>>().join("; "),
        ),
    ]
}

const WITHOUT_TLS: &str = "denies everyone without TLS";

fn declared_policy(deployment: Deployment<'_>) -> BTreeSet<String> {
    let photos = "DeleteObject, GetObject, PutObject on employee_pic/*";
    BTreeSet::from([
        WITHOUT_TLS.to_owned(),
        format!("allows {}, {} {photos}", deployment.function(), deployment.host()),
    ])
}

/// Each statement in words, so that an added or changed one shows.
fn found_policy(deployment: Deployment<'_>, bucket: &Bucket) -> BTreeSet<String> {
    let statements = bucket.policy.as_ref().and_then(|policy| policy.get("Statement"));
    let statements = statements.map(list).unwrap_or_default();
    if statements.is_empty() {
        return BTreeSet::from(["none".to_owned()]);
    }
    statements.into_iter().map(|statement| in_words(deployment, &bucket.name, statement)).collect()
}

/// The parts of a statement that are put into words.
const PARTS: [&str; 6] = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

fn in_words(deployment: Deployment<'_>, bucket: &str, statement: &Value) -> String {
    let part = |name: &str| statement.get(name);
    let is_deny = part("Effect").and_then(Value::as_str) == Some("Deny");
    let principals = match part("Principal") {
        Some(Value::Object(kinds)) => kinds
            .iter()
            .flat_map(|(kind, value)| texts(Some(value)).into_iter().map(move |text| (kind.as_str(), text)))
            .map(|(kind, text)| match kind {
                "AWS" => own_role(deployment.account, &text).unwrap_or(&text).to_owned(),
                kind => format!("{kind} {text}"),
            })
            .collect(),
        other => texts(other),
    };
    let principals = sorted(principals.into_iter());
    let actions = texts(part("Action"));
    let actions = sorted(actions.iter().map(|it| it.strip_prefix("s3:").unwrap_or(it).to_owned()));
    let resources = sorted(texts(part("Resource")).iter().map(|arn| place(bucket, arn)));
    let others = statement.as_object().into_iter().flat_map(|parts| parts.keys());
    let others: Vec<_> = others.filter(|name| !PARTS.contains(&name.as_str())).map(String::as_str).collect();
    let is_plain = others.is_empty() && part("Condition").is_some_and(is_without_tls);
    if is_deny && is_plain && (&*principals, &*actions, &*resources) == ("*", "*", "*, the bucket") {
        return WITHOUT_TLS.to_owned();
    }
    let verb = if is_deny { "denies" } else { "allows" };
    let condition = part("Condition").map_or("", |_| ", under a condition");
    let others = if others.is_empty() { String::new() } else { format!(", with {}", others.join(" and ")) };
    format!("{verb} {principals} {actions} on {resources}{condition}{others}")
}

/// Whether this and nothing more is the condition: each further one would let something through.
fn is_without_tls(condition: &Value) -> bool {
    let is_false = |value: &&Value| matches!(value, Value::Bool(false)) || value.as_str() == Some("false");
    let only = |value: &Value, name: &str| {
        let parts = value.as_object().filter(|parts| parts.len() == 1)?;
        parts.get(name).cloned()
    };
    only(condition, "Bool")
        .and_then(|bool| only(&bool, "aws:SecureTransport"))
        .is_some_and(|value| matches!(list(&value).as_slice(), [only] if is_false(only)))
}

/// The name of a role of this account. One of another account may have the same name.
fn own_role<'a>(account: &str, arn: &'a str) -> Option<&'a str> {
    let (partition, rest) = arn.strip_prefix("arn:aws")?.split_once(":iam::")?;
    let name = rest.strip_prefix(account)?.strip_prefix(":role/")?;
    (!partition.contains(':') && !name.contains('/')).then_some(name)
}

/// What an ARN names of the bucket; the ARN itself where it names something else.
fn place(bucket: &str, arn: &str) -> String {
    let name = arn.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":s3:::")).map(|(_, name)| name);
    match name.and_then(|name| name.strip_prefix(bucket)) {
        Some("") => "the bucket".to_owned(),
        Some(rest) => rest.strip_prefix('/').unwrap_or(arn).to_owned(),
        None => arn.to_owned(),
    }
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value.map(list).unwrap_or_default().into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
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
pub(super) fn mfa(deployment: Deployment<'_>, devices: &Observed<Option<usize>>) -> Fact {
    let user = deployment.ec2_admin();
    let mend = format!("Sign in as {user} and set up an MFA device; until then EC2 is closed to it.");
    let subject = Subject::new(Area::Identity, "ec2-admin-mfa", format!("MFA of {user}"), mend);
    let words = |devices: usize| if devices > 0 { "set up" } else { "not set up" };
    match devices {
        Err(why) => subject.unknown(words(1), why),
        Ok(Some(devices)) => subject.compared(words(1), words(*devices)),
        // Nobody can sign in as someone who is not there.
        Ok(None) => {
            Subject::new(Area::Identity, "ec2-admin-mfa", format!("MFA of {user}"), deploy_again("identity"))
                .compared(words(1), "the user is missing")
        }
    }
}
