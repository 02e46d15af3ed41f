use super::super::{
    close_days, sha256,
    testing::{World, at, delivery},
};
use super::*;
use crate::{StoredSegment, memory::MemoryMacs, samples};

mod chain;
mod tampering;

const DAY: i64 = 24 * 3600;

/// Three days of nine segments each, the first two with their manifests.
async fn world() -> World {
    let world = World::new();
    for number in 0..27 {
        let deliveries = [delivery(&format!("d-{number}"), 0), delivery(&format!("e-{number}"), 0)];
        world.write(&deliveries, (number / 9) * DAY + (number % 9) * 1800).await;
    }
    close_days(&world.archive, &world.macs, at(NOW)).await.unwrap();
    world
}

const NOW: i64 = 2 * DAY + 5 * 1800;

/// All days, none of which has expired.
fn days() -> Days {
    Days { since: at(0), until: at(NOW), kept_since: at(-DAY) }
}

async fn verify(world: &World) -> Report {
    verified(world, days()).await
}

async fn verified(world: &World, days: Days) -> Report {
    verify_archive(&world.archive, &world.macs, days, at(NOW), |_| ()).await.unwrap()
}

fn found(report: &Report) -> Vec<(&str, &str)> {
    report.findings.iter().map(|finding| (finding.key.as_str(), finding.fault.as_str())).collect()
}

#[tokio::test]
async fn an_archive_as_it_was_written_is_intact_and_everything_is_counted() {
    let world = world().await;
    let mut steps = Vec::new();
    let report = verify_archive(&world.archive, &world.macs, days(), at(NOW), |report| {
        steps.push(report.segments);
    });
    let report = report.await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.segments, report.deliveries, report.manifests), (27, 54, 2));
    assert_eq!(steps, (1..=27).collect::<Vec<_>>());
    let bytes: usize = world
        .archive
        .objects()
        .iter()
        .filter(|(key, _)| key.starts_with(SEGMENTS))
        .map(|(_, object)| object.bytes.len())
        .sum();
    assert_eq!(report.bytes, bytes as u64);
    let later = verified(&world, Days { since: at(DAY), until: at(DAY), ..days() }).await;
    assert!(later.is_intact(), "{later:?}");
    assert_eq!((later.segments, later.manifests), (9, 1));
}

/// The key of the manifest of a day of November 2026.
fn manifest_key(day: u32) -> String {
    format!("archive/manifests/v0/date=2026-11-{day}/manifest.ndjson.zst")
}

fn segments(world: &World, day: u32) -> Vec<String> {
    let folder = format!("{SEGMENTS}date=2026-11-{day}/");
    world.archive.objects().into_keys().filter(|key| key.starts_with(&folder)).collect()
}

/// The key of the same segment, had it been written in an hour in which none was.
fn in_another_hour(key: &str) -> String {
    let (day, rest) = key.split_once("/hour=").unwrap();
    format!("{day}/hour=23/{}", rest.split_once('/').unwrap().1)
}

#[tokio::test]
async fn each_finding_has_its_word() {
    type Damage<'a> = &'a dyn Fn(&World, &str);
    let cases: [(Damage<'_>, &str, &str); 4] = [
        (&|world, key| drop(world.archive.remove(key)), "missing", "it is not there"),
        (&|world, key| world.change(key, |object| object.bytes[9] ^= 1), "changed", "its MAC does not hold"),
        (&|world, key| world.change(key, |object| object.mac = None), "added", "it has no MAC"),
        (
            &|world, key| world.change(key, |object| object.bytes = samples::noise(50)),
            "changed",
            "its MAC does not hold",
        ),
    ];
    for (damage, word, sentence) in cases {
        let world = world().await;
        let key = world.archive.objects().keys().find(|key| key.starts_with(SEGMENTS)).unwrap().clone();
        damage(&world, &key);
        let report = verify(&world).await;
        assert_eq!(found(&report), [(key.as_str(), word)]);
        assert!(!report.is_intact() && report.findings[0].fault.says().contains(sentence), "{report:?}");
    }
}

#[tokio::test]
async fn what_may_have_expired_is_not_missed_and_what_is_there_is_proven() {
    let world = world().await;
    let kept_since = |day| Days { kept_since: at(day * DAY), ..days() };
    // Segments of a day go before its manifest.
    let gone = segments(&world, 18)[0].clone();
    world.archive.remove(&gone);
    assert_eq!(found(&verified(&world, kept_since(0)).await), [(gone.as_str(), "missing")]);
    let report = verified(&world, kept_since(1)).await;
    assert_eq!((found(&report), report.expired), (vec![], 1));
    let changed = segments(&world, 18)[0].clone();
    world.change(&changed, |object| object.bytes[9] ^= 1);
    assert_eq!(found(&verified(&world, kept_since(1)).await), [(changed.as_str(), "changed")]);
    // Then the manifest, which the next one names.
    world.archive.remove(&manifest_key(18));
    assert_eq!(found(&verified(&world, kept_since(1)).await), [(changed.as_str(), "changed")]);
}

#[tokio::test]
async fn what_lies_in_cold_storage_is_counted_and_no_finding() {
    let world = world().await;
    let warm = verify(&world).await;
    let cold = [segments(&world, 18)[0].clone(), segments(&world, 20)[0].clone()];
    for key in [&cold[0], &cold[1], &manifest_key(18)] {
        world.archive.cool(key);
    }
    let report = verify(&world).await;
    assert_eq!(found(&report), []);
    let unread: usize = cold.iter().map(|key| world.archive.objects()[key].bytes.len()).sum();
    assert_eq!(report.bytes, warm.bytes - unread as u64);
    assert_eq!((report.cold, report.segments, report.manifests), (3, 27, 1));
    // A cold object that its manifest does not list, or lists with another length, is one all the same.
    let [listed, other] = [segments(&world, 19)[0].clone(), segments(&world, 18)[1].clone()];
    let copy = in_another_hour(&listed);
    world.archive.plant(copy.clone(), world.archive.objects()[&other].clone());
    world.change(&listed, |object| object.bytes.push(0));
    for key in [&copy, &listed] {
        world.archive.cool(key);
    }
    assert_eq!(found(&verify(&world).await), [(listed.as_str(), "changed"), (copy.as_str(), "added")]);
}

#[tokio::test]
async fn an_object_of_any_other_name_is_added() {
    let pristine = world().await;
    let segment = &segments(&pristine, 19)[0];
    let object = pristine.archive.objects()[segment].clone();
    let name = segment.rsplit('/').next().unwrap();
    for stray in [
        format!("{SEGMENTS}{name}"),
        format!("{SEGMENTS}date=2026-11-17"),
        format!("{SEGMENTS}date=2026-11-17\u{e9}"),
        format!("{SEGMENTS}date=2026-11-19"),
        format!("{SEGMENTS}date=2026-11-19x/hour=00/{name}"),
        format!("{SEGMENTS}zzz"),
        // Days that do not exist, or have not come.
        format!("{SEGMENTS}date=1999-02-30/hour=00/{name}"),
        format!("{SEGMENTS}date=2026-13-01/hour=00/{name}"),
        format!("{SEGMENTS}date=2027-01-01/hour=00/{name}"),
        format!("{SEGMENTS}date=2026-11-20/\u{e9}"),
        format!("{SEGMENTS}date=2026-11-20/hour=01/\u{e9}"),
        // A segment's name in no hour is no segment's key.
        format!("{SEGMENTS}date=2026-11-20/{name}"),
        format!("{SEGMENTS}date=2026-11-20/hour=24/{name}"),
        format!("{SEGMENTS}date=2026-11-20/hour=+1/{name}"),
        format!("{SEGMENTS}date=2026-11-20/hour=01/x/{name}"),
        format!("{SEGMENTS}date=2026-11-20/hour=01/{}", name.to_uppercase()),
        format!("{SEGMENTS}date=2026-11-20/hour=01/0{name}"),
        format!("{}\u{e9}", layout::MANIFESTS),
        format!("{}x", manifest_key(19)),
        format!("{}date=2099-01-01/manifest.ndjson.zst", layout::MANIFESTS),
    ] {
        for cold in [false, true] {
            let world = World::new();
            for (key, object) in pristine.archive.objects() {
                world.archive.plant(key, object);
            }
            world.archive.plant(stray.clone(), object.clone());
            if cold {
                world.archive.cool(&stray);
            }
            assert_eq!(found(&verify(&world).await), [(stray.as_str(), "added")]);
        }
    }
}

#[tokio::test]
async fn an_object_of_another_name_is_added_though_its_days_manifest_lists_it() {
    let world = World::new();
    let segment = world.write(&[delivery("a", 0)], 0).await;
    let stray = format!("{SEGMENTS}date=2026-11-18/hour=24/{}", segment.rsplit('/').next().unwrap());
    world.archive.plant(stray.clone(), world.archive.objects()[&segment].clone());
    close_days(&world.archive, &world.macs, at(NOW)).await.unwrap();
    assert_eq!(found(&verify(&world).await), [(stray.as_str(), "added")]);
}
