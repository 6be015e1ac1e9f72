//! Who may be there twice, as this index knows it.

use std::sync::Arc;

use super::Index;
use crate::{
    alike::{Alike, AlikePage, Groups, NamesAndPlaces, Same, groups},
    chart::Node,
    order::compare,
    search::{Closeness, Place},
};

impl Index {
    /// One page of those who share something, behind the group whose first person stands at `after`.
    #[must_use]
    pub fn alike(&self, same: Same, after: Option<&Place>, limit: usize) -> AlikePage {
        let groups = self.alike.get_or_init(|| Arc::new(self.all_alike())).of(same);
        let is_before = |group: &Vec<Node>| {
            after.zip(group.first()).is_some_and(|(after, first)| {
                let order = compare(&self.node_name(*first), &after.name);
                order.then_with(|| self.node_id(*first).cmp(&after.id)).is_le()
            })
        };
        let rest = groups.get(groups.partition_point(is_before)..).unwrap_or_default();
        let page = rest.iter().take(limit);
        let place = |node: &Node| Place {
            closeness: Closeness::Exact,
            name: self.node_name(*node),
            id: self.node_id(*node),
        };
        let groups = page.map(|nodes| Alike { people: nodes.iter().map(place).collect() }).collect();
        AlikePage { groups, more: rest.len() > limit }
    }

    fn all_alike(&self) -> Groups {
        let (places, is_there) = (&self.segment.location, |ordinal: &Node| !self.is_superseded(*ordinal));
        let segment = || (0..self.segment.count()).filter(is_there);
        let changed = || (self.segment.count()..).zip(self.present());
        let email = |number: u32| (number != 0).then(|| u64::from(number));
        let of_segment = segment().map(|ordinal| (email(self.segment.email(ordinal)), ordinal));
        let of_changed = changed().map(|(node, person)| (email(person.email), node));
        let by_email = groups(of_segment.chain(of_changed));
        let mut keys = NamesAndPlaces::new();
        let named = (0..).zip(self.segment.person_names()).filter(|(ordinal, _)| is_there(ordinal));
        let named = named.map(|(ordinal, name)| (ordinal, name, places.value(ordinal).unwrap_or_default()));
        let changed = changed().map(|(node, person)| (node, person.name.clone(), person.location.as_str()));
        let keyed = named.chain(changed).map(|(node, name, place)| (keys.key(&name, place), node));
        let by_name_and_place = groups(keyed);
        Groups { by_email: self.in_order(by_email), by_name_and_place: self.in_order(by_name_and_place) }
    }

    /// In the order of lists: each group, and they by the first of each.
    fn in_order(&self, groups: Vec<Vec<Node>>) -> Vec<Vec<Node>> {
        let sorted = groups.into_iter().map(|mut group| {
            group.sort_by_cached_key(|node| self.rank(*node));
            group
        });
        let mut sorted: Vec<Vec<Node>> = sorted.collect();
        sorted.sort_by_cached_key(|group| group.first().map(|node| self.rank(*node)));
        sorted
    }

    /// Where someone stands in the order of lists: whoever changed stands before the one of the segment who would be next.
    fn rank(&self, node: Node) -> (Node, Node) {
        match self.changed_node(node) {
            Some(person) => (self.segment.lower_bound(&person.name, &person.id), node),
            None => (node, Node::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::{super::made::made, *};
    use crate::{fold, person::Person};

    fn someone() -> impl Strategy<Value = Person> {
        let name = prop::sample::select(vec!["", " ", "Zo\u{eb}", "zoe ", "Ada", "ADA", "\u{c1}da", "Bob"]);
        let place = prop::sample::select(vec!["", "K\u{f6}ln", "koln", "Bonn"]);
        (0_u8..12, name, place, 0_u32..4).prop_map(|(id, name, place, email)| Person {
            id: id.to_string(),
            name: name.to_owned(),
            location: place.to_owned(),
            email,
            ..Person::default()
        })
    }

    /// The ids of each group, by comparing everyone with everyone.
    fn oracle(people: &BTreeMap<String, Person>, same: Same) -> Vec<Vec<String>> {
        let key = |one: &Person| match same {
            Same::Email => (one.email != 0).then(|| one.email.to_string()),
            Same::NameAndPlace => {
                let name = fold(one.name.trim());
                (!name.is_empty()).then(|| format!("{name}|{}", fold(one.location.trim())))
            }
        };
        let mut everyone: Vec<&Person> = people.values().collect();
        everyone.sort_by(|one, other| one.cmp_by_name(&other.name, &other.id));
        let keys: Vec<_> = everyone.iter().map(|one| key(one)).collect();
        let mut seen = BTreeSet::new();
        let groups = keys.iter().flatten().filter(|key| seen.insert(*key)).map(|key| {
            let those = everyone.iter().zip(&keys).filter(|(_, other)| other.as_ref() == Some(key));
            those.map(|(one, _)| one.id.clone()).collect::<Vec<_>>()
        });
        groups.filter(|group| group.len() > 1).collect()
    }

    /// All groups, read in pages of two.
    fn told(index: &Index, same: Same) -> Vec<Vec<String>> {
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let AlikePage { groups, more } = index.alike(same, after.as_ref(), 2);
            after = groups.last().and_then(|group| group.people.first().cloned());
            let ids = |group: Alike| group.people.into_iter().map(|one| one.id).collect();
            told.extend(groups.into_iter().map(ids));
            if !more {
                return told;
            }
        }
    }

    proptest! {
        #[test]
        fn whoever_shares_something_is_told_with_whom_however_the_index_came_about(
            first in prop::collection::vec(someone(), 0..12),
            then in prop::collection::vec((someone(), any::<bool>()), 0..8),
        ) {
            let (indexes, now) = made(first, then);
            for same in [Same::Email, Same::NameAndPlace] {
                let expected = oracle(&now, same);
                for index in &indexes {
                    prop_assert_eq!(&told(index, same), &expected);
                }
            }
        }
    }
}
