use super::super::testing::{World, at, delivery};
use super::*;
use crate::{
    Macs, StoredSegment,
    fault::{Fault, Faulty},
    memory::MemoryMacs,
};

fn span(since: i64, until: i64) -> Span {
    Span { since: at(since), until: at(until) }
}

async fn ids(world: &World, span: Span) -> Vec<String> {
    all(Reader::new(&world.archive, &world.macs, span)).await.unwrap()
}

/// The ids that are read; flaws by their names, unproven ids with a question mark.
async fn all(mut reader: Reader<'_>) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    while let Some(next) = reader.next().await? {
        found.push(match next {
            Reading::Delivery(delivery) => delivery.envelope().delivery_id.clone(),
            Reading::Flawed { flaw, .. } => format!("{flaw:?}"),
            Reading::Unproven(line) => format!("{}?", line.envelope.delivery_id),
        });
    }
    Ok(found)
}

#[tokio::test]
async fn what_was_received_in_the_span_is_read_whenever_it_was_written() {
    let world = World::new();
    world.write(&[delivery("before", -1), delivery("first", 0)], 1).await;
    world.write(&[delivery("last", 99), delivery("next", 100)], 100).await;
    world.write(&[delivery("late", 50)], 24 * 3600).await;
    world.write(&[delivery("later than that", 50)], 27 * 3600).await;
    assert_eq!(ids(&world, span(0, 100)).await, ["first", "last", "late"]);
    assert_eq!(ids(&world, span(-1, 1)).await, ["before", "first"]);
    assert_eq!(ids(&world, span(0, 0)).await, Vec::<String>::new());
}

#[tokio::test]
async fn only_hours_that_can_hold_it_are_fetched() {
    let world = World::new();
    for hour in [-48, -2, 0, 1, 24, 27, 48] {
        world.write(&[delivery(&format!("{hour}"), hour * 3600)], hour * 3600).await;
    }
    assert_eq!(ids(&world, span(0, 60)).await, ["0"]);
    assert_eq!(world.archive.gets(), 3);
    assert_eq!(
        span(0, 60).keys(),
        "archive/v0/date=2026-11-18/hour=06/".to_owned().."archive/v0/date=2026-11-19/hour=070".to_owned()
    );
}

#[tokio::test]
async fn more_segments_than_a_page_of_the_listing_are_read_in_order() {
    let world = World::new();
    let mut keys = Vec::new();
    for number in 0..2100 {
        keys.push((world.write(&[delivery(&format!("{number}"), 0)], 0).await, format!("{number}")));
    }
    keys.sort();
    let expected: Vec<String> = keys.iter().map(|(_, id)| id.clone()).collect();
    assert_eq!(ids(&world, span(0, 1)).await, expected);
    let resumed = Reader::resumed(&world.archive, &world.macs, span(0, 1), &keys[1499].0);
    assert_eq!(all(resumed).await.unwrap(), expected[1500..]);
}

#[tokio::test]
async fn a_delivery_that_stands_in_several_segments_is_read_once() {
    let world = World::new();
    world.write(&[delivery("a", 0), delivery("b", 0)], 0).await;
    world.write(&[delivery("b", 0), delivery("c", 0)], 3600).await;
    world.write(&[delivery("a", 0)], 7200).await;
    assert_eq!(ids(&world, span(0, 1)).await, ["a", "b", "c"]);
}

#[test]
fn ids_are_forgotten_only_after_many_others() {
    let mut seen = Seen::default();
    assert!(seen.first_time("first") && !seen.first_time("first"));
    for number in 0..IDS_KEPT {
        assert!(seen.first_time(&number.to_string()));
    }
    assert!(!seen.first_time("first"));
    for number in 0..IDS_KEPT {
        seen.first_time(&format!("more {number}"));
    }
    assert!(seen.first_time("first"));
    assert!(seen.newer.len() <= IDS_KEPT && seen.older.len() <= IDS_KEPT);
}

#[tokio::test]
async fn nothing_is_read_of_a_segment_that_is_not_proven_unless_a_person_asks() {
    type Change<'a> = &'a dyn Fn(&mut StoredSegment);
    let other = MemoryMacs::new(b"another key");
    let forged = other.mac(&[0; 32]).await.unwrap();
    let cases: [(&str, Change<'_>, &[&str]); 5] = [
        ("NoMac", &|object| object.mac = None, &["NoMac", "a?", "b?"]),
        ("Mac", &|object| object.mac = Some(forged.clone()), &["Mac", "a?", "b?"]),
        ("Mac", &|object| object.bytes.push(0), &["Mac", "a?", "b?"]),
        ("Mac", &|object| object.bytes[20] ^= 1, &["Mac"]),
        ("TooLarge", &|object| object.bytes.resize(33 << 20, 0), &["TooLarge"]),
    ];
    for (flaw, change, unproven) in cases {
        let world = World::new();
        let key = world.write(&[delivery("a", 0), delivery("b", 0)], 0).await;
        world.write(&[delivery("c", 0)], 3600).await;
        world.change(&key, change);
        assert_eq!(ids(&world, span(0, 1)).await, [flaw, "c"]);
        let reader = Reader::new(&world.archive, &world.macs, span(0, 1)).with_unproven();
        let found = all(reader).await.unwrap();
        assert_eq!(found[0], unproven[0]);
        if unproven.len() > 1 {
            assert!(
                found.starts_with(&unproven.iter().map(ToString::to_string).collect::<Vec<_>>()),
                "{found:?}"
            );
        }
        assert_eq!(found.last().unwrap(), "c", "what is proven is read all the same");
    }
}

#[tokio::test]
async fn a_segment_under_the_name_of_another_is_found_out_though_its_mac_holds() {
    let world = World::new();
    let (first, second) =
        (world.write(&[delivery("a", 0)], 0).await, world.write(&[delivery("b", 0)], 3600).await);
    let (a, b) = (world.archive.remove(&first).unwrap(), world.archive.remove(&second).unwrap());
    world.archive.plant(first, b);
    world.archive.plant(second, a);
    assert_eq!(ids(&world, span(0, 1)).await, ["Name", "Name"]);
}

#[tokio::test]
async fn a_segment_of_ours_that_cannot_be_read_is_said_to_be_so() {
    let world = World::new();
    for (bytes, hour) in
        [(b"not zstd".to_vec(), "06"), (zstd::encode_all(&b"no JSON\n"[..], 1).unwrap(), "07")]
    {
        let mac = Some(world.macs.mac(&sha256(&bytes)).await.unwrap());
        let name = layout::name(&sha256(&zstd::decode_all(&bytes[..]).unwrap_or_default()));
        let key = format!("archive/v0/date=2026-11-18/hour={hour}/{name}");
        world.archive.plant(key, StoredSegment { bytes, mac });
    }
    assert_eq!(ids(&world, span(0, 1)).await, ["Unreadable", "Unreadable"]);
}

#[tokio::test]
async fn a_failure_of_a_service_is_an_error_and_no_flaw() {
    let world = World::new();
    world.write(&[delivery("a", 0)], 0).await;
    for method in ["list", "get", "holds"] {
        let archive = Faulty::always(&world.archive, method, Fault::Before);
        let macs = Faulty::always(&world.macs, method, Fault::Before);
        let read = all(Reader::new(&archive, &macs, span(0, 1))).await;
        assert!(read.is_err(), "{method}");
    }
}
