//! Rolling a signing secret, by the tool, while deliveries come.

use std::time::SystemTime;

use serde_json::json;
use verification::Endpoint;

use crate::stack::{Stack, TestEndpoint, document, eventually, random, secret, shared, stripe_event};

/// An endpoint that signs with these secrets, without a change to what is deployed.
fn signer(name: &str, secrets: &[&str]) -> TestEndpoint {
    let document = document("stripe", name, secrets);
    TestEndpoint { name: name.to_owned(), endpoint: Endpoint::parse(name, document.as_bytes()).unwrap() }
}

#[test]
fn no_delivery_is_refused_across_a_roll_and_then_the_old_secret_is() {
    shared(async |stack| {
        let name = format!("e2e-{}", random());
        let (old, new) = (secret("stripe"), secret("stripe"));
        let add = ["endpoint", "add", &name, "--provider", "stripe", "--account", &name, "--secret-stdin"];
        Stack::tollgate_json(&add, &old);
        let (with_old, with_new) = (signer(&name, &[&old]), signer(&name, &[&new]));
        let with_both = signer(&name, &[&old, &new]);
        let mut sent = Vec::new();
        let mut deliver = |signer: &TestEndpoint| {
            let event = format!("evt_{}", random());
            let body = stripe_event(&event, "pi_1", "created");
            let status = stack.post(&name, &signer.sign(&event, &body, SystemTime::now()), &body).status;
            if status == 200 {
                sent.push(event);
            }
            status
        };
        // The functions keep the document from here on: what follows is seen by them without a restart.
        assert_eq!(deliver(&with_old), 200);

        let roll = ["endpoint", "roll", &name, "--secret-stdin", "--kid", "k2", "--overlap", "30s", "--yes"];
        let rolled = Stack::tollgate_json(&roll, &new);
        assert_eq!(rolled["secrets"][0]["change"], "ended");
        assert_eq!(rolled["secrets"][1]["change"], "added");
        assert_eq!([&with_old, &with_both, &with_new, &with_old].map(&mut deliver), [200; 4]);

        eventually("the old secret has ended", async || (deliver(&with_old) == 401).then_some(())).await;
        assert_eq!([&with_both, &with_new].map(&mut deliver), [200; 2]);

        let retired = Stack::tollgate_json(&["endpoint", "roll", &name, "--retire", "--yes"], "");
        assert_eq!(retired["secrets"][0]["change"], "retired");
        let shown = Stack::tollgate_json(&["endpoint", "show", &name], "");
        assert_eq!(shown["secrets"].as_array().unwrap().len(), 1);
        assert_eq!((&shown["secrets"][0]["kid"], &shown["warnings"]), (&json!("k2"), &json!([])));
        assert_eq!([&with_new, &with_old].map(&mut deliver), [200, 401]);
        for event in &sent {
            stack.recorded(&with_old, event).await;
        }

        for (entry, command) in [(&rolled, "endpoint-roll"), (&retired, "endpoint-retire")] {
            let entry = stack.object(entry["audit"].as_str().unwrap()).await;
            let text = String::from_utf8(entry).unwrap();
            assert!(text.contains(command) && text.contains(&name), "{text}");
            assert!(!text.contains(&old) && !text.contains(&new), "an audit object holds a secret");
        }
    });
}

#[test]
fn a_roll_asks_first_shows_its_plan_and_prints_no_secret() {
    shared(async |_| {
        let name = format!("e2e-{}", random());
        let (old, new) = (secret("stripe"), secret("stripe"));
        Stack::tollgate_json(
            &["endpoint", "add", &name, "--provider", "stripe", "--account", &name, "--secret-stdin"],
            &old,
        );
        let roll = ["endpoint", "roll", &name, "--secret-stdin"];
        for (more, code) in [("--dry-run", 0), ("--kid=k2", 1)] {
            let (found, printed, errors) = Stack::tollgate(&[&roll[..], &[more]].concat(), &new);
            assert_eq!(found, code, "{errors}");
            assert!(errors.contains("is taken until") && errors.contains("--retire"), "{errors}");
            assert!(![&old, &new].iter().any(|secret| (printed.clone() + &errors).contains(*secret)));
        }
        let shown = Stack::tollgate_json(&["endpoint", "show", &name], "");
        assert_eq!(
            shown["secrets"],
            json!([{"kid": "k1", "not_before": null, "not_after": null, "state": "valid"}])
        );
        let nothing = Stack::tollgate_json(&["endpoint", "roll", &name, "--retire"], "");
        assert_eq!(nothing["changed"], false);
    });
}

#[test]
fn of_two_rolls_at_the_same_time_one_is_refused_and_no_secret_is_lost() {
    shared(async |_| {
        let name = format!("e2e-{}", random());
        let (old, new) = (secret("stripe"), [secret("stripe"), secret("stripe"), secret("stripe")]);
        Stack::tollgate_json(
            &["endpoint", "add", &name, "--provider", "stripe", "--account", &name, "--secret-stdin"],
            &old,
        );
        let codes = std::thread::scope(|scope| {
            let roll = |(number, secret): (usize, &String)| {
                let kid = format!("n{number}");
                let secret = secret.clone();
                let name = &name;
                scope.spawn(move || {
                    let roll = ["endpoint", "roll", name, "--secret-stdin", "--kid", &kid, "--yes"];
                    let (code, _, errors) = Stack::tollgate(&roll, &secret);
                    assert!(code == 0 || errors.contains("another change came first"), "{errors}");
                    code
                })
            };
            let rolls: Vec<_> = new.iter().enumerate().map(roll).collect();
            rolls.into_iter().map(|roll| roll.join().unwrap()).collect::<Vec<_>>()
        });
        // Those that said that they were done were.
        let shown = Stack::tollgate_json(&["endpoint", "show", &name], "");
        let kids = shown["secrets"].as_array().unwrap();
        let done = codes.iter().filter(|code| **code == 0).count();
        assert!(done > 0, "{codes:?}");
        assert_eq!(kids.len(), 1 + done, "{codes:?}: {shown}");
    });
}
