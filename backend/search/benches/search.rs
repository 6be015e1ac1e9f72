//! How long the index takes to be made, read and searched, by the number of people: `make bench-search`.
//!
//! The names are made up and drawn unevenly, as names are: a few are common and most are rare. It prints numbers and judges
//! nothing.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a bench stops at what goes wrong")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use rollcall_search::{Index, Person, Place, Query, Reach, Search, Segment, SegmentName, build};

const FIRST_NAMES: usize = 8_000;
const LAST_NAMES: usize = 60_000;
const PLACES: usize = 400;
const JOB_TITLES: usize = 3_000;
const BADGES: usize = 12;
/// How often each kind of search is made.
const ROUNDS: usize = 200;

/// The most frequent names are real ones; the many rare ones are made up.
const FIRST_REAL: [&str; 118] = [
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "Wei",
    "Jennifer",
    "Michael",
    "Linda",
    "Fatima",
    "Elizabeth",
    "Mohammed",
    "Barbara",
    "Richard",
    "Susan",
    "Joseph",
    "Jessica",
    "Thomas",
    "Karen",
    "Aisha",
    "Charlotte",
    "Daniel",
    "Margaret",
    "Matthew",
    "Sandra",
    "Anthony",
    "Ashley",
    "Kenji",
    "Kimberly",
    "Paul",
    "Emily",
    "Andrew",
    "Michelle",
    "Kenneth",
    "Amanda",
    "Joshua",
    "Dorothy",
    "Oluwaseun",
    "Melissa",
    "Brian",
    "Deborah",
    "Édouard",
    "Stephanie",
    "Timothy",
    "Rebecca",
    "Ronald",
    "Laura",
    "Jason",
    "Sharon",
    "Søren",
    "Cynthia",
    "Ryan",
    "Kathleen",
    "Jacob",
    "Helen",
    "Gary",
    "Shirley",
    "Nicholas",
    "Angela",
    "Eric",
    "Katherine",
    "Jürgen",
    "Christine",
    "Stephen",
    "Emma",
    "Larry",
    "Ruth",
    "Justin",
    "Brenda",
    "Scott",
    "Pamela",
    "Brandon",
    "Nicole",
    "Benjamin",
    "Samantha",
    "Samuel",
    "Catherine",
    "Gregory",
    "Virginia",
    "Zoë",
    "Rachel",
    "Patrick",
    "Carolyn",
    "Alexander",
    "Janet",
    "Tyler",
    "Maria",
    "Dennis",
    "Heather",
    "Jerry",
    "Diane",
    "Aaron",
    "Julie",
    "Nathan",
    "Olivia",
    "花子",
    "Joyce",
    "太郎",
    "Victoria",
    "サクラ",
    "Ruth",
    "ユウキ",
    "Lauren",
    "ハルト",
    "Kelly",
    "Dmitri",
    "Christina",
    "Ingrid",
    "Joan",
    "Priya",
    "Evelyn",
    "Sven",
    "Judith",
    "Noor",
    "Andrea",
    "Chloé",
    "Hannah",
    "Ngozi",
    "Megan",
];
const LAST_REAL: [&str; 282] = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "García",
    "Miller",
    "Davis",
    "Rodríguez",
    "Martínez",
    "Hernández",
    "López",
    "González",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Müller",
    "Thompson",
    "White",
    "Nguyễn",
    "Harris",
    "Sánchez",
    "Clark",
    "Ramírez",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
    "Scott",
    "Torres",
    "Hill",
    "Flores",
    "Green",
    "Adams",
    "Nelson",
    "Baker",
    "Hall",
    "Rivera",
    "Campbell",
    "Mitchell",
    "Carter",
    "Roberts",
    "Gómez",
    "Phillips",
    "Evans",
    "Turner",
    "Díaz",
    "Parker",
    "Cruz",
    "Edwards",
    "Collins",
    "Reyes",
    "Stewart",
    "Morris",
    "Morales",
    "Murphy",
    "Cook",
    "Rogers",
    "Gutiérrez",
    "Ortiz",
    "Morgan",
    "Cooper",
    "Peterson",
    "Bailey",
    "Reed",
    "Kelly",
    "Howard",
    "Ramos",
    "Svensson",
    "Cox",
    "Ward",
    "Richardson",
    "Watson",
    "Brooks",
    "Chávez",
    "Wood",
    "James",
    "Bennett",
    "Gray",
    "Mendoza",
    "Ruiz",
    "Hughes",
    "Price",
    "Álvarez",
    "Castillo",
    "Sanders",
    "Patel",
    "Myers",
    "Long",
    "Ross",
    "Foster",
    "Jiménez",
    "Powell",
    "Jenkins",
    "Perry",
    "Russell",
    "Sullivan",
    "Bell",
    "Coleman",
    "Butler",
    "Henderson",
    "Barnes",
    "Fisher",
    "Vásquez",
    "Simmons",
    "Romero",
    "Jordan",
    "Patterson",
    "Alexander",
    "Hamilton",
    "Graham",
    "Reynolds",
    "Griffin",
    "Wallace",
    "Moreno",
    "West",
    "Cole",
    "Hayes",
    "Bryant",
    "Herrera",
    "Gibson",
    "Ellis",
    "Tran",
    "Medina",
    "Aguilar",
    "Stevens",
    "Murray",
    "Ford",
    "Castro",
    "Marshall",
    "Owens",
    "Harrison",
    "Fernández",
    "McDonald",
    "Woods",
    "Washington",
    "Kennedy",
    "Wells",
    "Vargas",
    "Henry",
    "Chen",
    "Freeman",
    "Webb",
    "Tucker",
    "Guzmán",
    "Burns",
    "Crawford",
    "Olson",
    "Simpson",
    "Porter",
    "Hunter",
    "Gordon",
    "Méndez",
    "Silva",
    "Shaw",
    "Snyder",
    "Mason",
    "Dixon",
    "Muñoz",
    "Hunt",
    "Hicks",
    "Holmes",
    "Palmer",
    "Wagner",
    "Black",
    "Robertson",
    "Boyd",
    "Rose",
    "Stone",
    "Salazar",
    "Fox",
    "Warren",
    "Mills",
    "Meyer",
    "Rice",
    "Schmidt",
    "Garza",
    "Daniels",
    "Ferguson",
    "Nichols",
    "Stephens",
    "Soto",
    "Weaver",
    "Ryan",
    "Gardner",
    "Payne",
    "Grant",
    "Dunn",
    "Kelley",
    "Spencer",
    "Hawkins",
    "Arnold",
    "Pierce",
    "Hansen",
    "Peters",
    "Santos",
    "Hart",
    "Bradley",
    "Knight",
    "Elliott",
    "Cunningham",
    "Duncan",
    "Armstrong",
    "Hudson",
    "Carroll",
    "Lane",
    "Riley",
    "Andrews",
    "Alvarado",
    "Ray",
    "Delgado",
    "Berry",
    "Perkins",
    "Hoffman",
    "Johnston",
    "Matthews",
    "Peña",
    "Richards",
    "Contreras",
    "Willis",
    "Carpenter",
    "Lawrence",
    "Sandoval",
    "Guerrero",
    "George",
    "Chapman",
    "Rios",
    "Estrada",
    "Ortega",
    "Watkins",
    "Greene",
    "Núñez",
    "Wheeler",
    "Valdez",
    "Harper",
    "Burke",
    "Larson",
    "Santiago",
    "Maldonado",
    "Morrison",
    "Franklin",
    "Carlson",
    "Austin",
    "Domínguez",
    "Carr",
    "Lawson",
    "Jacobs",
    "O’Brien",
    "Lynch",
    "Singh",
    "Vega",
    "Bishop",
    "Montgomery",
    "Oliver",
    "Jensen",
    "Harvey",
    "Williamson",
    "Gilbert",
    "Dean",
    "Sims",
    "Espinoza",
    "Howell",
    "山田",
    "佐藤",
    "鈴木",
    "田中",
    "カトウ",
    "サイトウ",
    "Øvergård",
    "Papadopoulos",
    "Kowalski",
    "Ivanova",
    "Okafor",
    "Haddad",
    "Lindqvist",
];

fn first_name(draw: &mut Draw) -> String {
    let number = draw.uneven(FIRST_NAMES);
    FIRST_REAL.get(number).map_or_else(|| word(number), |name| (*name).to_owned())
}

fn last_name(draw: &mut Draw) -> String {
    let number = draw.uneven(LAST_NAMES);
    LAST_REAL.get(number).map_or_else(|| word(number), |name| (*name).to_owned())
}

/// Numbers that look drawn, the same each time (Steele and Vigna's SplitMix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `count`, the lower the likelier, as in Zipf's law.
    fn uneven(&mut self, count: usize) -> usize {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((count as f64).powf(share) as usize).saturating_sub(1).min(count - 1)
    }
}

/// The word of a number: syllables, and now and then another script.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "an", "be", "chi", "do", "el", "fa", "gri", "ho", "is", "jo", "ka", "lu", "ma", "no", "or", "pe",
        "ri", "sø", "té", "wu",
    ];
    const KANJI: [char; 12] = ['山', '田', '佐', '藤', '鈴', '木', '高', '橋', '中', '村', '小', '林'];
    if number % 23 == 22 {
        return syllables(number / 23, &KANA);
    }
    if number % 17 == 16 {
        return [number / 17, number / 204].map(|at| KANJI[at % KANJI.len()]).iter().collect();
    }
    let word = syllables(number, &SYLLABLES);
    word[..1].to_uppercase() + &word[1..]
}

fn syllables<const N: usize>(number: usize, of: &[&str; N]) -> String {
    let mut rest = number + N;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(of[rest % N]);
        rest /= N;
    }
    word
}

const KANA: [&str; 12] = ["カ", "モ", "メ", "サ", "ト", "ユ", "リ", "ハ", "ナ", "ケ", "ン", "ジ"];

fn people(count: usize) -> Vec<Person> {
    let mut draw = Draw(7);
    let person = |_| {
        let (high, low) = (draw.next(), draw.next());
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFF,
            low >> 52,
            low & 0xFFFF_FFFF_FFFF
        );
        Person {
            id,
            name: format!("{} {}", first_name(&mut draw), last_name(&mut draw)),
            location: format!("{} City", word(draw.uneven(PLACES))),
            job_title: format!("{} Engineer", word(draw.uneven(JOB_TITLES))),
            badges: (0..draw.uneven(4)).map(|_| format!("badge-{}", draw.uneven(BADGES))).collect(),
            also: Vec::new(),
        }
    };
    (0..count).map(person).collect()
}

/// Makes each search once for each round, and prints the middle and what 99 of 100 stay below.
fn measure(index: &Index, what: &str, mut search: impl FnMut(&mut Draw) -> Search) {
    let mut draw = Draw(11);
    let mut took: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let search = search(&mut draw);
            let begun = Instant::now();
            black_box(index.search(&search));
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    let ms = |at: usize| took[at].as_secs_f64() * 1e3;
    println!("| {what} | {:.3} | {:.3} |", ms(ROUNDS / 2), ms(ROUNDS * 99 / 100));
}

fn ask(query: &str, facets: bool) -> Search {
    Search { query: Query::parse(query), limit: 50, facets, ..Search::default() }
}

fn beginning(word: &str, letters: usize) -> String {
    word.chars().take(letters).collect()
}

/// The word with two letters in its middle exchanged.
fn slip(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    if middle > 0 {
        letters.swap(middle - 1, middle);
    }
    letters.into_iter().collect()
}

/// The keys beside each other on a keyboard.
const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// A name with one slip of the pen of a kind; none where it has no place for one.
fn with_slip(name: &str, kind: &str, draw: &mut Draw) -> Option<String> {
    let mut words: Vec<Vec<char>> = name.split(' ').map(|word| word.chars().collect()).collect();
    let at_word = draw.next() as usize % words.len();
    let word = &mut words[at_word];
    let at = draw.next() as usize % word.len().max(1);
    match kind {
        "two letters exchanged" if at + 1 < word.len() && word[at] != word[at + 1] => word.swap(at, at + 1),
        "a letter left out" if word.len() > 1 => drop(word.remove(at)),
        "a letter doubled" => word.insert(at, word[at]),
        "the key beside it" => {
            let letter = word[at].to_ascii_lowercase();
            let row = ROWS.iter().find(|row| row.contains(letter))?;
            let place = row.find(letter)?;
            word[at] = row.chars().nth(place + 1).or_else(|| row.chars().nth(place.checked_sub(1)?))?;
        }
        "an accent too many or too few" => {
            const PAIRS: [(char, char); 5] = [('e', 'é'), ('o', 'ø'), ('a', 'á'), ('u', 'ü'), ('é', 'e')];
            let (at, with) = word.iter().enumerate().find_map(|(at, letter)| {
                let pair = PAIRS.iter().find(|(one, _)| one == letter)?;
                Some((at, pair.1))
            })?;
            word[at] = with;
        }
        "Kana of the other kind" => {
            // Hiragana stands 96 places before Katakana (the Unicode Standard, chapter 18.4).
            let other = |letter: char| match letter {
                'ァ'..='ヶ' => char::from_u32(letter as u32 - 0x60).unwrap_or(letter),
                _ => letter,
            };
            if word.iter().all(|letter| other(*letter) == *letter) {
                return None;
            }
            word.iter_mut().for_each(|letter| *letter = other(*letter));
        }
        _ => return None,
    }
    let words: Vec<String> = words.into_iter().map(|word| word.into_iter().collect()).collect();
    Some(words.join(" "))
}

/// Of 1,000 names with one slip each, how many times someone of the name meant is among the first ten.
fn recall(index: &Index, people: &[Person]) {
    println!(
        "\n| slip in first and last name | among the first ten | or of those who come close where nobody matches |\n| --- | --- | --- |"
    );
    let kinds = [
        "two letters exchanged",
        "a letter left out",
        "a letter doubled",
        "the key beside it",
        "an accent too many or too few",
        "Kana of the other kind",
    ];
    let (mut all_found, mut all_close, mut all) = (0, 0, 0);
    for kind in kinds {
        let mut draw = Draw(13);
        let (mut found, mut close, mut tried) = (0, 0, 0);
        for _ in 0..1_000_000 {
            let person = &people[draw.next() as usize % people.len()];
            let Some(typed) = with_slip(&person.name, kind, &mut draw) else { continue };
            let find = |reach: Reach| index.search(&Search { limit: 10, reach, ..ask(&typed, false) }).people;
            let has = |hits: &[Place]| hits.iter().any(|hit| hit.name == person.name);
            let hits = find(Reach::Usual);
            found += usize::from(has(&hits));
            close += usize::from(has(&hits) || hits.is_empty() && has(&find(Reach::Far)));
            tried += 1;
            if tried == 167 {
                break;
            }
        }
        let share = |count: usize| count as f64 * 100.0 / f64::from(tried);
        println!("| {kind} | {:.1} % of {tried} | {:.1} % |", share(found), share(close));
        (all_found, all_close, all) = (all_found + found, all_close + close, all + tried);
    }
    let share = |count: usize| count as f64 * 100.0 / f64::from(all);
    println!("| all | {:.1} % of {all} | {:.1} % |", share(all_found), share(all_close));
}

/// The most memory at any time, in MB, as Linux tells.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1024.0
        / 1e6
}

fn main() {
    for count in [100, 10_000, 1_000_000] {
        let people = people(count);
        let changes: Vec<Person> = people.iter().take(count / 100).cloned().collect();
        let some: Vec<Person> = people.iter().step_by((count / 10_000).max(1)).cloned().collect();
        let begun = Instant::now();
        let content = build(people);
        let built = begun.elapsed();
        let (name, size) = (SegmentName::of(&content), content.len());
        let begun = Instant::now();
        let segment = Arc::new(Segment::open(name, content).expect("a segment"));
        let opened = begun.elapsed();
        let mut index = Index::new(segment);
        println!(
            "\n{count} people: {:.1} MB, built in {built:.2?}, opened in {opened:.2?}\n",
            size as f64 / 1e6
        );
        println!("| search | p50, ms | p99, ms |\n| --- | --- | --- |");
        measure(&index, "everyone, with facets", |_| ask("", true));
        measure(&index, "one letter, with facets", |draw| ask(&beginning(&last_name(draw), 1), true));
        measure(&index, "four letters, with facets", |draw| ask(&beginning(&last_name(draw), 4), true));
        measure(&index, "first and last name, with facets", |draw| {
            ask(&format!("{} {}", first_name(draw), last_name(draw)), true)
        });
        measure(&index, "one slip, with facets", |draw| ask(&slip(&last_name(draw)), true));
        measure(&index, "three filters, with facets", |draw| Search {
            locations: [format!("{} City", word(draw.uneven(PLACES)))].into(),
            job_titles: (0..3).map(|_| format!("{} Engineer", word(draw.uneven(JOB_TITLES)))).collect(),
            badges: ["badge-0".to_owned()].into(),
            ..ask("", true)
        });
        recall(&index, &some);
        let begun = Instant::now();
        index.apply(
            changes.into_iter().map(|person| {
                (person.id.clone(), Some(Person { location: "Elsewhere".to_owned(), ..person }))
            }),
        );
        println!("\n{} changes taken over in {:.2?}\n", index.changed(), begun.elapsed());
        measure(&index, "four letters over changes", |draw| ask(&beginning(&last_name(draw), 4), true));
        let begun = Instant::now();
        let merged = black_box(index.merged());
        println!("\nmerged into {:.1} MB in {:.2?}", merged.len() as f64 / 1e6, begun.elapsed());
        println!("most memory so far: {:.0} MB, the people themselves included", peak());
    }
}
