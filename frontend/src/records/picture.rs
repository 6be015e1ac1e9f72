//! The part of the chart that is open, to keep: as a picture, and as rows.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::ui::save::{MARK, cell, save as save_file};

/// The height of a line of the picture, and how far each level stands to the right, in pixels.
const LINE: usize = 24;
const INDENT: usize = 28;

/// Someone as the chart shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    level: usize,
    name: String,
    words: String,
    count: String,
}

/// Saves what is open as an SVG picture.
pub(crate) fn save(_: ()) {
    save_file("chart.svg", "image/svg+xml", &svg(&lines()));
}

/// Saves what is open as rows.
pub(crate) fn save_rows(_: ()) {
    save_file("chart.csv", "text/csv", &rows(&lines()));
}

fn lines() -> Vec<Line> {
    let found = document().query_selector_all("[role=treeitem]").ok();
    let nodes = found.into_iter().flat_map(|list| (0..list.length()).filter_map(move |at| list.item(at)));
    let items = nodes.filter_map(|node| node.dyn_into::<Element>().ok());
    items.map(|item| line(&item)).collect()
}

fn line(item: &Element) -> Line {
    let text = |part: &str| {
        let found = item.query_selector(part).ok().flatten();
        found.and_then(|found| found.text_content()).unwrap_or_default()
    };
    let level = item.get_attribute("aria-level").and_then(|level| level.parse().ok()).unwrap_or(1);
    // Only of the own row: those below are within the same element.
    Line {
        level,
        name: text(":scope > .branch-row .branch-text a"),
        words: text(":scope > .branch-row .branch-text .quiet"),
        count: text(":scope > .branch-row .branch-count"),
    }
}

fn svg(lines: &[Line]) -> String {
    let width = lines
        .iter()
        .map(|line| line.level * INDENT + 9 * (line.name.chars().count() + line.words.chars().count()) + 260)
        .max();
    let (width, height) = (width.unwrap_or(320), lines.len() * LINE + 16);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"14\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    );
    // Where the last one of each level stood.
    let mut last: Vec<usize> = Vec::new();
    for (at, Line { level, name, words, count }) in lines.iter().enumerate() {
        let (x, y) = (level * INDENT - INDENT + 12, at * LINE + 24);
        last.truncate(*level - 1);
        if let Some(above) = last.last() {
            let (from, down) = (x - INDENT + 4, above + 6);
            svg.push_str(&format!(
                "<path d=\"M{from} {down}V{}H{}\" fill=\"none\" stroke=\"#999\"/>",
                y - 5,
                x - 4
            ));
        }
        last.push(y);
        svg.push_str(&format!(
            "<text x=\"{x}\" y=\"{y}\"><tspan font-weight=\"600\">{}</tspan><tspan dx=\"8\" fill=\"#555\">{}</tspan>\
             <tspan dx=\"8\" fill=\"#555\">{}</tspan></text>",
            escaped(name), escaped(words), escaped(count)
        ));
    }
    svg.push_str("</svg>");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn rows(lines: &[Line]) -> String {
    let mut rows = format!("{MARK}Level,Name,Job title and location,Below\r\n");
    for Line { level, name, words, count } in lines {
        rows.push_str(&format!("{level},{},{},{}\r\n", cell(name), cell(words), cell(count)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(level: usize, name: &str) -> Line {
        Line { level, name: name.to_owned(), words: "Engineer · Oslo".to_owned(), count: String::new() }
    }

    #[test]
    fn a_picture_has_everyone_and_a_line_to_whom_they_report() {
        let svg = svg(&[line(1, "Ada & <Co>"), line(2, "Bob"), line(2, "Cy")]);
        assert!(svg.contains("Ada &amp; &lt;Co&gt;") && svg.ends_with("</svg>"), "{svg}");
        assert_eq!((svg.matches("<text").count(), svg.matches("<path").count()), (3, 2));
    }

    #[test]
    fn rows_tell_the_level() {
        let rows = rows(&[line(1, "Ada"), line(2, "=Bob")]);
        assert_eq!(rows.lines().last(), Some("2,\"'=Bob\",\"Engineer · Oslo\",\"\""));
    }
}
