//! A segment, as it is searched.

use std::{collections::HashMap, sync::Arc};

use fst::{Automaton, IntoStreamer, Map, Streamer};

use super::{
    column::Column,
    emails::Emails,
    entry::Entry,
    format::{Damaged, Part, Reader},
    ids::Ids,
    managers::{Manager, Managers},
    name::SegmentName,
    names::Names,
};
use crate::{bits::Bits, postings, typo::Close};

/// A segment, ready to be searched.
#[derive(Debug)]
pub struct Segment {
    name: SegmentName,
    count: u32,
    words: Map<Part>,
    postings: Part,
    ids: Ids,
    names: Names,
    pub(crate) location: Column,
    pub(crate) job_title: Column,
    managers: Managers,
    emails: Emails,
    badges: Vec<(String, Bits)>,
}

impl Segment {
    /// Reads a segment.
    ///
    /// # Errors
    /// When the bytes are not those of that name, or not laid out as a segment.
    pub fn open(name: SegmentName, content: Vec<u8>) -> Result<Self, Damaged> {
        if SegmentName::of(&content) != name {
            return Err(Damaged::Content);
        }
        Self::read(name, content.into())
    }

    fn read(name: SegmentName, content: Arc<[u8]>) -> Result<Self, Damaged> {
        let mut parts = Reader::new(content)?;
        let words = Map::new(parts.part()?).map_err(|_| Damaged::Layout)?;
        // Walking a dictionary whose bytes are not as it was made can panic, so its own checksum counts too.
        words.as_fst().verify().map_err(|_| Damaged::Layout)?;
        let postings = parts.part()?;
        let ids = Ids::new(parts.part()?, &parts.part()?, &parts.part()?)?;
        let count = u32::try_from(ids.len()).map_err(|_| Damaged::Layout)?;
        let names = Names::new(&parts.part()?, parts.part()?);
        let location = Column::new(&parts.part()?, &parts.part()?, ids.len())?;
        let job_title = Column::new(&parts.part()?, &parts.part()?, ids.len())?;
        let managers = Managers::new(parts.part()?, &parts.part()?, &parts.part()?, count)?;
        let emails = Emails::new(parts.part()?, count)?;
        let mut badges = Vec::new();
        for badge in parts.part()?.texts()? {
            let mut wearers = Bits::none(count);
            postings::read(parts.part()?.as_ref(), |first, count| wearers.insert_run(first, count));
            badges.push((badge, wearers));
        }
        Ok(Self { name, count, words, postings, ids, names, location, job_title, managers, emails, badges })
    }

    /// The hash of its content.
    #[must_use]
    pub fn name(&self) -> SegmentName {
        self.name
    }

    /// How many people it knows.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn nobody(&self) -> Bits {
        Bits::none(self.count)
    }

    pub(crate) fn everyone(&self) -> Bits {
        Bits::all(self.count)
    }

    /// Someone's id.
    pub(crate) fn id(&self, ordinal: u32) -> String {
        self.ids.get(ordinal)
    }

    /// Someone's name.
    pub(crate) fn person_name(&self, ordinal: u32) -> String {
        self.names.get(ordinal)
    }

    /// Whom someone reports to.
    pub(crate) fn manager(&self, ordinal: u32) -> Manager<'_> {
        self.managers.of(ordinal)
    }

    /// The number that stands for someone's e-mail address; 0 for none.
    pub(crate) fn email(&self, ordinal: u32) -> u32 {
        self.emails.of(ordinal)
    }

    /// All names, in order.
    pub(crate) fn person_names(&self) -> impl Iterator<Item = String> + '_ {
        self.names.all()
    }

    /// The badges that anyone wears, in order, each with who does.
    pub(crate) fn badges(&self) -> &[(String, Bits)] {
        &self.badges
    }

    /// The ordinals of those of `ids` that it knows.
    pub(crate) fn find<'a>(&self, ids: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
        self.ids.find(ids)
    }

    /// The first ordinal that does not stand before this name and id.
    pub(crate) fn lower_bound(&self, name: &str, id: &str) -> u32 {
        self.names.lower_bound(self.count, name, |ordinal| self.id(ordinal).as_str() < id)
    }

    /// Adds those who have this word.
    pub(crate) fn with_word(&self, word: &str, into: &mut Bits) {
        if let Some(entry) = self.words.get(word) {
            self.people(entry, |first, count| into.insert_run(first, count));
        }
    }

    /// Adds those who have a word that begins with this.
    pub(crate) fn with_prefix(&self, prefix: &str, into: &mut Bits) {
        self.with_any(fst::automaton::Str::new(prefix).starts_with(), into);
    }

    /// Adds those who have a word that begins close to another one; to `whole` those who have one that is close as a whole,
    /// and to `slip` those whose whole word is as close as one slip.
    pub(crate) fn with_close(&self, close: &Close, into: &mut Bits, whole: &mut Bits, slip: &mut Bits) {
        let mut entries = self.words.search(close).into_stream();
        while let Some((word, entry)) = entries.next() {
            let slips = close.whole(word);
            let sets = match slips {
                Some(0 | 1) => &mut *slip,
                Some(_) => &mut *whole,
                None => &mut *into,
            };
            self.people(entry, |first, count| sets.insert_run(first, count));
        }
    }

    /// Adds those who have a word that an automaton accepts.
    pub(crate) fn with_any(&self, accepted: impl Automaton, into: &mut Bits) {
        let mut entries = self.words.search(accepted).into_stream();
        while let Some((_, entry)) = entries.next() {
            self.people(entry, |first, count| into.insert_run(first, count));
        }
    }

    /// Calls for each run of those whom an entry of the dictionary stands for.
    fn people(&self, entry: u64, mut act: impl FnMut(u32, u32)) {
        match Entry::from(entry) {
            Entry::One(ordinal) => act(ordinal, 1),
            Entry::List(start) => {
                let mut rest = self.postings.slice(start, self.postings.as_ref().len());
                let length = postings::read_number(&mut rest).and_then(|length| usize::try_from(length).ok());
                postings::read(length.and_then(|length| rest.get(..length)).unwrap_or_default(), act);
            }
        }
    }

    /// Every word with those who have it, in order.
    pub(super) fn each_word(&self, mut act: impl FnMut(&[u8], Vec<u32>)) {
        let mut words = self.words.stream();
        while let Some((word, entry)) = words.next() {
            let mut people = Vec::new();
            self.people(entry, |first, count| people.extend(first..first.saturating_add(count)));
            act(word, people);
        }
    }
}
