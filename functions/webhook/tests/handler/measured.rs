//! What the front door measures, as its metric lines say it.

use super::*;

/// What was measured since the last time, by its name in the metric line.
fn measured(door: &Door<MemoryQueue>, name: &str) -> Option<Value> {
    let lines = door.measured().take_lines(now()).concat();
    serde_json::from_str::<Value>(&lines).ok().map(|line| line[name].clone())
}

#[tokio::test]
async fn the_age_of_the_oldest_secrets_is_measured_when_their_document_is_read() {
    let door = door();
    for (name, age) in [("old", 91 * 86_400), ("new", 60)] {
        door.ports().documents.write_at(name, document(OLD), now() - Duration::from_secs(age));
    }
    door.warm_up(&["old".to_owned(), "new".to_owned()], now()).await;
    assert_eq!(measured(&door, "secret_age").unwrap(), 91 * 86_400);
    assert_eq!(measured(&door, "secret_age"), None, "nothing was read since");
}

#[tokio::test]
async fn how_far_a_signed_time_lies_from_ours_is_measured() {
    let check = async |time: SystemTime, expected: i64| {
        let door = door();
        let answer = ask(&door, event(&signed_at(time, OLD, &body()), &body())).await;
        assert_eq!(answer.status_code, 200);
        assert_eq!(measured(&door, "skew").unwrap(), expected);
    };
    check(now() - Duration::from_mins(2), 120_000).await;
    check(now() + Duration::from_secs(40), -40_000).await;
}
