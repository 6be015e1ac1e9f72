//! The people who are searched: made up, and the same each time. A few names, places and job titles are common and most
//! are rare.

use rollcall_search::Person;

use crate::{
    draw::Draw,
    names::{first_name, last_name, other_word},
};

const PLACES: usize = 400;
const JOB_TITLES: usize = 3_000;

/// The badges of the directory, by their ids, and what they are called: people are found by that as well.
const BADGES: [(&str, &str); 12] = [
    ("apple", "Mac User"),
    ("windows", "Windows User"),
    ("linux", "Linux User"),
    ("video-camera", "Digital Content Star"),
    ("trophy", "Employee of the Month"),
    ("camera", "Photographer"),
    ("plane", "Frequent Flier"),
    ("paperclip", "Paperclip Afficionado"),
    ("coffee", "Coffee Snob"),
    ("gamepad", "Gamer"),
    ("bug", "Bugfixer"),
    ("umbrella", "Seattle Fan"),
];

/// So many people, one after the other.
pub(crate) fn people(count: usize) -> impl Iterator<Item = Person> + Send {
    let mut draw = Draw::new(7);
    (0..count).map(move |_| person(&mut draw))
}

/// Someone as they are after they moved.
pub(crate) fn moved(person: Person) -> Person {
    Person { location: "Elsewhere".to_owned(), ..person }
}

fn person(draw: &mut Draw) -> Person {
    let id = id(draw.next(), draw.next());
    let name = format!("{} {}", first_name(draw), last_name(draw));
    let location = format!("{} City", other_word(draw.uneven(PLACES)));
    let job_title = format!("{} Engineer", other_word(draw.uneven(JOB_TITLES)));
    let worn: Vec<(&str, &str)> = (0..draw.uneven(4)).map(|_| BADGES[draw.uneven(BADGES.len())]).collect();
    let (badges, also) = worn.into_iter().map(|(id, label)| (id.to_owned(), label.to_owned())).unzip();
    Person { id, name, location, job_title, badges, also, ..Person::default() }
}

/// A random UUID, as the original app gives people (RFC 9562, section 5.4).
fn id(high: u64, low: u64) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        low >> 52,
        low & 0xFFFF_FFFF_FFFF
    )
}
