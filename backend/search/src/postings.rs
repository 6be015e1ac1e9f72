//! Lists of ordinals as a segment keeps them: runs, each as the gap before it and its length.
//!
//! People are numbered by name, so that all who share a first name are few runs: a million people take a fifth less than
//! as roaring bitmaps, and go straight into a set of bits.

/// Writes ascending numbers.
pub(crate) fn write(numbers: &[u32], into: &mut Vec<u8>) {
    let mut rest = numbers;
    let mut end = 0;
    while let [first, ..] = rest {
        let follows = |(pair, next): (usize, u32)| rest.get(pair) == Some(&next);
        let length = (*first..).enumerate().take_while(|it| follows(*it)).count();
        let (gap, length) = (u64::from(first - end), length as u64);
        write_number(gap << 1 | u64::from(length > 1), into);
        if length > 1 {
            write_number(length - 2, into);
        }
        end = first.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        rest = rest.get(length as usize..).unwrap_or_default();
    }
}

/// Calls for each run of a list: its first number, and how many follow each other from there. What is damaged ends it.
pub(crate) fn read(mut bytes: &[u8], mut act: impl FnMut(u32, u32)) {
    let mut end = 0_u32;
    while let Some(head) = read_number(&mut bytes) {
        let length =
            if head & 1 == 1 { read_number(&mut bytes).map(|more| more.saturating_add(2)) } else { Some(1) };
        let (Ok(gap), Some(Ok(length))) = (u32::try_from(head >> 1), length.map(u32::try_from)) else {
            return;
        };
        let Some(first) = end.checked_add(gap) else { return };
        act(first, length);
        end = first.saturating_add(length);
    }
}

/// Writes a number in groups of seven bits, the lowest first (LEB128).
pub(crate) fn write_number(mut number: u64, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Reads such a number off the beginning; none at the end, or where it is longer than any.
pub(crate) fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7F).checked_shl(7 * u32::try_from(place).ok()?)?;
        if byte & 0x80 == 0 {
            *bytes = bytes.get(place + 1..)?;
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(numbers in proptest::collection::btree_set(0_u32..3_000, 0..200), run in 0_u32..2_000, length in 0_u32..500) {
            let numbers: std::collections::BTreeSet<u32> = numbers.into_iter().chain(run..run + length).collect();
            let list: Vec<u32> = numbers.into_iter().collect();
            let mut bytes = Vec::new();
            write(&list, &mut bytes);
            let mut found = Vec::new();
            read(&bytes, |first, count| found.extend(first..first + count));
            prop_assert_eq!(found, list);
        }

        #[test]
        fn whatever_the_bytes_reading_ends(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            read(&bytes, |_, _| ());
        }

        #[test]
        fn any_number_is_read_as_it_was_written(number: u64) {
            let mut bytes = Vec::new();
            write_number(number, &mut bytes);
            prop_assert_eq!(read_number(&mut bytes.as_slice()), Some(number));
        }
    }
}
