//! The names of people who did something, apart from what they did: a name can be forgotten, and no entry is changed by it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use rollcall_api::audit::Actor;
use rollcall_aws::records::{Key, Records, RecordsError, Write};
use serde::{Deserialize, Serialize};

use crate::hash::hash;

/// The partition of names.
const NAMES: &str = "audit-names";

/// Of how many a process knows that their name is kept; then it begins anew.
const MAX_KNOWN: usize = 10_000;

#[derive(Serialize, Deserialize)]
struct Named {
    name: String,
}

/// Which names this process has kept already. A clone shares them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known(Arc<Mutex<BTreeSet<(String, String)>>>);

impl Known {
    /// Whether this name is one of those that were kept.
    fn has(&self, named: &(String, String)) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(named)
    }

    fn add(&self, named: (String, String)) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(named);
    }
}

/// Keeps what a person is called by now. Once for each process: it hardly ever changes.
pub(crate) async fn keep(records: &Records, known: &Known, actor: &Actor) -> Result<(), RecordsError> {
    let (Some(key), Actor::Person { name, .. }) = (key_of(actor), actor) else { return Ok(()) };
    let named = (key.sort.clone(), name.clone());
    if known.has(&named) {
        return Ok(());
    }
    records.write(vec![Write::put(key, &Named { name: name.clone() })?]).await?;
    known.add(named);
    Ok(())
}

/// Gives these actors their names again, where they are known. Each is read once.
pub(crate) async fn fill<'a>(
    records: &Records,
    actors: impl Iterator<Item = &'a mut Actor>,
) -> Result<(), RecordsError> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for actor in actors {
        let Some(key) = key_of(actor) else { continue };
        if !found.contains_key(&key.sort) {
            let named: Option<Named> = records.get(&key).await?;
            found.insert(key.sort.clone(), named.map(|it| it.name).unwrap_or_default());
        }
        if let (Actor::Person { name, .. }, Some(known)) = (actor, found.get(&key.sort))
            && name.is_empty()
        {
            name.clone_from(known);
        }
    }
    Ok(())
}

/// Where the name of a person is; none of anyone else, and where it is not known who vouches for them.
fn key_of(actor: &Actor) -> Option<Key> {
    let Actor::Person { issuer: Some(issuer), subject: Some(subject), .. } = actor else { return None };
    Some(Key::new(NAMES, hash(&[issuer.as_bytes(), b"\n", subject.as_bytes()])))
}
