//! A log as people read it: without what is meant for terminals, with the lines they look for.

use leptos::{html::Pre, prelude::*};

use crate::erased::{effect, live, memo};
use crate::ui::copy::CopyButton;

/// The log without colours and other orders to a terminal; a line that was overwritten shows its last state.
pub(crate) fn plain(log: &str) -> String {
    let mut text = String::with_capacity(log.len());
    let mut characters = log.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // An escape sequence: `ESC [`, parameters, a letter.
            '\u{1b}' if characters.peek() == Some(&'[') => {
                characters.next();
                characters.by_ref().find(char::is_ascii_alphabetic);
            }
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' => text.truncate(text.rfind('\n').map_or(0, |end| end + 1)),
            '\n' | '\t' => text.push(character),
            other if other.is_control() => {}
            other => text.push(other),
        }
    }
    text
}

/// The lines that hold `find`, whatever its case, with their numbers from 1; every line when it is empty.
fn matching<'a>(text: &'a str, find: &str) -> Vec<(usize, &'a str)> {
    let find = find.to_ascii_lowercase();
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    numbered.filter(|(_, line)| line.to_ascii_lowercase().contains(&find)).collect()
}

/// The line in pieces, those that are `find` marked.
fn pieces<'a>(line: &'a str, find: &str) -> Vec<(bool, &'a str)> {
    if find.is_empty() {
        return vec![(false, line)];
    }
    let (lower, find) = (line.to_ascii_lowercase(), find.to_ascii_lowercase());
    let mut pieces = Vec::new();
    let mut end = 0;
    for (start, found) in lower.match_indices(&find) {
        pieces.push((false, line.get(end..start).unwrap_or_default()));
        end = start + found.len();
        pieces.push((true, line.get(start..end).unwrap_or_default()));
    }
    pieces.push((false, line.get(end..).unwrap_or_default()));
    pieces.retain(|(_, text)| !text.is_empty());
    pieces
}

/// How many lines are shown, in words.
fn count(shown: usize, all: usize) -> String {
    let lines = if all == 1 { "line" } else { "lines" };
    if shown == all { format!("{all} {lines}") } else { format!("{shown} of {all} {lines}") }
}

/// A log that can be opened, scrolled and copied, and that begins at its end: that is where things went wrong.
#[component]
pub(crate) fn Log(
    title: &'static str,
    /// The log, plain.
    text: String,
    /// Only lines that hold this are shown.
    find: Signal<String>,
    open: bool,
) -> impl IntoView {
    let node = NodeRef::<Pre>::new();
    let all = text.lines().count();
    let text = StoredValue::new(text);
    let shown = memo(move || find.with(|find| text.with_value(|text| matching(text, find).len())));
    let to_end = move || {
        if let Some(pre) = node.get_untracked() {
            pre.set_scroll_top(pre.scroll_height());
        }
    };
    effect(move || {
        shown.get();
        request_animation_frame(to_end);
    });
    let lines = move || {
        let find = find.get();
        let line = |(number, line): (usize, &str)| {
            let pieces = pieces(line, find.as_str()).into_iter().map(|(found, text)| {
                let text = text.to_owned();
                if found { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
            });
            view! {
                <span class="log-line">
                    <span class="log-number" aria-hidden="true">{number}</span>
                    <span>{pieces.collect_view()}</span>
                    "\n"
                </span>
            }
        };
        text.with_value(|text| matching(text, &find).into_iter().map(line).collect_view())
    };
    view! {
        <details class="log" open=open on:toggle=move |_| to_end()>
            <summary>
                <h3>{title}</h3>
                <span class="quiet number" role="status">{live(move || count(shown.get(), all))}</span>
            </summary>
            <div class="log-frame">
                <CopyButton text=text.get_value() what="log" />
                <pre node_ref=node class="code-block log-lines" tabindex="0" role="region" aria-label=title>
                    {lines}
                </pre>
                {live(move || (shown.get() == 0).then(|| view! {
                    <p class="panel-text">"No line holds what you look for."</p>
                }))}
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_for_terminals_is_left_out() {
        assert_eq!(
            plain("\u{1b}[32m[  OK  ]\u{1b}[0m Started\u{7}\r\nnext\tcell"),
            "[  OK  ] Started\nnext\tcell"
        );
        assert_eq!(plain("first\n10 %\r100 %\n"), "first\n100 %\n");
    }

    #[test]
    fn a_line_is_found_whatever_its_case() {
        let text = "a\nError: one\nb\nerrors: two";
        assert_eq!(matching(text, "ERROR"), [(2, "Error: one"), (4, "errors: two")]);
        assert_eq!(matching(text, "").len(), 4);
        assert!(matching(text, "nothing").is_empty());
    }

    #[test]
    fn what_was_found_is_marked_and_nothing_is_lost() {
        assert_eq!(
            pieces("İ error, Error", "error"),
            [(false, "İ "), (true, "error"), (false, ", "), (true, "Error")]
        );
        assert_eq!(pieces("plain", ""), [(false, "plain")]);
    }

    #[test]
    fn what_is_hidden_is_counted() {
        assert_eq!(count(3, 3), "3 lines");
        assert_eq!(count(1, 3), "1 of 3 lines");
        assert_eq!(count(1, 1), "1 line");
    }
}
