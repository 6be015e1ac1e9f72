//! What is measured in a process of its own, so that its peak of memory is its own: reading, merging and rebuilding the
//! index as the product does, and the projector's rate. People are made up as they are read.

use std::{
    collections::BTreeSet,
    env, fs,
    hint::black_box,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rollcall_search::{Person, Position, Reader, SegmentName, merge, project, rebuild};

use crate::{
    people::{moved, people},
    queries::Asked,
    shelf::{Crowd, Shelf},
    timing::Begun,
};

/// The command of this program that does one job.
pub(crate) const COMMAND: &str = "job";

/// How many changes of the table the function is told of at once, at most: `BatchSize` in infra/service.yaml.
const RECORDS: usize = 1_000;

/// A job.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Job {
    /// Reads the segment and answers a first search.
    Read,
    /// Merges the segment with the changes of every hundredth person.
    Merge,
    /// Makes the segment of the whole table.
    Rebuild,
    /// Writes changes into the log.
    Project,
}

const JOBS: [(&str, Job); 4] =
    [("read", Job::Read), ("merge", Job::Merge), ("rebuild", Job::Rebuild), ("project", Job::Project)];

/// What a job took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) time: Duration,
    /// The most memory at any time, in bytes.
    pub(crate) peak: u64,
}

/// Does a job in a process of its own, with a segment of so many people in a folder.
pub(crate) fn apart(job: Job, count: usize, folder: &Path, segment: SegmentName) -> Took {
    let (name, _) = JOBS.iter().find(|(_, one)| *one as u8 == job as u8).expect("each has a name");
    let program = env::current_exe().expect("this program");
    let output = Command::new(program)
        .args([COMMAND, name, &count.to_string()])
        .arg(folder)
        .arg(segment.to_string())
        .output()
        .expect("a process");
    let told = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = told.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [micros, peak] = numbers[..] else {
        panic!("{name} of {count}: {told} {}", String::from_utf8_lossy(&output.stderr))
    };
    Took { time: Duration::from_micros(micros), peak }
}

/// Does the job that the arguments name, in this process, and prints its microseconds and its peak of memory in bytes.
pub(crate) async fn run(arguments: &[String]) {
    let [name, count, folder, segment] = arguments else {
        panic!("a job, how many people, a folder, a segment")
    };
    let (_, job) = JOBS.iter().find(|(one, _)| one == name).expect("a known job");
    let count = count.parse().expect("a number");
    let shelf = Shelf::new(folder);
    shelf.serve(segment.parse().expect("a segment's name"));
    let begun = match job {
        Job::Read => read(shelf).await,
        Job::Merge => {
            log_changes(&shelf, count, count / 100).await;
            let begun = Begun::now();
            merge(&shelf, 0).await.expect("a segment");
            begun
        }
        Job::Rebuild => {
            let begun = Begun::now();
            rebuild(&shelf, &Crowd::new(count, []), 0, || false).await.expect("a segment");
            begun
        }
        Job::Project => log_changes(&shelf, count, count).await,
    };
    println!("{} {}", begun.elapsed().as_micros(), peak());
}

async fn read(shelf: Shelf) -> Begun {
    let begun = Begun::now();
    let reader = Reader::new(shelf);
    let current = reader.current(Instant::now(), Position::default()).await.expect("an index");
    black_box(current.index.search(&Asked::default().search()));
    begun
}

/// Has the projector told of the first people, who moved, as the table's stream tells of them; gives when it began.
async fn log_changes(shelf: &Shelf, count: usize, changed: usize) -> Begun {
    let changed: Vec<Person> = people(count).take(changed).map(moved).collect();
    let ids: Vec<String> = changed.iter().map(|person| person.id.clone()).collect();
    let table = Crowd::new(0, changed);
    let begun = Begun::now();
    for ids in ids.chunks(RECORDS) {
        let ids: BTreeSet<String> = ids.iter().cloned().collect();
        project(shelf, &table, ids).await.expect("a place in the log");
    }
    begun
}

/// The most memory that this process had at any time, in bytes, as Linux tells.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kilobytes: u64 = line.split_whitespace().next().and_then(|it| it.parse().ok()).expect("a number");
    kilobytes * 1024
}
