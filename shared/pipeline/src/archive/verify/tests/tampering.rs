//! Two hundred tamperings at random.

use super::*;

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
