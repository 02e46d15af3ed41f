//! Every provider, end to end: an endpoint is added and a sample is sent by the tool, signed as its provider signs.

use serde_json::Value;
use verification::Provider;

use crate::stack::{Stack, eventually, random, shared};

/// The options with which an endpoint of this provider takes its sample as its own.
fn options(provider: &str, url: &str) -> Vec<String> {
    let mut options = vec!["--setting".to_owned(), "accounts=any".to_owned()];
    match provider {
        "paypal" => options.extend(["--setting".to_owned(), "webhook_id=0EH40505U7160970P".to_owned()]),
        "square" | "twilio" => options.extend(["--setting".to_owned(), format!("notification_url={url}")]),
        _ => {}
    }
    options
}

#[test]
fn a_sample_of_every_provider_is_accepted_and_recorded_once() {
    shared(async |stack| {
        let mut sent = Vec::new();
        for provider in Provider::all() {
            let name = format!("e2e-{}", random());
            let url = format!("{}/v1/webhooks/{name}", stack.output("TOLLGATE_URL"));
            let add = |mode: &str| {
                let options = options(provider.name, &url);
                let own = ["endpoint", "add", &name, "--provider", provider.name, "--account", &name];
                let fixed = ["--generate", "--replace", "--mode", mode];
                let all = own.into_iter().chain(fixed).chain(options.iter().map(String::as_str));
                Stack::tollgate_json(&all.collect::<Vec<_>>(), "")
            };
            add("test");
            let mut mode = "test";
            let mut answer = deliver(provider, &name);
            if answer["mind"].as_str().is_some_and(|mind| mind.contains("other mode")) {
                mode = "live";
                add(mode);
                answer = eventually("the other mode is served", async || {
                    Some(deliver(provider, &name)).filter(|answer| answer["mind"].is_null())
                })
                .await;
            }
            assert!(answer["mind"].is_null(), "{}: {answer}", provider.name);
            sent.push((provider.name, format!("{}#{mode}#{name}#", provider.name)));
        }
        assert_eq!(sent.len(), 32);
        for (provider, key) in sent {
            eventually(&format!("the ledger has the event of {provider}"), async || {
                stack.dump_ledger().await.contains(&key).then_some(())
            })
            .await;
        }
    });
}

/// Sends the provider's usual sample, which is accepted in the provider's own words.
fn deliver(provider: &Provider, name: &str) -> Value {
    let answer = Stack::tollgate_json(&["send", name], "");
    let wanted = provider.accepted_answer();
    assert_eq!(answer["status"], wanted.status, "{}: {answer}", provider.name);
    assert_eq!(answer["body"], wanted.body, "{}: {answer}", provider.name);
    answer
}
