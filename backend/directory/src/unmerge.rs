//! Taking a merge back: what is written beside the row of who was merged, when they are restored.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use rollcall_api::{
    field::{EMAIL, MANAGER},
    reporting::ChainEnd,
};
use rollcall_error::Error;

use crate::{
    directory::Directory,
    held::Rewrite,
    people::trail::Merged,
    photo_key::PhotoKey,
    record::{OBJECT_KEY, Record, string},
    reporting::chain::Chain,
    unique::EMAIL_ADDRESS,
};

/// What takes a merge back beside.
#[derive(Debug, Default)]
pub(crate) struct Unmerging {
    pub(crate) beside: Vec<TransactWriteItem>,
    /// The photo that was copied back for whom the merge kept; it goes where nothing comes of it.
    pub(crate) copied: Option<PhotoKey>,
    /// The photo that the kept one has now, and will have no more.
    pub(crate) replaced: Option<PhotoKey>,
}

impl Directory {
    /// What takes this merge back. What someone changed since then stays as it is.
    pub(crate) async fn unmerging(&self, back: &Record, merged: &Merged) -> Result<Unmerging, Error> {
        let (kept, reports) =
            tokio::try_join!(self.table.get(&merged.into), self.table.get_all(&merged.reports))?;
        let mut unmerging = Unmerging::default();
        for report in reports.into_values().filter(|one| one.manager().as_ref() == Some(&merged.into)) {
            let manager = vec![(MANAGER.to_owned(), Some(string(back.id.as_str())))];
            unmerging.beside.push(self.table.rewriting(&report, &manager)?);
        }
        let Some(kept) = kept else { return Ok(unmerging) };
        let mut writes = taken_back(&kept, merged);
        if !self.may_report_again(&kept, &writes).await? {
            writes.retain(|(name, _)| name != MANAGER);
        }
        if let Some((_, email)) = writes.iter_mut().find(|(name, _)| name == EMAIL) {
            let before = email.as_ref().and_then(|email| email.as_s().ok()).cloned().unwrap_or_default();
            match self.claim(EMAIL_ADDRESS, &kept.id, &before, None).await? {
                Ok(claim) => unmerging.beside.extend(claim),
                // It is someone else's by now.
                Err(_) => *email = None,
            }
        }
        if let Some((_, photo)) = writes.iter_mut().find(|(name, _)| name == OBJECT_KEY) {
            unmerging.replaced = kept.photo();
            unmerging.copied = match merged.replaced_photo() {
                Some(key) => self.bucket.bring_back(&key).await?,
                None => None,
            };
            *photo = unmerging.copied.as_ref().map(|key| string(&key.object_key()));
        }
        unmerging.beside.push(self.table.rewriting(&kept, &writes)?);
        Ok(unmerging)
    }

    /// Whether the manager whom `writes` give back closes no circle.
    async fn may_report_again(&self, kept: &Record, writes: &[Rewrite]) -> Result<bool, Error> {
        let manager = writes.iter().find(|(name, _)| name == MANAGER).and_then(|(_, value)| value.clone());
        let Some(manager) = manager else { return Ok(true) };
        let chain = Chain::above(&self.table, &kept.with(MANAGER, manager)).await?;
        Ok(!matches!(chain.end, ChainEnd::Circle | ChainEnd::TooLong))
    }
}

/// What the merge wrote and is still as it wrote it, as it was before.
fn taken_back(kept: &Record, merged: &Merged) -> Vec<Rewrite> {
    let names: BTreeSet<&String> = merged.before.keys().chain(merged.after.keys()).collect();
    let untouched = names.into_iter().filter(|name| kept.attribute(name) == merged.after.get(*name));
    untouched.map(|name| (name.clone(), merged.before.get(name).cloned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{employee_id::EmployeeId, record::Item};

    fn item(attributes: &[(&str, &str)]) -> Item {
        attributes.iter().map(|(name, text)| ((*name).to_owned(), string(text))).collect()
    }

    #[test]
    fn what_was_changed_since_a_merge_stays_when_it_is_taken_back() {
        let merged = Merged {
            into: EmployeeId::try_from("e-1".to_owned()).expect("an id"),
            before: item(&[("phone", "+1"), ("department", "Old")]),
            after: item(&[("phone", "+2"), ("department", "New"), ("desk", "3")]),
            reports: Vec::new(),
        };
        let now = item(&[("id", "e-1"), ("phone", "+2"), ("department", "Newest"), ("desk", "3")]);
        let kept = Record::from_item(now).expect("an employee");
        let expected = [("desk".to_owned(), None), ("phone".to_owned(), Some(string("+1")))];
        assert_eq!(taken_back(&kept, &merged), expected);
    }
}
