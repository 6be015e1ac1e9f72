//! What is asked of the list of employees.

use std::collections::BTreeSet;

use http::StatusCode;
use rollcall_api::{
    badge::Badge,
    employee::{DEFAULT_PAGE_EMPLOYEES, MAX_PAGE_EMPLOYEES},
    problem::FieldError,
};
use rollcall_search::{Order, Query, Reach, Search};
use rollcall_web::{
    declared::Operation,
    page::{self, PageLimits},
    problem::ApiError,
    query::{repeated, unknown},
};
use utoipa::{
    ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, Type},
    },
};

use crate::{employee_id::EmployeeId, search::cursor::is_of_a_search};

/// How many are on a page that people look at.
pub(crate) const LIMITS: PageLimits = PageLimits { default: DEFAULT_PAGE_EMPLOYEES, max: MAX_PAGE_EMPLOYEES };

/// The most values of one kind that may be chosen at once.
const MAX_VALUES: usize = 200;

/// Which employees are asked for, and in which order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListQuery {
    /// Without the place where the page begins.
    pub(super) search: Search,
    pub(super) start: Start,
    /// What was typed, as it was typed.
    pub(super) typed: String,
}

/// Where the page begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Beginning,
    /// Behind the place that this cursor of a search stands for.
    Behind(String),
    /// Behind this employee, in the table's own order.
    BehindOfTable(EmployeeId),
}

impl ListQuery {
    /// Reads the parameters of the address.
    ///
    /// # Errors
    /// 422 with each parameter that is not valid.
    pub(crate) fn parse(pairs: Vec<(String, String)>, limits: PageLimits) -> Result<Self, ApiError> {
        let mut errors = Vec::new();
        let mut parameters = Parameters::default();
        for (name, value) in pairs {
            errors.extend(parameters.take(name, value).err());
        }
        let Parameters { q, location, job_title, badge, sort, facets, limit, cursor } = parameters;
        let typed = q.unwrap_or_default();
        let query = Query::parse(&typed);
        let order = order(sort.as_deref(), query.is_empty()).unwrap_or_else(|error| {
            errors.push(error);
            Order::Name
        });
        let facets = flag(facets.as_deref()).unwrap_or_else(|error| {
            errors.push(error);
            false
        });
        let limit = page::limit(limit.as_deref(), limits).unwrap_or_else(|error| {
            errors.push(error);
            limits.default
        });
        for (name, values) in [("location", &location), ("job_title", &job_title), ("badge", &badge)] {
            if values.len() > MAX_VALUES {
                errors.push(FieldError::new(name, format!("is there more than {MAX_VALUES} times")));
            }
        }
        if let Some(unknown) = badge.iter().find(|id| Badge::from_id(id).is_none()) {
            errors.push(FieldError::new("badge", format!("knows no {unknown:?}; GET /api/badges lists all")));
        }
        if !errors.is_empty() {
            return Err(ApiError::invalid(errors));
        }
        let start = start(cursor)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let [locations, job_titles, badges] = [location, job_title, badge].map(BTreeSet::from_iter);
        let (after, reach) = (None, Reach::Usual);
        let search = Search { query, locations, job_titles, badges, order, after, limit, facets, reach };
        Ok(Self { search, start, typed })
    }

    /// The same, with pages of no more than so many.
    pub(crate) fn of_at_most(mut self, limit: u32) -> Self {
        self.search.limit = self.search.limit.min(usize::try_from(limit).unwrap_or(usize::MAX));
        self
    }

    /// All that decides who is found and in which order, as one text: a cursor is good for it alone.
    pub(super) fn canonical(&self) -> String {
        let Search { locations, job_titles, badges, order, .. } = &self.search;
        format!("{:?}{locations:?}{job_titles:?}{badges:?}{order:?}", self.typed)
    }
}

/// The parameters of the address, as a route says them of which a page has so many employees.
pub(crate) fn asked(it: Operation, limits: PageLimits) -> Operation {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let several = |items: RefOr<Schema>| ArrayBuilder::new().items(items).max_items(Some(MAX_VALUES)).build();
    let badge = Ref::from_schema_name(Badge::name());
    let orders = text().enum_values(Some(["relevance", "name", "-name"]));
    let facets = ObjectBuilder::new().schema_type(Type::Boolean);
    it.query("q", "What is typed to find someone.", text().build())
        .query("location", "Who work at one of these.", several(text().into()))
        .query("job_title", "Who do one of these.", several(text().into()))
        .query("badge", "Who wear one of these.", several(badge.into()))
        .query("sort", "In which order; by relevance if something is typed, else by name.", orders.build())
        .query("facets", "Whether it is counted how many there are of each kind.", facets.build())
        .in_pages(limits)
        .refuses(StatusCode::BAD_REQUEST)
}

#[derive(Default)]
struct Parameters {
    q: Option<String>,
    location: Vec<String>,
    job_title: Vec<String>,
    badge: Vec<String>,
    sort: Option<String>,
    facets: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

impl Parameters {
    fn take(&mut self, name: String, value: String) -> Result<(), FieldError> {
        let once = match name.as_str() {
            "location" => return several(&mut self.location, value),
            "job_title" => return several(&mut self.job_title, value),
            "badge" => return several(&mut self.badge, value),
            "q" => &mut self.q,
            "sort" => &mut self.sort,
            "facets" => &mut self.facets,
            "limit" => &mut self.limit,
            "cursor" => &mut self.cursor,
            _ => {
                let known = ["q", "location", "job_title", "badge", "sort", "facets", "limit", "cursor"];
                return Err(unknown(name, &known));
            }
        };
        match once.replace(value) {
            None => Ok(()),
            Some(_) => Err(repeated(name)),
        }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as the other parameters are taken")]
fn several(values: &mut Vec<String>, value: String) -> Result<(), FieldError> {
    values.push(value);
    Ok(())
}

fn order(sort: Option<&str>, is_everyone: bool) -> Result<Order, FieldError> {
    match sort {
        None if is_everyone => Ok(Order::Name),
        None | Some("relevance") => Ok(Order::Relevance),
        Some("name") => Ok(Order::Name),
        Some("-name") => Ok(Order::NameDescending),
        Some(_) => Err(FieldError::new("sort", "must be relevance, name or -name")),
    }
}

fn flag(text: Option<&str>) -> Result<bool, FieldError> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(FieldError::new("facets", "must be true or false")),
    }
}

fn start(cursor: Option<String>) -> Result<Start, ApiError> {
    match page::of_a_page(cursor.as_deref()) {
        None => Ok(Start::Beginning),
        Some(cursor) if is_of_a_search(cursor) => Ok(Start::Behind(cursor.to_owned())),
        Some(cursor) => page::decode(cursor).map(Start::BehindOfTable).map_err(|_| not_our_cursor()),
    }
}

/// 400: a cursor that was tampered with, or of another search.
pub(crate) fn not_our_cursor() -> ApiError {
    ApiError::bad_request(
        "The cursor is none that this search gave out. Pass next_cursor of the page before as it is, with the same q, \
         location, job_title, badge and sort; or leave it out for the first page.",
    )
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    fn parse(query: &[(&str, &str)]) -> Result<ListQuery, Vec<String>> {
        let pairs = query.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        ListQuery::parse(pairs, LIMITS)
            .map_err(|error| error.problem().errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn everyone_is_asked_for_by_name_unless_something_was_typed() {
        let order = |query: &[_]| parse(query).map(|query| query.search.order);
        assert_eq!(order(&[]), Ok(Order::Name));
        assert_eq!(order(&[("q", " , ")]), Ok(Order::Name));
        assert_eq!(order(&[("q", "ada")]), Ok(Order::Relevance));
        assert_eq!(order(&[("q", "ada"), ("sort", "-name")]), Ok(Order::NameDescending));
    }

    proptest! {
        #[test]
        fn whatever_an_address_says_is_read_or_refused_by_the_name_of_the_parameter(
            pairs in vec((select(&["q", "location", "job_title", "badge", "sort", "facets", "limit", "cursor", "x"]), ".{0,40}"), 0..6),
        ) {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            if let Err(fields) = parse(&pairs) {
                prop_assert!(fields.iter().all(|field| pairs.iter().any(|(name, _)| name == field)), "{fields:?}");
            }
        }
    }

    #[test]
    fn filters_may_be_there_several_times() {
        let query = parse(&[("location", "Oslo"), ("location", "Rome"), ("badge", "bug")]).expect("a query");
        assert_eq!(query.search.locations.into_iter().collect::<Vec<_>>(), ["Oslo", "Rome"]);
        assert_eq!(query.search.badges.into_iter().collect::<Vec<_>>(), ["bug"]);
    }

    #[test]
    fn what_is_chosen_is_counted_as_it_is_there_though_one_be_another() {
        assert!(parse(&vec![("location", "Oslo"); MAX_VALUES]).is_ok());
        assert_eq!(
            parse(&vec![("location", "Oslo"); MAX_VALUES + 1]).err(),
            Some(vec!["location".to_owned()])
        );
    }

    #[test]
    fn an_empty_cursor_is_that_of_the_first_page() {
        assert_eq!(parse(&[("cursor", "")]).map(|query| query.start), Ok(Start::Beginning));
    }

    #[test]
    fn a_part_of_a_file_has_no_more_than_its_kind_takes() {
        let limit = |query: &[_]| parse(query).map(|query| query.of_at_most(50).search.limit);
        assert_eq!((limit(&[("limit", "200")]), limit(&[("limit", "7")])), (Ok(50), Ok(7)));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = [
            ("q", "a"),
            ("q", "b"),
            ("colour", "red"),
            ("sort", "age"),
            ("facets", "1"),
            ("limit", "0"),
            ("badge", "unicorn"),
        ];
        let fields = parse(&wrong).expect_err("wrong");
        assert_eq!(fields, ["q", "colour", "sort", "facets", "limit", "badge"]);
    }

    #[test]
    fn what_is_no_cursor_is_a_bad_request() {
        let pairs = vec![("cursor".to_owned(), "x".to_owned())];
        assert_eq!(ListQuery::parse(pairs, LIMITS).expect_err("no cursor").status(), 400);
    }

    #[test]
    fn a_cursor_is_good_for_one_search() {
        let text = |query: &[_]| parse(query).expect("a query").canonical();
        let one = text(&[("q", "ada"), ("location", "Oslo")]);
        assert_eq!(one, text(&[("location", "Oslo"), ("q", "ada"), ("limit", "7"), ("facets", "true")]));
        for other in [
            text(&[("q", "ada")]),
            text(&[("q", "adam"), ("location", "Oslo")]),
            text(&[("q", "ada"), ("job_title", "Oslo")]),
            text(&[("q", "ada"), ("location", "Oslo"), ("sort", "name")]),
        ] {
            assert_ne!(one, other);
        }
    }
}
