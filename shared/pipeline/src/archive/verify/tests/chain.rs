//! The chain of manifests: broken, forged, begun anew.

use super::*;

/// Makes the manifest of a day anew with the archiver's own key. Returns its key.
async fn made_anew(world: &World, day: u32, change: impl FnOnce(String) -> String) -> String {
    let key = manifest_key(day);
    let text = zstd::decode_all(&world.archive.objects()[&key].bytes[..]).unwrap();
    let bytes = zstd::encode_all(change(String::from_utf8(text).unwrap()).as_bytes(), 3).unwrap();
    let mac = Some(world.macs.mac(&sha256(&bytes)).await.unwrap());
    world.archive.plant(key.clone(), StoredSegment { bytes, mac });
    key
}

#[tokio::test]
async fn a_manifest_that_is_gone_forged_or_of_another_day_is_named() {
    let keys = [manifest_key(18), manifest_key(19)];
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
    close_days(&again.archive, &again.macs, at(2 * DAY)).await.unwrap();
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
    let mut removed = None;
    made_anew(&world, 18, |text| {
        let text = text.replacen("\"segments\":9", "\"segments\":8", 1);
        let (rest, last) = text.trim_end().rsplit_once('\n').unwrap();
        removed = Some(serde_json::from_str::<Entry>(last).unwrap().key);
        format!("{rest}\n")
    })
    .await;
    world.archive.remove(&removed.unwrap());
    assert_eq!(found(&verify(&world).await), [(manifest_key(19).as_str(), "chain")]);
}

#[tokio::test]
async fn a_manifest_that_names_none_before_it_is_the_first_of_all() {
    let world = world().await;
    let key = made_anew(&world, 19, |text| {
        let (first, entries) = text.split_once('\n').unwrap();
        let head = manifest::Head { previous: None, ..serde_json::from_str(first).unwrap() };
        format!("{}\n{entries}", serde_json::to_string(&head).unwrap())
    })
    .await;
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

#[tokio::test]
async fn a_day_of_which_nothing_was_written_has_a_manifest_too() {
    let world = World::new();
    world.write(&[delivery("a", 0)], -2 * DAY).await;
    let days = Days { since: at(-3 * DAY), kept_since: at(-3 * DAY), ..days() };
    let missing = |days: &[u32]| -> Vec<(String, &str)> {
        days.iter().map(|day| (manifest_key(*day), "no-manifest")).collect()
    };
    let check = async |expected: Vec<(String, &str)>| {
        let report = verified(&world, days).await;
        let expected: Vec<_> = expected.iter().map(|(key, word)| (key.as_str(), *word)).collect();
        assert_eq!(found(&report), expected);
    };
    // Before there is any manifest, that of the day with a segment is missed.
    check(missing(&[16])).await;
    close_days(&world.archive, &world.macs, at(NOW)).await.unwrap();
    check(missing(&[])).await;
    world.archive.remove(&manifest_key(19));
    check(missing(&[19])).await;
}

#[tokio::test]
async fn a_manifest_that_is_gone_from_the_middle_breaks_the_chain_unless_it_has_expired() {
    let world = world().await;
    let now = at(3 * DAY + 1800);
    close_days(&world.archive, &world.macs, now).await.unwrap();
    world.archive.remove(&manifest_key(19));
    let (gone, after) = (manifest_key(19), manifest_key(20));
    for (kept_since, expected) in [
        (0, vec![(gone.as_str(), "no-manifest"), (after.as_str(), "chain")]),
        (1, vec![(gone.as_str(), "no-manifest"), (after.as_str(), "chain")]),
        (2, vec![]),
    ] {
        let days = Days { until: now, kept_since: at(kept_since * DAY), ..days() };
        let report = verify_archive(&world.archive, &world.macs, days, now, |_| ()).await.unwrap();
        assert_eq!(found(&report), expected, "{kept_since}");
    }
}

#[tokio::test]
async fn a_segment_with_another_digest_than_its_manifest_lists_is_changed() {
    let world = world().await;
    let segment = segments(&world, 19)[0].clone();
    let digest = hex::encode(sha256(&world.archive.objects()[&segment].bytes));
    made_anew(&world, 19, |text| text.replace(&digest, &"0".repeat(64))).await;
    assert_eq!(found(&verify(&world).await), [(segment.as_str(), "changed")]);
}

#[tokio::test]
async fn a_segment_of_ours_with_a_line_that_cannot_be_read_is_changed() {
    let world = world().await;
    let bytes = zstd::encode_all(&b"no JSON\n"[..], 3).unwrap();
    let key = format!("{SEGMENTS}date=2026-11-20/hour=01/{}", layout::name(&sha256(b"no JSON\n")));
    let mac = Some(world.macs.mac(&sha256(&bytes)).await.unwrap());
    world.archive.plant(key.clone(), StoredSegment { bytes, mac });
    assert_eq!(found(&verify(&world).await), [(key.as_str(), "changed")]);
}
