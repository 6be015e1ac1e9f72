//! What an identity provider said of someone, beside what the fields hold of it: in an attribute that other programs keep.

use aws_sdk_dynamodb::types::AttributeValue;
use rollcall_error::Error;
use rollcall_scim::{Resource, mapping};

use crate::record::{EXTERNAL_ID, Record, USER_NAME, string};

/// The attribute of it: a text of JSON.
pub(crate) const SAID: &str = "scim";

/// The most that is kept of it, in bytes of JSON: a row has 400 KB at most, and is kept once more when someone leaves.
const MAX_SAID: usize = 48 * 1024;

/// What was said of someone; nothing where no provider keeps them, or another program wrote over it.
pub(crate) fn said(record: &Record) -> Resource {
    serde_json::from_str(record.text(SAID)).unwrap_or_default()
}

/// What is to be kept of what is said; none where it is nothing.
///
/// # Errors
/// Where it is too much.
pub(crate) fn kept(said: &Resource) -> Result<Option<AttributeValue>, Error> {
    if said.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(said).map_err(Error::broken)?;
    if text.len() > MAX_SAID {
        return Err(Error::too_large(format!("Of one person {MAX_SAID} bytes can be kept.")));
    }
    Ok(Some(string(&text)))
}

/// What stands beside what was said of the manager, where that one is not in the directory yet.
const AWAITS: &str = "awaitsManager";

/// Whether someone waits for the manager that a provider named. Without it a row that has none has none, since an editor took
/// it away.
pub(crate) fn waits(record: &Record) -> bool {
    said(record).contains_key(AWAITS)
}

/// Notes whether the manager that is named is waited for.
pub(crate) fn set_awaits(said: &mut Resource, awaits: bool) {
    said.remove(AWAITS);
    if awaits {
        said.insert(AWAITS.to_owned(), true.into());
    }
}

/// What was said, without what is noted beside it.
pub(crate) fn told(record: &Record) -> Resource {
    let mut told = said(record);
    if told.remove(AWAITS).is_none() && record.manager().is_none() {
        mapping::set_manager(&mut told, None);
    }
    told
}

/// Someone who waits for their manager from now on.
///
/// # Errors
/// Where what is kept of them would be too much.
pub(crate) fn awaiting(record: &Record) -> Result<Record, Error> {
    let mut said = said(record);
    set_awaits(&mut said, true);
    Ok(match kept(&said)? {
        Some(said) => record.with(SAID, said),
        None => record.clone(),
    })
}

/// Whether a provider has a name or an id for someone.
pub(crate) fn is_known_to_a_provider(record: &Record) -> bool {
    [USER_NAME, EXTERNAL_ID].into_iter().any(|name| !record.text(name).is_empty())
}

/// The fields that a provider keeps of someone.
pub(crate) fn provider_fields(record: &Record) -> Vec<String> {
    if !is_known_to_a_provider(record) {
        return Vec::new();
    }
    mapping::said(&said(record)).into_iter().map(str::to_owned).collect()
}
