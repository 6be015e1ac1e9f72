//! The id by which AWS ties together what came of one request, wherever it was logged.

use std::fmt;

/// The most characters of one; [X-Ray's](https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html) have 35.
const MAX_CHARACTERS: usize = 64;

/// The id of a trace: up to 64 letters, digits and `-`, so that it can stand in a log line as it is.
///
/// What receives requests may put one among a request's extensions; [`crate::app`] then has it in each line of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceId(String);

impl TraceId {
    /// The trace's id in a [tracing header][header], as `Root=1-…;Parent=…;Sampled=0`. The rest of it is about the call alone
    /// that brought it along.
    ///
    /// [header]: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
        let fits = !root.is_empty() && root.len() <= MAX_CHARACTERS;
        let plain = root.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (fits && plain).then(|| Self(root.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_header_the_trace_alone_is_taken() {
        let id = "1-5bef4de7-ad49b0e87f6ef6c87fc2e700";
        for header in [
            format!("Root={id};Parent=9a9197af755a6419;Sampled=0"),
            format!("Root={id}"),
            format!("Sampled=?; Root={id}; Lineage=a:1"),
        ] {
            assert_eq!(TraceId::parse(&header).as_ref().map(TraceId::as_str), Some(id), "{header}");
        }
    }

    #[test]
    fn what_could_forge_a_log_line_is_no_trace() {
        for header in [
            "",
            "Root=",
            "Parent=9a9197af755a6419",
            "Root=a b",
            "Root=\"",
            &format!("Root={}", "a".repeat(65)),
        ] {
            assert_eq!(TraceId::parse(header), None, "{header:?}");
        }
    }
}
