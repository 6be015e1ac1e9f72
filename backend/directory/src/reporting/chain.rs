//! The way up from an employee: `GET /api/employees/{id}/chain`.

use axum::extract::State;
use http::StatusCode;
use rollcall_api::reporting::{ChainEnd, EmployeeChain};
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Reader},
    declared::Route,
    json::Json,
    path::Path,
    problem::ApiError,
};

use crate::{
    directory::{Directory, no_such_employee},
    employee_id::EmployeeId,
    record::Record,
    table::Table,
};

/// The most levels that are read above someone. A transaction holds 100 items
/// ([quotas](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-api)), and a new
/// manager is written in one with everyone above, the audit log, and claims of what is theirs alone.
pub(crate) const MAX_LEVELS: usize = 90;

pub(crate) fn route(directory: Directory, access: Access) -> Route {
    Route::get("/api/employees/{id}/chain", chain)
        .says(|it| {
            it.does("Those above, up to the top").answers::<EmployeeChain>(StatusCode::OK, "The chain.")
        })
        .with_state(Guarded::new(directory, access))
}

async fn chain(
    _: Reader,
    State(directory): State<Guarded<Directory>>,
    Path(id): Path<EmployeeId>,
) -> Result<Json<EmployeeChain>, ApiError> {
    let record = directory.table.get(&id).await?.ok_or_else(no_such_employee)?;
    let Chain { above, end } = Chain::above(&directory.table, &record).await?;
    Ok(Json(EmployeeChain { chain: above.into_iter().map(Record::into_employee).collect(), end }))
}

/// Everyone above someone, the nearest first.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) above: Vec<Record>,
    pub(crate) end: ChainEnd,
}

impl Chain {
    /// Reads everyone above `record`, each as they are now.
    ///
    /// # Errors
    /// When the table can't be read.
    pub(crate) async fn above(table: &Table, record: &Record) -> Result<Self, Error> {
        let mut above: Vec<Record> = Vec::new();
        loop {
            let Some(next) = above.last().unwrap_or(record).manager() else {
                return Ok(Self { above, end: ChainEnd::Top });
            };
            if next == record.id || above.iter().any(|one| one.id == next) {
                return Ok(Self { above, end: ChainEnd::Circle });
            }
            if above.len() == MAX_LEVELS {
                return Ok(Self { above, end: ChainEnd::TooLong });
            }
            match table.get(&next).await? {
                Some(record) => above.push(record),
                None => return Ok(Self { above, end: ChainEnd::Missing }),
            }
        }
    }
}
