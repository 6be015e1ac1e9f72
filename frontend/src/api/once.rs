//! The key by which what is sent again is done once.

use leptos::prelude::window;

pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// How many random bytes a key has: as many as a UUID, so that no two are the same.
const BYTES: usize = 16;

/// A key for something that a person does once.
pub(super) fn new_key() -> String {
    let mut bytes = [0; BYTES];
    // Each browser has it. Were there one without, all that it sent would be one and the same, and be refused.
    if let Ok(crypto) = window().crypto() {
        crypto.get_random_values_with_u8_array(&mut bytes).ok();
    }
    written(bytes)
}

/// As hexadecimal digits.
fn written(bytes: [u8; BYTES]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_two_digits_for_each_byte() {
        let mut bytes = [0; BYTES];
        bytes[0] = 0xaf;
        assert_eq!(written(bytes), format!("af{}", "0".repeat(30)));
    }
}
