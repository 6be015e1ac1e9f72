//! Employees as a file: `GET /api/employees/export?format=csv|vcard`, with what the list takes besides.
//!
//! A file comes in pages, since no answer of a function is larger than 6 MB
//! ([quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)): the header `link` leads to the next
//! one ([RFC 8288](https://www.rfc-editor.org/rfc/rfc8288)), and all pages after each other are the file. So it takes the
//! same memory however many there are.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing,
};
use csv::{Terminator, WriterBuilder};
use http::{HeaderMap, HeaderValue, header};
use rollcall_api::{employee::Employee, problem::FieldError};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    page::PageLimits,
    problem::ApiError,
    query::Pairs,
};

use super::{cell, columns::Column, vcard};
use crate::{
    directory::Directory,
    list::{page_of, query::ListQuery},
};

/// How many rows a page has: some 200 KB.
const ROWS: PageLimits = PageLimits { default: 1_000, max: 1_000 };

/// How many cards: each has a photo of up to 40 KB.
const CARDS: PageLimits = PageLimits { default: 50, max: 50 };

/// By this mark Excel knows a file for UTF-8.
const MARK: &str = "\u{feff}";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Vcard,
}

impl Format {
    const fn limits(self) -> PageLimits {
        match self {
            Self::Csv => ROWS,
            Self::Vcard => CARDS,
        }
    }

    /// The media type, and how a file of it is called.
    const fn media_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"employees.csv\""),
            Self::Vcard => ("text/vcard; charset=utf-8", "attachment; filename=\"employees.vcf\""),
        }
    }
}

pub(crate) fn route(directory: Directory, access: Access) -> Router {
    Router::new()
        .route("/api/employees/export", routing::get(export))
        .with_state(Guarded::new(directory, access))
}

async fn export(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Pairs(pairs): Pairs,
) -> Result<Response, ApiError> {
    let (formats, pairs): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == "format");
    let format = format(&formats)?;
    let asked = pairs.clone();
    let is_first = !asked.iter().any(|(name, _)| name == "cursor");
    let page = page_of(&directory, ListQuery::parse(pairs, format.limits())?).await?;
    let body = match format {
        Format::Csv => table(&page.employees, is_first)?,
        Format::Vcard => vcard::cards(&directory, &page.employees).await?,
    };
    let mut headers = HeaderMap::new();
    let (media_type, disposition) = format.media_type();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    if let Some(cursor) = page.next_cursor {
        let link = next(&formats, asked, &cursor);
        headers.insert(header::LINK, HeaderValue::from_str(&link).map_err(Error::broken)?);
    }
    Ok((headers, body).into_response())
}

fn format(formats: &[(String, String)]) -> Result<Format, ApiError> {
    match formats {
        [(_, format)] if format == "csv" => Ok(Format::Csv),
        [(_, format)] if format == "vcard" => Ok(Format::Vcard),
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
