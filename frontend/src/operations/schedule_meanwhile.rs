//! What someone else changed of a schedule while it was being changed here.

use super::schedule_draft::Draft;

/// A part of a schedule that people change.
struct Part {
    /// As the form calls it.
    label: &'static str,
    /// As people read it.
    shown: fn(&Draft) -> String,
    take: fn(&mut Draft, &Draft),
}

const PARTS: [Part; 4] = [
    Part {
        label: "Due",
        shown: |draft| draft.expression.clone(),
        take: |draft, from| draft.expression.clone_from(&from.expression),
    },
    Part {
        label: "Time zone",
        shown: |draft| draft.time_zone.clone(),
        take: |draft, from| draft.time_zone.clone_from(&from.time_zone),
    },
    Part {
        label: "Launches",
        shown: |draft| draft.revision.map_or("the newest".to_owned(), |number| format!("revision {number}")),
        take: |draft, from| draft.revision = from.revision,
    },
    Part {
        label: "Enabled",
        shown: |draft| if draft.enabled { "yes" } else { "no" }.to_owned(),
        take: |draft, from| draft.enabled = from.enabled,
    },
];

/// Brings a form up to what is `now` there, where it began with what was there `before`: what was typed stays. Answers what
/// someone else changed, with both versions of what both have.
pub(super) fn merged(draft: &mut Draft, before: &Draft, now: &Draft) -> String {
    let mut told =
        "Someone else has changed this schedule meanwhile, and nothing of yours is saved yet.".to_owned();
    for Part { label, shown, take } in PARTS {
        let [typed, before, theirs] = [&*draft, before, now].map(shown);
        if before == theirs || typed == theirs {
            continue;
        }
        let is_untouched = typed == before;
        let (here, typed) = if is_untouched { (", taken over here", "") } else { (", yours ", &*typed) };
        told += &[" ", label, ": theirs is ", &theirs, here, typed, "."].concat();
        if is_untouched {
            take(draft, now);
        }
    }
    draft.tag.clone_from(&now.tag);
    told + " Look through it, then save."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_and_what_was_not_touched_follows() {
        let before = Draft { expression: "rate(7 days)".to_owned(), ..Draft::new(None) };
        let (theirs, tag) = ("rate(8 days)".to_owned(), Some("\"2\"".to_owned()));
        let now = Draft { expression: theirs, enabled: false, revision: Some(3), tag, ..before.clone() };
        let typed = Draft { expression: "rate(9 days)".to_owned(), revision: Some(3), ..before.clone() };
        let mut draft = typed.clone();

        let told = merged(&mut draft, &before, &now);

        assert_eq!(draft, Draft { expression: typed.expression, ..now });
        assert_eq!(
            told,
            "Someone else has changed this schedule meanwhile, and nothing of yours is saved yet. Due: theirs is \
             rate(8 days), yours rate(9 days). Enabled: theirs is no, taken over here. Look through it, then save."
        );
    }
}
