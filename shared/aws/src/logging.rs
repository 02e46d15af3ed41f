//! JSON log lines on standard output, one write each, with a time, a level and listed fields only.
//!
//! Lambda's own formatter writes JSON without a time, which makes every line INFO, and with every field of every span.
//! This subscriber has no spans at all, so nothing that a library knows about a request can reach a line, and
//! it drops each field that is not in [`FIELDS`]: what may be logged is decided here, once.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::time::SystemTime;

use serde::ser::{SerializeMap, Serializer};
use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

/// The fields that a line may have. A field with another name does not appear.
pub const FIELDS: [&str; 16] = [
    "attempts",
    "class",
    "count",
    "delivery.id",
    "duration_ms",
    "endpoint",
    "error",
    "event.key",
    "event.kind",
    "event.type",
    "message.id",
    "provider",
    "reason",
    "request.id",
    "segment",
    "trace.id",
];

/// The crates whose messages are ours. Of others' lines only the place is kept: their words can hold what they were given.
const OURS: [&str; 10] = [
    "archiver",
    "aws",
    "cli",
    "payments",
    "pipeline",
    "processor",
    "publisher",
    "tollgate",
    "verification",
    "webhook",
];

/// Starts logging for this process. Later calls change nothing.
///
/// A panic becomes a line with its place and without its message, which could quote what was being read.
pub fn init() {
    if tracing::subscriber::set_global_default(Lines).is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(error = place, "panicked");
        }));
    }
}

struct Lines;

impl Subscriber for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let least = if is_ours(metadata) { Level::INFO } else { Level::WARN };
        metadata.is_event() && *metadata.level() <= least
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    #[expect(clippy::disallowed_methods, reason = "a log line has the time at which it is written")]
    fn event(&self, event: &Event<'_>) {
        if let Some(line) = line(event, SystemTime::now()) {
            // A line that cannot be written has nowhere to be reported.
            let _ = std::io::stdout().lock().write_all(&line);
        }
    }

    // Spans are never enabled, so these are not called with one of ours.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    let krate = metadata.target().split("::").next().unwrap_or_default();
    OURS.contains(&krate)
}

/// The whole line with its line end, or nothing if it cannot be built.
fn line(event: &Event<'_>, now: SystemTime) -> Option<Vec<u8>> {
    let metadata = event.metadata();
    let mut bytes = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::new(&mut bytes);
    let mut map = serializer.serialize_map(None).ok()?;
    map.serialize_entry("timestamp", &timestamp(now)).ok()?;
    map.serialize_entry("level", metadata.level().as_str()).ok()?;
    let mut visitor = Fields { map, failed: false };
    if is_ours(metadata) {
        event.record(&mut visitor);
    } else {
        let place = format!("{} {}", metadata.target(), metadata.name());
        visitor.entry("message", &place);
    }
    if visitor.failed {
        return None;
    }
    visitor.map.end().ok()?;
    bytes.push(b'\n');
    Some(bytes)
}

/// RFC 3339 in UTC with milliseconds, for example `2026-11-23T04:05:06.789Z`.
fn timestamp(now: SystemTime) -> String {
    let now = OffsetDateTime::from(now);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.millisecond()
    )
}

struct Fields<M> {
    map: M,
    failed: bool,
}

impl<M: SerializeMap> Fields<M> {
    fn entry(&mut self, name: &str, value: &(impl serde::Serialize + ?Sized)) {
        if name == "message" || FIELDS.contains(&name) {
            self.failed |= self.map.serialize_entry(name, value).is_err();
        }
    }
}

impl<M: SerializeMap> Visit for Fields<M> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.entry(field.name(), &value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.entry(field.name(), &value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.entry(field.name(), &value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.entry(field.name(), &value);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.entry(field.name(), value);
    }

    /// An error with its causes, as `anyhow` writes them.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        self.entry(field.name(), &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.entry(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, UNIX_EPOCH};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::{Lines, line};

    /// What [`Lines`] would write, at a fixed time.
    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Captured {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            Lines.enabled(metadata)
        }
        fn event(&self, event: &Event<'_>) {
            let now = UNIX_EPOCH + Duration::from_millis(1_795_000_000_007);
            let text = String::from_utf8(line(event, now).unwrap()).unwrap();
            self.0.lock().unwrap().push(text);
        }
        fn new_span(&self, span: &Attributes<'_>) -> Id {
            panic!("span {} was made", span.metadata().name());
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    fn check(log: impl FnOnce(), expected: &[&str]) {
        let captured = Captured::default();
        tracing::subscriber::with_default(captured.clone(), log);
        let expected: Vec<String> = expected.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(*captured.0.lock().unwrap(), expected);
    }

    #[test]
    fn a_line_has_time_level_message_and_listed_fields() {
        check(
            || {
                let cause = anyhow::anyhow!("connection refused").context("send to the process queue");
                tracing::info!(endpoint = "shop", delivery.id = %"d-1", count = 3, duration_ms = 1.5, "accepted");
                tracing::warn!(reason = "signature_mismatch", attempts = 2_u64, "rejected");
                tracing::error!(error = cause.as_ref() as &(dyn std::error::Error + 'static), "failed");
                tracing::info!(error = "two\nlines \u{1b}[31m \"quoted\"", "escaped");
            },
            &[
                r#"{"timestamp":"2026-11-18T11:06:40.007Z","level":"INFO","message":"accepted","endpoint":"shop","delivery.id":"d-1","count":3,"duration_ms":1.5}"#,
                r#"{"timestamp":"2026-11-18T11:06:40.007Z","level":"WARN","message":"rejected","reason":"signature_mismatch","attempts":2}"#,
                r#"{"timestamp":"2026-11-18T11:06:40.007Z","level":"ERROR","message":"failed","error":"send to the process queue: connection refused"}"#,
                r#"{"timestamp":"2026-11-18T11:06:40.007Z","level":"INFO","message":"escaped","error":"two\nlines \u001b[31m \"quoted\""}"#,
            ],
        );
    }

    #[test]
    fn a_field_that_is_not_listed_does_not_appear() {
        check(
            || tracing::info!(body = "4242 4242 4242 4242", header = ?["t=1"], secret = 7, endpoint = "shop", "accepted"),
            &[
                r#"{"timestamp":"2026-11-18T11:06:40.007Z","level":"INFO","message":"accepted","endpoint":"shop"}"#,
            ],
        );
    }

    #[test]
    fn of_other_crates_only_the_place_of_a_warning_is_kept() {
        check(
            || {
                tracing::info!(target: "lambda_runtime::runtime", "noise");
                tracing::debug!("detail");
                tracing::error!(name: "deserialize", target: "lambda_runtime::layers", error = "invalid type: string \"4242\"", "payload 4242");
            },
            &[
                r#"{"timestamp":"2026-11-18T11:06:40.007Z","level":"ERROR","message":"lambda_runtime::layers deserialize"}"#,
            ],
        );
    }

    #[test]
    fn spans_add_nothing_to_a_line() {
        check(
            || {
                let span = tracing::info_span!("Lambda runtime invoke", requestId = "r-1", payload = "4242");
                span.in_scope(|| tracing::info!("accepted"));
            },
            &[r#"{"timestamp":"2026-11-18T11:06:40.007Z","level":"INFO","message":"accepted"}"#],
        );
    }

    #[test]
    #[ignore = "the next test runs it, in a process of its own"]
    fn a_process_that_logs_and_panics() {
        super::init();
        super::init();
        tracing::info!(endpoint = "shop", "accepted");
        panic!("4242 4242 4242 4242");
    }

    #[test]
    fn a_process_writes_lines_and_of_a_panic_only_its_place() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "logging::tests::a_process_that_logs_and_panics", "--ignored", "--nocapture"])
            .output()
            .unwrap();
        let [out, err] = [child.stdout, child.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let lines: Vec<serde_json::Value> =
            out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let [accepted, panicked] = lines.as_slice() else { panic!("{out}{err}") };
        assert_eq!((&accepted["message"], &accepted["endpoint"]), (&"accepted".into(), &"shop".into()));
        assert_eq!((&panicked["message"], &panicked["level"]), (&"panicked".into(), &"ERROR".into()));
        assert!(panicked["error"].as_str().unwrap().contains("logging.rs:"), "{panicked}");
        assert!(!out.contains("4242") && !err.contains("4242"), "{out}{err}");
    }
}
