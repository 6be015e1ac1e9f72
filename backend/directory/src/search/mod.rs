//! The search index of the directory: who is found by what someone typed. See [`rollcall_search`].

pub(crate) mod cursor;
pub(crate) mod keep;
pub(crate) mod people;
pub(crate) mod store;

use std::{sync::Arc, time::Instant};

use aws_config::SdkConfig;
use rollcall_error::{Error, source_chain};
use rollcall_search::{Current, Index, NoIndex, Position, Reader};
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
    /// Up to where it knows the log of changes.
    pub(crate) position: Position,
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

    /// The index with all that the log has at this moment, whatever a search may be answered from.
    pub(crate) async fn newest(&self) -> Result<Searchable, NotSearchable> {
        self.current(Position(u64::MAX)).await
    }

    /// The index as it is now, with the log up to `at_least` a position.
    pub(crate) async fn current(&self, at_least: Position) -> Result<Searchable, NotSearchable> {
        let current = self.inner()?.reader.current(Instant::now(), at_least).await;
        let Current { index, position, behind } = current.map_err(|error| NotSearchable(told(&error)))?;
        Ok(Searchable { index, position, limited: behind.map(|error| told(&error)) })
    }

    /// The key that cursors are signed with. It never changes, and is read once.
    pub(crate) async fn cursor_key(&self) -> Result<&CursorKey, NotSearchable> {
        let inner = self.inner()?;
        let read = || async {
            let key = inner.reader.store().cursor_key().await.map_err(NoIndex::Store)?;
            let key = key.ok_or(NoIndex::NotMade)?;
            CursorKey::new(&key).map_err(|error| NoIndex::Store(Error::broken(error)))
        };
        inner.cursor_key.get_or_try_init(read).await.map_err(|error| NotSearchable(told(&error)))
    }

    fn inner(&self) -> Result<&Inner, NotSearchable> {
        self.0.as_deref().ok_or_else(|| NotSearchable("No search index is set up here.".to_owned()))
    }

    /// Where the index is kept.
    pub(crate) fn store(&self) -> Option<&IndexStore> {
        self.0.as_ref().map(|inner| inner.reader.store())
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
