//! Where the index is kept while it is measured: the segments in a folder, so that they count towards nobody's memory but
//! of those who read them; the log and the pointer here.

use std::{
    collections::HashMap,
    convert::Infallible,
    fs,
    path::PathBuf,
    sync::{Mutex, MutexGuard},
};

use rollcall_search::{Batch, Changes, People, Person, Pointer, Position, Rebuild, SegmentName, Store};

use crate::people::people;

/// How many people a page of the table has: about as many as DynamoDB puts into one of 1 MB.
const PAGE: usize = 3_000;

/// The store of an index.
pub(crate) struct Shelf {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    log: Vec<Batch>,
    pointer: Option<Pointer>,
    rebuild: Option<Rebuild>,
}

impl Shelf {
    /// With nothing on it.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), state: Mutex::default() }
    }

    /// Lets a segment serve that knows the log up to its beginning.
    pub(crate) fn serve(&self, segment: SegmentName) {
        let position = Position::default();
        let (people, bytes, made_at, rebuilt_at) = (0, 0, 0, 0);
        let pointer =
            Pointer { version: 1, segment, position, previous: None, people, bytes, made_at, rebuilt_at };
        self.state().pointer = Some(pointer);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panicked")
    }

    fn file(&self, name: SegmentName) -> PathBuf {
        self.folder.join(name.to_string())
    }
}

impl Store for Shelf {
    type Error = Infallible;

    async fn newest(&self) -> Result<Position, Infallible> {
        Ok(self.state().log.last().map_or(Position::default(), |batch| batch.position))
    }

    async fn after(&self, position: Position) -> Result<Vec<Batch>, Infallible> {
        Ok(self.state().log.iter().filter(|batch| batch.position > position).cloned().collect())
    }

    async fn append(&self, batch: &Batch) -> Result<bool, Infallible> {
        self.state().log.push(batch.clone());
        Ok(true)
    }

    async fn forget(&self, position: Position) -> Result<(), Infallible> {
        self.state().log.retain(|batch| batch.position > position);
        Ok(())
    }

    async fn pointer(&self) -> Result<Option<Pointer>, Infallible> {
        Ok(self.state().pointer.clone())
    }

    async fn exchange(&self, pointer: &Pointer) -> Result<bool, Infallible> {
        self.state().pointer = Some(pointer.clone());
        Ok(true)
    }

    async fn rebuild(&self) -> Result<Option<Rebuild>, Infallible> {
        Ok(self.state().rebuild.clone())
    }

    async fn go_on(&self, rebuild: &Rebuild) -> Result<bool, Infallible> {
        self.state().rebuild = Some(rebuild.clone());
        Ok(true)
    }

    async fn finish(&self, _: &Rebuild) -> Result<(), Infallible> {
        self.state().rebuild = None;
        Ok(())
    }

    async fn read_segment(&self, name: SegmentName) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(fs::read(self.file(name)).ok())
    }

    async fn write_segment(&self, name: SegmentName, content: Vec<u8>) -> Result<(), Infallible> {
        fs::write(self.file(name), content).expect("room for a segment");
        Ok(())
    }

    async fn clear(&self, _: &[SegmentName]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A table that makes its people up as they are read, page by page, so that they take no memory; and remembers a few.
pub(crate) struct Crowd {
    rest: Mutex<Box<dyn Iterator<Item = Person> + Send>>,
    known: HashMap<String, Person>,
}

impl Crowd {
    pub(crate) fn new(count: usize, known: impl IntoIterator<Item = Person>) -> Self {
        let known = known.into_iter().map(|person| (person.id.clone(), person)).collect();
        Self { rest: Mutex::new(Box::new(people(count))), known }
    }
}

impl People for Crowd {
    type Error = Infallible;

    async fn get(&self, ids: Vec<String>) -> Result<Changes, Infallible> {
        Ok(ids.into_iter().map(|id| (id.clone(), self.known.get(&id).cloned())).collect())
    }

    /// Each page is had once, as one reader asks for it.
    async fn page(&self, _: Option<String>) -> Result<(Vec<Person>, Option<String>), Infallible> {
        let mut rest = self.rest.lock().expect("nobody panicked");
        let page: Vec<Person> = rest.by_ref().take(PAGE).collect();
        let next = (page.len() == PAGE).then(|| page.last().map(|last| last.id.clone())).flatten();
        Ok((page, next))
    }
}
