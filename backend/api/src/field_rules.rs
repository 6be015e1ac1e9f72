//! What may stand in a field, by its kind.

use email_address::{EmailAddress, Options};
use jiff::civil::Date;
use url::Url;

use crate::{
    employee_address::MAX_ID_BYTES,
    field::{Field, Kind, MAX_LIST},
    problem::FieldError,
    text::{Rules, Text},
    time_zone,
    values::Value,
};

/// The longest address of a page, in characters: what browsers and other programs take without trouble.
const MAX_LINK: usize = 2_000;

/// The longest e-mail address, in characters ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1)).
const MAX_EMAIL: usize = 254;

/// What a field is to hold, checked and in the form in which it is stored. An empty one is left to the caller.
///
/// # Errors
/// What is wrong with it, each text of a list for itself.
pub fn checked(field: &Field, sent: &Value) -> Result<Value, Vec<FieldError>> {
    let refused = |detail: String| vec![FieldError::new(field.name, detail)];
    match (sent, field.kind.is_list()) {
        (Value::Text(text), false) => checked_text(field.kind, text).map(Value::Text).map_err(refused),
        (Value::List(texts), true) => checked_list(field, texts).map(Value::List),
        (Value::Text(text), true) => checked_list(field, std::slice::from_ref(text)).map(Value::List),
        (Value::List(_), false) => Err(refused("must be one text, and is a list".to_owned())),
    }
}

fn checked_list(field: &Field, texts: &[String]) -> Result<Vec<String>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut all: Vec<String> = Vec::new();
    for (index, text) in texts.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        match checked_text(field.kind, text) {
            Ok(text) if all.contains(&text) => {}
            Ok(text) => all.push(text),
            Err(detail) => errors.push(FieldError::new(format!("{}[{index}]", field.name), detail)),
        }
    }
    if texts.len() > MAX_LIST {
        let detail = format!("has {} entries; at most {MAX_LIST} are allowed", texts.len());
        errors.push(FieldError::new(field.name, detail));
    }
    if errors.is_empty() { Ok(all) } else { Err(errors) }
}

fn checked_text(kind: Kind, text: &str) -> Result<String, String> {
    match kind {
        Kind::Line(most) | Kind::Lines(most) => line(text, most),
        Kind::Email => email(text),
        Kind::Phone => phone(text),
        Kind::Employee => employee(text),
        Kind::Date => date(text),
        Kind::TimeZone => time_zone::parse(text).map(|(name, _)| name),
        Kind::Links => link(text),
    }
}

fn line(text: &str, most: usize) -> Result<String, String> {
    Text::parse(text, Rules::line(most)).map(String::from).map_err(|fault| fault.to_string())
}

fn email(text: &str) -> Result<String, String> {
    let text = line(text, MAX_EMAIL)?;
    let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
    match EmailAddress::parse_with_options(&text, options) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!(
            "is {text:?}, which is no e-mail address ({}); write one such as ada@example.org",
            error.to_string().trim_end_matches('.').to_lowercase()
        )),
    }
}

/// E.164. A number without its country can't be told from that of another country.
fn phone(text: &str) -> Result<String, String> {
    const WANTED: &str = "write it with its country code, such as +49 30 901820";
    let text = line(text, 60)?;
    let number = phonenumber::parse(None, &text)
        .map_err(|_| format!("is {text:?}, which is no phone number; {WANTED}"))?;
    if number.extension().is_some() {
        return Err(format!("is {text:?}, which has an extension; write the number that reaches the person"));
    }
    if !phonenumber::is_valid(&number) {
        return Err(format!("is {text:?}, which nobody can have in that country; {WANTED}"));
    }
    Ok(number.format().mode(phonenumber::Mode::E164).to_string())
}

/// The id of an employee is any key of the table, so that nothing is taken from it.
fn employee(id: &str) -> Result<String, String> {
    if (1..=MAX_ID_BYTES).contains(&id.len()) {
        Ok(id.to_owned())
    } else {
        Err(format!("must be the id of an employee, which has 1 to {MAX_ID_BYTES} bytes"))
    }
}

fn date(text: &str) -> Result<String, String> {
    let date: Option<Date> = text.trim().parse().ok();
    let form = date.map(|date| date.to_string()).filter(|date| date == text.trim());
    form.ok_or_else(|| format!("is {text:?}, which is no day; write it as year, month and day: 2026-11-26"))
}

fn link(text: &str) -> Result<String, String> {
    let text = line(text, MAX_LINK)?;
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(String::from)
        .ok_or_else(|| format!("is {text:?}, which is no address of a page; begin it with https://"))
}

/// How people write what is stored in another form; none where that is the same.
#[must_use]
pub fn display(kind: Kind, stored: &str) -> Option<String> {
    match kind {
        Kind::Phone => {
            let number = phonenumber::parse(None, stored).ok()?;
            Some(number.format().mode(phonenumber::Mode::International).to_string())
        }
        _ => None,
    }
}

/// An e-mail address as it is compared: nobody tells two people apart by the case of their addresses.
#[must_use]
pub fn same_email(address: &str) -> String {
    address.to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::field::FIELDS;

    fn check(name: &str, text: &str) -> Result<String, String> {
        let field = Field::named(FIELDS, name).expect("a field");
        match checked(field, &Value::Text(text.to_owned())) {
            Ok(Value::Text(text)) => Ok(text),
            Ok(Value::List(texts)) => Ok(texts.join("|")),
            Err(errors) => Err(errors.into_iter().map(|error| error.detail).collect::<Vec<_>>().join("|")),
        }
    }

    #[test]
    fn what_people_write_is_stored_in_one_form() {
        for (field, written, stored) in [
            ("email", " Ada.Lovelace@Example.org ", "Ada.Lovelace@Example.org"),
            ("email", "zoë@bücher.example", "zoë@bücher.example"),
            ("phone", "+49 (0)30 / 901820", "+4930901820"),
            ("phone", "+1 415-555-2671", "+14155552671"),
            ("start_date", "2024-02-29", "2024-02-29"),
            ("time_zone", "europe/oslo", "Europe/Oslo"),
            ("links", "HTTPS://Example.org/ada", "https://example.org/ada"),
            ("other_names", "  Zoe\u{308}  ", "Zo\u{EB}"),
            ("department", " Research ", "Research"),
            ("manager", " an id with space ", " an id with space "),
        ] {
            assert_eq!(check(field, written).as_deref(), Ok(stored), "{field} {written:?}");
        }
    }

    #[test]
    fn what_is_none_of_its_kind_is_refused_by_saying_what_would_be() {
        for (field, written, part) in [
            ("email", "ada", "ada@example.org"),
            ("email", "ada@localhost", "ada@example.org"),
            ("email", "Ada <ada@example.org>", "ada@example.org"),
            ("email", "ada@[10.0.0.1]", "ada@example.org"),
            ("phone", "030 901820", "country code"),
            ("phone", "+49 30 901820 ext. 7", "extension"),
            ("phone", "+1 111", "country code"),
            ("start_date", "26.11.2026", "2026-11-26"),
            ("start_date", "2026-02-30", "2026-11-26"),
            ("start_date", "2026-11-26T10:00", "2026-11-26"),
            ("time_zone", "Berlin", "Europe/Oslo"),
            ("links", "javascript:alert(1)", "https://"),
            ("links", "example.org", "https://"),
            ("pronouns", &"x".repeat(61), "at most 60"),
            ("manager", &"x".repeat(2049), "2048"),
        ] {
            let refused = check(field, written).expect_err(written);
            assert!(refused.contains(part), "{field} {written:?}: {refused}");
        }
    }

    #[test]
    fn each_text_of_a_list_is_told_by_its_place() {
        let field = Field::named(FIELDS, "links").expect("a field");
        let sent = ["https://a.example", "", "no", "https://a.example/"].map(str::to_owned);
        let errors = checked(field, &Value::List(sent.to_vec())).expect_err("no address");
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["links[2]"]);
        let many: Vec<String> = (0..=MAX_LIST).map(|n| format!("https://a.example/{n}")).collect();
        assert_eq!(checked(field, &Value::List(many)).expect_err("too many")[0].field, "links");
    }

    #[test]
    fn entries_are_counted_as_they_are_sent_though_one_be_another() {
        let field = Field::named(FIELDS, "other_names").expect("a field");
        let ada = |times| checked(field, &Value::List(vec!["Ada".to_owned(); times]));
        assert_eq!(ada(MAX_LIST), Ok(Value::List(vec!["Ada".to_owned()])));
        let detail = "has 11 entries; at most 10 are allowed";
        assert_eq!(ada(MAX_LIST + 1), Err(vec![FieldError::new("other_names", detail)]));
    }

    proptest! {
        #[test]
        fn what_is_stored_is_taken_again_as_it_is(text in "\\PC{0,40}|\\+[0-9 ()/-]{5,16}|[a-z.]{1,9}@[a-z]{1,9}\\.[a-z]{2,4}|https?://[a-z/?#%]{1,20}|[0-9]{4}-[01][0-9]-[0-3][0-9]") {
            for field in FIELDS {
                if let Ok(stored) = checked(field, &Value::Text(text.clone())) {
                    prop_assert_eq!(checked(field, &stored), Ok(stored), "{}", field.name);
                }
            }
        }
    }
}
