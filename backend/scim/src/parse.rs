//! Reading filters and paths. Each text is one or is refused, in time in proportion to its length.

use std::str::FromStr;

use crate::{
    attribute_path::{AttributePath, is_of_a_path},
    filter::{Filter, Literal, Operator},
    path::Path,
    refusal::{Mistake, Refusal},
};

/// The longest filter, in bytes; what providers send has some hundred.
const MAX_BYTES: usize = 8 * 1024;

/// How deep brackets may stand within each other.
const MAX_DEPTH: u32 = 32;

/// The most comparisons of one filter: each is made for each person.
const MAX_COMPARISONS: u32 = 100;

impl FromStr for Filter {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let mut reader = Reader::new(text);
        let read = reader.either(Where::Resource).and_then(|filter| reader.end().map(|()| filter));
        read.map_err(|wrong| wrong.refusal(Mistake::InvalidFilter, "filter", text))
    }
}

impl FromStr for Path {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let mut reader = Reader::new(text);
        let read = reader.path().and_then(|path| reader.end().map(|()| path));
        read.map_err(|wrong| wrong.refusal(Mistake::InvalidPath, "path", text))
    }
}

impl FromStr for AttributePath {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let path = (text.len() <= MAX_BYTES).then(|| Self::read(text.trim())).flatten();
        path.ok_or_else(|| {
            Wrong { at: 0, what: "that is no attribute" }.refusal(Mistake::InvalidPath, "path", text)
        })
    }
}

/// What a filter is about: within brackets no other ones can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Resource,
    Value,
}

/// What can't be read, and at which byte.
struct Wrong {
    at: usize,
    what: &'static str,
}

impl Wrong {
    fn refusal(self, mistake: Mistake, thing: &str, text: &str) -> Refusal {
        let shown: String = text.chars().take(100).collect();
        let more = if text.chars().nth(100).is_some() { "…" } else { "" };
        let Self { at, what } = self;
        Refusal::new(mistake, format!("The {thing} {shown}{more} can't be read at byte {at}: {what}."))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    comparisons: u32,
}

impl<'a> Reader<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, comparisons: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    const fn wrong(&self, what: &'static str) -> Wrong {
        Wrong { at: self.at, what }
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn end(&mut self) -> Result<(), Wrong> {
        self.skip_space();
        if self.rest().is_empty() { Ok(()) } else { Err(self.wrong("nothing may follow here")) }
    }

    /// Takes a sign, if it is next.
    fn takes(&mut self, sign: char) -> bool {
        let is_next = self.rest().starts_with(sign);
        if is_next {
            self.at += sign.len_utf8();
        }
        is_next
    }

    /// The characters that come next of those that may stand in a path: a name or a word.
    fn run(&self) -> &'a str {
        let rest = self.rest();
        rest.split(|it: char| !is_of_a_path(it)).next().unwrap_or_default()
    }

    /// Takes a word in any case, if it is next.
    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let is_next = self.run().eq_ignore_ascii_case(word);
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Filters with `or` between them.
    fn either(&mut self, place: Where) -> Result<Filter, Wrong> {
        if self.text.len() > MAX_BYTES {
            return Err(self.wrong("it is longer than 8 KB"));
        }
        let mut filter = self.both(place)?;
        while self.takes_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.both(place)?));
        }
        Ok(filter)
    }

    /// Filters with `and` between them, which binds closer.
    fn both(&mut self, place: Where) -> Result<Filter, Wrong> {
        let mut filter = self.one(place)?;
        while self.takes_word("and") {
            filter = filter.and(self.one(place)?);
        }
        Ok(filter)
    }

    fn one(&mut self, place: Where) -> Result<Filter, Wrong> {
        self.skip_space();
        if self.takes('(') {
            return self.bracketed(')', |reader| reader.either(place));
        }
        let before = self.at;
        if self.takes_word("not") {
            self.skip_space();
            if self.takes('(') {
                let filter = self.bracketed(')', |reader| reader.either(place))?;
                return Ok(Filter::Not(Box::new(filter)));
            }
            // An attribute may be called so.
            self.at = before;
        }
        self.about(place)
    }

    /// What stands between two brackets, of which the first one is taken already.
    fn bracketed<T>(
        &mut self,
        close: char,
        read: impl FnOnce(&mut Self) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("brackets stand too deep within each other"));
        }
        let inside = read(self)?;
        self.depth -= 1;
        self.skip_space();
        if self.takes(close) { Ok(inside) } else { Err(self.wrong("a bracket is not closed")) }
    }

    /// A filter that begins with an attribute.
    fn about(&mut self, place: Where) -> Result<Filter, Wrong> {
        let path = self.attribute()?;
        if place == Where::Value || !self.takes('[') {
            return self.comparison(path);
        }
        let filter = self.bracketed(']', |reader| reader.either(Where::Value))?;
        // Microsoft's: emails[type eq "work"].value eq "…".
        let filter = if self.takes('.') {
            let sub = self.attribute()?;
            filter.and(self.comparison(sub)?)
        } else {
            filter
        };
        Ok(Filter::Within(path, Box::new(filter)))
    }

    fn attribute(&mut self) -> Result<AttributePath, Wrong> {
        self.skip_space();
        let run = self.run();
        let path = AttributePath::read(run).ok_or_else(|| self.wrong("an attribute is missing"))?;
        self.at += run.len();
        Ok(path)
    }

    fn comparison(&mut self, path: AttributePath) -> Result<Filter, Wrong> {
        self.comparisons += 1;
        if self.comparisons > MAX_COMPARISONS {
            return Err(self.wrong("there are more than 100 comparisons"));
        }
        if self.takes_word("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = Operator::ALL.into_iter().find(|operator| self.takes_word(operator.word()));
        let operator = operator
            .ok_or_else(|| self.wrong("one of pr, eq, ne, co, sw, ew, gt, ge, lt and le must stand here"))?;
        Ok(Filter::Compare(path, operator, self.literal()?))
    }

    fn literal(&mut self) -> Result<Literal, Wrong> {
        self.skip_space();
        if self.rest().starts_with('"') {
            return self.quoted().map(Literal::Text);
        }
        let words = [("true", Literal::Flag(true)), ("false", Literal::Flag(false)), ("null", Literal::Null)];
        if let Some((_, literal)) = words.into_iter().find(|(word, _)| self.takes_word(word)) {
            return Ok(literal);
        }
        let is_of_a_number = |it: char| it.is_ascii_digit() || matches!(it, '-' | '+' | '.' | 'e' | 'E');
        let run = self.rest().split(|it| !is_of_a_number(it)).next().unwrap_or_default();
        let number = serde_json::from_str(run).map_err(|_| {
            self.wrong("a text in double quotes, a number, true, false or null must stand here")
        })?;
        self.at += run.len();
        Ok(Literal::Number(number))
    }

    /// A text as JSON writes it.
    fn quoted(&mut self) -> Result<String, Wrong> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, it)| {
            let ends = *it == '"' && !escaped;
            escaped = *it == '\\' && !escaped;
            ends
        });
        let quoted = end.and_then(|(end, _)| rest.get(..=end));
        let quoted = quoted.ok_or_else(|| self.wrong("the quotes are not closed"))?;
        let text =
            serde_json::from_str(quoted).map_err(|_| self.wrong("this is no text as JSON writes it"))?;
        self.at += quoted.len();
        Ok(text)
    }

    fn path(&mut self) -> Result<Path, Wrong> {
        let attribute = self.attribute()?;
        if attribute.sub.is_some() || !self.takes('[') {
            return Ok(attribute.into());
        }
        let filter = self.bracketed(']', |reader| reader.either(Where::Value))?;
        let sub = if self.takes('.') {
            let sub = self.attribute()?;
            if sub.schema.is_some() || sub.sub.is_some() {
                return Err(self.wrong("one part of the value must stand behind the brackets"));
            }
            Some(sub.name)
        } else {
            None
        };
        Ok(Path { attribute, filter: Some(filter), sub })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(text: &str) -> Filter {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn name() -> impl Strategy<Value = String> {
        "[a-zA-Z$][a-zA-Z0-9_-]{0,8}"
    }

    fn attribute() -> impl Strategy<Value = AttributePath> {
        let schema = prop::option::of("urn:[a-z0-9.:]{0,20}[a-z0-9.]");
        (schema, name(), prop::option::of(name())).prop_map(|(schema, name, sub)| AttributePath {
            schema,
            name,
            sub,
        })
    }

    fn literal() -> impl Strategy<Value = Literal> {
        prop_oneof![
            ".{0,12}".prop_map(Literal::Text),
            any::<i64>().prop_map(|number| Literal::Number(number.into())),
            any::<i32>().prop_filter_map("a number", |eighths| {
                Some(Literal::Number(serde_json::Number::from_f64(f64::from(eighths) / 8.0)?))
            }),
            any::<bool>().prop_map(Literal::Flag),
            Just(Literal::Null),
        ]
    }

    fn comparison() -> impl Strategy<Value = Filter> {
        let operator = prop::sample::select(Operator::ALL.to_vec());
        prop_oneof![
            attribute().prop_map(Filter::Present),
            (attribute(), operator, literal())
                .prop_map(|(path, operator, literal)| Filter::Compare(path, operator, literal)),
        ]
    }

    fn tree(leaf: BoxedStrategy<Filter>) -> impl Strategy<Value = Filter> {
        leaf.prop_recursive(6, 40, 2, |inside| {
            prop_oneof![
                inside.clone().prop_map(|it| Filter::Not(Box::new(it))),
                (inside.clone(), inside.clone()).prop_map(|(one, other)| one.and(other)),
                (inside.clone(), inside).prop_map(|(one, other)| Filter::Or(Box::new(one), Box::new(other))),
            ]
        })
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        let of_values = tree(comparison().boxed());
        let within =
            (attribute(), of_values).prop_map(|(path, filter)| Filter::Within(path, Box::new(filter)));
        tree(prop_oneof![3 => comparison(), 1 => within].boxed())
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(filter in any_filter()) {
            prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter));
        }

        #[test]
        fn a_path_that_is_printed_is_read_back(
            attribute in attribute(), filter in prop::option::of(tree(comparison().boxed())), sub in prop::option::of(name()),
        ) {
            let path = match filter {
                None => Path::from(attribute),
                filter => Path { attribute: AttributePath { sub: None, ..attribute }, filter, sub },
            };
            prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".{0,200}") {
            let _ = (text.parse::<Filter>(), text.parse::<Path>(), text.parse::<AttributePath>());
        }

        #[test]
        fn nor_does_one_that_is_nearly_right(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "(", ")", "[", "]", ".", "\"", "\\", "and", "or", "not", "pr", "eq", "co", "emails", "urn:a:b", "type",
                    "\"work\"", "7", "-", "true", "null", " ", "é", "$ref", ":",
                ]),
                0..60,
            ),
            spaced: bool,
        ) {
            let text = words.join(if spaced { " " } else { "" });
            if let Ok(filter) = text.parse::<Filter>() {
                prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter));
            }
            if let Ok(path) = text.parse::<Path>() {
                prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
            }
        }
    }

    #[test]
    fn and_binds_closer_than_or_and_brackets_closer_than_both() {
        let (a, b, c) = (filter("a pr"), filter("b pr"), filter("c pr"));
        let or = |one: &Filter, other: &Filter| Filter::Or(Box::new(one.clone()), Box::new(other.clone()));
        assert_eq!(filter("a pr or b pr and c pr"), or(&a, &b.clone().and(c.clone())));
        assert_eq!(filter("(a pr OR b pr) AND c pr"), or(&a, &b).and(c.clone()));
        assert_eq!(filter("not (a pr) and c pr"), Filter::Not(Box::new(a)).and(c));
    }

    #[test]
    fn what_microsoft_writes_is_the_same_as_what_the_standard_has() {
        assert_eq!(
            filter("emails[type eq \"work\"].value eq \"a@b.example\""),
            filter("emails[type eq \"work\" and value eq \"a@b.example\"]"),
        );
    }

    #[test]
    fn what_is_no_filter_is_refused_with_the_place() {
        for (text, at) in [
            ("", 0),
            ("userName", 8),
            ("userName eq", 11),
            ("userName eq 'ada'", 12),
            ("userName eq \"ada", 12),
            ("userName xx \"ada\"", 9),
            ("a pr b pr", 5),
            ("(a pr", 5),
            ("emails[type pr", 14),
            ("emails[a[b pr]]", 8),
            ("a.b.c pr", 0),
        ] {
            let refusal = text.parse::<Filter>().expect_err(text);
            assert!(refusal.detail.contains(&format!("at byte {at}:")), "{refusal}");
            assert_eq!(refusal.mistake, Mistake::InvalidFilter);
        }
    }

    #[test]
    fn what_would_take_long_or_much_is_refused() {
        let deep = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
        assert!(deep(32).parse::<Filter>().is_ok() && deep(33).parse::<Filter>().is_err());
        assert!(deep(100_000).parse::<Filter>().is_err());
        let many = |count: usize| vec!["a pr"; count].join(" and ");
        assert!(many(100).parse::<Filter>().is_ok() && many(101).parse::<Filter>().is_err());
    }
}
