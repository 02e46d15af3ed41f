use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use aws::metrics::NAMESPACE;
use aws_sdk_sqs::types::QueueAttributeName;
use clap::Args;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::clock;
use crate::exposition::{Family, Sample, render};
use crate::options::Options;
use crate::output::Output;
use crate::problem::Problem;
use crate::service::Call as _;
use crate::signed::{CLOUDWATCH, Signed};
use crate::stack::Stack;

/// Metrics that one stack may have, a limit of ours: labels have short fixed lists of values, so a stack has about a hundred.
const MOST_SERIES: usize = 400;
/// CloudWatch keeps no shorter period of what was written as a log line.
const MINUTE: u64 = 60;
/// Queries that `GetMetricData` takes at once.
const QUERIES_A_CALL: usize = 500;
/// What is asked of a distribution, and the quantile that it is.
const QUANTILES: [(&str, &str); 3] = [("p50", "0.5"), ("p99", "0.99"), ("Maximum", "1")];

/// The queues, by the outputs that hold their URLs.
const QUEUES: [(&str, &str); 5] = [
    ("process", "ProcessQueueUrl"),
    ("archive", "ArchiveQueueUrl"),
    ("process-dead-letters", "ProcessDeadLettersUrl"),
    ("archive-dead-letters", "ArchiveDeadLettersUrl"),
    ("publisher-dead-letters", "PublisherDeadLettersUrl"),
];

/// Print the stack's metrics as Prometheus text.
///
/// Each value is of the last minutes, not since the start: CloudWatch keeps sums a minute, and no counter that only
/// grows. A stack has about a hundred series; CloudWatch asks a cent for a thousand of them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  tollgate metrics\n  tollgate metrics --minutes 60 --stack tollgate\n  \
    tollgate metrics --stack tollgate > /var/lib/node_exporter/tollgate.prom")]
pub(crate) struct Metrics {
    /// How many minutes a value covers.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=60))]
    minutes: u16,
}

/// A metric with its labels, as CloudWatch lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    name: String,
    labels: BTreeMap<String, String>,
}

impl Metrics {
    pub(crate) async fn run(self, options: &Options, output: &Output) -> anyhow::Result<()> {
        let stack = Stack::open(options).await?;
        let signed = Signed::new(stack.sdk.config());
        let series = series(&signed, &stack.name).await?;
        let mut families = self.measured(&signed, &series).await?;
        families.push(queues(&stack).await?);
        if output.json() {
            return output.document(&families);
        }
        output.line(render(&families).trim_end())
    }

    /// The families of our own metrics, in the order of their names.
    async fn measured(&self, signed: &Signed<'_>, series: &[Series]) -> anyhow::Result<Vec<Family>> {
        let wanted: Vec<(&Series, &str, Option<&str>)> = series.iter().flat_map(stats).collect();
        // Whole minutes, asked for one by one: a longer period would begin where CloudWatch likes it to.
        let now = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / MINUTE * MINUTE;
        let start = now.saturating_sub(u64::from(self.minutes) * MINUTE);
        let mut values = BTreeMap::new();
        for (call, part) in wanted.chunks(QUERIES_A_CALL).enumerate() {
            let queries: Vec<Value> =
                part.iter().enumerate().map(|(place, one)| query(call, place, one)).collect();
            let mut token: Option<String> = None;
            loop {
                let mut body = json!({ "MetricDataQueries": queries, "StartTime": start, "EndTime": now });
                if let (Some(token), Some(body)) = (&token, body.as_object_mut()) {
                    body.insert("NextToken".to_owned(), json!(token));
                }
                let answer = signed.call(CLOUDWATCH, "GetMetricData", &body).await?;
                read_values(&answer, &mut values);
                match answer.get("NextToken").and_then(Value::as_str) {
                    Some(next) => token = Some(next.to_owned()),
                    None => break,
                }
            }
        }
        Ok(families(&wanted, &values, self.minutes))
    }
}

/// What CloudWatch has of the stack; what was not written for three hours is not listed.
async fn series(signed: &Signed<'_>, stack: &str) -> anyhow::Result<Vec<Series>> {
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut body = json!({
            "Namespace": NAMESPACE,
            "Dimensions": [{ "Name": "stack", "Value": stack }],
            "RecentlyActive": "PT3H",
        });
        if let (Some(token), Some(body)) = (&token, body.as_object_mut()) {
            body.insert("NextToken".to_owned(), json!(token));
        }
        let answer = signed.call(CLOUDWATCH, "ListMetrics", &body).await?;
        all.extend(answer.get("Metrics").and_then(Value::as_array).into_iter().flatten().filter_map(listed));
        if all.len() > MOST_SERIES {
            return Err(Problem::failed(format!("the stack has more than {MOST_SERIES} metrics"))
                .advice("a label took values that are no short list: look at the namespace Tollgate in CloudWatch")
                .into());
        }
        match answer.get("NextToken").and_then(Value::as_str) {
            Some(next) => token = Some(next.to_owned()),
            None => break,
        }
    }
    all.sort_unstable();
    all.dedup();
    // A metric with labels is written without them as well: that is their sum, which Prometheus makes itself.
    let labelled: Vec<String> =
        all.iter().filter(|one| one.labels.len() > 1).map(|one| one.name.clone()).collect();
    all.retain(|one| one.labels.len() > 1 || !labelled.contains(&one.name));
    Ok(all)
}

fn listed(metric: &Value) -> Option<Series> {
    let labels = metric.get("Dimensions")?.as_array()?.iter().filter_map(|dimension| {
        let text = |name: &str| Some(dimension.get(name)?.as_str()?.to_owned());
        Some((text("Name")?, text("Value")?))
    });
    Some(Series { name: metric.get("MetricName")?.as_str()?.to_owned(), labels: labels.collect() })
}

/// Distributions are asked for their quantiles, all else for its sum.
fn stats(series: &Series) -> Vec<(&Series, &'static str, Option<&'static str>)> {
    if unit(&series.name).of_a_second().is_some() {
        QUANTILES.iter().map(|(stat, quantile)| (series, *stat, Some(*quantile))).collect()
    } else {
        vec![(series, "Sum", None)]
    }
}

fn query(call: usize, place: usize, (series, stat, _): &(&Series, &str, Option<&str>)) -> Value {
    let dimensions: Vec<Value> =
        series.labels.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    json!({
        "Id": id(call * QUERIES_A_CALL + place),
        "MetricStat": {
            "Metric": { "Namespace": NAMESPACE, "MetricName": series.name, "Dimensions": dimensions },
            "Period": MINUTE,
            "Stat": stat,
        },
    })
}

fn id(place: usize) -> String {
    format!("m{place}")
}

/// The values of each minute.
fn read_values(answer: &Value, values: &mut BTreeMap<String, Vec<f64>>) {
    for result in answer.get("MetricDataResults").and_then(Value::as_array).into_iter().flatten() {
        let Some(id) = result.get("Id").and_then(Value::as_str) else { continue };
        let found = result.get("Values").and_then(Value::as_array).into_iter().flatten();
        values.entry(id.to_owned()).or_default().extend(found.filter_map(Value::as_f64));
    }
}

fn families(
    wanted: &[(&Series, &str, Option<&str>)],
    values: &BTreeMap<String, Vec<f64>>,
    minutes: u16,
) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for (place, (series, _, quantile)) in wanted.iter().enumerate() {
        let unit = unit(&series.name);
        let found = values.get(&id(place)).map(Vec::as_slice).unwrap_or_default();
        let value = match unit.of_a_second() {
            // Nothing came in, so there is no quantile; a sum of nothing is 0.
            Some(_) if found.is_empty() => continue,
            Some(parts) => found.iter().copied().fold(f64::MIN, f64::max) / parts,
            None => found.iter().fold(0.0, |sum, value| sum + value),
        };
        let name = format!("tollgate_{}{}", series.name, unit.suffix());
        let mut labels = series.labels.clone();
        labels.extend(quantile.map(|quantile| ("quantile".to_owned(), quantile.to_owned())));
        let sample = Sample { labels, value };
        if let Some(family) = families.last_mut().filter(|family| family.name == name) {
            family.samples.push(sample);
        } else {
            let worst = if unit.of_a_second().is_some() { "worst of the " } else { "" };
            let help = format!("{}, in the {worst}last {minutes} minutes", help(&series.name));
            families.push(Family { name, help, samples: vec![sample] });
        }
    }
    families
}

/// What a metric counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Count,
    Bytes,
    Milliseconds,
    Seconds,
}

impl Unit {
    /// How many there are in a second, of a time; times are no sums.
    fn of_a_second(self) -> Option<f64> {
        match self {
            Unit::Milliseconds => Some(1000.0),
            Unit::Seconds => Some(1.0),
            Unit::Count | Unit::Bytes => None,
        }
    }

    /// Prometheus names the unit, and counts time in seconds.
    fn suffix(self) -> &'static str {
        match self {
            Unit::Milliseconds | Unit::Seconds => "_seconds",
            // The name says bytes.
            Unit::Count | Unit::Bytes => "",
        }
    }
}

fn unit(name: &str) -> Unit {
    match name {
        "lag" | "skew" => Unit::Milliseconds,
        "secret_age" => Unit::Seconds,
        "archived_bytes" => Unit::Bytes,
        _ => Unit::Count,
    }
}

/// In words what `aws::metrics::Metric` says of each.
fn help(name: &str) -> &'static str {
    match name {
        "accepted" => "Deliveries answered 2xx because both queues hold them",
        "rejected" => "Deliveries answered 401, 413 or 415",
        "withheld" => "Deliveries whose body was not kept because it could not be screened",
        "handshake" => "Set-up calls of a provider that were answered and not queued",
        "unavailable" => "Deliveries answered 503",
        "skew" => "How far the time that a delivery was signed lies behind ours",
        "secret_age" => "How long ago the oldest endpoint document in use was written",
        "recorded" => "Events new in the ledger",
        "duplicate" => "Events that the ledger had, with equal facts",
        "conflict" => "Events whose id the ledger had with other facts",
        "ignored" => "Verified deliveries that are not recorded",
        "dead_lettered" => "Messages moved to a dead-letter queue by code",
        "transient" => "Messages that will be tried again",
        "lag" => "From a delivery's arrival to its effect",
        "published" => "Events put on the bus",
        "archived_deliveries" => "Deliveries in new segments",
        "archived_segments" => "New segments",
        "archived_bytes" => "Size of new segments",
        _ => "A metric of the stack",
    }
}

/// How many messages each queue holds now.
async fn queues(stack: &Stack) -> anyhow::Result<Family> {
    let client = aws_sdk_sqs::Client::new(stack.sdk.config());
    let states = [
        ("waiting", QueueAttributeName::ApproximateNumberOfMessages),
        ("in_hand", QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        ("delayed", QueueAttributeName::ApproximateNumberOfMessagesDelayed),
    ];
    let calls = QUEUES.iter().map(async |(queue, output)| {
        let names = states.iter().map(|(_, name)| name.clone()).collect();
        let call =
            client.get_queue_attributes().queue_url(stack.output(output)?).set_attribute_names(Some(names));
        let answer = call.send().await.or_cannot("ask for the queue's attributes")?;
        anyhow::Ok((*queue, answer))
    });
    let mut samples = Vec::new();
    for answer in join_all(calls).await {
        let (queue, answer) = answer?;
        for (state, name) in &states {
            let count = answer.attributes().and_then(|all| all.get(name)).and_then(|text| text.parse().ok());
            let labels = [("stack", stack.name.as_str()), ("queue", queue), ("state", *state)];
            let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
            samples.extend(count.map(|value| Sample { labels: labels.into(), value }));
        }
    }
    Ok(Family {
        name: "tollgate_queue_messages".to_owned(),
        help: "Messages in a queue, now and about".to_owned(),
        samples,
    })
}

#[cfg(test)]
mod tests {
    use crate::signed::canned::Server;

    use super::*;

    const LISTED: &str = r#"{"Metrics":[
        {"Namespace":"Tollgate","MetricName":"accepted","Dimensions":[{"Name":"stack","Value":"dev"}]},
        {"Namespace":"Tollgate","MetricName":"accepted","Dimensions":[{"Name":"stack","Value":"dev"},{"Name":"provider","Value":"stripe"}]},
        {"Namespace":"Tollgate","MetricName":"conflict","Dimensions":[{"Name":"stack","Value":"dev"}]},
        {"Namespace":"Tollgate","MetricName":"lag","Dimensions":[{"Name":"stack","Value":"dev"}]},
        {"Namespace":"Tollgate","MetricName":"secret_age","Dimensions":[{"Name":"stack","Value":"dev"}]}]}"#;
    const VALUES: &str = r#"{"MetricDataResults":[
        {"Id":"m0","Values":[3,4]},{"Id":"m1","Values":[]},
        {"Id":"m2","Values":[120]},{"Id":"m3","Values":[900, 250]},{"Id":"m4","Values":[1500]},
        {"Id":"m7","Values":[7776000, 60]}]}"#;

    async fn text(listed: &str, values: &str) -> anyhow::Result<String> {
        let server = Server::start([("ListMetrics", 200, listed), ("GetMetricData", 200, values)]);
        let config = server.config();
        let signed = Signed::new(&config);
        let series = series(&signed, "dev").await?;
        Ok(render(&Metrics { minutes: 5 }.measured(&signed, &series).await?))
    }

    #[tokio::test]
    async fn sums_and_quantiles_become_families_with_their_labels() {
        assert_eq!(
            text(LISTED, VALUES).await.unwrap(),
            "# HELP tollgate_accepted Deliveries answered 2xx because both queues hold them, in the last 5 minutes\n\
             # TYPE tollgate_accepted gauge\n\
             tollgate_accepted{provider=\"stripe\",stack=\"dev\"} 7\n\
             # HELP tollgate_conflict Events whose id the ledger had with other facts, in the last 5 minutes\n\
             # TYPE tollgate_conflict gauge\n\
             tollgate_conflict{stack=\"dev\"} 0\n\
             # HELP tollgate_lag_seconds From a delivery's arrival to its effect, in the worst of the last 5 minutes\n\
             # TYPE tollgate_lag_seconds gauge\n\
             tollgate_lag_seconds{quantile=\"0.5\",stack=\"dev\"} 0.12\n\
             tollgate_lag_seconds{quantile=\"0.99\",stack=\"dev\"} 0.9\n\
             tollgate_lag_seconds{quantile=\"1\",stack=\"dev\"} 1.5\n\
             # HELP tollgate_secret_age_seconds How long ago the oldest endpoint document in use was written, in the worst of the last 5 minutes\n\
             # TYPE tollgate_secret_age_seconds gauge\n\
             tollgate_secret_age_seconds{quantile=\"1\",stack=\"dev\"} 7776000\n"
        );
    }

    #[tokio::test]
    async fn a_label_without_bound_is_refused() {
        let metrics: Vec<String> = (0..=MOST_SERIES)
            .map(|number| {
                format!(
                    r#"{{"MetricName":"rejected","Dimensions":[{{"Name":"reason","Value":"r{number}"}},{{"Name":"stack","Value":"dev"}}]}}"#
                )
            })
            .collect();
        let error = text(&format!(r#"{{"Metrics":[{}]}}"#, metrics.join(",")), "{}").await.unwrap_err();
        assert_eq!(error.to_string(), "the stack has more than 400 metrics");
    }

    #[test]
    fn each_metric_of_the_functions_is_explained() {
        let source = include_str!("../../../shared/aws/src/metrics.rs");
        let (_, names) = source.split_once("pub fn name(self)").unwrap();
        let (names, _) = names.split_once("\n    }\n").unwrap();
        let names: Vec<&str> = names.split('"').skip(1).step_by(2).collect();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            assert_ne!(help(name), help("unheard of"), "{name}");
        }
    }
}
