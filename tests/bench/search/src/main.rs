//! What `make bench-search` and `make bench-directory` measure with; tests/bench/search.py and directory.py run it. It
//! prints numbers, and judges nothing.
//!
//! - `in-process COUNT…`: the index beside SQLite and tantivy, for so many people each
//! - `searches COUNT NUMBER`: so many searches of each kind, a JSON object a line
//! - `cloud COUNT`: DynamoDB and S3 with so many people, on an address that it prints
//! - `directory COUNT`: the same, where they have e-mail addresses and report to each other
//! - `ids NUMBER`: the ids of the first so many of them, one a line
//! - `newcomers COUNT NUMBER`: so many people who are not among them, a JSON object a line

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench stops at what goes wrong"
)]

mod apart;
mod cloud;
mod directory;
mod draw;
mod engine;
mod inside;
mod names;
mod ours;
mod people;
mod queries;
mod recall;
mod report;
mod shelf;
mod sqlite;
mod tantivy;
mod timing;

use std::env;

use rollcall_search::{Person, SegmentName, Store};
use serde_json::json;

use crate::{
    apart::{Job, apart},
    people::people,
    queries::KINDS,
    report::Apart,
    shelf::Shelf,
};

#[tokio::main(worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((command, arguments)) = arguments.split_first() else { panic!("what to do: see src/main.rs") };
    let number = |at: usize| arguments.get(at).and_then(|it| it.parse().ok()).expect("a number");
    match command.as_str() {
        "in-process" => in_process((0..arguments.len()).map(number).collect()).await,
        "searches" => print_searches(number(0), number(1)),
        "cloud" => cloud::serve(people(number(0)).map(cloud::row)).await,
        "directory" => cloud::serve(directory::rows(number(0))).await,
        "ids" => directory::ids(number(0)).for_each(|id| println!("{id}")),
        "newcomers" => print_newcomers(number(0), number(1)),
        apart::COMMAND => apart::run(arguments).await,
        other => panic!("there is no {other}"),
    }
}

async fn in_process(counts: Vec<usize>) {
    let mut all = Vec::new();
    for count in counts {
        let mut inside = inside::measure(count);
        let content = std::mem::take(&mut inside.content);
        let apart = measured_apart(count, content).await;
        all.push((inside, apart));
    }
    report::print(&all);
}

async fn measured_apart(count: usize, content: Vec<u8>) -> Apart {
    let folder = tempfile::tempdir().expect("a folder");
    let segment = SegmentName::of(&content);
    let Ok(()) = Shelf::new(folder.path()).write_segment(segment, content).await;
    let took = |job, count| apart(job, count, folder.path(), segment);
    let changes = count.min(100_000);
    Apart {
        read: took(Job::Read, count),
        merge: took(Job::Merge, count),
        rebuild: took(Job::Rebuild, count),
        projected: (changes, took(Job::Project, changes)),
    }
}

fn print_searches(count: usize, number: usize) {
    let people: Vec<_> = people(count).collect();
    for kind in KINDS {
        for asked in kind.searches(&people, number) {
            println!("{}", json!({"kind": kind.name, "asked": asked}));
        }
    }
}

fn print_newcomers(count: usize, number: usize) {
    for Person { name, location, job_title, badges, .. } in directory::newcomers(count, number) {
        let told = json!({"full_name": name, "location": location, "job_title": job_title, "badges": badges});
        println!("{told}");
    }
}
