//! What a replay says of itself, before it asks and when it is done.

use std::collections::BTreeMap;

use crate::archive::bytes;
use crate::clock;
use crate::replay::{Cold, Count, How, Order, Plan};
use crate::table::{Cell, Table, Tone};

/// What a million deliveries cost about, in US dollars: three requests to SQS at 0.40, two or three write units of the
/// ledger at 0.71, and the processor.
const DOLLARS_A_MILLION: u64 = 4;

/// What a thousand segments cost about that are asked for in bulk from Deep Archive, and a gigabyte of them with its copy in
/// S3 Standard for a week: 2.5, and 0.25 and 0.54 cents (<https://aws.amazon.com/s3/pricing/>).
const CENTS_A_THOUSAND: u64 = 3;
const CENTS_A_GIGABYTE: u64 = 1;

pub(super) fn verb(how: How) -> &'static str {
    match how {
        How::Announce => "send, and announce what is new of,",
        How::Silent => "send, without announcing anything,",
        How::Rebuild => "rebuild the ledger from",
        How::Reinterpret => "read again",
    }
}

pub(super) fn announces(total: &Count, how: How) -> u64 {
    if how == How::Announce { total.new } else { 0 }
}

pub(super) fn dollars(total: &Count) -> String {
    let cents = (total.deliveries * DOLLARS_A_MILLION).div_ceil(10_000);
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// What is asked for of cold storage, when it is there, and what it costs.
pub(super) fn restoring(cold: &[Cold], days: i32) -> String {
    let size: u64 = cold.iter().map(|cold| cold.bytes).sum();
    let thousands = cold.len().div_ceil(1000) as u64;
    let cents = thousands * CENTS_A_THOUSAND + size.div_ceil(1_000_000_000) * CENTS_A_GIGABYTE;
    format!(
        "copies of {} segments, {}, that can be read for {days} days: within 12 hours from Glacier, within 48 from Deep \
         Archive; about ${}.{:02}",
        cold.len(),
        bytes(size),
        cents / 100,
        cents % 100,
    )
}

pub(super) fn target(order: &Order) -> String {
    let span = order.span();
    let mut target = format!("received {} to {}", clock::rfc3339(span.since), clock::rfc3339(span.until));
    for (name, filter) in [
        ("provider", &order.provider),
        ("endpoint", &order.endpoint),
        ("event", &order.event),
        ("type", &order.event_type),
    ] {
        if let Some(filter) = filter {
            target = format!("{target}, {name} {filter}");
        }
    }
    target
}

pub(super) fn table(plan: &Plan) -> Table {
    let mut table = Table::new(&["provider", "type", "deliveries", "events", "new", "size"]);
    for (provider, kinds) in &plan.kinds {
        for (kind, count) in kinds {
            table.row([
                provider.as_str().into(),
                kind.as_str().into(),
                count.deliveries.to_string().into(),
                count.events.to_string().into(),
                count.new.to_string().into(),
                bytes(count.bytes).into(),
            ]);
        }
    }
    for (segment, flaw) in &plan.flawed {
        table.row([Cell::new(Tone::Bad, "unproven"), segment.as_str().into(), (*flaw).into()]);
    }
    table
}

pub(super) fn summary(plan: &Plan, order: &Order, rate: u32) -> String {
    let total = plan.total();
    let skipped: BTreeMap<&str, u64> = plan
        .skipped
        .iter()
        .filter(|(reason, _)| **reason != "filtered")
        .map(|(reason, count)| (*reason, *count))
        .collect();
    let skipped: Vec<String> = skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let skipped =
        if skipped.is_empty() { String::new() } else { format!("; not sent: {}", skipped.join(", ")) };
    let announced = match announces(&total, order.how) {
        0 => "none".to_owned(),
        events => format!("at most {events}"),
    };
    format!(
        "{} deliveries, {}, {} events, {} new to the ledger, {announced} to be announced; about ${} and {} s at {rate} a second{skipped}",
        total.deliveries,
        bytes(total.bytes),
        total.events,
        total.new,
        dollars(&total),
        total.deliveries.div_ceil(u64::from(rate)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(how: How) -> Order {
        let hour = Order { until_ms: 1_795_003_600_000, ..Order::of_test(how) };
        Order { provider: Some("stripe".to_owned()), ..hour }
    }

    #[test]
    fn the_summary_says_how_many_how_large_how_dear_and_how_long() {
        let mut plan = Plan::default();
        let count = Count { deliveries: 100_000, events: 100_001, new: 7, bytes: 300_000_000 };
        plan.kinds.entry("stripe".to_owned()).or_default().insert("charge.succeeded".to_owned(), count);
        plan.skipped.insert("filtered", 5);
        plan.skipped.insert("withheld", 2);
        let said = summary(&plan, &order(How::Announce), 200);
        assert_eq!(
            said,
            "100000 deliveries, 300.0 MB, 100001 events, 7 new to the ledger, at most 7 to be announced; about $0.40 and 500 s at 200 a second; \
             not sent: 2 withheld"
        );
        for silent in [How::Silent, How::Rebuild, How::Reinterpret] {
            assert!(summary(&plan, &order(silent), 200).contains(", none to be announced"));
        }
    }

    #[test]
    fn what_is_restored_is_said_with_its_size_time_and_price() {
        let cold = Cold { segment: "archive/v0/a".to_owned(), bytes: 2_000_000 };
        assert_eq!(
            restoring(&vec![cold; 1500], 7),
            "copies of 1500 segments, 3.0 GB, that can be read for 7 days: within 12 hours from Glacier, within 48 from Deep \
             Archive; about $0.09"
        );
    }

    #[test]
    fn the_audit_object_names_the_span_and_the_filters() {
        assert_eq!(
            target(&order(How::Silent)),
            "received 2026-11-18T11:06:40Z to 2026-11-18T12:06:40Z, provider stripe"
        );
    }
}
