//! Employees as a file: `GET /api/employees/export?format=csv|vcard`, with what the list takes besides; and
//! `POST /api/employees/export` for people who were picked one by one.
//!
//! A file comes in pages, since no answer of a function is larger than 6 MB
//! ([quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)): the header `link` leads to the next
//! one ([RFC 8288](https://www.rfc-editor.org/rfc/rfc8288)), and all pages after each other are the file. So it takes the
//! same memory however many there are. Whoever names people parts them as well.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use csv::{Terminator, WriterBuilder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rollcall_api::{
    employee::Employee,
    employee_address::MAX_ID_BYTES,
    export::{ExportFormat, ExportInput, MAX_EXPORT_ROWS},
    problem::FieldError,
};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    declared::{Route, required},
    json::Json,
    page::PageLimits,
    problem::ApiError,
    query::Pairs,
};
use serde_json::json;
use utoipa::PartialSchema;

use super::{cell, columns::Column, vcard};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    list::{
        page_of,
        query::{ListQuery, asked},
    },
    record::Record,
};

/// How many bytes the ids of a table's rows may take: each as long as the longest, in JSON.
const MAX_IDS_BYTES: usize = MAX_EXPORT_ROWS as usize * (MAX_ID_BYTES + 4) + 1_000;

/// By this mark Excel knows a file for UTF-8.
const MARK: &str = "\u{feff}";

/// The media type of a file, and how it is called.
const fn media_type(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"employees.csv\""),
        ExportFormat::Vcard => ("text/vcard; charset=utf-8", "attachment; filename=\"employees.vcf\""),
    }
}

/// The route of those who match.
pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/employees/export", export)
        .says(|it| {
            let format = "What is made: rows of a table, or cards of an address book.";
            asked(it.does("Those who match as a file"), LIMITS)
                .takes(required("format", format, ExportFormat::schema()))
                .answers_file(FILE, "text/csv")
                .answers_file(FILE, "text/vcard")
                .with_header(StatusCode::OK, "link", "Where the file goes on, if it does.")
        })
        .with_state(Guarded::new(directory, access))
}

/// The route of those who were picked.
pub(crate) fn route_of_picked(directory: Directory, access: Access) -> Route {
    Route::post("/api/employees/export", export_picked)
        .says(|it| {
            it.does("People by their ids as a file, in that order")
                .answers_file(FILE, "text/csv")
                .answers_file(FILE, "text/vcard")
                .for_example(json!({"format": "csv", "ids": ["1", "2"]}))
        })
        .up_to(MAX_IDS_BYTES)
        .with_state(Guarded::new(directory, access))
}

/// Of cards there are fewer at once, however many are asked for.
const LIMITS: PageLimits = PageLimits { default: MAX_EXPORT_ROWS, max: MAX_EXPORT_ROWS };

const FILE: &str = "A part of the file, or all of it.";

async fn export(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Pairs(pairs): Pairs,
) -> Result<Response, ApiError> {
    let (formats, pairs): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "format");
    let format = format(&formats);
    let asked = pairs.clone();
    let is_first = !asked.iter().any(|(name, cursor)| name == "cursor" && !cursor.is_empty());
    // What is not known is told before what is missing.
    let query = ListQuery::parse(pairs, LIMITS)?;
    let format = format?;
    let query = query.of_at_most(format.at_once());
    let page = page_of(&directory, query).await?;
    let mut response = file(&directory, format, &page.employees, is_first).await?;
    if let Some(cursor) = page.next_cursor {
        let link = next(&formats, asked, &cursor);
        response.headers_mut().insert(header::LINK, HeaderValue::from_str(&link).map_err(Error::broken)?);
    }
    Ok(response)
}

async fn export_picked(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Json(input): Json<ExportInput>,
) -> Result<Response, ApiError> {
    let ExportInput { format, ids, goes_on } = input;
    if ids.len() > usize::try_from(format.at_once()).unwrap_or(usize::MAX) {
        let too_many = format!("has {} ids; ask for {} at most at once", ids.len(), format.at_once());
        return Err(ApiError::invalid(vec![FieldError::new("ids", too_many)]));
    }
    // What no id can be is nobody's.
    let mut picked: Vec<EmployeeId> = Vec::new();
    for id in ids.into_iter().filter_map(|id| EmployeeId::try_from(id).ok()) {
        if !picked.contains(&id) {
            picked.push(id);
        }
    }
    let mut there = directory.table.get_all(&picked).await?;
    let people = picked.iter().filter_map(|id| there.remove(id).map(Record::into_employee));
    file(&directory, format, &people.collect::<Vec<_>>(), !goes_on).await
}

/// The file of these people, or a part of one.
async fn file(
    directory: &Directory,
    format: ExportFormat,
    people: &[Employee],
    is_first: bool,
) -> Result<Response, ApiError> {
    let body = match format {
        ExportFormat::Csv => table(people, is_first)?,
        ExportFormat::Vcard => vcard::cards(directory, people).await?,
    };
    let mut headers = HeaderMap::new();
    let (media_type, disposition) = media_type(format);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    Ok((headers, body).into_response())
}

fn format(formats: &[(String, String)]) -> Result<ExportFormat, ApiError> {
    match formats {
        [(_, format)] if format == "csv" => Ok(ExportFormat::Csv),
        [(_, format)] if format == "vcard" => Ok(ExportFormat::Vcard),
        _ => Err(ApiError::invalid(vec![FieldError::new("format", "must be csv or vcard")])),
    }
}

/// The address of the next page.
fn next(formats: &[(String, String)], mut asked: Vec<(String, String)>, cursor: &str) -> String {
    asked.retain(|(name, _)| name != "cursor");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(formats.iter().chain(&asked)).append_pair("cursor", cursor);
    format!("</api/employees/export?{}>; rel=\"next\"", query.finish())
}

/// Rows, with the head before the first page.
fn table(employees: &[Employee], with_head: bool) -> Result<String, Error> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    if with_head {
        writer.write_record(Column::all().map(Column::title)).map_err(Error::broken)?;
    }
    for employee in employees {
        let cell = |column| match column {
            Column::Id => cell::guarded(employee.id.clone()),
            Column::Badges => cell::badges(&employee.badges),
            Column::Field(field) => cell::written(employee.values.get(field.name)),
        };
        writer.write_record(Column::all().map(cell)).map_err(Error::broken)?;
    }
    let rows = String::from_utf8(writer.into_inner().map_err(|error| Error::broken(error.to_string()))?);
    let mark = if with_head { MARK } else { "" };
    Ok(format!("{mark}{}", rows.map_err(Error::broken)?))
}
