//! A unified diff as a table: what goes, what comes, and on which line.

use leptos::prelude::*;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// It stays.
    None,
    /// It comes.
    Added,
    /// It goes.
    Removed,
    /// Lines between two places that change were left out, or the diff says something about itself.
    Gap,
}

/// One line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line<'a> {
    change: Change,
    /// Its number before; none when it comes.
    before: Option<u32>,
    /// Its number after; none when it goes.
    after: Option<u32>,
    text: &'a str,
}

/// The lines of a unified diff, numbered by its hunks' headers.
fn lines(diff: &str) -> Vec<Line<'_>> {
    let mut numbers: Option<(u32, u32)> = None;
    let mut lines = Vec::new();
    for line in diff.lines() {
        // The names of the two files say nothing here. A removed line may look like one, but not before a hunk.
        if numbers.is_none() && (line.starts_with("--- ") || line.starts_with("+++ ")) {
            continue;
        }
        if let Some(begun) = hunk(line) {
            numbers = Some(begun);
            lines.push(Line { change: Change::Gap, before: None, after: None, text: line });
            continue;
        }
        let (change, text) = match line.split_at_checked(1) {
            Some(("+", text)) => (Change::Added, text),
            Some(("-", text)) => (Change::Removed, text),
            Some((" ", text)) => (Change::None, text),
            Some(("\\", text)) => (Change::Gap, text.trim_start()),
            _ => (Change::None, line),
        };
        let (before, after) = numbers.unzip();
        let is_before = matches!(change, Change::None | Change::Removed);
        let is_after = matches!(change, Change::None | Change::Added);
        if let Some((before, after)) = &mut numbers {
            *before += u32::from(is_before);
            *after += u32::from(is_after);
        }
        lines.push(Line {
            change,
            before: before.filter(|_| is_before),
            after: after.filter(|_| is_after),
            text,
        });
    }
    lines
}

/// The numbers of the first lines of a hunk, from its header: `@@ -3,7 +3,8 @@`.
fn hunk(line: &str) -> Option<(u32, u32)> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (before, after) = ranges.split_once(" +")?;
    let first = |range: &str| range.split(',').next()?.parse().ok();
    Some((first(before)?, first(after)?))
}

/// How many lines come and go, in words; none when there is no diff.
pub(crate) fn summary(diff: &str) -> Option<String> {
    let lines = lines(diff);
    let count = |wanted: Change| lines.iter().filter(|line| line.change == wanted).count();
    let told =
        |number: usize, what: &str| format!("{number} {} {what}", if number == 1 { "line" } else { "lines" });
    let (added, removed) = (count(Change::Added), count(Change::Removed));
    (!lines.is_empty()).then(|| format!("{}, {}", told(added, "added"), told(removed, "removed")))
}

/// A diff.
#[component]
pub(crate) fn DiffTable(
    /// The diff, as the API has it.
    diff: String,
    /// What it is called.
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
                <tbody>{lines(&diff).iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(line: &Line<'_>) -> impl IntoView + use<> {
    let (class, sign, word) = match line.change {
        Change::None => ("", "", "Unchanged"),
        Change::Added => ("diff-added", "+", "Added"),
        Change::Removed => ("diff-removed", "−", "Removed"),
        Change::Gap => ("diff-gap", "", "Place"),
    };
    view! {
        <tr class=class>
            <td class="diff-number">{line.before}</td>
            <td class="diff-number">{line.after}</td>
            <td class="diff-sign">
                <span aria-hidden="true">{sign}</span><span class="visually-hidden">{word}</span>
            </td>
            <td class="diff-text">{line.text.to_owned()}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "--- host\n+++ revision 4\n@@ -2,3 +2,4 @@ x\n same\n-old -- option\n--- looks like a name\n\
                        +new\n+++ too\n\\ No newline at end of file\n@@ -20 +21 @@\n-a\n+b\n";

    fn told(diff: &str) -> Vec<(Option<u32>, Option<u32>, &str)> {
        lines(diff).into_iter().map(|line| (line.before, line.after, line.text)).collect()
    }

    #[test]
    fn lines_are_numbered_before_and_after() {
        assert_eq!(
            told(DIFF),
            [
                (None, None, "@@ -2,3 +2,4 @@ x"),
                (Some(2), Some(2), "same"),
                (Some(3), None, "old -- option"),
                (Some(4), None, "-- looks like a name"),
                (None, Some(3), "new"),
                (None, Some(4), "++ too"),
                (None, None, "No newline at end of file"),
                (None, None, "@@ -20 +21 @@"),
                (Some(20), None, "a"),
                (None, Some(21), "b"),
            ]
        );
    }

    #[test]
    fn a_diff_without_headers_is_shown_without_numbers() {
        assert_eq!(
            told("+a\n\n-ü\nü"),
            [(None, None, "a"), (None, None, ""), (None, None, "ü"), (None, None, "ü")]
        );
    }

    #[test]
    fn what_comes_and_goes_is_counted() {
        assert_eq!(summary(DIFF).as_deref(), Some("3 lines added, 3 lines removed"));
        assert_eq!(summary("+a\n").as_deref(), Some("1 line added, 0 lines removed"));
        assert_eq!(summary(""), None);
    }
}
