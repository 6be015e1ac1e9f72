//! Listing who may be there twice: `GET /api/duplicates?same=email|name_and_place&limit&cursor`.

use std::collections::HashSet;

use axum::extract::State;
use http::StatusCode;
use rollcall_api::{
    duplicate::{
        DEFAULT_PAGE_DUPLICATES, DuplicateGroup, DuplicatePage, MAX_ALIKE, MAX_PAGE_DUPLICATES, Same,
    },
    employee::Employee,
    field::{EMAIL, FULL_NAME, LOCATION},
    field_rules::same_email,
    problem::FieldError,
};
use rollcall_error::Error;
use rollcall_search::{self as search, AlikePage, Position, fold};
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::Json,
    page::{self, PageLimits},
    problem::ApiError,
    query::Query,
};
use serde::Deserialize;
use tokio::task::JoinSet;
use tracing::Instrument;
use utoipa::IntoParams;

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    list::query::not_our_cursor,
    people::{different::Pair, store::People},
    record::Record,
    search::{NotSearchable, Searchable},
};

const LIMITS: PageLimits = PageLimits { default: DEFAULT_PAGE_DUPLICATES, max: MAX_PAGE_DUPLICATES };

/// How many pages of the index are looked at for one answer, where most were told apart already.
const MAX_INDEX_PAGES: u32 = 8;

/// Which page is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DuplicatesQuery {
    /// What they share.
    #[param(value_type = Same, inline)]
    same: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/duplicates", list)
        .says(|it| {
            it.does("Who may be there twice")
                .answers::<DuplicatePage>(StatusCode::OK, "Groups of people.")
                .in_pages(LIMITS)
                .refuses(StatusCode::BAD_REQUEST)
                .refuses(StatusCode::CONFLICT)
        })
        .with_state(Guarded::new(directory, access))
}

async fn list(
    _: Editor,
    State(directory): State<Guarded<Directory>>,
    Query(query): Query<DuplicatesQuery>,
) -> Result<Json<DuplicatePage>, ApiError> {
    let same = query.same.as_deref().and_then(|same| same.parse().ok());
    let same = same.ok_or_else(|| FieldError::new("same", "must be email or name_and_place"));
    let limit = page::limit(query.limit.as_deref(), LIMITS);
    let (same, limit) = match (same, limit) {
        (Ok(same), Ok(limit)) => (same, limit),
        (same, limit) => {
            return Err(ApiError::invalid([same.err(), limit.err()].into_iter().flatten().collect()));
        }
    };
    page_of(&directory, same, usize::try_from(limit).unwrap_or(usize::MAX), query.cursor).await.map(Json)
}

/// The index says who may be alike, the table whether they are, and the table of people who was told apart.
async fn page_of(
    directory: &Directory,
    same: Same,
    limit: usize,
    cursor: Option<String>,
) -> Result<DuplicatePage, ApiError> {
    let people = directory.people()?;
    let list = format!("duplicates/{}", <&str>::from(same));
    let key = directory.search.cursor_key().await.map_err(not_now)?;
    let after = page::of_a_page(cursor.as_deref())
        .map(|cursor| key.place(&list, cursor).ok_or_else(not_our_cursor))
        .transpose()?;
    let (position, mut after) =
        after.map_or((Position::default(), None), |(position, place)| (position, Some(place)));
    let Searchable { index, position, .. } = directory.search.current(position).await.map_err(not_now)?;
    let mut groups = Vec::new();
    for _ in 0..MAX_INDEX_PAGES {
        let AlikePage { groups: found, more } = index.alike(in_the_index(same), after.as_ref(), limit);
        let last = found.last().and_then(|group| group.people.first().cloned());
        after = last.filter(|_| more);
        let ids = found.into_iter().map(|group| {
            let ids = group.people.into_iter().filter_map(|one| EmployeeId::try_from(one.id).ok());
            ids.collect::<Vec<_>>()
        });
        groups.extend(still_alike(directory, people, same, ids.collect()).await?);
        if after.is_none() || !groups.is_empty() {
            break;
        }
    }
    Ok(DuplicatePage { groups, next_cursor: after.map(|last| key.cursor(&list, position, &last)) })
}

/// The groups as the table has them now. All are looked at at the same time.
async fn still_alike(
    directory: &Directory,
    people: &People,
    same: Same,
    groups: Vec<Vec<EmployeeId>>,
) -> Result<Vec<DuplicateGroup>, Error> {
    let mut reads = JoinSet::new();
    for (number, ids) in groups.into_iter().enumerate() {
        let (directory, people) = (directory.clone(), people.clone());
        let read = async move { (number, open_groups(&directory, &people, same, ids).await) };
        reads.spawn(read.in_current_span());
    }
    let mut read = Vec::new();
    while let Some(one) = reads.join_next().await {
        let (number, groups) = one.map_err(Error::broken)?;
        read.push((number, groups?));
    }
    read.sort_by_key(|(number, _)| *number);
    Ok(read.into_iter().flat_map(|(_, groups)| groups).collect())
}

async fn open_groups(
    directory: &Directory,
    people: &People,
    same: Same,
    ids: Vec<EmployeeId>,
) -> Result<Vec<DuplicateGroup>, Error> {
    let mut records = directory.table.get_all(&ids).await?;
    let records = ids.iter().filter_map(|id| records.remove(id)).collect();
    let mut groups = Vec::new();
    for group in alike(same, records) {
        let ids: Vec<EmployeeId> = group.iter().map(|record| record.id.clone()).collect();
        let mut apart = HashSet::new();
        for id in &ids {
            apart.extend(people.different_from(id, &ids).await?);
        }
        let mut employees = Vec::new();
        for record in open(group, &apart) {
            let added_at = people.added_at(&record.id).await?.map(|time| time.to_string());
            employees.push(Employee { added_at, ..directory.in_full(record).await? });
        }
        if !employees.is_empty() {
            groups.push(DuplicateGroup { employees });
        }
    }
    Ok(groups)
}

/// Those who share it, as they are. What the index took for one may be two by now, or more.
fn alike(same: Same, records: Vec<Record>) -> Vec<Vec<Record>> {
    let mut groups: Vec<(String, Vec<Record>)> = Vec::new();
    for record in records {
        let Some(key) = key(same, &record) else { continue };
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.push(record),
            None => groups.push((key, vec![record])),
        }
    }
    let groups = groups.into_iter().map(|(_, group)| group).filter(|group| group.len() > 1);
    groups.map(|group| group.into_iter().take(MAX_ALIKE).collect()).collect()
}

/// What someone shares with whoever is alike; none where there is nothing that could be shared.
fn key(same: Same, record: &Record) -> Option<String> {
    match same {
        Same::Email => Some(same_email(record.text(EMAIL))).filter(|email| !email.is_empty()),
        Same::NameAndPlace => {
            let name = fold(record.text(FULL_NAME).trim());
            (!name.is_empty()).then(|| format!("{name}\n{}", fold(record.text(LOCATION).trim())))
        }
    }
}

/// Those who were not told apart from everyone else.
fn open(group: Vec<Record>, apart: &HashSet<Pair>) -> Vec<Record> {
    let ids: Vec<EmployeeId> = group.iter().map(|record| record.id.clone()).collect();
    let may_be_another =
        |one: &Record| ids.iter().any(|other| *other != one.id && !apart.contains(&Pair::of(&one.id, other)));
    group.into_iter().filter(may_be_another).collect()
}

const fn in_the_index(same: Same) -> search::Same {
    match same {
        Same::Email => search::Same::Email,
        Same::NameAndPlace => search::Same::NameAndPlace,
    }
}

fn not_now(NotSearchable(reason): NotSearchable) -> ApiError {
    ApiError::unavailable(format!("{reason} Until then it is not known who may be there twice."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ID, string};

    fn record(id: &str, name: &str, place: &str, email: &str) -> Record {
        let attributes = [(ID, id), (FULL_NAME, name), (LOCATION, place), (EMAIL, email)];
        let item = attributes.map(|(name, text)| (name.to_owned(), string(text)));
        Record::from_item(item.into()).expect("an employee")
    }

    fn ids(group: &[Record]) -> Vec<&str> {
        group.iter().map(|record| record.id.as_str()).collect()
    }

    #[test]
    fn people_are_alike_by_what_they_share_as_it_is_searched() {
        let records = vec![
            record("1", "Zo\u{eb} M\u{fc}ller", "K\u{f6}ln", "zoe@example.org"),
            record("2", " zoe muller", "KOLN ", ""),
            record("3", "Zoe Muller", "Bonn", "Zoe@Example.ORG"),
            record("4", "", "Bonn", ""),
            record("5", "", "Bonn", ""),
        ];
        let by = |same| -> Vec<Vec<String>> {
            let groups = alike(same, records.clone());
            groups.iter().map(|group| ids(group).into_iter().map(str::to_owned).collect()).collect()
        };
        assert_eq!(by(Same::NameAndPlace), [["1", "2"]]);
        assert_eq!(by(Same::Email), [["1", "3"]]);
    }

    #[test]
    fn whoever_was_told_apart_from_all_others_is_told_no_more() {
        let group: Vec<Record> = ["1", "2", "3"].map(|id| record(id, "Ada", "London", "")).to_vec();
        let all: Vec<EmployeeId> = group.iter().map(|one| one.id.clone()).collect();
        let open_with = |apart: &[Pair]| {
            let open = open(group.clone(), &apart.iter().cloned().collect());
            ids(&open).join(" ")
        };
        let pairs = Pair::all(&all);
        assert_eq!(open_with(&[]), "1 2 3");
        assert_eq!(open_with(&pairs[..1]), "1 2 3");
        assert_eq!(open_with(&pairs[..2]), "2 3");
        assert_eq!(open_with(&pairs), "");
    }
}
