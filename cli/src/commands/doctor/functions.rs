//! The functions, what feeds them, and how many may run.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::Patient;
use super::finding::Finding;
use crate::signed::LAMBDA;

/// What an account has by default; new ones have less.
const USUAL_CONCURRENCY: u64 = 1000;
/// Lambda keeps so many unreserved, and refuses to reserve them.
const LEAST_UNRESERVED: u64 = 100;

/// Each function can be invoked.
pub(crate) async fn functions(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let looks = patient.resources.of_kind("AWS::Lambda::Function").map(async |function| {
        let path = format!("/2015-03-31/functions/{}/configuration", function.physical);
        let found = patient.signed.get(LAMBDA, &path).await?;
        anyhow::Ok(of_function(&function.logical, &found))
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}

fn of_function(name: &str, found: &Value) -> Option<Finding> {
    let text = |field: &str| found.get(field).and_then(Value::as_str);
    let reason = |field: &str| text(field).map(|reason| format!(": {reason}")).unwrap_or_default();
    match text("State") {
        Some("Active") | None => {}
        Some("Inactive") => {
            return Some(Finding::error(
                format!("{name} slept in after 14 days without work: its next invocation fails"),
                "invoke it once now, and let the canary reach it: docs/operate.md, Quiet stacks",
            ));
        }
        Some(state) => {
            return Some(Finding::error(
                format!("{name} is {state}{}", reason("StateReason")),
                "pending ends by itself in minutes; else sam deploy",
            ));
        }
    }
    (text("LastUpdateStatus") == Some("Failed")).then(|| {
        Finding::error(
            format!("the last update of {name} failed{}", reason("LastUpdateStatusReason")),
            "mend the reason, then sam deploy",
        )
    })
}

/// Each queue and the ledger's stream feed their function.
pub(crate) async fn mappings(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let looks = patient.resources.of_kind("AWS::Lambda::EventSourceMapping").map(async |mapping| {
        let path = format!("/2015-03-31/event-source-mappings/{}", mapping.physical);
        let found = patient.signed.get(LAMBDA, &path).await?;
        anyhow::Ok(of_mapping(&mapping.logical, &found))
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}

fn of_mapping(name: &str, found: &Value) -> Option<Finding> {
    let text = |field: &str| found.get(field).and_then(Value::as_str).unwrap_or("unknown");
    let state = text("State");
    if state != "Enabled" {
        return Some(Finding::error(
            format!("{name} is {state}: nothing reaches its function"),
            "aws lambda update-event-source-mapping --enabled --uuid …; the messages wait in their queue",
        ));
    }
    let last = text("LastProcessingResult");
    last.starts_with("PROBLEM").then(|| {
        Finding::error(
            format!("{name} cannot feed its function: {last}"),
            "the function's role, its key or its concurrency stands in the way: docs/operate.md",
        )
    })
}

/// The account lets enough functions run at once.
pub(crate) async fn concurrency(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    Ok(of_account(&patient.signed.get(LAMBDA, "/2016-08-19/account-settings").await?))
}

fn of_account(settings: &Value) -> Vec<Finding> {
    let limit = |field: &str| settings.pointer(&format!("/AccountLimit/{field}")).and_then(Value::as_u64);
    let mut findings = Vec::new();
    if let Some(all) = limit("ConcurrentExecutions").filter(|all| *all < USUAL_CONCURRENCY) {
        findings.push(Finding::warning(
            format!("the account may run {all} functions at once, in all of its stacks"),
            "ask for more: Service Quotas, Lambda, Concurrent executions; docs/scale.md says how many",
        ));
    }
    if let Some(left) = limit("UnreservedConcurrentExecutions").filter(|left| *left <= LEAST_UNRESERVED) {
        findings.push(Finding::warning(
            format!(
                "only {left} of the account's concurrency is not reserved: processor and archiver share it"
            ),
            "reserve less for others, or ask for more: Service Quotas, Lambda, Concurrent executions",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn what(finding: Option<Finding>) -> String {
        finding.map(|finding| finding.what).unwrap_or_default()
    }

    #[test]
    fn a_function_that_cannot_be_invoked_is_found() {
        let check = |found: Value, expected: &str| assert_eq!(what(of_function("Webhook", &found)), expected);
        check(json!({ "State": "Active", "LastUpdateStatus": "Successful" }), "");
        check(json!({}), "");
        check(
            json!({ "State": "Inactive" }),
            "Webhook slept in after 14 days without work: its next invocation fails",
        );
        check(json!({ "State": "Failed", "StateReason": "no subnet" }), "Webhook is Failed: no subnet");
        check(
            json!({ "State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no key" }),
            "the last update of Webhook failed: no key",
        );
    }

    #[test]
    fn a_mapping_that_feeds_nothing_is_found() {
        let check = |found: Value, expected: &str| assert_eq!(what(of_mapping("M", &found)), expected);
        check(json!({ "State": "Enabled", "LastProcessingResult": "OK" }), "");
        check(json!({ "State": "Enabled" }), "");
        check(json!({ "State": "Disabled" }), "M is Disabled: nothing reaches its function");
        check(json!({}), "M is unknown: nothing reaches its function");
        check(
            json!({ "State": "Enabled", "LastProcessingResult": "PROBLEM: Function call failed" }),
            "M cannot feed its function: PROBLEM: Function call failed",
        );
    }

    #[test]
    fn an_account_that_lets_too_little_run_is_found() {
        let check = |all: u64, left: u64, findings: usize| {
            let limit = json!({ "ConcurrentExecutions": all, "UnreservedConcurrentExecutions": left });
            assert_eq!(of_account(&json!({ "AccountLimit": limit })).len(), findings, "{all} {left}");
        };
        check(1000, 900, 0);
        check(999, 899, 1);
        check(1000, 100, 1);
        check(10, 10, 2);
    }
}
