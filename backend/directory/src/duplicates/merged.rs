//! What a merge writes into the row of whom it keeps. Pure.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use rollcall_api::{
    duplicate::Merge,
    field::{FIELDS, Field, MAX_LIST},
    problem::FieldError,
};

use crate::{
    attribute::entries,
    held::Rewrite,
    record::{BADGES, Record, attributes, string},
};

/// What a merge calls the photo.
const PHOTO: &str = "photo";

/// What is taken from the one who is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    take: BTreeSet<&'static str>,
    join: BTreeSet<&'static str>,
}

impl Choice {
    /// # Errors
    /// Each name that is none of a field, is there twice, or can't be joined.
    pub(crate) fn parse(input: &Merge) -> Result<Self, Vec<FieldError>> {
        let take = names(&input.take, "take", |_| true);
        let join = names(&input.join, "join", |name| {
            name == BADGES || Field::named(FIELDS, name).is_some_and(|field| field.kind.is_list())
        });
        let (take, join) = match (take, join) {
            (Ok(take), Ok(join)) => (take, join),
            (take, join) => return Err([take.err(), join.err()].into_iter().flatten().flatten().collect()),
        };
        match take.intersection(&join).next() {
            Some(name) => Err(vec![FieldError::new("join", format!("names {name}, which take names too"))]),
            None => Ok(Self { take, join }),
        }
    }

    pub(crate) fn takes_photo(&self) -> bool {
        self.take.contains(PHOTO)
    }

    /// What is written into the row of whom the merge keeps, but for the photo. Whatever only other programs know, and the
    /// kept one lacks, comes along, so that nothing is lost.
    ///
    /// # Errors
    /// Each field that would be empty and must not be, or hold too much.
    pub(crate) fn writes(&self, kept: &Record, other: &Record) -> Result<Vec<Rewrite>, Vec<FieldError>> {
        let (mut writes, mut errors) = (Vec::new(), Vec::new());
        for field in FIELDS {
            match self.value(field, kept, other) {
                Ok(Some(value)) if value.as_ref() != kept.attribute(field.name) => {
                    writes.push((field.name.to_owned(), value));
                }
                Ok(_) => {}
                Err(error) => errors.push(error),
            }
        }
        let badges =
            self.of_list(BADGES, kept, other).filter(|badges| badges.as_ref() != kept.attribute(BADGES));
        writes.extend(badges.map(|badges| (BADGES.to_owned(), badges)));
        let known: BTreeSet<&str> = attributes().collect();
        let unknown = other.attributes().iter().filter(|(name, _)| !known.contains(name.as_str()));
        let missing = unknown.filter(|(name, _)| kept.attribute(name).is_none());
        writes.extend(missing.map(|(name, value)| (name.clone(), Some(value.clone()))));
        if errors.is_empty() { Ok(writes) } else { Err(errors) }
    }

    /// What becomes of a field; none where it stays.
    fn value(
        &self,
        field: &Field,
        kept: &Record,
        other: &Record,
    ) -> Result<Option<Option<AttributeValue>>, FieldError> {
        let value = self.of_list(field.name, kept, other);
        if value.is_some() && field.required && other.value(field).is_none() {
            return Err(FieldError::new(
                field.name,
                "is empty in the other record; keep the one that is there",
            ));
        }
        let entries = value.as_ref().map_or(0, |value| entries(value.as_ref()).len());
        if self.join.contains(field.name) && entries > MAX_LIST {
            let detail =
                format!("would hold {entries}; at most {MAX_LIST} can be kept, so take one or the other");
            return Err(FieldError::new(field.name, detail));
        }
        Ok(value)
    }

    fn of_list(&self, name: &str, kept: &Record, other: &Record) -> Option<Option<AttributeValue>> {
        if self.take.contains(name) {
            return Some(other.attribute(name).cloned());
        }
        self.join.contains(name).then(|| joined(kept.attribute(name), other.attribute(name)))
    }
}

/// The entries of both, each once.
fn joined(one: Option<&AttributeValue>, other: Option<&AttributeValue>) -> Option<AttributeValue> {
    let mut all: Vec<AttributeValue> = Vec::new();
    for entry in entries(one).into_iter().chain(entries(other)) {
        if !all.contains(&entry) && entry != string("") {
            all.push(entry);
        }
    }
    (!all.is_empty()).then_some(AttributeValue::L(all))
}

fn names(
    sent: &[String],
    list: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Result<BTreeSet<&'static str>, Vec<FieldError>> {
    let known = || FIELDS.iter().map(|field| field.name).chain([BADGES, PHOTO]);
    let name = |sent: &String| {
        let name = known().find(|name| name == sent).filter(|name| is_meant(name));
        name.ok_or_else(|| {
            let meant: Vec<&str> = known().filter(|name| is_meant(name)).collect();
            FieldError::new(list, format!("names {sent:?}; there are {}", meant.join(", ")))
        })
    };
    let (found, errors): (Vec<_>, Vec<_>) = sent.iter().map(name).partition(Result::is_ok);
    let errors: Vec<FieldError> = errors.into_iter().filter_map(Result::err).collect();
    if errors.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ID, Item};

    fn record(attributes: Vec<(&str, AttributeValue)>) -> Record {
        let all = [(ID, string("e-1"))].into_iter().chain(attributes);
        let item: Item = all.map(|(name, value)| (name.to_owned(), value)).collect();
        Record::from_item(item).expect("an employee")
    }

    fn list(texts: &[&str]) -> AttributeValue {
        AttributeValue::L(texts.iter().map(|text| string(text)).collect())
    }

    fn choice(take: &[&str], join: &[&str]) -> Result<Choice, Vec<FieldError>> {
        let all = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Choice::parse(&Merge { other: String::new(), take: all(take), join: all(join) })
    }

    #[test]
    fn what_is_chosen_is_taken_and_all_else_stays() {
        let kept = record(vec![
            ("full_name", string("Ada")),
            ("phone", string("+1")),
            ("badges", list(&["bug"])),
            ("salary", string("7")),
        ]);
        let other = record(vec![
            ("full_name", string("Ada L.")),
            ("phone", AttributeValue::N("2".to_owned())),
            ("department", string("Sums")),
            ("badges", list(&["coffee", "bug", "unicorn"])),
            ("salary", string("8")),
            ("desk", string("3")),
        ]);
        let writes = |take: &[&str], join: &[&str]| {
            choice(take, join).expect("a choice").writes(&kept, &other).expect("writes")
        };
        let desk = ("desk".to_owned(), Some(string("3")));
        assert_eq!(writes(&[], &[]), std::slice::from_ref(&desk));
        let joined = ("badges".to_owned(), Some(list(&["bug", "coffee", "unicorn"])));
        let phone = ("phone".to_owned(), Some(AttributeValue::N("2".to_owned())));
        assert_eq!(writes(&["phone"], &["badges"]), [phone, joined, desk]);
    }

    #[test]
    fn nobody_is_left_without_what_everyone_has() {
        let (kept, other) = (record(vec![("full_name", string("Ada"))]), record(vec![]));
        let errors = choice(&["full_name"], &[]).expect("a choice").writes(&kept, &other);
        assert_eq!(errors.expect_err("refused")[0].field, "full_name");
    }

    #[test]
    fn more_than_a_field_holds_is_refused_and_not_cut() {
        let many = |from: usize| {
            let texts: Vec<String> = (from..from + 6).map(|number| format!("N{number}")).collect();
            AttributeValue::L(texts.iter().map(|text| string(text)).collect())
        };
        let (kept, other) = (record(vec![("other_names", many(0))]), record(vec![("other_names", many(6))]));
        let errors = choice(&[], &["other_names"]).expect("a choice").writes(&kept, &other);
        assert!(errors.expect_err("refused")[0].detail.contains("12"));
    }

    #[test]
    fn a_name_that_is_no_field_is_refused_with_those_there_are() {
        for (take, join, field) in [
            (&["salary"][..], &[][..], "take"),
            (&[], &["phone"], "join"),
            (&["badges"], &["badges"], "join"),
            (&["id"], &[], "take"),
        ] {
            let errors = choice(take, join).expect_err("refused");
            assert_eq!(errors[0].field, field, "{take:?} {join:?}");
        }
    }
}
