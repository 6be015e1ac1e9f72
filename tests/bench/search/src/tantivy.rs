//! tantivy, with one segment whose documents are in the order of names. Values are fast fields, counted by its terms
//! aggregation, and beginnings of words are found by its automaton over the dictionary, with slips or without.

use std::collections::BTreeSet;

use ::tantivy::{
    DocId, Index, IndexReader, IndexWriter, Score, SegmentOrdinal, SegmentReader, TantivyDocument, Term,
    aggregation::{
        AggregationCollector, Key,
        agg_req::Aggregations,
        agg_result::{AggregationResult, AggregationResults, BucketResult},
    },
    collector::{Collector, SegmentCollector},
    directory::RamDirectory,
    doc,
    query::{AllQuery, BooleanQuery, FuzzyTermQuery, Query},
    schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value},
    tokenizer::{AsciiFoldingFilter, LowerCaser, SimpleTokenizer, TextAnalyzer, TokenStream},
};
use rollcall_search::{Facets, Person, compare};

use crate::{
    engine::{Answer, Engine, Facet, searched},
    queries::{Asked, PAGE},
};

/// What the writer may take, in bytes: so much that a million people are one segment.
const WRITER: usize = 3_000_000_000;

const ANALYZER: &str = "folded";

pub(crate) struct Tantivy {
    index: Index,
    reader: IndexReader,
    directory: RamDirectory,
    fields: Fields,
    /// Whether words may have slips: as many as Rollcall allows. It is the slower for it.
    pub(crate) allows_slips: bool,
}

struct Fields {
    words: Field,
    id: Field,
    name: Field,
    location: Field,
    job_title: Field,
    badge: Field,
}

impl Engine for Tantivy {
    fn build(people: &[Person]) -> Self {
        Self::try_build(people).expect("an index")
    }

    fn bytes(&self) -> u64 {
        self.directory.total_mem_usage() as u64
    }

    fn search(&self, asked: &Asked) -> Option<Answer> {
        (self.allows_slips || !asked.has_slip).then(|| self.answer(asked).expect("an answer"))
    }
}

impl Tantivy {
    fn try_build(people: &[Person]) -> ::tantivy::Result<Self> {
        let (schema, fields) = schema();
        let directory = RamDirectory::create();
        let index = Index::create(directory.clone(), schema, ::tantivy::IndexSettings::default())?;
        index.tokenizers().register(
            ANALYZER,
            TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(LowerCaser)
                .filter(AsciiFoldingFilter)
                .build(),
        );
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER)?;
        for person in people {
            let mut document = doc!(
                fields.words => searched(person),
                fields.id => person.id.as_str(),
                fields.name => person.name.as_str(),
                fields.location => person.location.as_str(),
                fields.job_title => person.job_title.as_str(),
            );
            for badge in person.badges.iter().collect::<BTreeSet<_>>() {
                document.add_text(fields.badge, badge);
            }
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index.reader()?;
        assert_eq!(reader.searcher().segment_readers().len(), 1, "in one segment, so in the order of names");
        Ok(Self { index, reader, directory, fields, allows_slips: false })
    }

    fn answer(&self, asked: &Asked) -> ::tantivy::Result<Answer> {
        let searcher = self.reader.searcher();
        let mut facets = Facets::default();
        let matching = self.matching(asked, None)?;
        let (page, total) = if asked.is_filtered() {
            for facet in Facet::ALL {
                let counted = searcher.search(&self.matching(asked, Some(facet))?, &counting(&[facet])?)?;
                *facet.of(&mut facets) = counts(counted, facet);
            }
            searcher.search(&matching, &FirstPage)?
        } else {
            let (page, counted) = searcher.search(&matching, &(FirstPage, counting(&Facet::ALL)?))?;
            for facet in Facet::ALL {
                *facet.of(&mut facets) = counts(counted.clone(), facet);
            }
            page
        };
        let mut people = Vec::new();
        for document in page {
            let document: TantivyDocument = searcher.doc(::tantivy::DocAddress::new(0, document))?;
            let text =
                |field| document.get_first(field).and_then(|it| it.as_str()).unwrap_or_default().to_owned();
            people.push((text(self.fields.id), text(self.fields.name)));
        }
        Ok(Answer { people, total, facets })
    }

    /// Who matches, but for the filter of one kind.
    fn matching(&self, asked: &Asked, but: Option<Facet>) -> ::tantivy::Result<Box<dyn Query>> {
        let mut all: Vec<Box<dyn Query>> = Vec::new();
        let mut analyzer = self.index.tokenizers().get(ANALYZER).expect("what was registered");
        let mut words = analyzer.token_stream(&asked.typed);
        while words.advance() {
            let word = &words.token().text;
            let slips = if self.allows_slips { slips(word) } else { 0 };
            let word = Term::from_field_text(self.fields.words, word);
            all.push(Box::new(FuzzyTermQuery::new_prefix(word, slips, true)));
        }
        let mut narrow = |facet, field: Field, values: &BTreeSet<String>| {
            if but != Some(facet) && !values.is_empty() {
                let terms = values.iter().map(|value| Term::from_field_text(field, value));
                all.push(Box::new(BooleanQuery::new_multiterms_query(terms.collect())));
            }
        };
        narrow(Facet::Location, self.fields.location, &asked.locations);
        narrow(Facet::JobTitle, self.fields.job_title, &asked.job_titles);
        narrow(Facet::Badge, self.fields.badge, &asked.badges);
        Ok(match all.len() {
            0 => Box::new(AllQuery),
            1 => all.remove(0),
            _ => Box::new(BooleanQuery::intersection(all)),
        })
    }
}

/// How many slips a word may have: as backend/search/src/typo.rs has it.
fn slips(word: &str) -> u8 {
    match word.chars().count() {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexing =
        TextFieldIndexing::default().set_tokenizer(ANALYZER).set_index_option(IndexRecordOption::Basic);
    let fields = Fields {
        words: schema.add_text_field("words", TextOptions::default().set_indexing_options(indexing)),
        id: schema.add_text_field("id", STORED),
        name: schema.add_text_field("name", STORED),
        location: schema.add_text_field(field_name(Facet::Location), STRING | FAST),
        job_title: schema.add_text_field(field_name(Facet::JobTitle), STRING | FAST),
        badge: schema.add_text_field(field_name(Facet::Badge), STRING | FAST),
    };
    (schema.build(), fields)
}

const fn field_name(facet: Facet) -> &'static str {
    match facet {
        Facet::Location => "location",
        Facet::JobTitle => "job_title",
        Facet::Badge => "badge",
    }
}

/// Counts every value of some kinds.
fn counting(facets: &[Facet]) -> ::tantivy::Result<AggregationCollector> {
    let each = facets.iter().map(|facet| {
        let name = field_name(*facet);
        (
            name.to_owned(),
            serde_json::json!({"terms": {"field": name, "size": 10_000, "segment_size": 10_000}}),
        )
    });
    let asked: Aggregations = serde_json::from_value(each.collect::<serde_json::Map<_, _>>().into())
        .map_err(|error| ::tantivy::TantivyError::InvalidArgument(error.to_string()))?;
    Ok(AggregationCollector::from_aggs(asked, Default::default()))
}

/// The counts of a kind, in the order of the values.
fn counts(mut counted: AggregationResults, facet: Facet) -> Vec<(String, u64)> {
    let Some(AggregationResult::BucketResult(BucketResult::Terms { buckets, .. })) =
        counted.0.remove(field_name(facet))
    else {
        panic!("terms were asked for")
    };
    let count = |bucket: ::tantivy::aggregation::agg_result::BucketEntry| match bucket.key {
        Key::Str(value) => (value, bucket.doc_count),
        other => panic!("{other:?} is no text"),
    };
    let mut counts: Vec<(String, u64)> = buckets.into_iter().map(count).collect();
    counts.sort_by(|(one, _), (other, _)| compare(one, other));
    counts
}

/// Takes the first documents, and counts all. Its own `TopDocs` would look at a rank or a field of each.
struct FirstPage;

struct FirstOfSegment(Vec<DocId>, u64);

impl Collector for FirstPage {
    type Fruit = (Vec<DocId>, u64);
    type Child = FirstOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, _: &SegmentReader) -> ::tantivy::Result<FirstOfSegment> {
        Ok(FirstOfSegment(Vec::new(), 0))
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Self::Fruit>) -> ::tantivy::Result<Self::Fruit> {
        Ok(segments.into_iter().next().unwrap_or_default())
    }
}

impl SegmentCollector for FirstOfSegment {
    type Fruit = (Vec<DocId>, u64);

    fn collect(&mut self, document: DocId, _: Score) {
        if self.0.len() < PAGE {
            self.0.push(document);
        }
        self.1 += 1;
    }

    fn harvest(self) -> Self::Fruit {
        (self.0, self.1)
    }
}
