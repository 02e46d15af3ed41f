//! Events for tests.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use verification::{Coverage, Identity, Mode, Proven};

use crate::{
    Amount, BodyDigest, Currency, Event, EventKey, INTERPRETATION, Id, Kind, Money, Origin, PaymentKey,
    Received, Uninterpretable, interpret,
};

/// Cases of a property: many where the code is optimised, as in a release; enough to notice where it is not.
const CASES: u32 = if cfg!(debug_assertions) { 2_000 } else { 100_000 };

/// Tries a property on generated input, and fails with the smallest that breaks it.
#[track_caller]
pub(crate) fn holds<S: Strategy<Value: Debug>>(input: &S, property: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(input, property) {
        panic!("{error}");
    }
}

/// The digest of `body`: no event of a test takes the time to compute it.
pub(crate) const BODY: &str = "Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU";

/// An event of payment `p` about object `object`, `amount` in USD cents.
pub(crate) fn event(id: &str, kind: Kind, object: &str, amount: i64) -> Event {
    let key = EventKey::new("stripe", Mode::Test, "acct_1", id).unwrap();
    Event {
        kind,
        provider_type: Some(format!("test.{kind}")),
        object: Id::new(object),
        parent: None,
        payment: Some(payment("p")),
        amount: usd(amount),
        occurred_at_ms: Some(1_700_000_000_000),
        received_at_ms: 1_700_000_001_000,
        recorded_at_ms: 1_700_000_002_000,
        delivery_id: "d-1".to_owned(),
        trace_id: None,
        proven: true,
        origin: Origin::Webhook,
        announce: true,
        interpretation: INTERPRETATION,
        body: BodyDigest::stored(BODY).unwrap(),
        conflict: false,
        key,
    }
}

impl Event {
    pub(crate) fn at_second(mut self, second: i64) -> Event {
        self.occurred_at_ms = Some(1_700_000_000_000 + second * 1000);
        self
    }

    pub(crate) fn of(mut self, parent: &str) -> Event {
        self.parent = Id::new(parent);
        self
    }

    pub(crate) fn under(mut self, id: &str) -> Event {
        self.payment = Some(payment(id));
        self
    }

    pub(crate) fn amounting(mut self, amount: Amount) -> Event {
        self.amount = amount;
        self
    }
}

pub(crate) fn payment(id: &str) -> PaymentKey {
    PaymentKey::new("stripe", Mode::Test, "acct_1", id).unwrap()
}

pub(crate) fn usd(minor: i64) -> Amount {
    money(minor, "USD")
}

pub(crate) fn money(minor: i64, currency: &str) -> Amount {
    Money::from_minor(minor, Currency::named(currency).unwrap()).unwrap().into()
}

/// What a delivery of this body gives.
pub(crate) fn read(provider: &str, identity: &Identity, body: &str, coverage: Coverage) -> Vec<Event> {
    try_read(provider, identity, body, coverage).unwrap()
}

/// What a delivery of this body gives, if it gives anything.
pub(crate) fn try_read(
    provider: &str,
    identity: &Identity,
    body: &str,
    coverage: Coverage,
) -> Result<Vec<Event>, Uninterpretable> {
    interpret(&Received {
        delivery_id: "d-1",
        received_at_ms: 1_700_000_001_000,
        recorded_at_ms: 1_700_000_002_000,
        trace_id: None,
        endpoint: "shop",
        provider,
        mode: Mode::Test,
        account: "acct_1",
        identity,
        coverage,
        body: body.as_bytes(),
        origin: Origin::Webhook,
    })
}

pub(crate) fn identity(id: &str, event_type: &str, occurred_at: &str) -> Identity {
    Identity {
        event_id: Some(id.to_owned()),
        event_type: Some(event_type.to_owned()),
        occurred_at: Some(occurred_at.to_owned()),
        proven: Proven { event_id: true, event_type: true, occurred_at: true },
        ..Identity::default()
    }
}
