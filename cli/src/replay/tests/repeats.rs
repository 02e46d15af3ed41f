//! Several deliveries of one event.

use super::*;

/// Several deliveries of an event: id of the delivery, when it was received, its event, and its amount.
type Brought = (&'static str, u64, &'static str, u32);

fn brought((id, received, event, amount): Brought) -> Opened {
    let mut delivery = delivery(1);
    delivery.envelope.delivery_id = id.to_owned();
    delivery.envelope.received_at_ms = unix_ms(at(received));
    delivery.envelope.identity.event_id = Some(event.to_owned());
    let body = String::from_utf8(delivery.body.unwrap()).unwrap();
    delivery.body = Some(body.replace("100", &amount.to_string()).into_bytes());
    delivery
}

/// Rebuilds a ledger from an archive that was written in this order, an hour for each. Returns the deliveries that were
/// sent, those that came first sorted, as a queue has no order; which one each event is from; and the reasons of the others.
async fn rebuilt(archived: &[Brought]) -> (Vec<String>, Vec<String>, BTreeMap<&'static str, u64>) {
    let world = world(0).await;
    for (hour, delivery) in archived.iter().enumerate() {
        world.keep(at(3600 * hour as u64), [brought(*delivery)]).await;
    }
    let order = Order::of_test(How::Rebuild);
    let ledger = MemoryLedger::default();
    let plan = world.planned(&order, &ledger).await;
    let file = file(&format!("rebuilt-{}", archived.iter().map(|(id, ..)| *id).collect::<String>()));
    let sent = RefCell::new(Vec::new());
    let deliver = async |delivery: Archived, events: Vec<Event>| {
        let received = received(delivery.envelope(), delivery.body().unwrap(), Origin::Replay);
        assert_eq!(payments::prove(&ledger, &received, &events).await?, payments::Bound::Holds);
        for event in &events {
            payments::record(&ledger, event).await?;
        }
        sent.borrow_mut().push(delivery.envelope().delivery_id.clone());
        Ok(())
    };
    world.send(&plan, &mut State::new(order), &file, deliver).await.unwrap();
    fs::remove_file(&file).unwrap();
    let events = plan.total().new;
    let recorded: Vec<_> = ledger
        .rows()
        .iter()
        .filter(|row| matches!(row.get("sk"), Some(payments::item::Attribute::Text(sk)) if sk == payments::item::EVENT))
        .map(|row| Event::from_item(row).unwrap().delivery_id)
        .collect();
    assert_eq!(events, recorded.len() as u64, "so many were said to be new: {archived:?}");
    (sent.into_inner(), recorded, plan.skipped)
}

#[tokio::test]
async fn in_whatever_order_they_are_archived_the_first_received_is_recorded() {
    let first = ("a", 10, "evt_1", 100);
    let again = ("b", 20, "evt_1", 100);
    let conflict = ("c", 30, "evt_1", 900);
    for archived in [
        [first, again, conflict],
        [first, conflict, again],
        [again, first, conflict],
        [again, conflict, first],
        [conflict, first, again],
        [conflict, again, first],
    ] {
        let (sent, recorded, skipped) = rebuilt(&archived).await;
        assert_eq!(recorded, ["a"], "{archived:?}");
        assert_eq!((sent.len(), sent[0].as_str()), (3, "a"), "{archived:?}");
        assert_eq!(skipped, BTreeMap::new());
    }
}

#[tokio::test]
async fn what_repeats_nothing_is_read_once() {
    let world = world(10).await;
    let plan = world.planned(&Order::of_test(How::Silent), &MemoryLedger::default()).await;
    let (file, planned) = (file("read-once"), world.archive.gets());
    world
        .send(&plan, &mut State::new(Order::of_test(How::Silent)), &file, async |_, _| Ok(()))
        .await
        .unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(world.archive.gets(), 2 * planned);
}

#[tokio::test]
async fn what_is_repeated_after_many_others_is_known() {
    let world = world(0).await;
    let others = (0..500).map(delivery).filter(|other| !other.envelope.wrong_mode);
    let [first, again] = [("first", 10), ("again", 20)].map(|(id, at)| brought((id, at, "evt_x", 300)));
    world.keep(at(0), [again].into_iter().chain(others)).await;
    world.keep(at(3600), [first]).await;
    let plan = world.planned(&Order::of_test(How::Rebuild), &MemoryLedger::default()).await;
    assert_eq!((plan.total().deliveries, plan.total().new), (452, 451));
    let (file, ids) = (file("many-others"), RefCell::default());
    assert!(run(&world, &mut State::new(Order::of_test(How::Rebuild)), &file, u64::MAX, &ids).await);
    fs::remove_file(&file).unwrap();
    let ids = ids.into_inner();
    assert_eq!(ids.last().map(String::as_str), Some("again"));
    assert!(ids.iter().any(|id| id == "first"));
}

#[tokio::test]
async fn what_was_captured_and_sent_under_another_id_is_not_sent_before_or_after() {
    let (genuine, captured) = (("g", 10, "evt_1", 100), ("h", 20, "evt_2", 100));
    let other = ("i", 5, "evt_3", 300);
    let (sent, recorded, skipped) = rebuilt(&[genuine, captured, other]).await;
    assert_eq!((sent, recorded), (vec!["g".into(), "i".into()], vec!["g".into(), "i".into()]));
    assert_eq!(skipped, BTreeMap::from([("repeated", 1)]));
}

#[tokio::test]
async fn a_captured_delivery_that_was_archived_first_is_not_sent_either() {
    let (genuine, captured) = (brought(("a", 10, "evt_1", 100)), brought(("b", 20, "evt_2", 100)));
    let world = world(0).await;
    world.keep(at(0), [captured]).await;
    world.keep(at(3600), [genuine]).await;
    let plan = world.planned(&Order::of_test(How::Rebuild), &MemoryLedger::default()).await;
    assert_eq!(plan.skipped, BTreeMap::from([("repeated", 1)]));
    let (file, ids) = (file("captured"), RefCell::default());
    assert!(run(&world, &mut State::new(Order::of_test(How::Rebuild)), &file, u64::MAX, &ids).await);
    fs::remove_file(&file).unwrap();
    assert_eq!(*ids.borrow(), ["a"]);
}

#[tokio::test]
async fn what_was_interrupted_among_repetitions_does_not_send_the_first_ones_again() {
    let world = world(0).await;
    world.keep(at(0), [brought(("a", 10, "evt_1", 100)), brought(("b", 20, "evt_1", 100))]).await;
    world.keep(at(3600), [brought(("c", 30, "evt_1", 100)), brought(("d", 5, "evt_2", 200))]).await;
    let (file, ids) = (file("repeats"), RefCell::default());
    let mut state = State::new(Order::of_test(How::Silent));
    assert!(!run(&world, &mut state, &file, 3, &ids).await);
    let mut state = State::read(&file).unwrap();
    assert_eq!((state.turn, state.sent), (Turn::Repeat, 3));
    assert!(run(&world, &mut state, &file, u64::MAX, &ids).await);
    fs::remove_file(&file).unwrap();
    assert_eq!(*ids.borrow(), ["a", "d", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn repetitions_wait_for_what_came_first_but_not_for_ever() {
    let world = world(0).await;
    // The second also has an event that nothing brought before, and that is not waited for.
    world.keep(at(0), [of_many(1, &["CAPTURE"]), of_many(2, &["CAPTURE", "REFUND"])]).await;
    let order = Order::of_test(How::Silent);
    let check = async |seconds: u64, name: &str| {
        let (ledger, file) = (MemoryLedger::default(), file(name));
        let plan = world.planned(&order, &ledger).await;
        let start = tokio::time::Instant::now();
        let times = RefCell::new(Vec::new());
        let first = RefCell::new(Vec::new());
        let deliver = async |_: Archived, events: Vec<Event>| {
            times.borrow_mut().push(start.elapsed().as_secs());
            first.borrow_mut().extend(events);
            Ok(())
        };
        let processor = async {
            tokio::time::sleep(Duration::from_millis(seconds * 1000 - 500)).await;
            let events = first.take();
            payments::record(&ledger, &events[0]).await.unwrap();
        };
        let sending = Sending {
            plan: &plan,
            ledger: &ledger,
            file: &file,
            pace: Pace::none(),
            patience: Duration::from_mins(1),
        };
        let mut state = State::new(order.clone());
        let sent = sending.send(|after| world.reader(&order, after), &mut state, deliver, |_| ());
        let (sent, ()) = futures_util::future::join(sent, processor).await;
        sent.unwrap();
        fs::remove_file(&file).unwrap();
        times.into_inner()
    };
    assert_eq!(check(7, "waits").await, [0, 7]);
    assert_eq!(check(90, "gives-up").await, [0, 60]);
}
