//! Deliveries for the tests, among them those of the golden files. They stand for formats that are out: add, never
//! change.

use aws_lc_rs::digest::{SHA256, digest};
use verification::{Coverage, Identity, Mode, Proven};

use crate::{Envelope, Message, Opened, Redaction, Source, Withheld};

/// An envelope with nothing in it that can be left out.
pub(crate) fn envelope(delivery_id: &str) -> Envelope {
    Envelope {
        delivery_id: delivery_id.to_owned(),
        received_at_ms: 1_795_000_000_123,
        trace_id: None,
        endpoint: "shop".to_owned(),
        provider: "stripe".to_owned(),
        mode: Mode::Test,
        account: "acct_1".to_owned(),
        coverage: Coverage::Body,
        identity: Identity::default(),
        kid: None,
        wrong_mode: false,
        wrong_account: None,
        redactions: Vec::new(),
        more_redactions: 0,
        exempted: 0,
        withheld: None,
        replay: None,
    }
}

/// The deliveries of the golden files: all fields and a body to compress; bytes that are no text and do not compress;
/// no body.
pub(crate) fn golden() -> Vec<Opened> {
    let full = Envelope {
        trace_id: Some("Root=1-67891233-abcdef012345678912345678".to_owned()),
        mode: Mode::Live,
        coverage: Coverage::Fields,
        identity: Identity {
            event_id: Some("evt_1".to_owned()),
            event_type: Some("payment_intent.succeeded".to_owned()),
            occurred_at: Some("2026-11-18T09:06:40Z".to_owned()),
            derived_id: Some("derived".to_owned()),
            proof_id: Some("proof".to_owned()),
            proven: Proven { event_id: true, event_type: true, occurred_at: false },
        },
        kid: Some("k1".to_owned()),
        wrong_mode: true,
        wrong_account: None,
        redactions: vec![Redaction { path: "/data/~1é/0".to_owned(), class: "card_number".to_owned() }],
        more_redactions: 2,
        exempted: 1,
        ..envelope("7f3b1c52-0001")
    };
    let body =
        "{\r\n\t\"id\" : \"evt_1\", \"é\\u00e9\\/\":[1.0,1e2, \"[card-number]\"], \"😀\":\"\u{7f}\" }\r\n"
            .repeat(8);
    let withheld = Withheld { reason: "duplicate_key".to_owned(), length: 4096 };
    vec![
        Opened { envelope: full, body: Some(body.into_bytes()), source: Source::Webhook },
        Opened { envelope: envelope("7f3b1c52-0002"), body: Some(noise(4096)), source: Source::Replay },
        Opened {
            envelope: Envelope { withheld: Some(withheld), ..envelope("7f3b1c52-0003") },
            body: None,
            source: Source::Webhook,
        },
    ]
}

/// Bytes that do not compress, always the same.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let block = |number: usize| digest(&SHA256, &number.to_be_bytes()).as_ref().to_vec();
    (0..length.div_ceil(32)).flat_map(block).take(length).collect()
}

/// A message that was received once.
pub(crate) fn message(id: &str, body: impl Into<String>) -> Message {
    Message {
        id: id.to_owned(),
        receipt: format!("receipt of {id}"),
        body: body.into(),
        attempts: 1,
        trace_id: None,
    }
}
