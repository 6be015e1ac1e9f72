//! The search index of the directory: who is found by what someone typed. See [`rollcall_search`].

pub(crate) mod cursor;
pub(crate) mod keep;
pub(crate) mod people;
pub(crate) mod show;
pub(crate) mod store;

use std::{sync::Arc, time::Instant};

use aws_config::SdkConfig;
use rollcall_error::{Error, source_chain};
use rollcall_search::{Index, NoIndex, Reader};
use tokio::sync::OnceCell;

use self::{cursor::CursorKey, store::IndexStore};
use crate::settings::SearchSettings;

/// The index that this process searches. A clone shares it.
#[derive(Debug, Clone)]
pub(crate) struct SearchIndex(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    reader: Reader<IndexStore>,
    cursor_key: OnceCell<CursorKey>,
}

/// What a search is answered from.
pub(crate) struct Searchable {
    pub(crate) index: Arc<Index>,
    pub(crate) cursor_key: CursorKey,
    /// Why the newest changes may be missing, if so.
    pub(crate) limited: Option<String>,
}

/// There is no index to search, and why, in words for whoever searches.
pub(crate) struct NotSearchable(pub(crate) String);

impl SearchIndex {
    /// The index that the settings name. Nothing is read before the first search.
    pub(crate) fn new(config: &SdkConfig, settings: Option<SearchSettings>) -> Self {
        let inner = settings.map(|SearchSettings { index_table, segments_bucket }| Inner {
            reader: Reader::new(IndexStore::new(config, index_table, segments_bucket)),
            cursor_key: OnceCell::new(),
        });
        Self(inner.map(Arc::new))
    }

    /// The index as it is now.
    pub(crate) async fn current(&self) -> Result<Searchable, NotSearchable> {
        let Some(inner) = &self.0 else {
            return Err(NotSearchable("No search index is set up here.".to_owned()));
        };
        let (current, cursor_key) = tokio::join!(inner.reader.current(Instant::now()), inner.cursor_key());
        let current = current.map_err(|error| NotSearchable(told(&error)))?;
        let cursor_key = cursor_key.map_err(|error| NotSearchable(told(&NoIndex::Store(error))))?;
        Ok(Searchable { index: current.index, cursor_key, limited: current.behind.map(|error| told(&error)) })
    }

    /// Where the index is kept.
    pub(crate) fn store(&self) -> Option<&IndexStore> {
        self.0.as_ref().map(|inner| inner.reader.store())
    }
}

impl Inner {
    async fn cursor_key(&self) -> Result<CursorKey, Error> {
        let read = async {
            let key = self.reader.store().cursor_key().await?;
            key.map(|key| CursorKey::new(&key)).ok_or_else(|| Error::broken("there is no key for cursors"))
        };
        self.cursor_key.get_or_try_init(|| read).await.cloned()
    }
}

/// Why searching is limited, in words for whoever searches; the log has the rest.
fn told(error: &NoIndex<Error>) -> String {
    tracing::warn!(error = source_chain(error), "searching is limited");
    match error {
        NoIndex::NotMade => "The search index has not been made yet.",
        NoIndex::Damaged(_) | NoIndex::Incomplete => "The search index is damaged; making it anew mends it.",
        NoIndex::Store(_) => "The search index can't be read at the moment.",
    }
    .to_owned()
}
