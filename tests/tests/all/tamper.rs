//! Changes behind the stack's back: whatever is done to an object of the archive, the verdict names it, and no other.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, SystemTime},
};

use aws::{KmsMacs, S3Archive};
use pipeline::{Archive, Macs, Opened, Segment};
use serde_json::{Value, json};

use crate::stack::{Stack, random};

const DAY: Duration = Duration::from_hours(24);
/// How many segments are written so many days ago. The first three lose manifests, the others keep theirs to the end, so
/// that they tell what is gone.
const PAST: [(u32, usize); 5] = [(6, 3), (5, 3), (4, 3), (3, 30), (2, 30)];

/// An object, and what is kept with it.
#[derive(Clone)]
struct Object {
    bytes: Vec<u8>,
    metadata: HashMap<String, String>,
}

/// The archive's bucket, in the hands of somebody who may do anything but make a MAC.
struct Bucket<'a> {
    stack: &'a Stack,
    name: &'a str,
}

/// Keys, each with the word for what is wrong with it.
type Findings = BTreeSet<(String, &'static str)>;

/// Tampers with the archive so many times, each time in another way or place, and checks that exactly that is named.
pub(crate) async fn check(stack: &Stack, tamperings: usize) {
    let bucket = Bucket { stack, name: stack.output("TOLLGATE_ARCHIVE_BUCKET") };
    let days = past_days(&bucket).await;
    assert_eq!(found(&days[0], None), Findings::new());

    let edits = tamperings / 8;
    for number in 0..edits {
        edit_manifest(&bucket, &days, number).await;
    }
    let (closed, open): (Vec<String>, Vec<String>) = bucket
        .keys("archive/v0/")
        .await
        .into_iter()
        .filter(|key| !days[..3].iter().any(|day| key.contains(day)))
        .partition(|key| days.iter().any(|day| key.contains(day)));
    let mut tamperer = Tamperer {
        bucket: &bucket,
        numbers: Numbers(7),
        open,
        closed,
        originals: BTreeMap::new(),
        expected: Findings::new(),
    };
    for number in 0..tamperings - edits {
        tamperer.tamper(number).await;
    }
    let (found, expected) = (found(&days[3], None), &tamperer.expected);
    let [missed, unexpected] = [expected - &found, &found - expected];
    assert!(missed.is_empty() && unexpected.is_empty(), "missed: {missed:?}; named besides: {unexpected:?}");
    println!(
        "{tamperings} tamperings found by name, {edits} of manifests; {} objects named at once",
        found.len()
    );

    tamperer.mend().await;
    assert_eq!(self::found(&days[0], None), Findings::new());
}

/// What `tollgate archive verify` finds from one day to another.
fn found(since: &str, until: Option<&str>) -> Findings {
    let mut arguments = vec!["archive", "verify", "--json", "--since", since];
    arguments.extend(until.iter().flat_map(|until| ["--until", until]));
    let (code, printed, errors) = Stack::tollgate(&arguments, "");
    let report: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {errors}"));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(code, if findings.is_empty() { 0 } else { 4 }, "{report}");
    let known = |word: &Value| {
        let words = ["changed", "missing", "added", "chain", "no-manifest"];
        *words.iter().find(|known| word == **known).unwrap_or_else(|| panic!("{word}"))
    };
    findings
        .iter()
        .map(|finding| (finding["key"].as_str().unwrap().to_owned(), known(&finding["fault"])))
        .collect()
}

/// Days that have ended and been closed by the archiver itself, as `2026-11-23`. They are made once for each stack: what
/// is closed stays closed.
async fn past_days(bucket: &Bucket<'_>) -> Vec<String> {
    if bucket.keys("archive/manifests/").await.is_empty() {
        let archive = S3Archive::new(&bucket.stack.sdk, bucket.name);
        let macs = KmsMacs::new(&bucket.stack.sdk, bucket.stack.output("TOLLGATE_MAC_KEY_ARN"));
        let some = bucket.keys("archive/v0/").await;
        let some = bucket.get(&some[0]).await;
        let delivery = pipeline::read_segment(&some.bytes).next().unwrap().unwrap();
        for (days, segments) in PAST {
            for _ in 0..segments {
                let mut segment = written(&delivery, days);
                segment.mac = Some(macs.mac(&segment.digest).await.unwrap());
                archive.put(&segment).await.unwrap();
            }
        }
        let answer = bucket.stack.invoke("TOLLGATE_ARCHIVER_FUNCTION", &json!({"task": "close-days"}));
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }
    let day = |key: String| key.split("date=").nth(1).unwrap()[..10].to_owned();
    let manifests = bucket.keys("archive/manifests/").await.into_iter().map(day).collect::<Vec<_>>();
    assert_eq!(manifests.len(), PAST.len() + 1, "each day from the first until yesterday: {manifests:?}");
    manifests
}

/// A segment of a delivery like this one, written so many days ago.
fn written(like: &Opened, days: u32) -> Segment {
    let at = SystemTime::now() - DAY * days;
    let mut delivery = like.clone();
    delivery.envelope.delivery_id = random();
    delivery.envelope.received_at_ms = pipeline::unix_ms(at);
    Segment::build(&[&delivery], at).unwrap()
}

/// Changes the manifest of the first or the second day: it is named, and that the next does not follow it.
async fn edit_manifest(bucket: &Bucket<'_>, days: &[String], number: usize) {
    let manifest = |day: &String| format!("archive/manifests/v0/date={day}/manifest.ndjson.zst");
    let [edited, next] = [number % 2, number % 2 + 1].map(|day| manifest(&days[day]));
    let original = bucket.get(&edited).await;
    let mut object = original.clone();
    match number % 3 {
        0 => object.bytes[number] ^= 0x20,
        1 => object.bytes.truncate(number),
        _ => {
            // Without the last segment, and in due form but for the MAC.
            let lines = zstd::decode_all(&object.bytes[..]).unwrap();
            let lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
            object.bytes = zstd::encode_all(&lines[..lines.len() - 1].concat()[..], 3).unwrap();
        }
    }
    bucket.put(&edited, object).await;
    let found = found(&days[0], Some(&days[2]));
    bucket.put(&edited, original).await;
    assert_eq!(found, Findings::from([(edited, "changed"), (next, "chain")]), "edit {number}");
}

/// Does harm, each time to objects that are untouched, and remembers how they were.
struct Tamperer<'a> {
    bucket: &'a Bucket<'a>,
    numbers: Numbers,
    /// Segments of days that have no manifest yet.
    open: Vec<String>,
    /// Segments of days that have one.
    closed: Vec<String>,
    /// What was picked, as it was; nothing, where there was nothing.
    originals: BTreeMap<String, Option<Object>>,
    expected: Findings,
}

impl Tamperer<'_> {
    /// One of eight ways.
    async fn tamper(&mut self, number: usize) {
        let closed = matches!(number % 8, 4 | 6);
        let (key, mut object) = self.pick(closed).await;
        let at = self.numbers.below(object.bytes.len());
        match number % 8 {
            0 => {
                object.bytes[at] ^= 1 << (number / 8 % 8);
                self.replace(key, object, "changed").await;
            }
            1 => {
                object.bytes.truncate(at);
                self.replace(key, object, "changed").await;
            }
            2 => {
                object.bytes.insert(at, 0x5a);
                self.replace(key, object, "changed").await;
            }
            3 => {
                let (other, another) = self.pick(false).await;
                self.replace(key, another, "changed").await;
                self.replace(other, object, "changed").await;
            }
            4 => {
                self.bucket.delete(&key).await;
                self.expected.insert((key, "missing"));
            }
            5 => {
                // With the MAC of another segment, or with none.
                let like = pipeline::read_segment(&object.bytes).next().unwrap().unwrap();
                let forged = written(&like, [0, 2, 3][number / 8 % 3]);
                let signed = (number / 8).is_multiple_of(2);
                let metadata = if signed { object.metadata } else { HashMap::new() };
                let fault = if signed { "changed" } else { "added" };
                self.replace(forged.key, Object { bytes: forged.bytes, metadata }, fault).await;
            }
            6 => {
                // What the archiver wrote, once more in another hour.
                let hour: usize = key.split("hour=").nth(1).unwrap()[..2].parse().unwrap();
                let copy = key.replace(&format!("hour={hour:02}"), &format!("hour={:02}", (hour + 1) % 24));
                self.replace(copy, object, "added").await;
            }
            _ => {
                object.metadata.remove(S3Archive::MAC);
                self.replace(key, object, "added").await;
            }
        }
    }

    /// A segment to which nothing was done, and to which nothing will be done again.
    async fn pick(&mut self, closed: bool) -> (String, Object) {
        let from = if closed || self.open.is_empty() { &mut self.closed } else { &mut self.open };
        assert!(!from.is_empty(), "the archive has too few segments for so many tamperings");
        let key = from.swap_remove(self.numbers.below(from.len()));
        let object = self.bucket.get(&key).await;
        self.originals.insert(key.clone(), Some(object.clone()));
        (key, object)
    }

    async fn replace(&mut self, key: String, object: Object, fault: &'static str) {
        self.bucket.put(&key, object).await;
        // What was not picked before is new.
        self.originals.entry(key.clone()).or_insert(None);
        self.expected.insert((key, fault));
    }

    /// Everything is as it was.
    async fn mend(self) {
        for (key, original) in self.originals {
            match original {
                Some(object) => self.bucket.put(&key, object).await,
                None => self.bucket.delete(&key).await,
            }
        }
    }
}

impl Bucket<'_> {
    async fn keys(&self, prefix: &str) -> Vec<String> {
        let call = self.stack.s3.list_objects_v2().bucket(self.name).prefix(prefix);
        let mut pages = call.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            keys.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
        }
        keys
    }

    async fn get(&self, key: &str) -> Object {
        let object = self.stack.s3.get_object().bucket(self.name).key(key).send().await.unwrap();
        let metadata = object.metadata().cloned().unwrap_or_default();
        Object { bytes: object.body.collect().await.unwrap().to_vec(), metadata }
    }

    async fn put(&self, key: &str, Object { bytes, metadata }: Object) {
        let call = self.stack.s3.put_object().bucket(self.name).key(key).set_metadata(Some(metadata));
        call.body(bytes.into()).send().await.unwrap();
    }

    async fn delete(&self, key: &str) {
        self.stack.s3.delete_object().bucket(self.name).key(key).send().await.unwrap();
    }
}

/// Numbers that are the same at each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}
