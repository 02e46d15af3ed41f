use super::super::testing::{World, at, delivery};
use super::*;
use crate::StoredSegment;
use crate::fault::{Fault, Faulty};

const DAY: i64 = 24 * 3600;

async fn close(world: &World, now: i64) -> Vec<(String, usize)> {
    let closed = close_days(&world.archive, &world.macs, at(now)).await.unwrap();
    closed.into_iter().map(|closed| (closed.key, closed.segments)).collect()
}

fn key(date: &str) -> String {
    format!("archive/manifests/v0/date={date}/manifest.ndjson.zst")
}

fn manifest(world: &World, date: &str) -> Manifest {
    read(&world.archive.objects()[&key(date)].bytes).unwrap()
}

#[tokio::test]
async fn each_day_since_the_first_segment_has_a_manifest_that_names_the_one_before() {
    let world = World::new();
    let first = world.write(&[delivery("a", 0)], 0).await;
    let others = [
        world.write(&[delivery("b", 0)], 2 * DAY).await,
        world.write(&[delivery("c", 0)], 2 * DAY + 3600).await,
    ];
    assert_eq!(
        close(&world, 3 * DAY).await,
        [(key("2026-11-18"), 1), (key("2026-11-19"), 0), (key("2026-11-20"), 2)]
    );
    let [one, two, three] = ["2026-11-18", "2026-11-19", "2026-11-20"].map(|date| manifest(&world, date));
    assert_eq!((one.head.previous, &one.entries[0].key), (None, &first));
    for (later, date) in [(&two, "2026-11-18"), (&three, "2026-11-19")] {
        let before = sha256(&world.archive.objects()[&key(date)].bytes);
        let expected = Previous { key: key(date), sha256: hex::encode(before) };
        assert_eq!(later.head.previous.as_ref(), Some(&expected));
    }
    let mut listed: Vec<&str> = three.entries.iter().map(|entry| entry.key.as_str()).collect();
    listed.sort_unstable();
    assert_eq!(listed, others);
    let object = &world.archive.objects()[&first];
    let entry = &one.entries[0];
    assert_eq!(entry.sha256, Some(hex::encode(sha256(&object.bytes))));
    assert_eq!(entry.mac, object.mac.as_ref().map(|mac| BASE64_STANDARD.encode(mac)));
    assert_eq!(entry.length, object.bytes.len() as u64);
}

#[tokio::test]
async fn a_day_is_closed_once_and_not_before_it_is_complete() {
    let world = World::new();
    world.write(&[delivery("a", 0)], 0).await;
    // The day began 6 h 40 min before the moment that these times are counted from.
    let midnight = DAY - 24_000;
    assert_eq!(close(&world, midnight + 899).await, []);
    assert_eq!(close(&world, midnight + 900).await.len(), 1);
    let before = world.archive.objects();
    assert_eq!(close(&world, midnight + 1000).await, []);
    world.archive.remove(&key("2026-11-18"));
    assert_eq!(close(&world, midnight + 1000).await.len(), 1);
    assert_eq!(
        world.archive.objects(),
        before,
        "a manifest is made of what the archive holds and nothing else"
    );
}

#[tokio::test]
async fn an_archive_of_nothing_has_no_manifest_and_days_missed_are_made_up_for() {
    let world = World::new();
    assert_eq!(close(&world, 5 * DAY).await, []);
    world.write(&[delivery("a", 0)], 0).await;
    assert_eq!(close(&world, 14 * DAY).await.len(), DAYS_AT_ONCE);
    assert_eq!(close(&world, 14 * DAY).await.len(), 14 - DAYS_AT_ONCE);
    assert_eq!(close(&world, 14 * DAY).await, []);
}

#[tokio::test]
async fn a_day_that_an_earlier_run_should_have_closed_is_late() {
    let world = World::new();
    world.write(&[delivery("a", 0)], 0).await;
    let late = async |now| {
        let closed = close_days(&world.archive, &world.macs, at(now)).await.unwrap();
        closed.into_iter().map(|closed| closed.late).collect::<Vec<_>>()
    };
    assert_eq!(late(DAY).await, [false]);
    assert_eq!(late(2 * DAY).await, [false]);
    // No run for a day, and then the last manifests are removed.
    assert_eq!(late(4 * DAY).await, [true, false]);
    for date in ["2026-11-20", "2026-11-21"] {
        world.archive.remove(&key(date));
    }
    assert_eq!(late(5 * DAY).await, [true, true, false]);
}

#[tokio::test]
async fn what_is_no_manifest_of_ours_does_not_stop_the_chain() {
    let world = World::new();
    let forged = world.write(&[delivery("a", 0)], 0).await;
    let forged = world.archive.objects()[&forged].clone();
    for name in ["2099-01-01", "yesterday"] {
        world.archive.plant(key(name), forged.clone());
    }
    assert_eq!(close(&world, 2 * DAY).await.len(), 2);
}

#[tokio::test]
async fn what_was_planted_under_a_days_name_is_told_apart_and_the_chain_goes_on_from_it() {
    for name in [key("2026-11-18"), "archive/manifests/v0/date=2026-11-18/zzz".to_owned()] {
        let world = World::new();
        world.write(&[delivery("a", 0)], 0).await;
        world.write(&[delivery("b", 0)], DAY).await;
        let other = StoredSegment { bytes: b"planted".to_vec(), mac: Some(vec![1; 32]) };
        world.archive.plant(name.clone(), other);
        let closed = close_days(&world.archive, &world.macs, at(2 * DAY)).await.unwrap();
        let taken: Vec<bool> = closed.iter().map(|closed| closed.taken).collect();
        assert_eq!(taken, [name.ends_with("manifest.ndjson.zst"), false], "{name}");
        let before = sha256(&world.archive.objects()[&key("2026-11-18")].bytes);
        let previous = manifest(&world, "2026-11-19").head.previous.unwrap();
        assert_eq!(previous.sha256, hex::encode(before), "{name}");
        assert_eq!(close(&world, 2 * DAY).await, [], "{name}");
    }
}

#[tokio::test]
async fn a_copy_of_what_the_archiver_wrote_does_not_pass_for_a_days_manifest() {
    for copied in ["an earlier manifest", "a segment"] {
        let world = World::new();
        let segment = world.write(&[delivery("a", 0)], 0).await;
        close(&world, DAY).await;
        let from = if copied == "a segment" { segment } else { key("2026-11-18") };
        world.archive.plant(key("2026-11-20"), world.archive.objects()[&from].clone());
        let closed = close_days(&world.archive, &world.macs, at(3 * DAY)).await.unwrap();
        let closed: Vec<_> = closed.into_iter().map(|closed| (closed.key, closed.taken)).collect();
        assert_eq!(closed, [(key("2026-11-19"), false), (key("2026-11-20"), true)], "{copied}");
    }
}

#[tokio::test]
async fn a_copy_of_a_days_manifest_under_another_name_is_not_taken_for_it() {
    let world = World::new();
    world.write(&[delivery("a", 0)], 0).await;
    close(&world, DAY).await;
    let manifest_of_the_day = world.archive.objects()[&key("2026-11-18")].clone();
    world.archive.plant("archive/manifests/v0/date=2026-11-18/zzz", manifest_of_the_day);
    close(&world, 2 * DAY).await;
    assert_eq!(manifest(&world, "2026-11-19").head.previous.unwrap().key, key("2026-11-18"));
}

#[tokio::test]
async fn a_days_manifest_has_every_object_of_its_folder_whatever_its_name() {
    let world = World::new();
    let first = world.write(&[delivery("a", 0)], 0).await;
    let folder = layout::segments_of(layout::day(at(0)));
    let strange = format!("{folder}\u{e9}");
    world.archive.plant(strange.clone(), world.archive.objects()[&first].clone());
    assert_eq!(close(&world, DAY).await, [(key("2026-11-18"), 2)]);
    assert_eq!(manifest(&world, "2026-11-18").entries[1].key, strange);
}

#[tokio::test]
async fn an_object_of_no_day_does_not_keep_the_first_day_open() {
    let world = World::new();
    let first = world.write(&[delivery("a", 0)], 0).await;
    world.archive.plant("archive/v0/!".to_owned(), world.archive.objects()[&first].clone());
    assert_eq!(close(&world, DAY).await, [(key("2026-11-18"), 1)]);
}

#[tokio::test]
async fn a_run_that_failed_is_done_again_from_where_it_was() {
    let world = World::new();
    world.write(&[delivery("a", 0)], 0).await;
    for fault in [Fault::Before, Fault::After] {
        let archive = Faulty::nth(&world.archive, "put", 2, fault);
        assert!(close_days(&archive, &world.macs, at(3 * DAY)).await.is_err());
    }
    close(&world, 3 * DAY).await;
    let days = crate::Days { since: at(0), until: at(3 * DAY), kept_since: at(0) };
    let found = crate::verify_archive(&world.archive, &world.macs, days, at(3 * DAY), |_| ());
    assert_eq!(found.await.unwrap().findings, []);
}
