//! The stored directory: what every thing that people do here is given.

use aws_config::SdkConfig;
use rollcall_api::{
    employee::Employee,
    field::{FIELDS, FULL_NAME, Kind},
    field_rules::display,
    values::Value,
};
use rollcall_audit::AuditLog;
use rollcall_error::Error;

use crate::{
    bucket::Bucket,
    employee_id::EmployeeId,
    erasing::Erasing,
    people::store::People,
    picture::decoders::Decoders,
    provided::provider_fields,
    record::Record,
    search::{SearchIndex, keep::IndexKeeper},
    settings::DirectorySettings,
    table::Table,
};

/// The stored directory. A clone shares connections.
#[derive(Debug, Clone)]
pub struct Directory {
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
    pub(crate) decoders: Decoders,
    pub(crate) search: SearchIndex,
    people: Option<People>,
    audit: Option<AuditLog>,
    erasing: Option<Erasing>,
}

impl Directory {
    /// The directory in the table and the bucket that `settings` name. Calls nothing yet.
    #[must_use]
    pub fn from_settings(config: &SdkConfig, settings: DirectorySettings) -> Self {
        let people = settings.people_table;
        Self {
            people: people.map(|table| People::new(config, table, settings.employees_table.clone())),
            audit: None,
            erasing: None,
            table: Table::new(config, settings.employees_table),
            bucket: Bucket::new(config, settings.photos_bucket),
            decoders: Decoders::default(),
            search: SearchIndex::new(config, settings.search),
        }
    }

    /// The same, where employees can be changed: this log is told of it.
    #[must_use]
    pub fn with_audit(self, log: AuditLog) -> Self {
        Self { audit: Some(log), ..self }
    }

    /// The same, where former employees can be erased for good.
    #[must_use]
    pub fn with_erasing(self, erasing: Erasing) -> Self {
        Self { erasing: Some(erasing), ..self }
    }

    /// The table of people.
    ///
    /// # Errors
    /// Where none is set up.
    pub(crate) fn people(&self) -> Result<&People, Error> {
        self.people.as_ref().ok_or_else(|| {
            Error::conflict(
                "Where this runs, no table of people is set up (PEOPLE_TABLE), so that nobody can be deleted here, or get \
                 an e-mail address: nothing would be kept of the one, and nobody could tell whose the other is.",
            )
        })
    }

    /// The audit log.
    ///
    /// # Errors
    /// Where none is set up.
    pub(crate) fn audit(&self) -> Result<&AuditLog, Error> {
        self.audit.as_ref().ok_or_else(|| {
            Error::conflict(
                "Where this runs, no audit log is set up (AUDIT_TABLE), so that nothing can be changed here: nobody would know \
                 who did it. Use the address of the dashboard.",
            )
        })
    }

    /// What erasing takes.
    ///
    /// # Errors
    /// Where it is not set up.
    pub(crate) fn erasing(&self) -> Result<&Erasing, Error> {
        self.erasing.as_ref().ok_or_else(|| {
            Error::conflict(
                "Nobody can be erased here: a host may not make the search index anew. Use the address of the dashboard.",
            )
        })
    }

    /// Who keeps the search index; none where none is set up.
    #[must_use]
    pub fn index_keeper(&self) -> Option<IndexKeeper> {
        Some(IndexKeeper::new(self.search.store()?.clone(), self.table.clone()))
    }

    /// An employee as one is shown alone: what is stored in another form than people write is told in theirs as well, and which
    /// fields a provider keeps.
    pub(crate) async fn in_full(&self, record: Record) -> Result<Employee, Error> {
        let provider_fields = provider_fields(&record);
        let mut employee = Employee { provider_fields, ..record.into_employee() };
        for field in FIELDS {
            let stored = employee.values.text(field.name);
            // To read a phone number takes tables that whoever has none need not wait for.
            if stored.is_empty() {
                continue;
            }
            let display = match field.kind {
                Kind::Employee => self.name_of(stored).await?,
                kind => display(kind, stored),
            };
            employee.display.extend(display.map(|text| (field.name, Value::Text(text))));
        }
        Ok(employee)
    }

    /// The full name of whoever has this id; none when there is nobody.
    async fn name_of(&self, id: &str) -> Result<Option<String>, Error> {
        let Ok(id) = EmployeeId::try_from(id.to_owned()) else { return Ok(None) };
        let record = self.table.get(&id).await?;
        Ok(record.map(|record| record.text(FULL_NAME).to_owned()))
    }

    /// Opens the connection to the table, so that the first request need not; a failure is that request's to
    /// report.
    pub async fn warm_up(&self) {
        self.table.warm_up().await;
    }
}

/// What is told of an id that no row has.
pub(crate) fn no_such_employee() -> Error {
    Error::not_found("There is no such employee; perhaps it was deleted.")
}
