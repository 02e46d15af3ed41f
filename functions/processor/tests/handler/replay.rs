//! What a replay does to the ledger.

use super::*;

/// Five deliveries of four events, two of them about one payment, one of another mode.
async fn deliveries<L: Ledger>(to: &Tested<L>) {
    for (event, amount) in [("evt_1", 100), ("evt_2", 200), ("evt_1", 100), ("evt_3", 300)] {
        enqueue(to, &payment_intent(event, amount)).await;
    }
    enqueue(to, &payment_intent("evt_4", 100).replace("\"livemode\":true", "\"livemode\":false")).await;
}

/// Seals again what an archive holds, as an operator's replay does.
async fn replay<L: Ledger>(opened: &[Opened], how: Replay, to: &Tested<L>) {
    let (archive, macs) = (MemoryArchive::new(), MemoryMacs::new(b"key"));
    let mut segment = Segment::build(&opened.iter().collect::<Vec<_>>(), now()).unwrap();
    segment.mac = Some(macs.mac(&segment.digest).await.unwrap());
    archive.put(&segment).await.unwrap();
    let span = Span { since: SystemTime::UNIX_EPOCH, until: now() + Duration::from_hours(1) };
    let mut reader = Reader::new(&archive, &macs, span);
    let sealer = Sealer::new("test", Source::Replay);
    while let Some(Reading::Delivery(delivery)) = reader.next().await.unwrap() {
        let message = sealer.seal(&delivery.replayed(how), &to.ports().keys, now()).await.unwrap();
        to.ports().queue.send(&message).await.unwrap();
    }
    assert_eq!(run(to).await, 0);
}

/// What an archive has of the deliveries.
async fn archived() -> Vec<Opened> {
    let source = processor(MemoryLedger::default());
    deliveries(&source).await;
    let opened = Keyring::new("test").open_all(source.ports().queue.receive(10), &source.ports().keys).await;
    let number = |(number, (_, opened)): (usize, (_, Result<Opened, _>))| {
        let mut opened = opened.unwrap();
        opened.envelope.delivery_id = format!("d-{number}");
        opened
    };
    opened.into_iter().enumerate().map(number).collect()
}

#[tokio::test]
async fn a_replay_over_a_full_ledger_changes_no_row_and_announces_nothing() {
    let full = processor(MemoryLedger::default());
    deliveries(&full).await;
    run(&full).await;
    let before = full.ports().ledger.rows();
    assert_eq!(before.len(), 3);
    for how in [Replay::Announce, Replay::Silent, Replay::Rebuild] {
        replay(&archived().await, how, &full).await;
        assert_eq!(full.ports().ledger.rows(), before, "{how:?}");
    }
    assert!(reasons(&full).is_empty());
}

#[tokio::test]
async fn a_replay_into_an_empty_ledger_makes_the_same_ledger_and_announces_only_if_asked() {
    let full = processor(MemoryLedger::default());
    deliveries(&full).await;
    run(&full).await;
    for (how, origin, announce) in [
        (Replay::Announce, Origin::Replay, true),
        (Replay::Silent, Origin::Replay, false),
        (Replay::Rebuild, Origin::Rebuild, false),
    ] {
        let empty = processor(MemoryLedger::default());
        replay(&archived().await, how, &empty).await;
        let plain = |mut event: Event| {
            event.delivery_id.clear();
            (event.origin, event.announce) = (Origin::Webhook, true);
            event
        };
        for event in ["evt_1", "evt_2", "evt_3"] {
            let key = EventKey::new("stripe", Mode::Live, "acct_1", event).unwrap();
            let row = empty.ports().ledger.event(&key).await.unwrap().unwrap();
            assert_eq!((row.origin, row.announce), (origin, announce), "{how:?}");
            let expected = full.ports().ledger.event(&key).await.unwrap().unwrap();
            assert_eq!(plain(row), plain(expected));
        }
        assert_eq!(empty.ports().ledger.rows().len(), full.ports().ledger.rows().len());
    }
}

#[tokio::test]
async fn only_a_replay_may_say_how_it_is_recorded() {
    let processor = processor(MemoryLedger::default());
    let (archive, macs) = (MemoryArchive::new(), MemoryMacs::new(b"key"));
    let opened = archived().await;
    let mut segment = Segment::build(&opened.iter().collect::<Vec<_>>(), now()).unwrap();
    segment.mac = Some(macs.mac(&segment.digest).await.unwrap());
    archive.put(&segment).await.unwrap();
    let span = Span { since: SystemTime::UNIX_EPOCH, until: now() + Duration::from_hours(1) };
    let mut reader = Reader::new(&archive, &macs, span);
    let Some(Reading::Delivery(delivery)) = reader.next().await.unwrap() else { panic!("a delivery") };
    let sealer = Sealer::new("test", Source::Webhook);
    let message =
        sealer.seal(&delivery.replayed(Replay::Rebuild), &processor.ports().keys, now()).await.unwrap();
    processor.ports().queue.send(&message).await.unwrap();
    run(&processor).await;
    let key = EventKey::new("stripe", Mode::Live, "acct_1", "evt_1").unwrap();
    let row = processor.ports().ledger.event(&key).await.unwrap().unwrap();
    assert_eq!((row.origin, row.announce), (Origin::Webhook, true));
}
