use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use payments::MemoryLedger;
use pipeline::memory::{MemoryArchive, MemoryKeys, MemoryMacs};
use pipeline::{Archive as _, Draft, Macs as _, Opened, Reader, Sealer, Source, unix_ms};
use verification::{Coverage, Identity, Mode};

use super::*;
use crate::pace::Pace;

mod repeats;

/// Deliveries of a segment.
const SEGMENT: usize = 1000;

struct World {
    archive: MemoryArchive,
    macs: MemoryMacs,
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_000_000 + seconds)
}

fn delivery(number: usize) -> Opened {
    let provider = if number.is_multiple_of(3) { "svix" } else { "stripe" };
    let envelope = Envelope {
        delivery_id: format!("d-{number}"),
        received_at_ms: unix_ms(at(number as u64)),
        trace_id: None,
        endpoint: format!("shop-{provider}"),
        provider: provider.to_owned(),
        mode: Mode::Test,
        account: "acct_1".to_owned(),
        coverage: Coverage::Body,
        identity: Identity {
            event_id: Some(format!("evt_{number}")),
            event_type: Some("payment_intent.succeeded".to_owned()),
            ..Identity::default()
        },
        kid: None,
        wrong_mode: number % 10 == 9,
        wrong_account: None,
        redactions: Vec::new(),
        more_redactions: 0,
        exempted: 0,
        withheld: None,
        replay: None,
    };
    let body = format!(
        r#"{{"id":"evt_{number}","type":"payment_intent.succeeded","livemode":false,"pad":"{}",
        "data":{{"object":{{"id":"pi_{number}","object":"payment_intent","amount":100,"currency":"eur"}}}}}}"#,
        "x".repeat(number % 2000)
    );
    Opened { envelope, body: Some(body.into_bytes()), source: Source::Webhook }
}

async fn world(deliveries: usize) -> World {
    let world = World { archive: MemoryArchive::new(), macs: MemoryMacs::new(b"key") };
    for first in (0..deliveries).step_by(SEGMENT) {
        let segment = (first..deliveries.min(first + SEGMENT)).map(delivery);
        world.keep(at(first as u64), segment).await;
    }
    world
}

impl World {
    /// A segment of these deliveries, written then.
    async fn keep(&self, when: SystemTime, deliveries: impl IntoIterator<Item = Opened>) {
        let mut draft = Draft::default();
        deliveries.into_iter().for_each(|delivery| draft.add(&delivery).unwrap());
        let mut segment = draft.finish(when).unwrap();
        segment.mac = Some(self.macs.mac(&segment.digest).await.unwrap());
        self.archive.put(&segment).await.unwrap();
    }

    fn reader(&self, order: &Order, after: &str) -> Reader<'_> {
        Reader::resumed(&self.archive, &self.macs, order.span(), after)
    }

    /// Sends as fast as it goes, and waits for nothing.
    async fn send(
        &self,
        plan: &Plan,
        state: &mut State,
        file: &Path,
        deliver: impl AsyncFn(Archived, Vec<Event>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let ledger = &MemoryLedger::default();
        let sending = Sending { plan, ledger, file, pace: Pace::none(), patience: Duration::ZERO };
        let order = state.order.clone();
        sending.send(|after| self.reader(&order, after), state, deliver, |_| ()).await
    }

    async fn planned(&self, order: &Order, ledger: &MemoryLedger) -> Plan {
        plan(self.reader(order, ""), order, ledger, |_| ()).await.unwrap()
    }
}

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("tollgate-test-{}-{name}.json", std::process::id()))
}

#[tokio::test]
async fn a_plan_counts_by_provider_and_type_what_is_sent_and_what_of_it_is_new() {
    let world = world(100).await;
    let ledger = MemoryLedger::default();
    for number in 0..50 {
        let Opened { envelope, body, .. } = delivery(number);
        let body = body.unwrap();
        for event in payments::interpret(&received(&envelope, &body, Origin::Webhook)).unwrap() {
            payments::record(&ledger, &event).await.unwrap();
        }
    }
    let (announce, mut told) = (Order::of_test(How::Announce), Vec::new());
    let plan = plan(world.reader(&announce, ""), &announce, &ledger, |read| told.push(read)).await.unwrap();
    assert_eq!(told, (1..=100).collect::<Vec<u64>>());
    assert_eq!(plan.total().deliveries, 90);
    let sent = (0..100).map(delivery).filter(|delivery| !delivery.envelope.wrong_mode);
    let bytes: usize = sent.map(|delivery| delivery.body.unwrap().len()).sum();
    assert_eq!(plan.total().bytes, bytes as u64);
    assert_eq!((plan.total().events, plan.total().new), (90, 45));
    assert_eq!(plan.skipped, BTreeMap::from([("wrong_mode", 10)]));
    assert_eq!(plan.kinds["svix"]["payment_intent.succeeded"].deliveries, 30);
    assert_eq!(plan.kinds["stripe"]["payment_intent.succeeded"].deliveries, 60);
    let later = Order { oldest_ms: unix_ms(at(50)), ..Order::of_test(How::Announce) };
    let plan = world.planned(&later, &ledger).await;
    assert_eq!((plan.total().deliveries, plan.skipped["too_old"]), (45, 50));
}

#[tokio::test]
async fn each_filter_narrows() {
    let world = world(30).await;
    let ledger = MemoryLedger::default();
    let all = Order::of_test(How::Silent);
    let text = |text: &str| Some(text.to_owned());
    for (order, expected) in [
        (all.clone(), 27),
        (Order { provider: text("svix"), ..all.clone() }, 9),
        (Order { endpoint: text("shop-stripe"), ..all.clone() }, 18),
        (Order { event: text("evt_4"), ..all.clone() }, 1),
        (Order { event_type: text("payment_intent.succeeded"), ..all.clone() }, 27),
        (Order { event_type: text("charge.refunded"), ..all.clone() }, 0),
        (Order { since_ms: unix_ms(at(10)), until_ms: unix_ms(at(20)), ..all.clone() }, 9),
    ] {
        assert_eq!(world.planned(&order, &ledger).await.total().deliveries, expected, "{order:?}");
    }
}

/// A delivery of Adyen with an event of each of these codes.
fn of_many(number: usize, codes: &[&str]) -> Opened {
    let item = |code: &&str| {
        format!(
            r#"{{"NotificationRequestItem":{{"pspReference":"of-{code}","eventCode":"{code}","success":"true",
            "eventDate":"2026-11-18T11:00:00+01:00","merchantAccountCode":"shop","merchantReference":"order",
            "amount":{{"value":100,"currency":"EUR"}}}}}}"#
        )
    };
    let mut delivery = delivery(number);
    delivery.envelope.provider = "adyen".to_owned();
    delivery.envelope.identity = Identity::default();
    let items = codes.iter().map(item).collect::<Vec<_>>().join(",");
    delivery.body = Some(format!(r#"{{"live":"false","notificationItems":[{items}]}}"#).into_bytes());
    delivery
}

#[tokio::test]
async fn an_event_is_found_by_what_its_body_says_and_by_what_its_delivery_says() {
    let world = world(0).await;
    let many = of_many(1, &["AUTHORISATION", "CAPTURE"]);
    let events = payments::interpret(&received(&many.envelope, many.body.as_ref().unwrap(), Origin::Replay));
    let second = events.unwrap()[1].key.event_id();
    // The ledger keeps the beginning of a type that is so long.
    let mut long = delivery(2);
    let name = "a.type.".repeat(20);
    long.envelope.identity.event_type = Some(name.clone());
    world.keep(at(0), [many, long]).await;
    for (order, expected) in [
        (Order { event: Some(second), ..Order::of_test(How::Silent) }, 1),
        (Order { event: Some("evt_2".to_owned()), ..Order::of_test(How::Silent) }, 1),
        (Order { event_type: Some("CAPTURE".to_owned()), ..Order::of_test(How::Silent) }, 1),
        (Order { event_type: Some(name), ..Order::of_test(How::Silent) }, 1),
        (Order { event_type: Some("REFUND".to_owned()), ..Order::of_test(How::Silent) }, 0),
    ] {
        let plan = world.planned(&order, &MemoryLedger::default()).await;
        assert_eq!(plan.total().deliveries, expected, "{order:?}");
    }
}

#[test]
fn each_way_is_said_to_the_processor_as_it_is() {
    let ways = [How::Announce, How::Silent, How::Rebuild, How::Reinterpret].map(How::replay);
    assert_eq!(ways, [Some(Replay::Announce), Some(Replay::Silent), Some(Replay::Rebuild), None]);
}

/// Sends, and stops with an error before the delivery of this number, as if killed there.
async fn run(world: &World, state: &mut State, file: &Path, limit: u64, ids: &RefCell<Vec<String>>) -> bool {
    let plan = world.planned(&state.order, &MemoryLedger::default()).await;
    let (sealer, keys) = (Sealer::new("dev", Source::Replay), MemoryKeys::new());
    let sent = Cell::new(0);
    let deliver = async |delivery: Archived, _: Vec<Event>| {
        sent.update(|sent| sent + 1);
        if sent.get() > limit {
            bail!("killed")
        }
        ids.borrow_mut().push(delivery.envelope().delivery_id.clone());
        sealer.seal(&delivery.replayed(Replay::Silent), &keys, at(0)).await.map(drop)
    };
    world.send(&plan, state, file, deliver).await.is_ok()
}

#[tokio::test]
async fn what_was_interrupted_goes_on_at_the_segment_where_it_was_and_misses_nothing() {
    let world = world(5 * SEGMENT).await;
    let (file, ids) = (file("resume"), RefCell::default());
    let mut state = State::new(Order::of_test(How::Silent));
    assert!(!run(&world, &mut state, &file, 2_500, &ids).await);
    // All that is left of the process is the file.
    let mut state = State::read(&file).unwrap();
    assert_eq!(state.sent, 1800);
    assert!(run(&world, &mut state, &file, u64::MAX, &ids).await);
    let all = ids.borrow();
    let unique: BTreeSet<&String> = all.iter().collect();
    assert_eq!(unique.len(), 4500);
    assert!(all.len() < 4500 + SEGMENT, "no more than a segment is sent twice: {}", all.len());
    assert_eq!(state.sent, 4500);
    fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn what_a_flawed_segment_holds_is_neither_planned_nor_sent() {
    let world = world(2 * SEGMENT).await;
    let key = world.archive.objects().into_keys().next().unwrap();
    let mut object = world.archive.remove(&key).unwrap();
    object.mac = Some(vec![0; 32]);
    world.archive.plant(key.clone(), object);
    let plan = world.planned(&Order::of_test(How::Silent), &MemoryLedger::default()).await;
    assert_eq!(plan.total().deliveries, 900);
    assert_eq!(plan.flawed.iter().map(|(key, _)| key).collect::<Vec<_>>(), [&key]);
    let (file, ids) = (file("flawed"), RefCell::default());
    assert!(run(&world, &mut State::new(Order::of_test(How::Silent)), &file, u64::MAX, &ids).await);
    fs::remove_file(&file).unwrap();
    assert_eq!(ids.borrow().len(), 900);
}

#[tokio::test]
async fn what_could_not_be_proven_is_passed_over_only_if_the_plan_said_so() {
    let world = world(2 * SEGMENT).await;
    let plan = world.planned(&Order::of_test(How::Silent), &MemoryLedger::default()).await;
    let key = world.archive.objects().into_keys().next().unwrap();
    let mut object = world.archive.remove(&key).unwrap();
    object.mac = None;
    world.archive.plant(key.clone(), object);
    let file = file("damaged");
    let mut state = State::new(Order::of_test(How::Silent));
    let error = world.send(&plan, &mut state, &file, async |_, _| Ok(())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{key} could be read a while ago: it has no MAC: the archiver did not write it")
    );
    assert_eq!(
        State::read(&file).unwrap(),
        State::new(Order::of_test(How::Silent)),
        "it goes on before that segment"
    );
    fs::remove_file(&file).unwrap();
}

/// The most memory that the process has had, in MiB.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() >> 10
}

#[tokio::test]
#[ignore = "takes a minute: 100,000 deliveries, by itself because it measures the memory of the process"]
async fn a_hundred_thousand_deliveries_take_no_more_memory_than_a_few() {
    let world = world(100 * SEGMENT).await;
    let file = file("many");
    let mut state = State::new(Order::of_test(How::Silent));
    let (sealer, keys) = (Sealer::new("dev", Source::Replay), MemoryKeys::new());
    let deliver = async |delivery: Archived, _: Vec<Event>| {
        sealer.seal(&delivery.replayed(Replay::Silent), &keys, at(0)).await.map(drop)
    };
    let kill = Cell::new(40_000);
    let killed = async |delivery: Archived, events: Vec<Event>| {
        kill.update(|left: u64| left.saturating_sub(1));
        if kill.get() == 0 {
            bail!("killed");
        }
        deliver(delivery, events).await
    };
    let (before, start) = (peak(), clock::start());
    let plan = world.planned(&state.order, &MemoryLedger::default()).await;
    assert!(world.send(&plan, &mut state, &file, killed).await.is_err());
    let mut state = State::read(&file).unwrap();
    let resumed = state.sent;
    // As another process does it: all is planned again.
    drop(plan);
    let plan = world.planned(&state.order, &MemoryLedger::default()).await;
    let steps = Cell::new(0);
    let counted = async |delivery: Archived, events: Vec<Event>| {
        steps.update(|steps| steps + 1);
        deliver(delivery, events).await
    };
    world.send(&plan, &mut state, &file, counted).await.unwrap();
    fs::remove_file(&file).unwrap();
    let (grown, spent, steps) = (peak() - before, start.elapsed(), steps.get());
    println!(
        "90,000 sent, killed after 40,000 and resumed at {resumed}, in {spent:?}: {grown} MiB more memory, {steps} after that"
    );
    assert_eq!(state.sent, 90_000);
    assert!(grown < 40, "{grown} MiB");
}
