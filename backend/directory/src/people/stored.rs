//! A trail as an item of the table of people.
//!
//! The attributes of a former employee's row stand beside Rollcall's own, each under its name with `row.` before it: in
//! a map they would be one level deeper than DynamoDB permits
//! ([constraints](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html)).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rollcall_api::former::{By, How};
use rollcall_aws::records::Key;
use sha2::{Digest, Sha256};

use super::{
    image::Sequence,
    trail::{Former, Merged, Trail},
};
use crate::{
    employee_id::EmployeeId,
    photo_key::PhotoKey,
    record::{Item, OBJECT_KEY, Record, string},
};

/// The partition of the list of those who left, one item for each; what else is known of them is in their trail.
pub(super) const LIST: &str = "former";

/// The partition of the list of those among them whom a provider made inactive.
pub(super) const INACTIVE: &str = "inactive";

/// The attribute by which DynamoDB deletes an item, in seconds of Unix time.
pub(super) const EXPIRES_AT: &str = "expires_at";

const ROW: &str = "row.";

/// What a merge wrote into another row, as it was before and as it was written.
const BEFORE: &str = "before.";
const AFTER: &str = "after.";

/// The photos that someone had before.
const PHOTOS: &str = "photos";

/// Where a trail stands. An id may be longer than a key, and whoever was erased is not to be named by one.
pub(super) fn key(id: &EmployeeId) -> Key {
    Key::new(format!("person/{}", hash(id.as_str())), "left")
}

/// What stands for a text in a key.
pub(super) fn hash(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// The item of a trail.
pub(super) fn item(id: &EmployeeId, trail: &Trail) -> Item {
    let mut item = key_of(&key(id));
    let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    set("version", number(trail.version));
    set("awaited", number(trail.awaited));
    if let Some(heard) = &trail.heard {
        set("heard", string(heard.as_str()));
    }
    if !trail.photos.is_empty() {
        let keys = trail.photos.iter().map(|key| string(&key.object_key()));
        set(PHOTOS, AttributeValue::L(keys.collect()));
    }
    if let Some(erased_at) = trail.erased_at {
        set("erased_at", string(&erased_at.to_string()));
    }
    if let Some(expires_at) = trail.expires_at {
        set(EXPIRES_AT, number(expires_at.as_second()));
    }
    if let Some(former) = &trail.former {
        set("place", string(&former.place.to_string()));
        set("left_at", string(&former.left_at.to_string()));
        set("how", string(how_word(former.how)));
        if !former.inherited.is_empty() {
            let names = former.inherited.iter().map(|name| string(name));
            set("inherited", AttributeValue::L(names.collect()));
        }
        if !former.amended.is_empty() {
            let names = former.amended.iter().map(|name| string(name));
            set("amended", AttributeValue::L(names.collect()));
        }
        if let Some(Merged { into, reports, .. }) = &former.merged {
            set("merged_into", string(into.as_str()));
            let reports = reports.iter().map(|id| string(id.as_str()));
            set("merged_reports", AttributeValue::L(reports.collect()));
        }
        if let Some(By { name, subject }) = &former.by {
            let by = [("name", name), ("subject", subject)];
            set("by", AttributeValue::M(by.map(|(part, text)| (part.to_owned(), string(text))).into()));
        }
        let own = [(ROW, former.record.attributes())];
        let merged = former.merged.iter().flat_map(|it| [(BEFORE, &it.before), (AFTER, &it.after)]);
        for (prefix, attributes) in own.into_iter().chain(merged) {
            item.extend(attributes.iter().map(|(name, value)| (format!("{prefix}{name}"), value.clone())));
        }
    }
    item
}

/// The trail that an item is; none when it can't be read.
pub(super) fn trail(mut item: Item) -> Option<Trail> {
    let former = item.contains_key("place").then(|| former(&mut item));
    let former = match former {
        Some(former) => Some(former?),
        None => None,
    };
    let photos = texts(&item, PHOTOS).filter_map(PhotoKey::from_object_key);
    Some(Trail {
        version: parsed(&item, "version")?,
        awaited: parsed(&item, "awaited")?,
        heard: text(&item, "heard").map(Sequence::new),
        photos: photos.collect(),
        erased_at: text(&item, "erased_at").and_then(|time| time.parse().ok()),
        expires_at: parsed(&item, EXPIRES_AT).and_then(|seconds| Timestamp::from_second(seconds).ok()),
        former,
    })
}

/// What to read of an item for its photos, by the names that stand for it in an expression.
pub(super) fn photo_names() -> HashMap<String, String> {
    let of = |prefix: &str| format!("{prefix}{OBJECT_KEY}");
    [("#before", PHOTOS.to_owned()), ("#last", of(ROW)), ("#replaced", of(BEFORE))]
        .map(|(name, attribute)| (name.to_owned(), attribute))
        .into()
}

/// Every photo that an item of the table names.
pub(super) fn photos(item: &Item) -> Vec<PhotoKey> {
    let last = [ROW, BEFORE].into_iter().filter_map(|prefix| text(item, &format!("{prefix}{OBJECT_KEY}")));
    texts(item, PHOTOS).chain(last).filter_map(PhotoKey::from_object_key).collect()
}

fn former(item: &mut Item) -> Option<Former> {
    let record = Record::from_item(taken(item, ROW))?;
    let by = match item.get("by") {
        Some(AttributeValue::M(by)) => {
            Some(By { name: text(by, "name")?.to_owned(), subject: text(by, "subject")?.to_owned() })
        }
        _ => None,
    };
    Some(Former {
        place: text(item, "place")?.parse().ok()?,
        record,
        inherited: texts(item, "inherited").map(str::to_owned).collect(),
        amended: texts(item, "amended").map(str::to_owned).collect(),
        left_at: text(item, "left_at")?.parse().ok()?,
        how: text(item, "how")?.parse().ok()?,
        by,
        merged: merged(item),
    })
}

fn merged(item: &mut Item) -> Option<Merged> {
    let id = |text: &str| EmployeeId::try_from(text.to_owned()).ok();
    Some(Merged {
        into: id(text(item, "merged_into")?)?,
        reports: texts(item, "merged_reports").filter_map(id).collect(),
        before: taken(item, BEFORE),
        after: taken(item, AFTER),
    })
}

/// The attributes that stand under a prefix, taken out.
fn taken(item: &mut Item, prefix: &str) -> Item {
    let names: Vec<String> = item.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
    let attributes = names.into_iter().filter_map(|name| {
        let value = item.remove(&name)?;
        Some((name.strip_prefix(prefix)?.to_owned(), value))
    });
    attributes.collect()
}

/// The item by which someone who left is at a place of a list.
pub(super) fn listed(place: &Key, id: &EmployeeId, expires_at: Option<Timestamp>) -> Item {
    let mut item = key_of(place);
    item.insert("id".to_owned(), string(id.as_str()));
    item.extend(expires_at.map(|time| (EXPIRES_AT.to_owned(), number(time.as_second()))));
    item
}

/// Where someone who left stands in the lists.
pub(super) fn places(former: &Former) -> Vec<Key> {
    let lists = [Some(LIST), (former.how == How::Provider).then_some(INACTIVE)];
    lists.into_iter().flatten().map(|list| Key::new(list, former.place.to_string())).collect()
}

pub(super) fn key_of(key: &Key) -> Item {
    HashMap::from([("pk".to_owned(), string(&key.kind)), ("sk".to_owned(), string(&key.sort))])
}

const fn how_word(how: How) -> &'static str {
    match how {
        How::Deleted => "deleted",
        How::Elsewhere => "elsewhere",
        How::Provider => "provider",
    }
}

pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn texts<'a>(item: &'a Item, name: &str) -> impl Iterator<Item = &'a str> {
    let list = item.get(name).and_then(|list| list.as_l().ok()).into_iter().flatten();
    list.filter_map(|text| text.as_s().ok()).map(String::as_str)
}

fn parsed<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::trail::Leaving;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn record() -> Record {
        let row = [
            ("id", string("e-1")),
            ("full_name", string("Ada")),
            ("expires_at", AttributeValue::N("7".to_owned())),
            ("pk", AttributeValue::Null(true)),
            ("row.id", string("odd")),
            ("object_key", string("employee_pic/0123456789abcdef.png")),
        ];
        Record::from_item(row.map(|(name, value)| (name.to_owned(), value)).into()).expect("a row")
    }

    #[test]
    fn a_trail_reads_back_as_it_is_stored_whatever_the_row_holds() {
        let id = record().id;
        let by = Some(By { name: "Edith".to_owned(), subject: "7-e".to_owned() });
        let mut trail = Trail::default();
        for how in [How::Deleted, How::Provider, How::Elsewhere] {
            trail = trail.left(record(), Leaving { how, at: at(1_800_000_000), by: by.clone() });
            trail.heard = Some(Sequence::new("700"));
            trail.former.as_mut().expect("former").inherited.insert("full_name".to_owned());
            trail.former.as_mut().expect("former").amended.insert("title".to_owned());
            trail.former.as_mut().expect("former").merged = (how == How::Deleted).then(|| Merged {
                into: EmployeeId::try_from("e-2".to_owned()).expect("an id"),
                before: [("row.a".to_owned(), string("x")), ("pk".to_owned(), string(""))].into(),
                after: [("a".to_owned(), AttributeValue::Null(true))].into(),
                reports: vec![record().id],
            });
            assert_eq!(super::trail(item(&id, &trail)), Some(trail.clone()));
            trail = trail.back(at(1_800_000_001));
            assert_eq!(super::trail(item(&id, &trail)), Some(trail.clone()));
        }
        assert_eq!(super::trail(item(&id, &trail.clone().erased(at(0)))), Some(trail.erased(at(0))));
    }

    #[test]
    fn what_dynamodb_deletes_by_is_rollcalls_own_and_no_attribute_of_the_row() {
        let leaving = Leaving { how: How::Deleted, at: at(0), by: None };
        let trail = Trail::default().left(record(), leaving);
        let stored = item(&record().id, &trail);
        assert_eq!(stored.get("expires_at"), Some(&number(30 * 24 * 60 * 60)));
        let kept = Trail::default().left(record(), Leaving { how: How::Provider, at: at(0), by: None });
        assert_eq!(item(&record().id, &kept).get("expires_at"), None);
    }

    #[test]
    fn a_key_fits_whatever_the_id_and_names_nobody() {
        let long = EmployeeId::try_from("z".repeat(2048)).expect("an id");
        assert_eq!(key(&long).kind.len(), "person/".len() + 43);
        assert!(!key(&record().id).kind.contains("e-1"));
    }
}
