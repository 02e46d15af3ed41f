//! What must hold for every history, tried on generated ones: 100,000 each in a release (`make properties`), fewer
//! without optimisation. That interpretation survives any JSON is in `interpret/tests/anything.rs`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::testing::{event, holds, money, payment, usd};
use crate::{
    Amount, BodyDigest, Event, Flag, Id, Kind, MemoryLedger, Money, Sum, fold, history, record, reinterpret,
};

/// Changes of an order: what is at one place changes places with what is at the other.
type Swaps = Vec<(Index, Index)>;

fn swaps() -> impl Strategy<Value = Swaps> {
    vec(any::<(Index, Index)>(), 0..24)
}

/// These events in another order, some of them twice.
fn arrived(events: &[Event], swaps: &Swaps, repeats: &[Index]) -> Vec<Event> {
    let mut arrived = events.to_vec();
    arrived.extend(repeats.iter().map(|at| at.get(events).clone()));
    for (one, other) in swaps {
        let (one, other) = (one.index(arrived.len()), other.index(arrived.len()));
        arrived.swap(one, other);
    }
    arrived
}

/// Events over few ids, times, amounts and currencies, so that they meet: nonsense included.
fn any_event() -> impl Strategy<Value = Event> {
    let object = select(vec!["p", "c1", "c2", "r1", "r2", "d1"]);
    let amount = prop_oneof![
        4 => select(vec![0, 1, 250, 1000, i64::MAX]).prop_map(usd),
        1 => Just(money(500, "EUR")),
        1 => Just(Amount::Unstated),
        1 => Just(Amount::Unreadable),
        1 => Just(Amount::Exact { value: "0.1".to_owned(), currency: Some("BTC".to_owned()) }),
    ];
    let parts = (
        0..30_u8,
        select(Kind::ALL),
        object.clone(),
        proptest::option::of(object.clone()),
        object,
        amount,
        0..4_i64,
        0..16_u8,
    );
    parts.prop_map(|(id, kind, object, parent, filed, amount, second, odd)| Event {
        parent: parent.and_then(Id::new),
        payment: (odd != 0).then(|| payment(filed)),
        object: (odd != 1).then(|| Id::new(object).unwrap()),
        occurred_at_ms: (odd != 2).then_some(second * 1000),
        conflict: odd == 3,
        proven: odd != 4,
        amount,
        ..event(&id.to_string(), kind, object, 0)
    })
}

#[test]
fn fold_of_shuffled_and_duplicated_events_is_fold_of_the_events() {
    let input = (vec(any_event(), 1..16), swaps(), vec(any::<Index>(), 0..8));
    holds(&input, |(events, swaps, repeats)| {
        prop_assert_eq!(fold(&arrived(&events, &swaps, &repeats)), fold(&events));
        Ok(())
    });
}

#[test]
fn no_history_makes_an_amount_negative() {
    holds(&vec(any_event(), 1..16), |events| {
        let state = fold(&events);
        let sums = [&state.authorised, &state.captured, &state.refunded, &state.reversed, &state.disputed];
        prop_assert!(sums.iter().flat_map(|sum| sum.minor.values()).all(|minor| *minor >= 0));
        prop_assert!(sums.iter().all(|sum| !sum.overflow) || state.flags.contains(&Flag::Overflow));
        Ok(())
    });
}

/// What was captured of an authorisation, and what became of it: refunds (with what became of them) and disputes.
#[derive(Clone, Debug)]
struct Capture {
    amount: i64,
    refunds: Vec<(i64, Kind)>,
    disputes: Vec<(i64, Kind)>,
    /// A message also states the total of its refunds.
    states_total: bool,
    /// Refunds name the capture alone, as PayPal's do.
    refunds_name_it_alone: bool,
}

/// A payment as a provider knows it: authorisations and their captures.
#[derive(Clone, Debug)]
struct Order {
    authorisations: Vec<(i64, Vec<Capture>)>,
    /// The order itself is reported as captured too, as Stripe's intent is beside its charges.
    states_total: bool,
}

fn order() -> impl Strategy<Value = Order> {
    let amount = || 1..1_000_000_000_000_i64;
    let refund = (amount(), select(vec![Kind::RefundCreated, Kind::RefundSucceeded, Kind::RefundFailed]));
    let dispute = (
        amount(),
        select(vec![Kind::DisputeOpened, Kind::DisputeUnderReview, Kind::DisputeLost, Kind::DisputeWon]),
    );
    let capture = (amount(), vec(refund, 0..3), vec(dispute, 0..2), any::<bool>(), any::<bool>()).prop_map(
        |(amount, refunds, disputes, states_total, refunds_name_it_alone)| Capture {
            amount,
            refunds,
            disputes,
            states_total,
            refunds_name_it_alone,
        },
    );
    let authorisation = (amount(), vec(capture, 0..3));
    (vec(authorisation, 1..3), any::<bool>())
        .prop_map(|(authorisations, states_total)| Order { authorisations, states_total })
}

impl Order {
    fn captures(&self) -> impl Iterator<Item = &Capture> {
        self.authorisations.iter().flat_map(|(_, captures)| captures)
    }

    fn events(&self) -> Vec<Event> {
        let mut events = vec![event("created", Kind::PaymentCreated, "p", 1)];
        let captured: i64 = self.captures().map(|capture| capture.amount).sum();
        if self.states_total && captured > 0 {
            events.push(event("total", Kind::PaymentCaptured, "p", captured));
        }
        for (n, (amount, captures)) in self.authorisations.iter().enumerate() {
            let id = format!("a{n}");
            events.push(event(&id, Kind::PaymentAuthorised, &id, *amount).of("p"));
            for (m, capture) in captures.iter().enumerate() {
                capture.add(&format!("{n}.{m}"), &id, &mut events);
            }
        }
        events
    }
}

impl Capture {
    fn add(&self, n: &str, authorisation: &str, events: &mut Vec<Event>) {
        let id = format!("c{n}");
        events.push(event(&id, Kind::PaymentCaptured, &id, self.amount).of(authorisation));
        for (m, (amount, end)) in self.refunds.iter().enumerate() {
            let refund = format!("r{n}.{m}");
            // One that failed had succeeded before.
            let steps = [Kind::RefundCreated, Kind::RefundSucceeded, Kind::RefundFailed];
            for kind in steps.into_iter().filter(|kind| kind <= end) {
                let step = event(&format!("{refund}.{kind}"), kind, &refund, *amount).of(&id);
                events.push(if self.refunds_name_it_alone { step.under(&id) } else { step });
            }
        }
        if self.states_total && self.refunded() > 0 {
            events
                .push(event(&format!("t{n}"), Kind::PaymentRefunded, &id, self.refunded()).of(authorisation));
        }
        for (m, (amount, end)) in self.disputes.iter().enumerate() {
            let dispute = format!("d{n}.{m}");
            let steps = [Kind::DisputeOpened, *end];
            for kind in steps.into_iter().skip(usize::from(*end == Kind::DisputeOpened)) {
                events.push(event(&format!("{dispute}.{kind}"), kind, &dispute, *amount).of(&id));
            }
        }
    }

    fn refunded(&self) -> i64 {
        self.refunds.iter().filter(|(_, end)| *end == Kind::RefundSucceeded).map(|(amount, _)| amount).sum()
    }

    fn disputed(&self) -> i64 {
        self.disputes.iter().filter(|(_, end)| *end != Kind::DisputeWon).map(|(amount, _)| amount).sum()
    }
}

#[test]
fn no_amount_of_a_payment_is_lost_or_counted_twice_and_each_part_leads_to_all_of_it() {
    let input = (order(), swaps(), vec(any::<Index>(), 0..4), any::<Index>());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    holds(&input, |(order, swaps, repeats, from)| {
        let events = order.events();
        let ledger = MemoryLedger::default();
        let from = from.get(&events).object.clone().unwrap();
        let found = runtime.block_on(async {
            for event in arrived(&events, &swaps, &repeats) {
                record(&ledger, &event).await.unwrap();
            }
            history(&ledger, &payment(from.as_str())).await.unwrap()
        });
        prop_assert_eq!((found.events.len(), &found.key), (events.len(), &payment("p")), "from {:?}", from);
        let sum = |amounts: i64| (amounts > 0).then_some(amounts);
        let minor = |sum: &Sum| sum.money().map(Money::minor);
        let authorised = order.authorisations.iter().map(|(amount, _)| amount).sum();
        let captured: i64 = order.captures().map(|capture| capture.amount).sum();
        let refunded: i64 = order.captures().map(Capture::refunded).sum();
        let disputed = order.captures().map(Capture::disputed).sum();
        let state = &found.payment;
        prop_assert_eq!(minor(&state.authorised), sum(authorised));
        prop_assert_eq!(minor(&state.captured), sum(captured));
        prop_assert_eq!(minor(&state.refunded), sum(refunded));
        prop_assert_eq!(minor(&state.disputed), sum(disputed));
        let too_much = refunded > captured;
        prop_assert_eq!(
            state.flags.iter().collect::<Vec<_>>(),
            if too_much { vec![&Flag::RefundedMoreThanCaptured] } else { vec![] }
        );
        Ok(())
    });
}

/// What a delivery says by the rules of two versions: the same key and body, facts of their own.
fn readings() -> impl Strategy<Value = Vec<[Event; 2]>> {
    let readings = vec((any_event(), any_event()), 1..4);
    readings.prop_map(|readings| {
        let of = |n: usize, version: u32, event: Event| Event {
            key: crate::testing::event(&n.to_string(), Kind::Other, "p", 0).key,
            body: BodyDigest::of(n.to_string().as_bytes()),
            interpretation: version,
            conflict: false,
            proven: true,
            ..event
        };
        readings.into_iter().enumerate().map(|(n, (one, two))| [of(n, 7, one), of(n, 8, two)]).collect()
    })
}

#[test]
fn events_that_two_versions_read_in_any_order_end_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let input = (readings(), any::<bool>(), swaps());
    holds(&input, |(readings, newer_first, swaps)| {
        let run = |steps: &[(bool, Event)]| {
            let ledger = MemoryLedger::default();
            runtime.block_on(async {
                // Each is recorded by one of the versions, and then read again by both, in any order and also twice.
                for reading in &readings {
                    record(&ledger, &reading[usize::from(newer_first)]).await.unwrap();
                }
                for (again, event) in steps {
                    if *again {
                        reinterpret(&ledger, event).await.unwrap();
                    } else {
                        record(&ledger, event).await.unwrap();
                    }
                }
            });
            ledger.rows()
        };
        let steps: Vec<_> = readings
            .iter()
            .flatten()
            .flat_map(|event| [(true, event.clone()), (false, event.clone())])
            .collect();
        let mut shuffled = steps.clone();
        for (one, other) in swaps {
            shuffled.swap(one.index(steps.len()), other.index(steps.len()));
        }
        let rows = run(&shuffled);
        prop_assert_eq!(&rows, &run(&steps));
        for [_, newest] in &readings {
            prop_assert!(rows.contains(&newest.to_item()), "the newest rules hold");
        }
        Ok(())
    });
}
