//! Single transitions, and a model: what becomes of a person whom Rollcall and another program delete, restore and change
//! in any order, while the stream tells of it late, and twice.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use rollcall_api::field::FULL_NAME;

use crate::record::ID;

const PHOTO: &str = "employee_pic/0123456789abcdef.png";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

fn record(attributes: &[(&str, &str)]) -> Record {
    let all = [(ID, "e-1")].iter().chain(attributes);
    Record::from_item(all.map(|(name, value)| ((*name).to_owned(), string(value))).collect()).expect("a row")
}

fn deleted(second: i64) -> Leaving {
    let by = Some(By { name: "Edith".to_owned(), subject: "7-e".to_owned() });
    Leaving { how: How::Deleted, at: at(second), by }
}

fn removal(record: Record, sequence: u32) -> Removal {
    Removal { record, sequence: Sequence::new(&sequence.to_string()), at: at(1_000) }
}

/// As it is stored, and so with a version.
fn stored(trail: Trail) -> Trail {
    Trail { version: trail.version + 1, ..trail }
}

fn row(trail: &Trail) -> &Record {
    &trail.former.as_ref().expect("former").record
}

#[test]
fn whom_another_program_deletes_is_kept_for_thirty_days() {
    let ada = record(&[(FULL_NAME, "Ada")]);
    let trail = Trail::default().heard(removal(ada.clone(), 1), None).expect("news");
    let former = trail.former.clone().expect("former");
    assert_eq!((former.how, former.by, &former.record), (How::Elsewhere, None, &ada));
    assert_eq!(trail.expires_at, Some(at(1_000) + KEPT));
    assert!(trail.clone().at(at(1_000) + KEPT - DAY).former.is_some());
    assert!(trail.at(at(1_000) + KEPT).former.is_none());
}

#[test]
fn whom_the_provider_sends_away_is_kept_for_ever() {
    let leaving = Leaving { how: How::Provider, ..deleted(0) };
    let trail = Trail::default().left(record(&[]), leaving);
    assert_eq!(trail.expires_at, None);
    assert!(trail.at(at(100_000_000_000)).former.is_some());
}

#[test]
fn what_is_changed_of_someone_inactive_is_not_undone_by_what_the_stream_tells() {
    let ada = record(&[(FULL_NAME, "Ada"), ("title", "Engineer"), ("nick", "Addie")]);
    let leaving = Leaving { how: How::Provider, ..deleted(0) };
    let trail = stored(Trail::default().left(ada.clone(), leaving));
    let amended = record(&[(FULL_NAME, "Ada"), ("title", "Countess"), ("phone", "+1")]);
    let trail = stored(trail.amended(amended.clone()));
    assert_eq!(row(&trail), &amended);
    let image = record(&[(FULL_NAME, "Ada"), ("title", "Engineer"), ("nick", "Addie"), ("salary", "7")]);
    let told = trail.heard(removal(image, 1), None).expect("news");
    let expected = record(&[(FULL_NAME, "Ada"), ("title", "Countess"), ("phone", "+1"), ("salary", "7")]);
    assert_eq!((row(&told), told.awaited), (&expected, 0));
}

#[test]
fn who_was_never_there_is_kept_and_waits_for_no_word_of_the_stream() {
    let leaving = Leaving { how: How::Provider, ..deleted(0) };
    let trail = Trail::default().never_there(record(&[(FULL_NAME, "Ada")]), leaving);
    assert_eq!((trail.awaited, trail.expires_at, row(&trail).called()), (0, None, "Ada"));
}

#[test]
fn whoever_was_inactive_and_is_deleted_is_kept_no_longer_than_others() {
    let leaving = Leaving { how: How::Provider, ..deleted(0) };
    let trail = stored(Trail::default().left(record(&[(FULL_NAME, "Ada")]), leaving));
    let trail = trail.let_go(deleted(1_000));
    let former = trail.former.clone().expect("former");
    assert_eq!((former.how, former.left_at, former.record.called()), (How::Deleted, at(1_000), "Ada"));
    assert_eq!((trail.expires_at, trail.awaited), (Some(at(1_000) + KEPT), 1));
}

#[test]
fn the_image_of_rollcalls_own_deletion_tells_what_was_added_at_the_last_moment() {
    let trail = stored(Trail::default().left(record(&[(FULL_NAME, "Ada")]), deleted(0)));
    let image = record(&[(FULL_NAME, "Ada"), ("salary", "7")]);
    let told = trail.heard(removal(image.clone(), 1), None).expect("news");
    let former = told.former.clone().expect("former");
    assert_eq!((&former.record, former.how, told.awaited), (&image, How::Deleted, 0));
    assert_eq!(former.by.map(|by| by.name).as_deref(), Some("Edith"));
    // The same once more is no news.
    assert_eq!(stored(told).heard(removal(image, 1), None), None);
}

#[test]
fn who_is_back_is_not_made_a_former_employee_by_an_old_message() {
    let ada = record(&[(FULL_NAME, "Ada")]);
    let trail = stored(Trail::default().left(ada.clone(), deleted(0)));
    let trail = stored(trail.back(at(1)));
    let changed = record(&[(FULL_NAME, "Ada King")]);
    let told = trail.heard(removal(ada, 1), Some(&changed)).expect("news");
    assert_eq!((told.former, told.awaited), (None, 0));
}

#[test]
fn who_was_erased_does_not_come_back_by_an_old_message() {
    let ada = record(&[(FULL_NAME, "Ada"), (OBJECT_KEY, PHOTO)]);
    let trail = stored(Trail::default().left(ada.clone(), deleted(0)));
    let erased = stored(trail.erased(at(1_001)));
    assert!(erased.former.is_none() && erased.photos.is_empty());
    assert_eq!(erased.expires_at, Some(at(1_001) + ERASURE_KNOWN));
    let told = erased.heard(removal(ada.clone(), 1), None).expect("news");
    assert_eq!(told.former, None);
    assert_eq!(stored(told).heard(removal(ada, 1), None), None);
}

#[test]
fn who_was_made_anew_and_deleted_again_has_what_they_had_before() {
    let whole = record(&[(FULL_NAME, "Ada"), ("salary", "7"), (OBJECT_KEY, PHOTO)]);
    let trail = stored(Trail::default().heard(removal(whole, 1), None).expect("news"));
    // The original app saves a form that was open, and so makes a row of what it knows.
    let anew = record(&[(FULL_NAME, "Ada King")]);
    let expected = record(&[(FULL_NAME, "Ada King"), ("salary", "7"), (OBJECT_KEY, PHOTO)]);
    assert_eq!(row(&trail.clone().left(anew.clone(), deleted(9))), &expected);
    let told = trail.heard(removal(anew, 2), None).expect("news");
    assert_eq!(row(&told), &expected);
}

#[test]
fn whom_another_program_made_anew_before_it_was_told_loses_nothing() {
    let whole = record(&[(FULL_NAME, "Ada"), ("salary", "7")]);
    let anew = record(&[(FULL_NAME, "Ada King")]);
    let told = Trail::default().heard(removal(whole.clone(), 1), Some(&anew)).expect("news");
    assert_eq!(row(&told), &whole);
    // And who has it all again needs none of it.
    assert_eq!(Trail::default().heard(removal(anew, 1), Some(&record(&[(FULL_NAME, "Ada King")]))), None);
}

#[test]
fn the_keys_of_photos_stay_known_for_as_long_as_there_may_be_a_version() {
    let trail = Trail::default().left(record(&[(OBJECT_KEY, PHOTO)]), deleted(0));
    let back = trail.back(at(0));
    assert_eq!(back.photos, [PhotoKey::from_object_key(PHOTO).expect("a key")]);
    assert_eq!(back.expires_at, Some(at(0) + PHOTOS_KNOWN));
}

#[test]
fn a_set_is_the_same_in_any_order_and_a_list_is_not() {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert!(same(&AttributeValue::Ss(texts(&["a", "b"])), &AttributeValue::Ss(texts(&["b", "a"]))));
    let list = |all: &[&str]| AttributeValue::L(all.iter().map(|text| string(text)).collect());
    assert!(!same(&list(&["a", "b"]), &list(&["b", "a"])));
}

/// What someone does.
#[derive(Debug, Clone)]
enum Deed {
    /// Rollcall deletes, and another program may add this between its look and the deletion.
    Delete(Option<u8>),
    Restore,
    Erase,
    /// Another program deletes.
    DeleteElsewhere,
    /// The original app saves a form: it sets this, and makes a row where there is none.
    Update(u8, u8),
    /// Rollcall takes an attribute away.
    TakeAway(u8),
    /// The function is told of so many changes, and of as many of those before them once more.
    Tell(usize, usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => proptest::option::weighted(0.3, 0_u8..3).prop_map(Deed::Delete),
        4 => Just(Deed::Restore),
        1 => Just(Deed::Erase),
        3 => Just(Deed::DeleteElsewhere),
        4 => (0_u8..4, 0_u8..3).prop_map(|(name, value)| Deed::Update(name, value)),
        1 => (0_u8..4).prop_map(Deed::TakeAway),
        5 => (1_usize..4, 0_usize..2).prop_map(|(new, again)| Deed::Tell(new, again)),
    ]
}

/// The tables, the stream, and what is known to whoever looks at all of it.
#[derive(Default)]
struct World {
    row: Option<Item>,
    trail: Trail,
    stream: VecDeque<Removal>,
    told: Vec<Removal>,
    changes: u32,
    /// Who was removed last, as they were, unless they were erased since.
    last: Option<Item>,
    /// How many removals by another program nobody was told of.
    elsewhere: Vec<u32>,
    clock: i64,
}

impl World {
    fn new() -> Self {
        let row = [(ID, "e-1"), ("n0", "first"), (OBJECT_KEY, PHOTO)];
        let row = row.into_iter().map(|(name, value)| (name.to_owned(), string(value))).collect();
        Self { row: Some(row), ..Self::default() }
    }

    fn store(&mut self, trail: Trail) {
        self.trail = stored(trail);
    }

    fn remove(&mut self) {
        let Some(row) = self.row.take() else { return };
        self.changes += 1;
        let record = Record::from_item(row.clone()).expect("a row");
        self.stream.push_back(Removal { at: at(self.clock), ..removal(record, self.changes) });
        self.last = Some(row);
    }

    fn act(&mut self, deed: Deed) {
        self.clock += 100;
        match deed {
            Deed::Delete(added) => self.delete(added),
            Deed::Restore => self.restore(),
            Deed::Erase => {
                if self.trail.former.is_some() && self.row.is_none() {
                    self.store(self.trail.clone().erased(at(self.clock)));
                    self.last = None;
                }
            }
            Deed::DeleteElsewhere => {
                self.remove();
                self.elsewhere.push(self.changes);
            }
            Deed::Update(name, value) => {
                let row = self.row.get_or_insert_with(|| Item::from([(ID.to_owned(), string("e-1"))]));
                row.insert(format!("n{name}"), string(&value.to_string()));
            }
            Deed::TakeAway(name) => {
                if let Some(row) = &mut self.row {
                    row.remove(&format!("n{name}"));
                }
            }
            Deed::Tell(new, again) => self.tell(new, again),
        }
    }

    fn delete(&mut self, added: Option<u8>) {
        let Some(row) = &mut self.row else { return };
        let seen = Record::from_item(row.clone()).expect("a row");
        if let Some(name) = added {
            row.entry(format!("added{name}")).or_insert_with(|| string("late"));
        }
        self.store(self.trail.clone().left(seen, deleted(self.clock)));
        self.remove();
    }

    fn restore(&mut self) {
        let (None, Some(former)) = (&self.row, &self.trail.former) else { return };
        let row = former.row(None);
        // Unless another program deletes at the same time, who comes back is who left, to the value.
        if let Some(last) = self.last.as_ref().filter(|_| self.elsewhere.iter().all(|it| *it <= self.heard()))
        {
            for (name, value) in last {
                let is_late = name.starts_with("added") && self.heard() < self.changes;
                assert!(is_late || row.get(name) == Some(value), "{name} of {last:?} in {row:?}");
            }
        }
        self.row = Some(row);
        self.store(self.trail.clone().back(at(self.clock)));
    }

    /// The last change that was told.
    fn heard(&self) -> u32 {
        self.told.last().map_or(0, |last| last.sequence.as_str().parse().expect("a number"))
    }

    fn tell(&mut self, new: usize, again: usize) {
        let from = self.told.len().saturating_sub(again);
        let mut batch: Vec<Removal> = self.told.split_off(from);
        batch.extend((0..new).filter_map(|_| self.stream.pop_front()));
        for removal in &batch {
            let present = self.row.clone().and_then(Record::from_item);
            if let Some(now) = self.trail.clone().heard(removal.clone(), present.as_ref()) {
                self.store(now);
            }
        }
        self.told.extend(batch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn in_any_order_nothing_is_lost(deeds in prop::collection::vec(deed(), 1..24)) {
        let mut world = World::new();
        for deed in deeds {
            world.act(deed);
        }
        let all = world.stream.len();
        world.tell(all, 3);
        prop_assert_eq!(world.trail.awaited, 0);
        // When all is told, whoever is gone and was not erased is kept with each value that they had at the end.
        if let (None, Some(last)) = (&world.row, &world.last) {
            let kept = world.trail.former.as_ref().map(|former| former.record.attributes());
            for (name, value) in last {
                prop_assert_eq!(kept.and_then(|kept| kept.get(name)), Some(value), "{}", name);
            }
        }
        // And whoever was erased is not.
        if world.last.is_none() {
            prop_assert_eq!(&world.trail.former, &None);
        }
    }
}
