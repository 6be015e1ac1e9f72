//! Reading the audit log, newest first: `GET /api/operations/audit?limit&cursor&thing&who&action&from&until`; with
//! `format=csv`, the newest of these entries as a file.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use csv::{Terminator, WriterBuilder};
use http::{StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    audit::{Actor, AuditEntry, AuditPage},
    problem::FieldError,
};
use rollcall_audit::{AuditLog, Filter};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    declared::Route,
    json::Json,
    page::{self, PageLimits, PageQuery},
    problem::ApiError,
    query::Query,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many entries one file has at the most: no answer of a function is larger than 6 MB
/// ([quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)). Whoever wants older ones says until
/// when.
const FILE_ENTRIES: u32 = 5_000;

const LIMITS: PageLimits = PageLimits { default: 20, max: 100 };

/// Which entries are asked for; all that is said has to fit.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    limit: Option<String>,
    cursor: Option<String>,
    /// What it was about, as entries name it.
    thing: Option<String>,
    /// The issuer's id of who did it, or the name of a schedule or an identity provider.
    who: Option<String>,
    #[param(format = "audit-action-or-empty")]
    action: Option<String>,
    /// From this time on, in RFC 3339.
    #[param(format = "time-or-empty")]
    from: Option<String>,
    /// Before this time.
    #[param(format = "time-or-empty")]
    until: Option<String>,
    #[param(inline)]
    format: Option<Format>,
}

/// In what form the entries are wanted.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Csv,
}

impl AuditQuery {
    fn filter(&self) -> Result<Filter, ApiError> {
        let mut errors = Vec::new();
        let filter = Filter {
            thing: self.thing.clone().filter(|thing| !thing.is_empty()),
            who: self.who.clone().filter(|who| !who.is_empty()),
            action: read(&mut errors, "action", self.action.as_deref(), "is no action of the audit log"),
            from: read(&mut errors, "from", self.from.as_deref(), NO_TIME),
            until: read(&mut errors, "until", self.until.as_deref(), NO_TIME),
        };
        if errors.is_empty() { Ok(filter) } else { Err(ApiError::invalid(errors)) }
    }
}

const NO_TIME: &str = "is no time; write it as 2026-11-24T06:00:00Z";

/// What a parameter says; none where it is empty or not there.
fn read<T: std::str::FromStr>(
    errors: &mut Vec<FieldError>,
    name: &str,
    text: Option<&str>,
    fault: &str,
) -> Option<T> {
    let read = text.filter(|text| !text.is_empty())?.parse().map_err(|_| FieldError::new(name, fault));
    read.map_err(|error| errors.push(error)).ok()
}

pub(crate) fn route(audit: AuditLog, access: Access) -> Route {
    Route::get("/api/operations/audit", list)
        .says(|it| {
            it.does("Who asked for what, when, how, and what came of it, newest first")
                .answers::<AuditPage>(StatusCode::OK, "A page.")
                .answers_file("A page, or the newest 5,000 as a file.", "text/csv")
                .in_pages(LIMITS)
        })
        .with_state(Guarded::new(audit, access))
}

async fn list(
    _: Operator,
    State(audit): State<Guarded<AuditLog>>,
    Query(query): Query<AuditQuery>,
) -> Result<Response, ApiError> {
    let (filter, format) = (query.filter()?, query.format.unwrap_or_default());
    let asked = PageQuery::new(query.limit, query.cursor).parse(LIMITS)?;
    let limit = match format {
        Format::Json => asked.limit,
        Format::Csv => FILE_ENTRIES,
    };
    let found = audit.page(&filter, limit, asked.after, Timestamp::now()).await.map_err(Error::from)?;
    if let Format::Csv = format {
        return file(&found.entries);
    }
    let next_cursor = found.next.map(|key| page::cursor(&key));
    let page = AuditPage { next_cursor, unreadable: found.unreadable, entries: found.entries };
    Ok(Json(page).into_response())
}

fn file(entries: &[AuditEntry]) -> Result<Response, ApiError> {
    const HEAD: [&str; 8] = ["at", "who", "id", "how", "action", "thing", "outcome", "request_id"];
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(HEAD).map_err(Error::broken)?;
    for entry in entries {
        let AuditEntry { at, who, how, action, thing, outcome, request_id } = entry;
        let (name, id) = named(who);
        let cells = [
            at.to_string(),
            name,
            id,
            how.map(word).transpose()?.unwrap_or_default(),
            word(action)?,
            thing.clone(),
            outcome.clone(),
            request_id.clone().unwrap_or_default(),
        ];
        writer.write_record(cells.map(inert)).map_err(Error::broken)?;
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"rollcall-audit.csv\""),
    ];
    Ok((headers, writer.into_inner().map_err(Error::broken)?).into_response())
}

/// What an actor is called, and their id.
fn named(who: &Actor) -> (String, String) {
    match who {
        Actor::Person { name, subject, .. } => (name.clone(), subject.clone().unwrap_or_default()),
        Actor::Provider { name, token } => (name.clone(), token.clone()),
        other => (other.to_string(), String::new()),
    }
}

/// A word as the API has it.
fn word(word: impl Serialize) -> Result<String, Error> {
    let value = serde_json::to_value(word).map_err(Error::broken)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// A cell that no spreadsheet takes for a formula
/// ([CSV injection](https://owasp.org/www-community/attacks/CSV_Injection)).
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spreadsheet_takes_a_name_for_a_formula() {
        let cells = ["=1+1", "@a", "olivia", "-1"].map(str::to_owned).map(inert);
        assert_eq!(cells, ["'=1+1", "'@a", "olivia", "'-1"]);
    }

    #[test]
    fn the_file_has_words_of_the_api() {
        assert_eq!(
            word(rollcall_api::audit::AuditAction::ChangeEmployee).expect("a word"),
            "change_employee"
        );
    }
}
