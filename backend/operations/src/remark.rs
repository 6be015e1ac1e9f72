//! What people write about what they do: the note of a revision, the reason of a relaunch.

use rollcall_api::text::{Rules, Text, TextFault};

/// Reads a remark of at most so many characters. One of nothing but space is none.
///
/// # Errors
/// What is wrong with it, as the end of a sentence that begins with the name of its field.
pub(crate) fn parse(remark: Option<String>, max_characters: usize) -> Result<Option<String>, String> {
    match remark.map(|remark| Text::parse(&remark, Rules::lines(max_characters))).transpose() {
        Ok(remark) => Ok(remark.map(String::from)),
        Err(TextFault::Empty) => Ok(None),
        Err(fault) => Err(fault.to_string()),
    }
}
