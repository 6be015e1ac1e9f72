//! How often hosts may be launched: whoever has a script or a schedule gone wild must not launch one after the other. Pure.

use std::{num::NonZeroU32, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::Record;

/// Within what time relaunches are counted.
const WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// How long one has to wait until another host may be launched, where so many may be in an hour; `None` where it may be now.
/// Of the `newest` relaunches, terminations don't count, which launch nothing.
pub(super) fn wait(newest: &[Record], most: NonZeroU32, now: Timestamp) -> Option<Duration> {
    let launched = newest.iter().filter(|record| record.to_revision.is_some());
    // Once the last of so many is an hour ago, there is room for one more.
    let last =
        launched.map(|record| record.started_at).nth(usize::try_from(most.get()).ok()?.saturating_sub(1))?;
    let left = WITHIN.checked_sub(now.duration_since(last))?;
    (left > SignedDuration::ZERO).then(|| left.unsigned_abs().min(WITHIN.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use rollcall_api::{audit::Actor, relaunch::RelaunchKind};

    use super::{super::record::Stage, *};
    use crate::ids::RevisionNumber;

    /// Relaunches that began so many minutes ago.
    fn begun(minutes_ago: &[i64], now: Timestamp) -> Vec<Record> {
        let record = |minutes: &i64| {
            let at = now - SignedDuration::from_mins(*minutes);
            let asked = (Actor::DirectInvocation, None);
            let record = Record::asked_for(RelaunchKind::Relaunch, Stage::Preflight, None, asked, at);
            Record { to_revision: Some(RevisionNumber(1)), ..record }
        };
        minutes_ago.iter().map(record).collect()
    }

    fn waits(minutes_ago: &[i64], most: u32) -> Option<Duration> {
        let now = Timestamp::now();
        wait(&begun(minutes_ago, now), NonZeroU32::new(most).expect("some"), now)
    }

    #[test]
    fn so_many_hosts_may_be_launched_in_an_hour_and_then_the_next_when_the_first_is_an_hour_ago() {
        assert_eq!(waits(&[], 2), None);
        assert_eq!(waits(&[5], 2), None);
        assert_eq!(waits(&[5, 20], 2), Some(Duration::from_mins(40)));
        assert_eq!(waits(&[5, 20, 30], 2), Some(Duration::from_mins(40)));
        assert_eq!(waits(&[5, 60], 2), None);
    }

    #[test]
    fn a_clock_that_is_behind_makes_nobody_wait_longer_than_an_hour() {
        assert_eq!(waits(&[-300], 1), Some(Duration::from_hours(1)));
    }

    #[test]
    fn terminations_launch_nothing() {
        let now = Timestamp::now();
        let mut records = begun(&[5, 10], now);
        records.iter_mut().for_each(|record| record.to_revision = None);
        assert_eq!(wait(&records, NonZeroU32::MIN, now), None);
    }
}
