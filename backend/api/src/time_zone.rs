//! Time zones by their names.

use jiff::tz::TimeZone;

/// A time zone, with its name as the [time zone database](https://www.iana.org/time-zones) spells it.
///
/// # Errors
/// What is wrong with the name, as the end of a sentence that begins with the name of its field.
pub fn parse(name: &str) -> Result<(String, TimeZone), String> {
    let zone = TimeZone::get(name.trim()).ok();
    let known = zone.and_then(|zone| Some((zone.iana_name()?.to_owned(), zone)));
    known.ok_or_else(|| format!("is {name:?}, which is no time zone; name one such as Europe/Oslo or UTC"))
}
