//! The tables, in Markdown.

use std::time::Duration;

use crate::{
    apart::Took,
    inside::{Inside, LIMIT, Measured, SEARCHES},
    queries::KINDS,
    timing::Times,
};

/// What is promised: milliseconds that 99 of 100 searches in process stay below, and the megabytes of segment and memory.
const SEARCH_MS: u32 = 15;
const SEGMENT_MB: u32 = 40;
const PEAK_MB: u32 = 300;

/// What was measured apart, of so many people.
pub(crate) struct Apart {
    pub(crate) read: Took,
    pub(crate) merge: Took,
    pub(crate) rebuild: Took,
    /// How many changes the projector wrote, and what that took.
    pub(crate) projected: (usize, Took),
}

/// Prints everything.
pub(crate) fn print(all: &[(Inside, Apart)]) {
    print_searches(all);
    print_alone(all);
    print_recall(all);
}

fn print_searches(all: &[(Inside, Apart)]) {
    let engines = &all[0].0.engines;
    let names: Vec<&str> = engines.iter().map(|engine| engine.name).collect();
    println!(
        "In process; milliseconds of one core, median / 99th percentile; each search with counts of each kind\n"
    );
    println!("| people | search | {} | aim |", names.join(" | "));
    println!("| ---: | --- |{} --- |", " ---: |".repeat(names.len()));
    for (Inside { count, engines, .. }, _) in all {
        let people = thousands(*count);
        let aim = if *count >= 1_000_000 { format!("99th ≤ {SEARCH_MS}") } else { String::new() };
        for (at, kind) in KINDS.iter().enumerate() {
            let cell = |engine: &Measured| engine.searches[at].as_ref().map_or("cannot".to_owned(), times);
            println!("| {people} | {} | {} | {aim} |", kind.name, cells(engines, cell));
        }
        println!("| {people} | made in, s | {} | |", cells(engines, |engine| seconds(engine.made_in)));
        println!("| {people} | size, MB | {} | |", cells(engines, |engine| megabytes(engine.bytes)));
    }
    let fewest = all
        .iter()
        .flat_map(|(inside, _)| &inside.engines)
        .flat_map(|engine| engine.searches.iter().flatten());
    println!(
        "\nEach is asked the same {} searches of a kind, for {} s at most: {} of them at least.\n",
        thousands(SEARCHES),
        LIMIT.as_secs(),
        fewest.map(Times::count).min().unwrap_or(0)
    );
}

fn print_alone(all: &[(Inside, Apart)]) {
    let counts: Vec<String> = all.iter().map(|(inside, _)| thousands(inside.count)).collect();
    println!("Rollcall's index alone; memory is the peak of a process that does nothing else\n");
    println!("| people | {} | aim at a million |", counts.join(" | "));
    println!("| --- |{} --- |", " ---: |".repeat(counts.len()));
    type Cell = fn(&(Inside, Apart)) -> String;
    let rows: [(&str, Cell, String); 11] = [
        ("segment, MB", |it| megabytes(it.0.engines[0].bytes), format!("≤ {SEGMENT_MB}")),
        ("opened in, ms", |it| format!("{:.2}", it.0.alone.opened_in.as_secs_f64() * 1e3), String::new()),
        ("of whom changed since", |it| thousands(it.0.alone.changed), String::new()),
        ("four letters over these, ms", |it| times(&it.0.alone.over_changes), String::new()),
        ("merged with these in memory, s", |it| seconds(it.0.alone.merged_in), String::new()),
        ("merged as a job, s", |it| seconds(it.1.merge.time), String::new()),
        ("made anew of a table, s", |it| seconds(it.1.rebuild.time), String::new()),
        ("memory of reading and searching, MB", |it| megabytes(it.1.read.peak), format!("≤ {PEAK_MB}")),
        ("memory of merging, MB", |it| megabytes(it.1.merge.peak), format!("≤ {PEAK_MB}")),
        ("memory of making it anew, MB", |it| megabytes(it.1.rebuild.peak), format!("≤ {PEAK_MB}")),
        ("projector, changes a second", rate, String::new()),
    ];
    for (what, cell, aim) in rows {
        let cells: Vec<String> = all.iter().map(cell).collect();
        println!("| {what} | {} | {aim} |", cells.join(" | "));
    }
    println!();
}

fn print_recall(all: &[(Inside, Apart)]) {
    let Some((Inside { count, alone, .. }, _)) = all.last() else { return };
    println!(
        "Names with one slip, among {} people; of them, someone of the name meant is\n",
        thousands(*count)
    );
    println!("| slip | among the first ten | or of those shown where nobody matches | tried |");
    println!("| --- | ---: | ---: | ---: |");
    for (slip, recall) in &alone.recall {
        let share = |part: usize| format!("{:.1} %", part as f64 * 100.0 / recall.tried.max(1) as f64);
        println!("| {slip} | {} | {} | {} |", share(recall.found), share(recall.close), recall.tried);
    }
}

fn cells(engines: &[Measured], cell: impl Fn(&Measured) -> String) -> String {
    engines.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

fn rate((_, apart): &(Inside, Apart)) -> String {
    let (changes, took) = apart.projected;
    thousands((changes as f64 / took.time.as_secs_f64()) as usize)
}

fn times(times: &Times) -> String {
    format!("{} / {}", milliseconds(times.percentile(50)), milliseconds(times.percentile(99)))
}

/// With two places, and with a third where those would tell nothing.
fn milliseconds(time: f64) -> String {
    if time < 0.1 { format!("{time:.3}") } else { format!("{time:.2}") }
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// A number with its thousands apart.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|it| str::from_utf8(it).ok()).collect();
    groups.join(",")
}
