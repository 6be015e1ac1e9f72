//! Numbers in words.

/// So many people.
pub(crate) fn people(number: u64) -> String {
    match number {
        1 => "1 person".to_owned(),
        _ => format!("{} people", with_spaces(number)),
    }
}

/// A number in groups of three digits.
pub(crate) fn with_spaces(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            // No line is broken at it.
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_a_person_and_others_are_people() {
        assert_eq!(people(0), "0 people");
        assert_eq!(people(1), "1 person");
        assert_eq!(people(1_234_567), "1\u{202f}234\u{202f}567 people");
    }
}
