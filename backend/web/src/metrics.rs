//! Metrics, in lines of the log: CloudWatch takes them out of a line that has its [embedded metric format][format]. So a
//! metric costs no call, and rides on a line that is written anyway.
//!
//! [format]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

use std::{
    env,
    io::{self, Write},
    sync::OnceLock,
};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The namespace that the metrics are in, from `METRICS_NAMESPACE`. It is set where CloudWatch reads the log, and nowhere else.
static NAMESPACE: OnceLock<String> = OnceLock::new();

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// How many there were.
    Count,
    /// How long something took.
    Milliseconds,
}

/// A line of the log with metrics in it. It looks like all others but for what CloudWatch reads.
#[derive(Debug)]
pub struct Measured {
    line: Map<String, Value>,
    dimensions: Vec<&'static str>,
    metrics: Vec<Value>,
}

/// Reads where the metrics belong. Without a namespace there are none.
pub(crate) fn init() {
    if let Ok(namespace) = env::var("METRICS_NAMESPACE")
        && !namespace.is_empty()
    {
        NAMESPACE.get_or_init(|| namespace);
    }
}

/// Whether somebody reads metrics here.
#[must_use]
pub fn are_read() -> bool {
    NAMESPACE.get().is_some()
}

impl Measured {
    /// A line with this message, from a part of the program.
    #[must_use]
    pub fn new(target: &'static str, message: &'static str) -> Self {
        let line = [("level", "INFO"), ("message", message), ("target", target)];
        let line = line.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Self { line, dimensions: Vec::new(), metrics: Vec::new() }
    }

    /// With something else that the line tells. What there is not is left out.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.line.insert(name.to_owned(), value);
        }
        self
    }

    /// With a dimension, by which the metrics of this line are told from those of others. Each value makes a metric of its
    /// own, which is paid for: there must be few of them, and nobody may make up more.
    #[must_use]
    pub fn by(mut self, dimension: &'static str, value: &str) -> Self {
        self.dimensions.push(dimension);
        self.with(dimension, value)
    }

    /// With a metric.
    #[must_use]
    pub fn measures(mut self, name: &'static str, unit: Unit, value: impl Into<Value>) -> Self {
        self.metrics.push(json!({ "Name": name, "Unit": unit }));
        self.with(name, value)
    }

    /// Writes the line where somebody reads metrics, however little else is logged: a dashboard must not go blank with it.
    pub fn tell(self) {
        let Some(namespace) = NAMESPACE.get() else { return };
        let line = self.written(namespace, Timestamp::now());
        // Whoever can't write the log can tell nobody so.
        let _ = io::stdout().lock().write_all(line.as_bytes());
    }

    fn written(self, namespace: &str, now: Timestamp) -> String {
        let Self { mut line, dimensions, metrics } = self;
        let directive = json!({ "Namespace": namespace, "Dimensions": [dimensions], "Metrics": metrics });
        let metadata = json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive] });
        line.insert("timestamp".to_owned(), now.to_string().into());
        line.insert("_aws".to_owned(), metadata);
        format!("{}\n", Value::Object(line))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The line as it is written, which is held against what the format's JSON schema asks of each line.
    pub(crate) fn read(measured: Measured) -> Value {
        let text = measured.written("Rollcall/rollcall", Timestamp::UNIX_EPOCH);
        let line = text.strip_suffix('\n').expect("a whole line");
        assert!(!line.contains('\n') && line.len() < 256 * 1024, "{line}");
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(line["_aws"]["Timestamp"].is_u64(), "{line}");
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().expect("directives") {
            follows_the_schema(&line, directive);
        }
        line
    }

    fn follows_the_schema(line: &Value, directive: &Value) {
        let namespace = directive["Namespace"].as_str().expect("text");
        assert!((1..=1024).contains(&namespace.len()) && !namespace.starts_with("AWS/"));
        let sets = directive["Dimensions"].as_array().expect("sets of dimensions");
        assert!(!sets.is_empty());
        for dimension in sets.iter().flat_map(|set| set.as_array().expect("a set")) {
            let name = dimension.as_str().expect("a name");
            let value = line[name].as_str().expect("dimensions stand at the root, as texts");
            assert!((1..=250).contains(&name.len()) && (1..=1024).contains(&value.len()));
            assert!(value.is_ascii() && !value.starts_with(':'), "{value}");
        }
        assert!(sets.iter().all(|set| set.as_array().is_some_and(|set| set.len() <= 30)));
        let metrics = directive["Metrics"].as_array().expect("metrics");
        assert!((1..=100).contains(&metrics.len()));
        for metric in metrics {
            let name = metric["Name"].as_str().expect("a name");
            assert!(line[name].is_number(), "metrics stand at the root, as numbers: {line}");
            assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().expect("a unit")));
        }
    }

    #[test]
    fn a_line_has_what_others_have_and_what_cloudwatch_reads() {
        let measured = Measured::new("rollcall", "measured").with("people", 3).with("nobody", None::<u64>);
        let line = read(measured.measures("SearchIndexLag", Unit::Milliseconds, 1_200));
        let metrics = json!([{ "Name": "SearchIndexLag", "Unit": "Milliseconds" }]);
        let directive = json!({ "Namespace": "Rollcall/rollcall", "Dimensions": [[]], "Metrics": metrics });
        let expected = json!({
            "timestamp": "1970-01-01T00:00:00Z", "level": "INFO", "message": "measured", "target": "rollcall", "people": 3,
            "SearchIndexLag": 1_200, "_aws": { "Timestamp": 0, "CloudWatchMetrics": [directive] },
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn nothing_that_is_told_breaks_a_line() {
        let line = read(
            Measured::new("rollcall", "measured").with("name", "a\nb\u{2028}\"").by("Route", "-").measures(
                "Requests",
                Unit::Count,
                1,
            ),
        );
        assert_eq!(line["name"], "a\nb\u{2028}\"");
    }
}
