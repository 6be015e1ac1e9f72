//! A new manager: nobody comes to be above themselves, whoever else changes managers at the same time.
//!
//! Everyone above the new manager is read, and the change is written in one transaction that holds each of them to whom
//! they reported to. Of two changes that would close a circle together, each holds what the other one writes, so that
//! DynamoDB refuses the later one, which then reads the circle.

use rollcall_api::{field::MANAGER, problem::FieldError, reporting::ChainEnd};
use rollcall_error::Error;

use super::chain::{Chain, MAX_LEVELS};
use crate::{employee_id::EmployeeId, record::Record, table::Table};

/// Who must not change while `whom` gets this manager: the manager and everyone above.
///
/// # Errors
/// 422 where the manager is nobody, or below `whom`; and when the table can't be read.
pub(crate) async fn held_by(table: &Table, whom: &Record, manager: &str) -> Result<Vec<Record>, Error> {
    let refused = |detail: String| Error::invalid(vec![FieldError::new(MANAGER, detail)]);
    let id = EmployeeId::try_from(manager.to_owned()).map_err(|error| refused(error.to_string()))?;
    if id == whom.id {
        return Err(refused("is the same person; nobody reports to themselves".to_owned()));
    }
    let nobody = || refused("is nobody in the directory; pick someone who is".to_owned());
    let manager = table.get(&id).await?.ok_or_else(nobody)?;
    let Chain { above, end } = Chain::above(table, &manager).await?;
    if end == ChainEnd::TooLong || above.len() + 1 > MAX_LEVELS {
        return Err(refused(format!("has {MAX_LEVELS} levels above; that is the most there can be")));
    }
    let held: Vec<Record> = [manager].into_iter().chain(above).collect();
    match circle(whom, &held) {
        Some(circle) => Err(refused(circle)),
        None => Ok(held),
    }
}

/// What is wrong with a manager above whom `whom` stands, with the circle named; none where nobody is above themselves.
fn circle(whom: &Record, above: &[Record]) -> Option<String> {
    let last = above.iter().position(|one| one.id == whom.id)?;
    let names: Vec<&str> = [whom].into_iter().chain(above.iter().take(last)).map(Record::called).collect();
    let next = names.iter().skip(1).chain(names.first());
    let pairs = names.iter().zip(next).map(|(one, next)| format!("{one} reports to {next}"));
    Some(format!("would close a circle: {}", pairs.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use rollcall_api::field::FULL_NAME;

    use super::*;
    use crate::record::{ID, string};

    fn person(id: &str, name: &str) -> Record {
        let attributes = [(ID, id), (FULL_NAME, name)].map(|(name, text)| (name.to_owned(), string(text)));
        Record::from_item(attributes.into_iter().collect()).expect("an employee")
    }

    #[test]
    fn a_circle_is_told_by_everyone_in_it() {
        let (ada, bob, cy) = (person("a", "Ada"), person("b", "Bob"), person("c", ""));
        let top = person("t", "Top");
        assert_eq!(circle(&ada, &[bob.clone(), cy.clone(), top.clone()]), None);
        let told = "would close a circle: Ada reports to Bob, Bob reports to c, c reports to Ada";
        assert_eq!(circle(&ada, &[bob, cy, ada.clone(), top]).as_deref(), Some(told));
    }
}
