//! Metrics as CloudWatch reads them from log lines (embedded metric format), one line an invocation.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
//!
//! Written here and not with `metrics_cloudwatch_embedded` 0.10: that writes a line for each set of labels where one line can
//! have a directive for each, drops the values of a distribution after the hundredth, which one archive batch exceeds, has one global
//! recorder through which the tests of a handler would see each other's counts, and reads the clock.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// All metrics are in this namespace, with the dimension `stack`.
pub const NAMESPACE: &str = "Tollgate";

/// What is measured. A label becomes a second dimension, so each takes its values from a short fixed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Deliveries answered 2xx because both queues hold them, by provider.
    Accepted(&'static str),
    /// Deliveries answered 401, 413 or 415, by reason.
    Rejected(&'static str),
    /// Deliveries whose body was not kept because it could not be screened.
    Withheld,
    /// Set-up calls of a provider that were answered and not queued.
    Handshake,
    /// Deliveries answered 503.
    Unavailable,
    /// How far the time that a delivery was signed lies behind ours, in milliseconds; negative if it is ahead.
    Skew,
    /// How long ago the oldest endpoint document in use was written, in seconds: its secrets are no younger.
    SecretAge,
    /// Events new in the ledger.
    Recorded,
    /// Events that the ledger had, with equal facts.
    Duplicate,
    /// Events whose id the ledger had with other facts, and names in the archive that something else had.
    Conflict,
    /// Verified deliveries that are not recorded, such as a test event on a live endpoint.
    Ignored(&'static str),
    /// Messages moved to a dead-letter queue by code, by class.
    DeadLettered(&'static str),
    /// Messages that will be tried again.
    Transient,
    /// From a delivery's arrival to its effect, in milliseconds.
    Lag,
    /// Events put on the bus.
    Published,
    /// Deliveries in new segments.
    ArchivedDeliveries,
    /// New segments.
    ArchivedSegments,
    /// Size of new segments in bytes.
    ArchivedBytes,
}

impl Metric {
    /// The name in CloudWatch, and in an alarm.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Accepted(_) => "accepted",
            Metric::Rejected(_) => "rejected",
            Metric::Withheld => "withheld",
            Metric::Handshake => "handshake",
            Metric::Unavailable => "unavailable",
            Metric::Skew => "skew",
            Metric::SecretAge => "secret_age",
            Metric::Recorded => "recorded",
            Metric::Duplicate => "duplicate",
            Metric::Conflict => "conflict",
            Metric::Ignored(_) => "ignored",
            Metric::DeadLettered(_) => "dead_lettered",
            Metric::Transient => "transient",
            Metric::Lag => "lag",
            Metric::Published => "published",
            Metric::ArchivedDeliveries => "archived_deliveries",
            Metric::ArchivedSegments => "archived_segments",
            Metric::ArchivedBytes => "archived_bytes",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Metric::Lag | Metric::Skew => "Milliseconds",
            Metric::SecretAge => "Seconds",
            Metric::ArchivedBytes => "Bytes",
            _ => "Count",
        }
    }

    /// The second dimension and its value.
    fn label(self) -> Option<(&'static str, &'static str)> {
        match self {
            Metric::Accepted(provider) => Some(("provider", provider)),
            Metric::Rejected(reason) | Metric::Ignored(reason) => Some(("reason", reason)),
            Metric::DeadLettered(class) => Some(("class", class)),
            _ => None,
        }
    }

    /// Its values are kept one by one for percentiles; all others are added up.
    fn is_distribution(self) -> bool {
        matches!(self, Metric::Lag | Metric::Skew | Metric::SecretAge)
    }
}

/// What one invocation measured, until it is written.
#[derive(Debug)]
pub struct Metrics {
    stack: String,
    measured: Vec<(Metric, Vec<i64>)>,
}

impl Metrics {
    /// Nothing measured yet, for the stack of this name.
    pub fn new(stack: impl Into<String>) -> Self {
        Self { stack: stack.into(), measured: Vec::new() }
    }

    /// One more of this.
    pub fn count(&mut self, metric: Metric) {
        self.add(metric, 1);
    }

    /// So many more of this, and none is nothing; for [`Metric::Lag`], [`Metric::Skew`] and [`Metric::SecretAge`], one more
    /// value.
    pub fn add(&mut self, metric: Metric, value: i64) {
        if value == 0 && !metric.is_distribution() {
            return;
        }
        let full = |values: &Vec<i64>| metric.is_distribution() && values.len() == MOST_VALUES;
        match self.measured.iter_mut().find(|(known, values)| *known == metric && !full(values)) {
            Some((_, values)) if metric.is_distribution() => values.push(value),
            Some((_, values)) => values.iter_mut().for_each(|sum| *sum = sum.saturating_add(value)),
            None => self.measured.push((metric, vec![value])),
        }
    }

    /// Writes what was measured to standard output and forgets it.
    pub fn flush(&mut self, now: SystemTime) {
        let text = self.take_lines(now).concat();
        if !text.is_empty() {
            // A line that cannot be written has nowhere to be reported.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
        }
    }

    /// The lines, each with its line end, and an empty slate: one line unless a label has two values or a distribution more than 100.
    pub fn take_lines(&mut self, now: SystemTime) -> Vec<String> {
        let timestamp = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let timestamp = u64::try_from(timestamp).unwrap_or_default();
        let mut rest = std::mem::take(&mut self.measured);
        let mut lines = Vec::new();
        while !rest.is_empty() {
            let mut here: Vec<(Metric, Vec<i64>)> = Vec::new();
            let mut later = Vec::new();
            for (metric, values) in rest {
                let clashes = here.iter().any(|(other, _)| clash(*other, metric));
                if clashes { &mut later } else { &mut here }.push((metric, values));
            }
            lines.extend(line(&self.stack, timestamp, &here));
            rest = later;
        }
        lines
    }
}

/// Both need the same member of the line's object.
fn clash(one: Metric, other: Metric) -> bool {
    let label = |metric: Metric| metric.label().map(|(name, _)| name);
    one.name() == other.name()
        || (one.label() != other.label() && label(one).is_some() && label(one) == label(other))
}

fn line(stack: &str, timestamp: u64, measured: &[(Metric, Vec<i64>)]) -> Option<String> {
    let mut labels: Vec<Option<(&str, &str)>> = Vec::new();
    for (metric, _) in measured {
        if !labels.contains(&metric.label()) {
            labels.push(metric.label());
        }
    }
    let directives = labels.iter().map(|label| Directive {
        namespace: NAMESPACE,
        dimensions: match label {
            None => vec![vec!["stack"]],
            Some((name, _)) => vec![vec!["stack"], vec!["stack", name]],
        },
        metrics: measured
            .iter()
            .filter(|(metric, _)| metric.label() == *label)
            .map(|(metric, _)| Definition { name: metric.name(), unit: metric.unit() })
            .collect(),
    });
    let mut text = Vec::with_capacity(512);
    let mut serializer = serde_json::Serializer::new(&mut text);
    let mut map = serializer.serialize_map(None).ok()?;
    map.serialize_entry("_aws", &Metadata { timestamp, directives: directives.collect() }).ok()?;
    map.serialize_entry("stack", stack).ok()?;
    for (name, value) in labels.iter().flatten() {
        map.serialize_entry(name, value).ok()?;
    }
    for (metric, values) in measured {
        match values.as_slice() {
            [value] => map.serialize_entry(metric.name(), value),
            values => map.serialize_entry(metric.name(), values),
        }
        .ok()?;
    }
    map.end().ok()?;
    text.push(b'\n');
    String::from_utf8(text).ok()
}

#[derive(Serialize)]
struct Metadata<'a> {
    #[serde(rename = "Timestamp")]
    timestamp: u64,
    #[serde(rename = "CloudWatchMetrics")]
    directives: Vec<Directive<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: Vec<Vec<&'a str>>,
    metrics: Vec<Definition<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition<'a> {
    name: &'a str,
    unit: &'a str,
}

/// The format takes at most so many values of one metric in a line.
const MOST_VALUES: usize = 100;

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{Metric, Metrics};

    fn check(measured: &[(Metric, i64)], expected: &[&str]) {
        let mut metrics = Metrics::new("dev");
        for (metric, value) in measured {
            metrics.add(*metric, *value);
        }
        let now = UNIX_EPOCH + Duration::from_millis(1_795_000_000_123);
        let expected: Vec<String> = expected.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(metrics.take_lines(now), expected);
        assert!(metrics.take_lines(now).is_empty(), "what was written is forgotten");
    }

    #[test]
    fn an_invocation_is_one_line_with_a_directive_for_each_set_of_dimensions() {
        check(
            &[
                (Metric::Accepted("stripe"), 1),
                (Metric::Skew, -40),
                (Metric::ArchivedBytes, 1000),
                (Metric::ArchivedBytes, 24),
            ],
            &[
                r#"{"_aws":{"Timestamp":1795000000123,"CloudWatchMetrics":[{"Namespace":"Tollgate","Dimensions":[["stack"],["stack","provider"]],"Metrics":[{"Name":"accepted","Unit":"Count"}]},{"Namespace":"Tollgate","Dimensions":[["stack"]],"Metrics":[{"Name":"skew","Unit":"Milliseconds"},{"Name":"archived_bytes","Unit":"Bytes"}]}]},"stack":"dev","provider":"stripe","accepted":1,"skew":-40,"archived_bytes":1024}"#,
            ],
        );
        check(&[], &[]);
    }

    #[test]
    fn two_values_of_one_label_are_two_lines() {
        let line = |class: &str, count: u32| {
            format!(
                r#"{{"_aws":{{"Timestamp":1795000000123,"CloudWatchMetrics":[{{"Namespace":"Tollgate","Dimensions":[["stack"],["stack","class"]],"Metrics":[{{"Name":"dead_lettered","Unit":"Count"}}]}}]}},"stack":"dev","class":"{class}","dead_lettered":{count}}}"#
            )
        };
        check(
            &[
                (Metric::DeadLettered("forged"), 1),
                (Metric::DeadLettered("permanent"), 1),
                (Metric::DeadLettered("forged"), 1),
            ],
            &[&line("forged", 2), &line("permanent", 1)],
        );
    }

    #[test]
    fn no_value_of_a_distribution_is_lost() {
        let mut metrics = Metrics::new("dev");
        for lag in 0..250 {
            metrics.add(Metric::Lag, lag);
        }
        let mut seen = Vec::new();
        for line in metrics.take_lines(UNIX_EPOCH) {
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            let values: Vec<i64> = serde_json::from_value(line["lag"].clone()).unwrap();
            assert!(values.len() <= 100);
            seen.extend(values);
        }
        assert_eq!(seen, (0..250).collect::<Vec<_>>());
    }

    #[test]
    fn none_of_something_is_nothing_and_a_value_of_zero_is_one() {
        let mut metrics = Metrics::new("test");
        metrics.add(Metric::Transient, 0);
        assert!(metrics.take_lines(UNIX_EPOCH).is_empty());
        metrics.add(Metric::Lag, 0);
        assert!(metrics.take_lines(UNIX_EPOCH).concat().contains("\"lag\":0"));
    }
}
