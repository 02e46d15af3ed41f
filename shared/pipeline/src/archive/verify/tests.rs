use super::super::testing::{World, at, delivery};
use super::*;
use crate::{StoredSegment, memory::MemoryMacs, samples};

const DAY: i64 = 24 * 3600;

/// Three days of nine segments each, the first two with their manifests.
async fn world() -> World {
    let world = World::new();
    for number in 0..27 {
        let deliveries = [delivery(&format!("d-{number}"), 0), delivery(&format!("e-{number}"), 0)];
        world.write(&deliveries, (number / 9) * DAY + (number % 9) * 1800).await;
    }
    super::super::close_days(&world.archive, &world.macs, at(NOW)).await.unwrap();
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

/// Numbers that are the same at each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[tokio::test]
async fn two_hundred_random_tamperings_are_found_and_the_object_is_named() {
    let other_key = MemoryMacs::new(b"not the archiver's key");
    let pristine = world().await.archive.objects();
    let (mut numbers, mut kinds) = (Numbers(7), BTreeMap::<&str, usize>::new());
    for round in 0..200 {
        let world = World::new();
        for (key, object) in &pristine {
            world.archive.plant(key.clone(), object.clone());
        }
        let today = segments_of(layout::day(at(2 * DAY)));
        let (manifests, segments): (Vec<&String>, Vec<&String>) =
            pristine.keys().partition(|key| key.starts_with(layout::MANIFESTS));
        let closed: Vec<&String> = segments.iter().copied().filter(|key| !key.starts_with(&today)).collect();
        let key = segments[numbers.below(segments.len())];
        let length = pristine[key].bytes.len();
        let at_byte = numbers.below(length);
        let (kind, names): (&str, Vec<String>) = match numbers.below(8) {
            0 => {
                world.change(key, |object| object.bytes[at_byte] ^= 1 << (round % 8));
                ("flip", vec![key.clone()])
            }
            1 => {
                world.change(key, |object| object.bytes.truncate(at_byte));
                ("cut", vec![key.clone()])
            }
            2 => {
                world.change(key, |object| object.bytes.insert(at_byte, 0x5a));
                ("insert", vec![key.clone()])
            }
            3 => {
                let other = segments[(numbers.below(segments.len() - 1)
                    + 1
                    + segments.iter().position(|each| *each == key).unwrap())
                    % segments.len()];
                let (a, b) = (world.archive.remove(key).unwrap(), world.archive.remove(other).unwrap());
                world.archive.plant(key.clone(), b);
                world.archive.plant(other.clone(), a);
                ("swap", vec![key.clone(), other.clone()])
            }
            4 => {
                // Of a day without a manifest nothing can tell.
                let key = closed[numbers.below(closed.len())];
                world.archive.remove(key);
                ("remove", vec![key.clone()])
            }
            5 => {
                let forged = crate::Segment::build(
                    &[&delivery(&format!("forged-{round}"), 0)],
                    at(i64::from(round) * 900),
                )
                .unwrap();
                let mac = match round % 3 {
                    0 => None,
                    1 => Some(other_key.mac(&forged.digest).await.unwrap()),
                    _ => pristine[key].mac.clone(),
                };
                world.archive.plant(forged.key.clone(), StoredSegment { bytes: forged.bytes, mac });
                ("forge", vec![forged.key])
            }
            6 => {
                // What the archiver wrote, in another hour of a closed day.
                let from = closed[numbers.below(closed.len())];
                let copy = in_another_hour(from);
                world.archive.plant(copy.clone(), pristine[from].clone());
                ("copy", vec![copy])
            }
            _ => {
                let manifest = manifests[numbers.below(manifests.len())];
                let length = pristine[manifest].bytes.len();
                let by = numbers.below(length);
                world.change(manifest, |object| match round % 3 {
                    0 => object.bytes[by] ^= 0x20,
                    1 => object.bytes.truncate(by),
                    _ => {
                        // Without the last segment, and in due form but for the MAC.
                        let text = zstd::decode_all(&object.bytes[..]).unwrap();
                        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
                        object.bytes = zstd::encode_all(&lines[..lines.len() - 1].concat()[..], 3).unwrap();
                    }
                });
                ("manifest", vec![manifest.clone()])
            }
        };
        *kinds.entry(kind).or_default() += 1;
        let report = verify(&world).await;
        let found = found(&report);
        for name in names {
            assert!(
                found.iter().any(|(key, _)| *key == name),
                "round {round}, {kind}: {name} not in {found:?}"
            );
        }
    }
    assert!(kinds.len() == 8 && kinds.values().all(|count| *count >= 10), "{kinds:?}");
}

#[tokio::test]
async fn each_finding_has_its_word() {
    type Damage<'a> = &'a dyn Fn(&World, &str);
    let cases: [(Damage<'_>, &str); 4] = [
        (&|world, key| drop(world.archive.remove(key)), "missing"),
        (&|world, key| world.change(key, |object| object.bytes[9] ^= 1), "changed"),
        (&|world, key| world.change(key, |object| object.mac = None), "added"),
        (&|world, key| world.change(key, |object| object.bytes = samples::noise(50)), "changed"),
    ];
    for (damage, word) in cases {
        let world = world().await;
        let key = world.archive.objects().keys().find(|key| key.starts_with(SEGMENTS)).unwrap().clone();
        damage(&world, &key);
        assert_eq!(found(&verify(&world).await), [(key.as_str(), word)]);
    }
}

#[tokio::test]
async fn a_manifest_that_is_gone_forged_or_of_another_day_is_named() {
    let keys: Vec<String> = ["2026-11-18", "2026-11-19"]
        .map(|date| format!("archive/manifests/v0/date={date}/manifest.ndjson.zst"))
        .to_vec();
    // The last of all is due some hours after its day.
    let gone = world().await;
    gone.archive.remove(&keys[1]);
    assert_eq!(found(&verify(&gone).await), [(keys[1].as_str(), "no-manifest")]);

    // Of the first, the one after it and its day's segments tell.
    let gone = world().await;
    gone.archive.remove(&keys[0]);
    assert_eq!(found(&verify(&gone).await), [(keys[0].as_str(), "no-manifest")]);

    let other = world().await;
    let first = other.archive.objects()[&keys[0]].clone();
    other.archive.plant(keys[1].clone(), first);
    assert_eq!(found(&verify(&other).await), [(keys[1].as_str(), "changed")]);

    // Made again over what was changed since: whoever could do that still breaks the chain.
    let again = world().await;
    let segment =
        again.archive.objects().keys().find(|key| key.contains("/v0/date=2026-11-18")).unwrap().clone();
    for key in [&segment, &keys[0]] {
        again.archive.remove(key);
    }
    super::super::close_days(&again.archive, &again.macs, at(2 * DAY)).await.unwrap();
    assert!(again.archive.objects().contains_key(&keys[1]));
    assert!(
        !again.archive.objects().contains_key(&keys[0]),
        "a day before the last manifest is not closed again"
    );

    let stray = world().await;
    stray.archive.plant("archive/manifests/v0/extra", StoredSegment { bytes: vec![1], mac: None });
    assert_eq!(found(&verify(&stray).await), [("archive/manifests/v0/extra", "added")]);
}

#[tokio::test]
async fn a_chain_that_was_made_anew_by_the_archivers_own_key_is_found() {
    let world = world().await;
    let key = "archive/manifests/v0/date=2026-11-18/manifest.ndjson.zst";
    let text = zstd::decode_all(&world.archive.objects()[key].bytes[..]).unwrap();
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let head = String::from_utf8(lines[0].to_vec()).unwrap().replace("\"segments\":9", "\"segments\":8");
    let bytes = zstd::encode_all(&[head.as_bytes(), &lines[1..9].concat()].concat()[..], 3).unwrap();
    let mac = Some(world.macs.mac(&super::super::sha256(&bytes)).await.unwrap());
    world.archive.plant(key, StoredSegment { bytes, mac });
    let removed = serde_json::from_slice::<Entry>(lines[9]).unwrap().key;
    world.archive.remove(&removed);
    let next = "archive/manifests/v0/date=2026-11-19/manifest.ndjson.zst";
    assert_eq!(found(&verify(&world).await), [(next, "chain")]);
}

/// The key of the manifest of a day of November 2026.
fn manifest_key(day: u32) -> String {
    format!("archive/manifests/v0/date=2026-11-{day}/manifest.ndjson.zst")
}

fn segments(world: &World, day: u32) -> Vec<String> {
    let folder = format!("{SEGMENTS}date=2026-11-{day}/");
    world.archive.objects().into_keys().filter(|key| key.starts_with(&folder)).collect()
}

#[tokio::test]
async fn a_manifest_that_names_none_before_it_is_the_first_of_all() {
    let world = world().await;
    let key = manifest_key(19);
    let text =
        String::from_utf8(zstd::decode_all(&world.archive.objects()[&key].bytes[..]).unwrap()).unwrap();
    let (first, entries) = text.split_once('\n').unwrap();
    let head = manifest::Head { previous: None, ..serde_json::from_str(first).unwrap() };
    let text = format!("{}\n{entries}", serde_json::to_string(&head).unwrap());
    let bytes = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let mac = Some(world.macs.mac(&super::super::sha256(&bytes)).await.unwrap());
    world.archive.plant(key.clone(), StoredSegment { bytes, mac });
    assert_eq!(found(&verify(&world).await), [(key.as_str(), "chain")]);
    world.archive.remove(&manifest_key(18));
    let expired = Days { kept_since: at(DAY), ..days() };
    assert_eq!(found(&verified(&world, expired).await), []);
}

#[tokio::test]
async fn days_that_were_removed_whole_from_the_beginning_on_are_found() {
    let world = world().await;
    for key in segments(&world, 18) {
        world.archive.remove(&key);
    }
    world.archive.remove(&manifest_key(18));
    let expected = [(manifest_key(18), "no-manifest")];
    let expected = expected.each_ref().map(|(key, word)| (key.as_str(), *word));
    assert_eq!(found(&verify(&world).await), expected);
    // Also by whoever looks at later days only.
    let later = Days { since: at(2 * DAY), ..days() };
    assert_eq!(found(&verified(&world, later).await), expected);
    // Not if they have expired.
    let expired = Days { kept_since: at(DAY), ..days() };
    assert_eq!(found(&verified(&world, expired).await), []);
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

/// The key of the same segment, had it been written in an hour in which none was.
fn in_another_hour(key: &str) -> String {
    let (day, rest) = key.split_once("/hour=").unwrap();
    format!("{day}/hour=23/{}", rest.split_once('/').unwrap().1)
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
    super::super::close_days(&world.archive, &world.macs, at(NOW)).await.unwrap();
    assert_eq!(found(&verify(&world).await), [(stray.as_str(), "added")]);
}

#[tokio::test]
async fn what_was_planted_as_an_older_manifest_does_not_hide_that_the_first_days_are_gone() {
    let old = "archive/manifests/v0/date=1999-01-01/manifest.ndjson.zst";
    let planted = async |object: StoredSegment, days: Days| {
        let world = world().await;
        world.archive.plant(old, object);
        let untouched = verified(&world, days).await;
        assert_eq!(found(&untouched), [(old, "changed")], "and the chain begins where it did");
        for key in [segments(&world, 18), vec![manifest_key(18)]].concat() {
            world.archive.remove(&key);
        }
        let report = verified(&world, days).await;
        assert_eq!(found(&report), [(old, "changed"), (manifest_key(18).as_str(), "no-manifest")]);
    };
    let copy = world().await.archive.objects()[&manifest_key(18)].clone();
    let forged = StoredSegment { bytes: b"planted".to_vec(), mac: Some(vec![1; 32]) };
    for object in [copy, forged] {
        planted(object.clone(), days()).await;
        planted(object, Days { since: at(DAY), ..days() }).await;
    }
}
