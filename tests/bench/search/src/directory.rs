//! The same people as a directory has them: each with an e-mail address, and reporting to someone. And others, who are not
//! in it yet.

use std::collections::HashSet;

use dynoxide::{AttributeValue, Item};
use rollcall_search::{Person, fold};

use crate::{cloud::row, people::people};

/// How many stand above the last one of a chain that begins at the top.
const LEVELS: usize = 20;

/// How many more report to the second one of that chain.
const DIRECT: usize = 1_000;

/// How many report to each of the others who have anyone.
const EACH: usize = 8;

/// The rows of so many people.
pub(crate) fn rows(count: usize) -> impl Iterator<Item = Item> {
    let mut ids: Vec<String> = Vec::with_capacity(count);
    people(count).enumerate().map(move |(number, person)| {
        ids.push(person.id.clone());
        let manager = manager(number).map(|manager| ids[manager].clone());
        // So unlike each other that none is taken for another one with a slip.
        let digits: String = person.id.chars().filter(|it| *it != '-').take(12).collect();
        let email = format!("{digits}@example.org");
        let more = [("email", Some(email)), ("manager", manager)];
        let more = more.into_iter().filter_map(|(name, text)| Some((name, AttributeValue::S(text?))));
        row(person).into_iter().chain(more.map(|(name, text)| (name.to_owned(), text))).collect()
    })
}

/// The ids of the first so many: those of the chain, those who report to its second one, and others.
pub(crate) fn ids(number: usize) -> impl Iterator<Item = String> {
    people(number).map(|person| person.id)
}

/// So many others, whose name and place none of `count` people has, and none of them shares.
pub(crate) fn newcomers(count: usize, number: usize) -> impl Iterator<Item = Person> {
    let named = |person: &Person| (fold(&person.name), fold(&person.location));
    let mut taken: HashSet<(String, String)> = people(count).map(|person| named(&person)).collect();
    people(usize::MAX).skip(count).filter(move |person| taken.insert(named(person))).take(number)
}

/// The number of whom the one of this number reports to: always an earlier one.
fn manager(number: usize) -> Option<usize> {
    if number <= LEVELS {
        return number.checked_sub(1);
    }
    Some(if number <= LEVELS + DIRECT { 1 } else { number / EACH })
}
