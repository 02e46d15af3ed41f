//! What a stranger gets, and what is too much.

use std::time::{Duration, SystemTime};

use crate::stack::{Headers, Response, eventually, random, shared, stripe_event};

#[test]
fn every_refusal_is_the_same_401_and_leaves_nothing() {
    shared(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let other = stack.endpoint("standardwebhooks").await;
        let event = format!("evt_{}", random());
        let body = stripe_event(&event, "pi_1", "succeeded");
        let now = SystemTime::now();
        let signed = |at| endpoint.sign(&event, &body, at);
        let tampered = String::from_utf8(body.clone()).unwrap().replace("4200", "9200").into_bytes();
        let strange = vec![("stripe-signature".to_owned(), "t=NaN,v1=\u{e9}\u{1F600}".to_owned())];

        let cases: [(&str, &str, Headers, &[u8]); 7] = [
            ("tampered", &endpoint.name, signed(now), &tampered),
            ("unsigned", &endpoint.name, vec![], &body),
            ("stale", &endpoint.name, signed(now - Duration::from_secs(301)), &body),
            ("future", &endpoint.name, signed(now + Duration::from_secs(400)), &body),
            ("unknown endpoint", "no-such-endpoint", signed(now), &body),
            ("another endpoint's", &other.name, signed(now), &body),
            ("malformed header", &endpoint.name, strange, &body),
        ];
        let answers: Vec<(&str, Response)> = cases
            .iter()
            .map(|(case, name, headers, body)| (*case, stack.post(name, headers, body)))
            .collect();
        let first = same_but_for_the_request_id(&answers[0].1);
        for (case, answer) in &answers {
            assert_eq!(answer.status, 401, "{case}: {answer:?}");
            assert_eq!(same_but_for_the_request_id(answer), first, "{case}");
        }

        // A good delivery afterwards shows that the pipeline had its time; nothing of the others arrived.
        let good = format!("evt_{}", random());
        assert_eq!(stack.deliver(&endpoint, &good, &stripe_event(&good, "pi_2", "succeeded")).status, 200);
        stack.recorded(&endpoint, &good).await;
        eventually("the archive has the good one", async || {
            let archived = stack.archived(&endpoint).await;
            assert!(archived.iter().all(|kept| kept.envelope.identity.event_id.as_deref() == Some(&good)));
            (!archived.is_empty()).then_some(())
        })
        .await;
        assert!(stack.event(&endpoint, &event).await.is_none());
        assert!(stack.event(&other, &event).await.is_none());
    });
}

/// The answer without what may differ: the request id in header and body, and what the gateway adds itself.
fn same_but_for_the_request_id(answer: &Response) -> (String, Vec<(String, String)>) {
    let id = answer.header("x-request-id").expect("every answer has a request id");
    let ours = |name: &str| {
        ![
            "x-request-id",
            "date",
            "x-amzn-requestid",
            "x-amz-request-id",
            "x-amz-id-2",
            "x-amzn-trace-id",
            "x-amz-apigw-id",
        ]
        .contains(&name)
    };
    let mut headers: Vec<_> = answer.headers.iter().filter(|(name, _)| ours(name)).cloned().collect();
    headers.sort();
    (answer.body.replace(id, "ID"), headers)
}

#[test]
fn answers_of_every_kind_bear_the_security_headers() {
    shared(async |stack| {
        let endpoint = stack.endpoint("stripe").await;
        let event = format!("evt_{}", random());
        let body = stripe_event(&event, "pi_1", "created");
        let media = [("content-type".to_owned(), "image/png".to_owned())];
        let coded = [("content-encoding".to_owned(), "gzip".to_owned())];
        let answers = [
            (200, stack.deliver(&endpoint, &event, &body)),
            (401, stack.post(&endpoint.name, &[], &body)),
            (413, stack.post(&endpoint.name, &[], &vec![b'x'; LIMIT + 1])),
            (415, stack.post(&endpoint.name, &media, &body)),
            (415, stack.post(&endpoint.name, &coded, &body)),
        ];
        for (status, answer) in answers {
            assert_eq!(answer.status, status, "{answer:?}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{status}");
            assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{status}");
            assert!(answer.header("strict-transport-security").is_some(), "{status}");
            assert!(answer.header("content-security-policy").is_some(), "{status}");
            assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{status}");
        }
    });
}

/// DESIGN: 720 KiB, after base64 is undone.
const LIMIT: usize = 720 * 1024;

#[test]
fn the_largest_body_is_accepted_and_one_byte_more_is_not() {
    shared(async |stack| {
        let endpoint = stack.endpoint("standardwebhooks").await;
        // Printable noise does not compress by more than a sixth, and is JSON. Without an @ it holds no address either:
        // it is kept as it came.
        let frame = br#"{"type":"large","noise":""}"#.len();
        let body = format!(r#"{{"type":"large","noise":"{}"}}"#, noise(LIMIT - frame).replace('@', "~"))
            .into_bytes();
        assert_eq!(body.len(), LIMIT);
        let event = format!("msg_{}", random());
        assert_eq!(stack.deliver(&endpoint, &event, &body).status, 200);

        let larger = [body.as_slice(), b" "].concat();
        assert_eq!(stack.deliver(&endpoint, &format!("msg_{}", random()), &larger).status, 413);

        stack.recorded(&endpoint, &event).await;
        let kept = eventually("the archive has it", async || stack.archived(&endpoint).await.pop()).await;
        assert!(kept.body.as_deref() == Some(body.as_slice()), "the largest body was changed");
        assert_eq!(stack.archived(&endpoint).await.len(), 1);
    });
}

#[test]
fn a_body_that_cannot_be_screened_is_acknowledged_withheld_and_dead_lettered() {
    shared(async |stack| {
        let endpoint = stack.endpoint("standardwebhooks").await;
        let body: Vec<u8> = noise(LIMIT).into_bytes().into_iter().map(|byte| byte | 0x80).collect();
        assert_eq!(stack.deliver(&endpoint, &format!("msg_{}", random()), &body).status, 200);
        let kept =
            eventually("the archive has the envelope", async || stack.archived(&endpoint).await.pop()).await;
        assert_eq!(kept.body, None);
        let withheld = kept.envelope.withheld.expect("it says that the body was withheld");
        assert_eq!(withheld.length, u64::try_from(LIMIT).unwrap());
        eventually("the dead-letter queue names it", async || {
            stack.dead_letters("TOLLGATE_PROCESS_DEAD_LETTERS_URL", "unscreenable").await.pop()
        })
        .await;
    });
}

/// Printable ASCII that does not compress, without quotes and backslashes.
fn noise(length: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let byte = |state: &mut u64| {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        let byte = u8::try_from(*state % 94).unwrap() + b'!';
        char::from(if byte == b'"' || byte == b'\\' { b'~' } else { byte })
    };
    (0..length).map(|_| byte(&mut state)).collect()
}
