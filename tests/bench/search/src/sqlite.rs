//! SQLite's FTS5, set up as its documentation advises for beginnings of words (<https://www.sqlite.org/fts5.html>): with
//! indexes of prefixes, and without what only phrases and ranks need. The text is kept once, values are numbers, and rows
//! are in the order of names, which is the order that FTS5 answers in.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_search::{Facets, Person, compare};
use rusqlite::{Connection, params, params_from_iter};

use crate::{
    engine::{Answer, Engine, Facet, searched, words},
    queries::{Asked, PAGE},
};

const SCHEMA: &str = "
    CREATE TABLE value (number INTEGER PRIMARY KEY, text TEXT);
    CREATE TABLE person (number INTEGER PRIMARY KEY, id TEXT, name TEXT, location INTEGER, job_title INTEGER);
    CREATE TABLE worn (person INTEGER, badge INTEGER, PRIMARY KEY (person, badge)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE words USING fts5(
        text, content='', columnsize=0, detail=none, prefix='1 2 3 4', tokenize='unicode61 remove_diacritics 2'
    );
";

/// What makes filters quick, made after the rows.
const INDEXES: &str = "
    CREATE INDEX by_location ON person (location, job_title);
    CREATE INDEX by_job_title ON person (job_title, location);
    CREATE INDEX by_badge ON worn (badge, person);
    INSERT INTO words (words) VALUES ('optimize');
    ANALYZE;
";

pub(crate) struct Sqlite {
    connection: Connection,
    /// The number of each place, job title and badge. Numbers are in the order of the values.
    numbers: BTreeMap<String, usize>,
    values: Vec<String>,
}

impl Engine for Sqlite {
    fn build(people: &[Person]) -> Self {
        let values = values(people);
        let numbers = values.iter().cloned().zip(0..).collect();
        let mut connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch(SCHEMA).expect("the tables");
        insert(&mut connection, people, &numbers).expect("the rows");
        connection.execute_batch(INDEXES).expect("the indexes");
        Self { connection, numbers, values }
    }

    fn bytes(&self) -> u64 {
        let number = |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let bytes = number("page_count").expect("pages") * number("page_size").expect("their size");
        u64::try_from(bytes).unwrap_or_default()
    }

    fn search(&self, asked: &Asked) -> Option<Answer> {
        // It knows nothing of slips.
        (!asked.has_slip).then(|| self.answer(asked).expect("an answer"))
    }
}

impl Sqlite {
    fn answer(&self, asked: &Asked) -> rusqlite::Result<Answer> {
        let text = matching(&asked.typed);
        let from = self.from(asked, None);
        let page = format!("SELECT p.id, p.name FROM {from} ORDER BY p.number LIMIT {PAGE}");
        let people = self.rows(&page, &text, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let total = self.rows(&format!("SELECT count(*) FROM {from}"), &text, |row| row.get::<_, i64>(0))?;
        let facets = if text.is_some() && !asked.is_filtered() {
            self.facets_of_one_search(&from, &text)?
        } else {
            self.facets(asked, &text)?
        };
        Ok(Answer { people, total: total.into_iter().sum::<i64>().try_into().unwrap_or_default(), facets })
    }

    /// All counts are of the same people, who are looked for once.
    fn facets_of_one_search(&self, from: &str, text: &Option<String>) -> rusqlite::Result<Facets> {
        let select = format!(
            "WITH hit AS MATERIALIZED (SELECT p.number, p.location, p.job_title FROM {from})
             SELECT 0, location AS value, count(*) FROM hit GROUP BY value
             UNION ALL SELECT 1, job_title AS value, count(*) FROM hit GROUP BY value
             UNION ALL SELECT 2, badge AS value, count(*) FROM hit JOIN worn ON person = number GROUP BY value"
        );
        let mut facets = Facets::default();
        for (facet, count) in
            self.rows(&select, text, |row| Ok((row.get::<_, usize>(0)?, self.count(row, 1)?)))?
        {
            Facet::ALL[facet].of(&mut facets).push(count);
        }
        Ok(facets)
    }

    /// Each kind is counted among those who pass the other filters; without any, in the indexes alone.
    fn facets(&self, asked: &Asked, text: &Option<String>) -> rusqlite::Result<Facets> {
        let mut facets = Facets::default();
        for facet in Facet::ALL {
            let from = self.from(asked, Some(facet));
            let select = match facet {
                Facet::Location => format!("SELECT p.location, count(*) FROM {from} GROUP BY 1"),
                Facet::JobTitle => format!("SELECT p.job_title, count(*) FROM {from} GROUP BY 1"),
                Facet::Badge if asked.is_filtered() => format!(
                    "SELECT badge, count(*) FROM (SELECT p.number FROM {from}) JOIN worn ON person = number GROUP BY 1"
                ),
                Facet::Badge => "SELECT badge, count(*) FROM worn GROUP BY 1".to_owned(),
            };
            *facet.of(&mut facets) = self.rows(&select, text, |row| self.count(row, 0))?;
        }
        Ok(facets)
    }

    /// Who matches, but for the filter of one kind: what stands behind FROM.
    fn from(&self, asked: &Asked, but: Option<Facet>) -> String {
        let (mut from, mut conditions) = ("person p".to_owned(), Vec::new());
        if !asked.typed.is_empty() {
            from = "words JOIN person p ON p.number = words.rowid".to_owned();
            conditions.push("words MATCH ?1".to_owned());
        }
        let mut narrow = |facet, values: &BTreeSet<String>, condition: fn(String) -> String| {
            if but != Some(facet) && !values.is_empty() {
                let numbers: Vec<String> =
                    values.iter().map(|value| self.numbers[value].to_string()).collect();
                conditions.push(condition(numbers.join(", ")));
            }
        };
        narrow(Facet::Location, &asked.locations, |numbers| format!("p.location IN ({numbers})"));
        narrow(Facet::JobTitle, &asked.job_titles, |numbers| format!("p.job_title IN ({numbers})"));
        narrow(Facet::Badge, &asked.badges, |numbers| {
            format!("EXISTS (SELECT 1 FROM worn WHERE person = p.number AND badge IN ({numbers}))")
        });
        if conditions.is_empty() { from } else { format!("{from} WHERE {}", conditions.join(" AND ")) }
    }

    /// The rows of a select, whose only parameter is the text, if any.
    fn rows<T>(
        &self,
        select: &str,
        text: &Option<String>,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection.prepare_cached(select)?.query_map(params_from_iter(text), read)?.collect()
    }

    /// A value and how many have it, from two columns.
    fn count(&self, row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<(String, u64)> {
        let (value, count): (usize, i64) = (row.get(first)?, row.get(first + 1)?);
        Ok((self.values[value].clone(), u64::try_from(count).unwrap_or_default()))
    }
}

/// What FTS5 is asked for: beginnings of all words; none when nothing was typed.
fn matching(typed: &str) -> Option<String> {
    let words: Vec<String> = words(typed).map(|word| format!("\"{word}\"*")).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// All places, job titles and badges, in order.
fn values(people: &[Person]) -> Vec<String> {
    let of_all: BTreeSet<&String> =
        people.iter().flat_map(|it| [&it.location, &it.job_title].into_iter().chain(&it.badges)).collect();
    let mut values: Vec<String> = of_all.into_iter().cloned().collect();
    values.sort_by(|one, other| compare(one, other));
    values
}

fn insert(
    connection: &mut Connection,
    people: &[Person],
    numbers: &BTreeMap<String, usize>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut value = transaction.prepare("INSERT INTO value VALUES (?, ?)")?;
        let mut row = transaction.prepare("INSERT INTO person VALUES (?, ?, ?, ?, ?)")?;
        let mut worn = transaction.prepare("INSERT OR IGNORE INTO worn VALUES (?, ?)")?;
        let mut words = transaction.prepare("INSERT INTO words (rowid, text) VALUES (?, ?)")?;
        for (text, number) in numbers {
            value.execute(params![number, text])?;
        }
        for (number, person) in people.iter().enumerate() {
            let Person { id, name, location, job_title, badges, .. } = person;
            row.execute(params![number, id, name, numbers[location], numbers[job_title]])?;
            words.execute(params![number, searched(person)])?;
            for badge in badges {
                worn.execute(params![number, numbers[badge]])?;
            }
        }
    }
    transaction.commit()
}
