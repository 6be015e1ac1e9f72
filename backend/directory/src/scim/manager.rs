//! Whom someone reports to, as a provider names them.

use rollcall_error::{Error, Kind};

use super::find::Key;
use crate::{directory::Directory, employee_id::EmployeeId, record::Record, reporting::change::held_by};

/// Whom someone is to report to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Manager {
    Nobody,
    Known(EmployeeId),
    /// Nobody who could be it is in the directory: they may come yet.
    Awaited(String),
}

impl Directory {
    /// Who is meant by a name: an id of Rollcall's, an `externalId` or a `userName`, whichever there is first. One who would
    /// come to be above themselves is waited for, too: a provider may be amid a change of several.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub(super) async fn manager_called(&self, name: Option<&str>, whom: &Record) -> Result<Manager, Error> {
        let Some(name) = name else { return Ok(Manager::Nobody) };
        let keys = [Key::Id, Key::ExternalId, Key::UserName].map(|key| key(name.to_owned()));
        let [id, external_id, user_name] = &keys;
        let (by_id, by_external_id, by_user_name) =
            tokio::try_join!(self.person_by(id), self.person_by(external_id), self.person_by(user_name))?;
        let found = [by_id, by_external_id, by_user_name].into_iter().flatten();
        let mut found = found.filter(|person| person.active).map(|person| person.record.id);
        let Some(id) = found.next() else { return Ok(Manager::Awaited(name.to_owned())) };
        if whom.manager().as_ref() == Some(&id) {
            return Ok(Manager::Known(id));
        }
        match held_by(&self.table, whom, id.as_str()).await {
            Ok(_) => Ok(Manager::Known(id)),
            Err(error) if error.kind() == Kind::Invalid => Ok(Manager::Awaited(name.to_owned())),
            Err(error) => Err(error),
        }
    }
}
