//! The archive as a command reads it: only with the right to check the MACs of its segments.

mod against;

use aws::{KmsMacs, S3Archive};
use payments::{Origin, Received};
use pipeline::Envelope;

pub(crate) use against::{Difference, compare};

use crate::stack::Stack;

/// The stack's archive, and what its segments are checked with.
pub(crate) fn open(stack: &Stack) -> anyhow::Result<(S3Archive, KmsMacs)> {
    let archive = S3Archive::new(&stack.sdk, stack.output("ArchiveBucket")?);
    Ok((archive, KmsMacs::new(&stack.sdk, stack.output("MacKeyArn")?)))
}

/// A delivery as the processor interprets it.
pub(crate) fn received<'a>(envelope: &'a Envelope, body: &'a [u8], origin: Origin) -> Received<'a> {
    Received {
        delivery_id: &envelope.delivery_id,
        received_at_ms: envelope.received_at_ms,
        recorded_at_ms: envelope.received_at_ms,
        trace_id: envelope.trace_id.as_deref(),
        endpoint: &envelope.endpoint,
        provider: &envelope.provider,
        mode: envelope.mode,
        account: &envelope.account,
        identity: &envelope.identity,
        coverage: envelope.coverage,
        body,
        origin,
    }
}

/// `12.3 MB`.
pub(crate) fn bytes(count: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let (mut tenths, mut unit) = (count.saturating_mul(10), 0);
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths = tenths.div_ceil(1000);
        unit += 1;
    }
    let name = units.get(unit).copied().unwrap_or_default();
    if unit == 0 { format!("{count} B") } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_have_three_digits_or_so() {
        for (count, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_300_000, "12.3 MB"),
            (5_000_000_000_000, "5.0 TB"),
        ] {
            assert_eq!(bytes(count), expected);
        }
    }
}
