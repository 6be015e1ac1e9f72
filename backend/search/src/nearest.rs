//! What someone may have meant when nobody matches.

use crate::{fold::fold, index::Index, search::Search, typo::Near, words::Query};

/// How many words are looked at.
const MAX_WORDS: usize = 8;

impl Index {
    /// What was typed, with the nearest word that anyone has in place of each that nobody has; folded. None unless this search
    /// finds someone by it.
    #[must_use]
    pub fn nearest(&self, typed: &str, search: &Search) -> Option<String> {
        let asked = |typed: &str| {
            let query = Query::parse(typed);
            Search { query, after: None, limit: 1, facets: false, ..search.clone() }
        };
        let folded = fold(typed);
        let words: Vec<&str> = folded.split_whitespace().take(MAX_WORDS).collect();
        let nearest = words.iter().map(|word| {
            let is_there =
                self.search(&Search { query: Query::parse(word), limit: 1, ..Search::default() }).total > 0;
            let other = if is_there { None } else { self.nearest_word(word) };
            other.unwrap_or_else(|| (*word).to_owned())
        });
        let nearest = nearest.collect::<Vec<_>>().join(" ");
        (nearest != words.join(" ") && self.search(&asked(&nearest)).total > 0).then_some(nearest)
    }

    fn nearest_word(&self, word: &str) -> Option<String> {
        let near = Near::to(word)?;
        let of_changed =
            self.changed_words().filter_map(|word| Some((near.slips(word.as_bytes())?, word.to_owned())));
        let of_segment = self.segment().nearest_word(&near);
        of_segment.into_iter().chain(of_changed).min_by_key(|(slips, _)| *slips).map(|(_, word)| word)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Person, Segment, SegmentName, build};

    fn nearest(typed: &str) -> Option<String> {
        let person = |name: &str| Person { id: name.to_owned(), name: name.to_owned(), ..Person::default() };
        let content = build(["Zoë Chen", "Zoë Cohen", "Ada Cohen", "Katharina Okafor"].map(person).to_vec());
        let segment = Segment::open(SegmentName::of(&content), content).expect("a segment");
        let mut index = Index::new(Arc::new(segment));
        index.apply([("new".to_owned(), Some(person("Imogen")))]);
        assert_eq!(
            index.search(&Search { query: Query::parse(typed), limit: 1, ..Search::default() }).total,
            0
        );
        index.nearest(typed, &Search::default())
    }

    #[test]
    fn a_word_that_nobody_has_is_exchanged_for_the_nearest_that_someone_has() {
        assert_eq!(nearest("Zoe Chne").as_deref(), Some("zoe chen"));
        assert_eq!(nearest("Okaffro").as_deref(), Some("okafor"));
        assert_eq!(nearest("zeo cohen").as_deref(), Some("zoe cohen"));
        assert_eq!(nearest("mioegn").as_deref(), Some("imogen"));
    }

    #[test]
    fn nothing_is_offered_that_finds_nobody_either() {
        assert_eq!(nearest("ada okafor"), None);
        assert_eq!(nearest("xylophone"), None);
        assert_eq!(nearest("x"), None);
    }
}
