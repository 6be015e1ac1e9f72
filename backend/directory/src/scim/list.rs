//! Listing and finding people: `GET /scim/v2/Users`, `POST /scim/v2/Users/.search` and `POST /scim/v2/.search`
//! ([RFC 7644, section 3.4.2](https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2), cursors by
//! [RFC 9865](https://www.rfc-editor.org/rfc/rfc9865)).

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use jiff::Timestamp;
use rollcall_error::Error;
use rollcall_scim::{Refusal, Resource, meets, sort_key, user::ID};
use rollcall_search::{Order, Query, Reach, Search};
use rollcall_web::{
    access::{Guarded, Provider},
    query::Pairs,
};
use serde_json::Value;

use super::{
    answer::{Scim, ScimError, list as list_of},
    find::Key,
    query::{ListQuery, Start, not_our_cursor},
    request::{Body, Caller},
    walk::{Met, Position, Walk},
};
use crate::{directory::Directory, people::walks::Mark};

/// A page of a list.
#[derive(Default)]
struct Page {
    resources: Vec<Value>,
    /// How many there are on all pages; none where that is not known.
    total: Option<usize>,
    /// Where the next page begins, where cursors are asked for.
    next: Option<String>,
}

/// The most bytes of a page's people: no answer of a function is larger than 6 MB
/// ([quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)). A page may have fewer than were asked
/// for ([RFC 7644, section 3.4.2.4](https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.4)).
const MAX_BYTES: usize = 5 * 1024 * 1024;

/// By what one person stands before another, and the id.
type Place = ((bool, String), String);

pub(super) async fn list(
    Caller(provider): Caller,
    State(directory): State<Guarded<Directory>>,
    Pairs(pairs): Pairs,
) -> Result<Scim, ScimError> {
    Asking { directory: &directory, provider: &provider, query: ListQuery::of_pairs(&pairs)? }.answer().await
}

pub(super) async fn search(
    Caller(provider): Caller,
    State(directory): State<Guarded<Directory>>,
    Body(body): Body,
) -> Result<Scim, ScimError> {
    Asking { directory: &directory, provider: &provider, query: ListQuery::of_body(&body)? }.answer().await
}

/// What is asked, by whom, and of which directory.
struct Asking<'a> {
    directory: &'a Directory,
    provider: &'a Provider,
    query: ListQuery,
}

impl Asking<'_> {
    async fn answer(&self) -> Result<Scim, ScimError> {
        let query = &self.query;
        let base = self.provider.base.as_str();
        let page = match (query.filter.as_ref().and_then(Key::of), &query.sort, &query.start) {
            (Some(keys), _, _) => self.sorted(self.with_keys(keys, base).await?)?,
            (None, Some(_), _) => self.sorted(self.everyone(base).await?)?,
            (None, None, Start::Number(number)) => self.by_number(*number, base).await?,
            (None, None, Start::Behind(position)) => self.by_cursor(position.as_deref(), base).await?,
        };
        let mut answer = list_of(page.resources, page.total);
        if let Some(answer) = answer.as_object_mut() {
            match &query.start {
                Start::Number(number) => drop(answer.insert("startIndex".to_owned(), (*number).into())),
                Start::Behind(_) => {
                    answer.extend(page.next.map(|next| ("nextCursor".to_owned(), next.into())));
                }
            }
        }
        Ok(Scim(answer))
    }

    /// Those who have one of these keys and meet the filter.
    async fn with_keys(&self, keys: Vec<Key>, base: &str) -> Result<Vec<Resource>, ScimError> {
        let mut found = BTreeMap::new();
        for key in keys {
            for person in self.directory.people_by(&key).await? {
                let resource = person.resource(base)?;
                if self.query.filter.as_ref().is_none_or(|filter| meets(&resource, filter)) {
                    found.insert(person.record.id, resource);
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// Everyone who meets the filter.
    async fn everyone(&self, base: &str) -> Result<Vec<Resource>, ScimError> {
        let mut walk = self.walk(Position::BEGINNING, base);
        let met = walk.take(usize::MAX).await?;
        walk.must_have_ended()?;
        resources(met, base)
    }

    fn walk<'a>(&'a self, from: Position, base: &'a str) -> Walk<'a> {
        Walk::new(self.directory, self.query.filter.as_ref(), base, from)
    }

    /// A page of these, in the order that is asked for, and among equals by the id.
    fn sorted(&self, all: Vec<Resource>) -> Result<Page, ScimError> {
        let sort = self.query.sort.as_ref();
        let place = |resource: &Resource| -> Place {
            let id = resource.get(ID).and_then(Value::as_str).unwrap_or_default().to_owned();
            (sort.map(|sort| sort_key(resource, &sort.by)).unwrap_or_default(), id)
        };
        let mut all: Vec<(Place, Resource)> = all.into_iter().map(|it| (place(&it), it)).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        let descending = sort.is_some_and(|sort| sort.descending);
        if descending {
            all.reverse();
        }
        let total = all.len();
        let first = match &self.query.start {
            Start::Number(number) => number.saturating_sub(1),
            Start::Behind(None) => 0,
            Start::Behind(Some(position)) => {
                let last: Place = serde_json::from_str(position).map_err(|_| not_our_cursor())?;
                all.partition_point(|(place, _)| if descending { *place >= last } else { *place <= last })
            }
        };
        let page = self.fitting(all.into_iter().skip(first).take(self.query.count));
        let last = page.last().filter(|_| first + page.len() < total);
        let next = last.and_then(|(place, _)| serde_json::to_string(place).ok());
        Ok(Page {
            resources: page.into_iter().map(|(_, resource)| resource).collect(),
            total: Some(total),
            next: next.map(|position| self.query.cursor(&position)),
        })
    }

    /// Those of a page, as they are answered, with what tells where it goes on: as many as fit, and one at least.
    fn fitting<T>(&self, page: impl Iterator<Item = (T, Resource)>) -> Vec<(T, Value)> {
        let mut bytes = 0;
        let answered = page.map(|(at, resource)| (at, Value::Object(self.query.projection.of(resource))));
        let fits = |(number, (_, resource)): &(usize, (T, Value))| {
            bytes += bytes_in_an_answer(resource);
            *number == 0 || bytes <= MAX_BYTES
        };
        answered.enumerate().take_while(fits).map(|(_, one)| one).collect()
    }

    /// The same of those who were met; and whether there are more behind them.
    fn fitting_of(&self, met: Vec<Met>, base: &str) -> Result<(Vec<(Position, Value)>, bool), ScimError> {
        let there = met.len();
        let page = met.into_iter().take(self.query.count);
        let page = page.map(|one| Ok((one.behind, one.person.resource(base)?)));
        let page = self.fitting(page.collect::<Result<Vec<_>, Refusal>>()?.into_iter());
        let more = page.len() < there;
        Ok((page, more))
    }

    /// The page behind a position.
    async fn by_cursor(&self, position: Option<&str>, base: &str) -> Result<Page, ScimError> {
        let from = position.map(str::parse).transpose().map_err(|()| not_our_cursor())?;
        let from = from.unwrap_or(Position::BEGINNING);
        let mut walk = self.walk(from, base);
        let met = walk.take(self.query.count + 1).await?;
        let there = met.len();
        let (page, more) = self.fitting_of(met, base)?;
        // Where few meet a filter, a page may have none, and all the same a cursor.
        let next = if more {
            page.last().map(|(behind, _)| behind)
        } else {
            walk.position().filter(|_| walk.is_tired())
        };
        let total = match (&self.query.filter, position, next) {
            (None, ..) => Some(self.how_many().await?.max(there)),
            (Some(_), None, None) => Some(there),
            _ => None,
        };
        let next = next.map(|behind| self.query.cursor(&behind.to_string()));
        Ok(Page { resources: page.into_iter().map(|(_, resource)| resource).collect(), total, next })
    }

    /// The page from a number on. Where the page before it was read lately, it goes on behind the last one there, whoever came
    /// or went since.
    async fn by_number(&self, number: usize, base: &str) -> Result<Page, ScimError> {
        let (people, now) = (self.directory.people()?, Timestamp::now());
        let list = format!("{}\n{}", self.provider.token, self.query.digest);
        let mark = if number > 1 { people.mark(&list, number, now).await? } else { None };
        let from = mark.as_ref().and_then(|mark| mark.position.parse().ok());
        let is_marked = from.is_some();
        let mut walk = self.walk(from.unwrap_or(Position::BEGINNING), base);
        let mut before = number - 1;
        if !is_marked {
            before = walk.take(before).await?.len();
            walk.must_have_ended()?;
        }
        let met = walk.take(self.query.count + 1).await?;
        let seen = before + met.len();
        let (page, more) = self.fitting_of(met, base)?;
        let total = match (&self.query.filter, mark) {
            _ if !more => seen,
            (Some(_), _) => seen + walk.take(usize::MAX).await?.len(),
            (None, Some(mark)) => mark.total.max(seen),
            (None, None) => self.how_many().await?.max(seen),
        };
        walk.must_have_ended()?;
        if let Some((behind, _)) = page.last().filter(|_| more) {
            let mark = Mark::new(behind.to_string(), total, now);
            people.set_mark(&list, number + page.len(), &mark).await?;
        }
        let resources = page.into_iter().map(|(_, resource)| resource).collect();
        Ok(Page { resources, total: Some(total), next: None })
    }

    /// How many people a provider sees in all: as the search index knows it, which is a moment behind the table.
    async fn how_many(&self) -> Result<usize, Error> {
        let everyone = Search {
            query: Query::parse(""),
            locations: BTreeSet::new(),
            job_titles: BTreeSet::new(),
            badges: BTreeSet::new(),
            order: Order::Name,
            after: None,
            limit: 1,
            facets: false,
            reach: Reach::Usual,
        };
        let employees = match self.directory.search.current(rollcall_search::Position::default()).await {
            Ok(searchable) => usize::try_from(searchable.index.search(&everyone).total).unwrap_or(usize::MAX),
            Err(_) => self.directory.table.count().await?,
        };
        Ok(employees + self.directory.people()?.count_inactive().await?)
    }
}

/// How many bytes a resource takes in a function's answer, which is a text in JSON itself: what is escaped is escaped once more.
fn bytes_in_an_answer(resource: &Value) -> usize {
    let text = resource.to_string();
    text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

fn resources(met: Vec<Met>, base: &str) -> Result<Vec<Resource>, ScimError> {
    met.into_iter().map(|one| Ok(one.person.resource(base)?)).collect()
}
