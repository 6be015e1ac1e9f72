//! A diff as a table: what goes, what comes, and on which line.

use leptos::prelude::*;
use rollcall_api::{plan::LineChange, word::Word};

use crate::api::DiffHunk;

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// What becomes of the line; none when the row is a note about the lines around it.
    change: Option<Word<LineChange>>,
    /// The line's number before; none when it comes, and where nobody can count.
    before: Option<u32>,
    /// The line's number after; none when it goes, and where nobody can count.
    after: Option<u32>,
    text: String,
}

impl Row {
    fn note(text: String) -> Self {
        Self { change: None, before: None, after: None, text }
    }
}

fn rows(hunks: &[DiffHunk]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut next = Some(1);
    for hunk in hunks {
        let left_out = next.map_or(0, |next| hunk.before.saturating_sub(next));
        if left_out > 0 {
            rows.push(Row::note(format!("{} left out", lines(left_out, "unchanged "))));
        }
        let (mut before, mut after) = (Some(hunk.before), Some(hunk.after));
        for line in &hunk.lines {
            let Some(change) = line.change.known() else {
                // On which side the line is this page can't know, and so not which number the lines behind it have.
                (before, after) = (None, None);
                rows.push(Row { change: Some(line.change.clone()), before, after, text: shown(&line.text) });
                continue;
            };
            let (is_before, is_after) = (change != LineChange::Added, change != LineChange::Removed);
            rows.push(Row {
                change: Some(line.change.clone()),
                before: before.filter(|_| is_before),
                after: after.filter(|_| is_after),
                text: shown(&line.text),
            });
            before = before.map(|number| number + u32::from(is_before));
            after = after.map(|number| number + u32::from(is_after));
            if line.unterminated {
                rows.push(Row::note("No line feed at the end".to_owned()));
            }
        }
        next = before;
    }
    rows
}

/// The text of a line as it is shown: with a carriage return that can be seen.
fn shown(text: &str) -> String {
    text.replace('\r', "␍")
}

fn lines(number: u32, kind: &str) -> String {
    format!("{number} {kind}{}", if number == 1 { "line" } else { "lines" })
}

fn count(hunks: &[DiffHunk], change: LineChange) -> u32 {
    let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
    lines.fold(0, |sum, line| sum + u32::from(line.change.is(change)))
}

/// How many lines there are of which this page doesn't know what becomes of them.
fn unknown(hunks: &[DiffHunk]) -> u32 {
    let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
    lines.fold(0, |sum, line| sum + u32::from(line.change.known().is_none()))
}

/// How many lines come and go, in words; none when there is no diff.
pub(crate) fn summary(hunks: &[DiffHunk]) -> Option<String> {
    let (added, removed) = (count(hunks, LineChange::Added), count(hunks, LineChange::Removed));
    let others = match unknown(hunks) {
        0 => String::new(),
        unknown => format!(", {} of a kind that this page doesn’t know", lines(unknown, "")),
    };
    (!hunks.is_empty()).then(|| format!("{} added, {} removed{others}", lines(added, ""), lines(removed, "")))
}

const fn sign(change: LineChange) -> char {
    match change {
        LineChange::Same => ' ',
        LineChange::Removed => '-',
        LineChange::Added => '+',
    }
}

/// The diff as text, to be copied: in the unified format, which `patch` takes. None where there is none, or where it
/// holds what that format has no sign for.
pub(crate) fn unified(hunks: &[DiffHunk]) -> Option<String> {
    if hunks.is_empty() || unknown(hunks) > 0 {
        return None;
    }
    let mut text = "--- host\n+++ revision\n".to_owned();
    for hunk in hunks {
        let hunk_alone = std::slice::from_ref(hunk);
        let same = count(hunk_alone, LineChange::Same);
        let range = |first: u32, change| match same + count(hunk_alone, change) {
            // An empty range is told by the line before it.
            0 => format!("{},0", first.saturating_sub(1)),
            count => format!("{first},{count}"),
        };
        let before = range(hunk.before, LineChange::Removed);
        let after = range(hunk.after, LineChange::Added);
        text += &format!("@@ -{before} +{after} @@\n");
        for line in &hunk.lines {
            text.extend(line.change.known().map(sign));
            text += &line.text;
            text += if line.unterminated { "\n\\ No newline at end of file\n" } else { "\n" };
        }
    }
    Some(text)
}

#[component]
pub(crate) fn DiffTable(
    /// The diff, as the API has it.
    hunks: Vec<DiffHunk>,
    label: &'static str,
) -> impl IntoView {
    view! {
        <div class="diff-frame" role="region" aria-label=label tabindex="0">
            <table class="diff">
                <thead class="visually-hidden">
                    <tr>
                        <th scope="col">"Line before"</th>
                        <th scope="col">"Line after"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"Text"</th>
                    </tr>
                </thead>
                <tbody>{rows(&hunks).into_iter().map(table_row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn table_row(row: Row) -> impl IntoView {
    let (class, sign, word) = match &row.change {
        Some(Word::Known(LineChange::Same)) => ("", "", "Unchanged"),
        Some(Word::Known(LineChange::Added)) => ("diff-added", "+", "Added"),
        Some(Word::Known(LineChange::Removed)) => ("diff-removed", "−", "Removed"),
        Some(Word::Other(word)) => ("", "?", word.as_str()),
        None => ("diff-gap", "", "Note"),
    };
    let word = word.to_owned();
    view! {
        <tr class=class>
            <td class="diff-number">{row.before}</td>
            <td class="diff-number">{row.after}</td>
            <td class="diff-sign">
                <span aria-hidden="true">{sign}</span><span class="visually-hidden">{word}</span>
            </td>
            <td class="diff-text">{row.text}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::DiffLine;

    fn hunk(before: u32, after: u32, lines: &[(LineChange, &str)]) -> DiffHunk {
        let line = |&(change, text): &(LineChange, &str)| DiffLine {
            change: Word::Known(change),
            text: text.to_owned(),
            unterminated: false,
        };
        DiffHunk { before, after, lines: lines.iter().map(line).collect() }
    }

    fn two_hunks() -> Vec<DiffHunk> {
        use LineChange::{Added, Removed, Same};
        vec![
            hunk(2, 2, &[(Same, "same"), (Removed, "-- option"), (Added, "new"), (Added, "++ too")]),
            hunk(20, 21, &[(Removed, "a\r"), (Added, "a")]),
        ]
    }

    fn numbered(hunks: &[DiffHunk]) -> Vec<(Option<u32>, Option<u32>, String)> {
        rows(hunks).into_iter().map(|row| (row.before, row.after, row.text)).collect()
    }

    #[test]
    fn lines_are_numbered_before_and_after_and_those_left_out_are_counted() {
        let line = |before, after, text: &str| (before, after, text.to_owned());
        assert_eq!(
            numbered(&two_hunks()),
            [
                line(None, None, "1 unchanged line left out"),
                line(Some(2), Some(2), "same"),
                line(Some(3), None, "-- option"),
                line(None, Some(3), "new"),
                line(None, Some(4), "++ too"),
                line(None, None, "16 unchanged lines left out"),
                line(Some(20), None, "a␍"),
                line(None, Some(21), "a"),
            ]
        );
    }

    #[test]
    fn a_last_line_without_a_line_feed_is_told() {
        let mut hunks = vec![hunk(1, 1, &[(LineChange::Removed, "a"), (LineChange::Added, "a")])];
        hunks[0].lines[1].unterminated = true;
        assert_eq!(numbered(&hunks).last(), Some(&(None, None, "No line feed at the end".to_owned())));
        assert!(unified(&hunks).expect("a diff").ends_with("-a\n+a\n\\ No newline at end of file\n"));
    }

    #[test]
    fn what_comes_and_goes_is_counted() {
        assert_eq!(summary(&two_hunks()).as_deref(), Some("3 lines added, 2 lines removed"));
        let one = [hunk(1, 1, &[(LineChange::Added, "a")])];
        assert_eq!(summary(&one).as_deref(), Some("1 line added, 0 lines removed"));
        assert_eq!(summary(&[]), None);
    }

    #[test]
    fn what_is_copied_is_a_unified_diff() {
        assert_eq!(
            unified(&two_hunks()).expect("a diff"),
            "--- host\n+++ revision\n@@ -2,2 +2,3 @@\n same\n--- option\n+new\n+++ too\n@@ -20,1 +21,1 @@\n-a\r\n+a\n"
        );
        let all_new = [hunk(1, 1, &[(LineChange::Added, "a"), (LineChange::Added, "b")])];
        let text = unified(&all_new).expect("a diff");
        assert_eq!(text, "--- host\n+++ revision\n@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(unified(&[]), None);
    }

    #[test]
    fn a_change_that_the_page_does_not_know_is_shown_without_a_number_and_never_copied() {
        use LineChange::{Added, Same};
        let mut hunks =
            vec![hunk(1, 1, &[(Same, "a"), (Same, "b"), (Added, "c")]), hunk(9, 9, &[(Added, "d")])];
        hunks[0].lines[1].change = Word::Other("moved".to_owned());
        let row = |before, after, text: &str| (before, after, text.to_owned());
        assert_eq!(
            numbered(&hunks),
            [row(Some(1), Some(1), "a"), row(None, None, "b"), row(None, None, "c"), row(None, Some(9), "d"),]
        );
        let words = "2 lines added, 0 lines removed, 1 line of a kind that this page doesn’t know";
        assert_eq!(summary(&hunks).as_deref(), Some(words));
        assert_eq!(unified(&hunks), None);
    }
}
