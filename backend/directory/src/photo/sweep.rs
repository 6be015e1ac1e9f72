//! Sweeping pictures that nobody names: the original app leaves the old one behind when it takes in a new one, and an upload
//! that is cut off may leave its own.
//!
//! What is swept is put where the pictures of former employees are, which the bucket empties by itself after 31 days. So it is
//! out of reach at once, and whom the table's stream tells of late is still brought back with their photo.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use rollcall_error::Error;
use serde::Serialize;

use crate::{
    bucket::{Bucket, Stored},
    directory::Directory,
    people::store::People,
    photo_key::{PhotoNumber, PictureKey, SWEPT_FOLDERS},
    table::Table,
};

/// How old a picture is before it is swept. Whoever stores one names it within seconds.
const AGE: SignedDuration = SignedDuration::from_hours(24);

/// How many pictures are put away before another run goes on, which takes a minute or two.
const MOST: usize = 1_000;

/// Sweeps pictures that nobody names.
#[derive(Debug, Clone)]
pub struct PhotoSweeper {
    bucket: Bucket,
    table: Table,
    people: People,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// How many pictures were looked at.
    pub seen: usize,
    /// How many of them were put away.
    pub swept: usize,
    /// Behind which object the next run goes on; none when all were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Directory {
    /// Who sweeps pictures; none where there is no table of people, since former employees name some.
    #[must_use]
    pub fn photo_sweeper(&self) -> Option<PhotoSweeper> {
        let people = self.people().ok()?.clone();
        Some(PhotoSweeper { bucket: self.bucket.clone(), table: self.table.clone(), people })
    }
}

impl PhotoSweeper {
    /// Puts away what nobody names, behind this object and until this time.
    ///
    /// # Errors
    /// When AWS does not answer, or refuses. Nothing is half done then.
    pub async fn sweep(&self, after: Option<String>, until: Timestamp) -> Result<Swept, Error> {
        // Read first: what is named later is younger than what is swept.
        let (mut named, former) = tokio::try_join!(self.table.photos(), self.people.photos())?;
        named.extend(former);
        let mut run = Swept { after, ..Swept::default() };
        for folder in SWEPT_FOLDERS {
            let Some(mut place) = start(folder, run.after.as_deref()) else { continue };
            loop {
                let listed = self.bucket.list(folder, place).await?;
                for stored in &listed {
                    self.look_at(stored, &named, &mut run).await?;
                    if run.swept >= MOST || Timestamp::now() >= until {
                        return Ok(run);
                    }
                }
                let Some(last) = listed.last() else { break };
                place = Some(last.object_key.clone());
            }
        }
        Ok(Swept { after: None, ..run })
    }

    async fn look_at(
        &self,
        stored: &Stored,
        named: &HashSet<PhotoNumber>,
        run: &mut Swept,
    ) -> Result<(), Error> {
        if let Some(key) = left_behind(stored, named, Timestamp::now()) {
            self.bucket.put_away(&stored.object_key, &key).await?;
            tracing::info!(object_key = stored.object_key, "a picture that nobody names was put away");
            run.swept += 1;
        }
        run.seen += 1;
        run.after = Some(stored.object_key.clone());
        Ok(())
    }
}

/// Where to begin in a folder, when an earlier run has come as far as `after`; none when it was done with the folder.
fn start(folder: &str, after: Option<&str>) -> Option<Option<String>> {
    match after {
        Some(after) if after.starts_with(folder) => Some(Some(after.to_owned())),
        Some(after) if after > folder => None,
        _ => Some(None),
    }
}

/// The picture that a stored object is, when nobody names its photo and nobody is about to. What is no picture of ours is left.
fn left_behind(stored: &Stored, named: &HashSet<PhotoNumber>, now: Timestamp) -> Option<PictureKey> {
    let key = PictureKey::from_object_key(&stored.object_key)?;
    let is_old = now.duration_since(stored.at) >= AGE;
    (is_old && !named.contains(&key.photo.number())).then_some(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_795_000_000;

    fn seconds(at: i64) -> Timestamp {
        Timestamp::from_second(at).expect("a time")
    }

    fn stored(object_key: &str, age: i64) -> Stored {
        Stored { object_key: object_key.to_owned(), at: seconds(NOW - age) }
    }

    #[test]
    fn what_is_no_picture_of_a_photo_is_left() {
        for object_key in [
            "employee_pic/",
            "employee_pic/me.png",
            "employee_pic/0123456789abcdef.gif",
            "employee_pic/0123456789ABCDEF.png",
            "employee_pic/deep/0123456789abcdef.png",
            "former_pic/30-days/0123456789abcdef.png",
            "elsewhere/0123456789abcdef.png",
        ] {
            let left = left_behind(&stored(object_key, 1_000_000), &HashSet::new(), seconds(NOW));
            assert_eq!(left, None, "{object_key}");
        }
    }

    #[test]
    fn a_run_goes_on_where_the_last_one_was_stopped() {
        let [current, kept] = SWEPT_FOLDERS;
        assert!(current < kept);
        let (first, second) =
            (format!("{current}0123456789abcdef.png"), format!("{kept}0123456789abcdef.png"));
        assert_eq!((start(current, None), start(kept, None)), (Some(None), Some(None)));
        assert_eq!(
            (start(current, Some(&first)), start(kept, Some(&first))),
            (Some(Some(first.clone())), Some(None))
        );
        assert_eq!(
            (start(current, Some(&second)), start(kept, Some(&second))),
            (None, Some(Some(second.clone())))
        );
    }

    proptest! {
        #[test]
        fn a_picture_goes_that_is_a_day_old_and_that_nobody_names(
            digits in "[0-9a-f]{16}", other in "[0-9a-f]{16}", extension in prop_oneof![Just("png"), Just("webp")],
            folder in prop::sample::select(SWEPT_FOLDERS.to_vec()), age in 0_i64..200_000, is_named: bool,
        ) {
            let key = |digits: &str| format!("{folder}{digits}.{extension}");
            let number = |digits: &str| PictureKey::from_object_key(&key(digits)).expect("a key").photo.number();
            let mut named = HashSet::new();
            if other != digits {
                named.insert(number(&other));
            }
            if is_named {
                named.insert(number(&digits));
            }
            let goes = left_behind(&stored(&key(&digits), age), &named, seconds(NOW)).is_some();
            prop_assert_eq!(goes, !is_named && age >= 86_400);
        }
    }
}
