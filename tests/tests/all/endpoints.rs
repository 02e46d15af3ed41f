//! The operator's commands about endpoints, on the running stack.

use serde_json::Value;

use crate::stack::{Stack, document, eventually, random, secret, shared, stripe_event};

/// The secret of an endpoint document, as the tests write it.
fn secret_in(text: &str, secret: &str) -> bool {
    // A part of it would be as bad: any eight characters in a row.
    secret.as_bytes().windows(8).any(|part| text.contains(std::str::from_utf8(part).unwrap()))
}

#[test]
fn an_endpoint_is_listed_and_shown_without_its_secret() {
    shared(async |stack| {
        let name = format!("e2e-{}", random());
        let secret = secret("stripe");
        let added = Stack::tollgate_json(
            &["endpoint", "add", &name, "--provider", "stripe", "--account", &name, "--secret-stdin"],
            &secret,
        );
        assert_eq!(added["endpoint"], name.as_str());
        let calls: [&[&str]; 4] = [
            &["endpoint", "list"],
            &["endpoint", "list", "--json"],
            &["endpoint", "show", &name],
            &["endpoint", "show", &name, "--json"],
        ];
        for call in calls {
            let (code, printed, errors) = Stack::tollgate(call, "");
            assert_eq!(code, 0, "{call:?}: {errors}");
            assert!(printed.contains(&name), "{call:?}: {printed}");
            assert!(!secret_in(&(printed + &errors), secret.trim_start_matches("whsec_")), "{call:?}");
        }
        let shown = Stack::tollgate_json(&["endpoint", "show", &name], "");
        assert_eq!(shown["coverage"], "body");
        assert_eq!(shown["secrets"][0]["kid"], "k1");
        assert_eq!(shown["warnings"], serde_json::json!([]));
        let url = format!("{}/v1/webhooks/{name}", stack.output("TOLLGATE_URL"));
        assert_eq!(shown["url"], url.as_str());
    });
}

#[test]
fn a_removed_endpoint_is_refused_can_be_brought_back_and_leaves_a_trace() {
    shared(async |stack| {
        let name = format!("e2e-{}", random());
        let endpoint = stack.put_document(&name, &document("stripe", &name, &[&secret("stripe")])).await;

        // Without a person to ask, nothing is done.
        let (code, _, errors) = Stack::tollgate(&["endpoint", "remove", &name], "");
        assert_eq!(code, 1);
        assert!(errors.contains("401") && errors.contains("--yes"), "{errors}");
        assert!(removed_of(&name).is_null());

        let removed = Stack::tollgate_json(&["endpoint", "remove", &name, "--yes", "--reason", "closed"], "");
        assert!(removed["removed"].is_string(), "{removed}");
        let entry = stack.object(removed["audit"].as_str().unwrap()).await;
        let entry: Value = serde_json::from_slice(&entry).unwrap();
        assert_eq!(entry["command"], "endpoint-remove");
        assert_eq!(entry["target"], name.as_str());
        assert_eq!(entry["reason"], "closed");
        assert!(entry["who"].as_str().unwrap().starts_with("arn:"), "{entry}");

        assert!(removed_of(&name).is_string());
        assert_eq!(Stack::tollgate(&["endpoint", "show", &name], "").0, 3);
        assert_eq!(Stack::tollgate(&["endpoint", "remove", &name, "--yes"], "").0, 3);
        let body = stripe_event("evt_1", "pi_1", "created");
        assert_eq!(stack.deliver(&endpoint, "evt_1", &body).status, 401);
        let again = Stack::tollgate(&["endpoint", "add", &name, "--provider", "stripe", "--generate"], "");
        assert!(again.0 == 1 && again.2.contains("endpoint restore"), "{again:?}");

        Stack::tollgate_json(&["endpoint", "restore", &name, "--yes"], "");
        assert!(removed_of(&name).is_null());
        eventually("it is served again", async || {
            (stack.deliver(&endpoint, "evt_1", &body).status == 200).then_some(())
        })
        .await;
    });
}

/// When the document of an endpoint is gone for good, as the list says.
fn removed_of(name: &str) -> Value {
    let list = Stack::tollgate_json(&["endpoint", "list"], "");
    let all = list.as_array().unwrap();
    all.iter().find(|row| row["endpoint"] == name).unwrap()["removed"].clone()
}
