//! Taking people in from a file: `POST /api/employees/import`.
//!
//! A file comes in pieces, each with the head. Each row is taken in by itself, wholly or not at all, so that a file can be
//! stopped anywhere and sent again: whoever is there already stays as they are.

use std::collections::HashMap;

use axum::{
    body::Bytes,
    extract::{Request, State},
};
use http::StatusCode;
use rollcall_api::{
    badge::Badge,
    employee::EmployeeInput,
    employee_details::EmployeeDetails,
    field::{EMAIL, FIELDS, FULL_NAME, LOCATION, MANAGER},
    field_rules::same_email,
    import::{ImportOutcome, ImportReport, ImportRow, MAX_IMPORT_BYTES},
    problem::FieldError,
    values::Values,
};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Editor, Guarded},
    declared::Route,
    json::{self, Json},
    problem::ApiError,
    query::Query,
};
use serde::Deserialize;
use tokio::task::JoinSet;
use tracing::Instrument;
use utoipa::IntoParams;

use super::{
    cell,
    columns::{Column, columns, reported},
    file::{File, Row},
    matching::{Match, Named},
};
use crate::{deed::Deed, directory::Directory, employee_id::EmployeeId, record::Record};

/// How many rows are worked on at the same time: enough to keep DynamoDB busy, and few enough that nobody else waits.
const AT_ONCE: usize = 16;

/// How a file is to be taken in.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// Whether only to say what would come of it.
    #[serde(default)]
    dry_run: bool,
    /// The field of each column, parted by commas, in place of what their titles say.
    #[param(format = "import-columns")]
    columns: Option<String>,
}

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::post("/api/employees/import", import)
        .says(|it| {
            it.does("Take people in from a CSV file, or say what would come of each row")
                .takes_file("text/csv")
                .answers::<ImportReport>(StatusCode::OK, "What came of each row.")
        })
        .up_to(MAX_IMPORT_BYTES)
        .with_state(Guarded::new(directory, access))
}

async fn import(
    editor: Editor,
    State(directory): State<Guarded<Directory>>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<Json<ImportReport>, ApiError> {
    let body: Bytes = json::body(request, &()).await?;
    let File { titles, rows } = File::read(&body)?;
    let columns = columns(&titles, query.columns.as_deref())?;
    let reported = reported(titles, &columns);
    let deed = if query.dry_run { None } else { Some(directory.deed(editor.caller())?) };
    let rows = directory.import(rows, &columns, deed.as_ref()).await?;
    Ok(Json(ImportReport { columns: reported, rows }))
}

impl Directory {
    /// Takes in each of these rows; where that is no deed, says what would come of it.
    async fn import(
        &self,
        rows: Vec<Row>,
        columns: &[Option<Column>],
        deed: Option<&Deed>,
    ) -> Result<Vec<ImportRow>, Error> {
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut done: Vec<ImportRow> = Vec::new();
        let mut working = JoinSet::new();
        for row in rows {
            let wanted = Wanted::of(row, columns);
            // The index does not know yet whom an earlier row of the file has added.
            if let Some(first) = wanted.key().and_then(|key| seen.insert(key, wanted.line)) {
                done.push(wanted.refused(vec![FieldError::new(
                    FULL_NAME,
                    format!("stands on line {first} already; keep one of the two"),
                )]));
                continue;
            }
            if working.len() == AT_ONCE {
                done.extend(finished(working.join_next().await)?);
            }
            let (directory, deed) = (self.clone(), deed.cloned());
            working.spawn(async move { directory.take_in(wanted, deed.as_ref()).await }.in_current_span());
        }
        while !working.is_empty() {
            done.extend(finished(working.join_next().await)?);
        }
        done.sort_by_key(|row| row.line);
        Ok(done)
    }

    async fn take_in(&self, wanted: Wanted, deed: Option<&Deed>) -> ImportRow {
        match self.taken_in(&wanted, deed).await {
            Ok(row) => row,
            Err(error) => {
                let (_, detail, errors, cause) = error.into_parts();
                if let Some(cause) = cause {
                    let error = rollcall_error::source_chain(cause.as_ref());
                    tracing::warn!(line = wanted.line, error, "a row was not taken in");
                }
                let whole = || vec![FieldError::new("", detail.clone())];
                wanted.refused(if errors.is_empty() { whole() } else { errors })
            }
        }
    }

    async fn taken_in(&self, wanted: &Wanted, deed: Option<&Deed>) -> Result<ImportRow, Error> {
        let named = wanted.named().map_err(|error| Error::invalid(vec![error]))?;
        let before = match self.matching(&named).await? {
            Match::Unclear(error) => return Err(Error::invalid(vec![error])),
            Match::Someone(record) => *record,
            Match::Nobody(id) => {
                let input = self.with_manager(wanted.input(&Values::default(), &[]), "").await?;
                let added = if let Some(deed) = deed {
                    Some(self.add_as(deed, id, &input).await?)
                } else {
                    EmployeeDetails::parse(&input).map_err(Error::invalid)?;
                    None
                };
                return Ok(wanted.outcome(ImportOutcome::Added, added.as_ref(), Vec::new()));
            }
        };
        let (seen, worn) = (before.values(FIELDS), before.badges());
        let input = self.with_manager(wanted.input(&seen, &worn), seen.text(MANAGER)).await?;
        let changed = wanted.changed(&seen, &worn, &input);
        if changed.is_empty() {
            return Ok(wanted.outcome(ImportOutcome::Same, Some(&before), changed));
        }
        if let Some(deed) = deed {
            self.change(deed, &before.id, &input).await?;
        } else {
            EmployeeDetails::parse_change(FIELDS, &input, Some(&seen)).map_err(Error::invalid)?;
        }
        Ok(wanted.outcome(ImportOutcome::Changed, Some(&before), changed))
    }
}

impl Directory {
    /// The same with the manager by their id, where a row names another one than before by an e-mail address.
    async fn with_manager(&self, mut input: EmployeeInput, before: &str) -> Result<EmployeeInput, Error> {
        let named = input.values.text(MANAGER);
        if named == before || !named.contains('@') {
            return Ok(input);
        }
        // An id may look like an address, and counts first.
        let id = EmployeeId::try_from(named.to_owned());
        if let Ok(id) = id
            && self.table.get(&id).await?.is_some()
        {
            return Ok(input);
        }
        match self.matching(&Named::Email(same_email(named.trim()))).await? {
            Match::Someone(manager) => {
                input.values.set_text(MANAGER, manager.id.to_string());
                Ok(input)
            }
            Match::Unclear(FieldError { detail, .. }) => Err(Error::invalid_field(MANAGER, detail)),
            Match::Nobody(_) => {
                let detail = format!("is {named:?}, and nobody has this e-mail address");
                Err(Error::invalid_field(MANAGER, detail))
            }
        }
    }
}

fn finished(row: Option<Result<ImportRow, tokio::task::JoinError>>) -> Result<Option<ImportRow>, Error> {
    row.transpose().map_err(Error::broken)
}

/// What a row says of someone.
struct Wanted {
    line: u64,
    /// The cells of the columns that are known.
    cells: Vec<(Column, String)>,
}

impl Wanted {
    fn of(row: Row, columns: &[Option<Column>]) -> Self {
        let cells = row.cells.into_iter().zip(columns);
        let cells = cells.filter_map(|(cell, column)| column.map(|column| (column, cell)));
        Self { line: row.line, cells: cells.collect() }
    }

    /// The text in the column of this name; empty when there is none.
    fn text(&self, name: &str) -> &str {
        let cell = self.cells.iter().find(|(column, _)| column.name() == name);
        cell.map_or("", |(_, cell)| cell::unguarded(cell).trim())
    }

    fn named(&self) -> Result<Named, FieldError> {
        Named::by(self.text("id"), self.text(EMAIL), self.text(FULL_NAME), self.text(LOCATION))
    }

    /// What tells this row from the others of a file; none when it names nobody.
    fn key(&self) -> Option<String> {
        let names_someone = ["id", EMAIL, FULL_NAME].iter().any(|name| !self.text(name).is_empty());
        self.named().ok().filter(|_| names_someone).map(|named| format!("{named:?}"))
    }

    /// What is to be stored: what the row says, and what it says nothing of as it is.
    fn input(&self, seen: &Values, worn: &[Badge]) -> EmployeeInput {
        let mut input = EmployeeInput {
            values: seen.clone(),
            badges: worn.iter().map(|badge| badge.id().to_owned()).collect(),
            discard: Vec::new(),
        };
        for (column, cell) in &self.cells {
            match column {
                Column::Id => {}
                Column::Badges => input.badges = cell::read_badges(cell),
                Column::Field(field) => {
                    input.values.set(field.name, cell::read(field, cell, seen.get(field.name)))
                }
            }
        }
        input
    }

    /// The names of what would be otherwise.
    fn changed(&self, seen: &Values, worn: &[Badge], input: &EmployeeInput) -> Vec<String> {
        let is_other = |column: &Column| match column {
            Column::Id => false,
            Column::Badges => {
                let mut worn: Vec<&str> = worn.iter().map(|badge| badge.id()).collect();
                let mut sent: Vec<&str> = input.badges.iter().map(String::as_str).collect();
                worn.sort_unstable();
                sent.sort_unstable();
                worn != sent
            }
            Column::Field(field) => seen.get(field.name) != input.values.get(field.name),
        };
        let changed = self.cells.iter().map(|(column, _)| column).filter(|column| is_other(column));
        changed.map(|column| column.name().to_owned()).collect()
    }

    fn outcome(&self, outcome: ImportOutcome, record: Option<&Record>, changed: Vec<String>) -> ImportRow {
        let id = record.map(|record| record.id.to_string());
        let full_name = self.text(FULL_NAME).to_owned();
        ImportRow { line: self.line, outcome, full_name, id, changed, errors: Vec::new() }
    }

    fn refused(&self, errors: Vec<FieldError>) -> ImportRow {
        ImportRow { errors, ..self.outcome(ImportOutcome::Refused, None, Vec::new()) }
    }
}
