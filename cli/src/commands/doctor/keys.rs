//! The keys without which nothing is opened, stored or proven.

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::Patient;
use super::finding::Finding;
use crate::signed::KMS;

/// Each key of the stack is enabled, and turned every year if it can be.
pub(crate) async fn keys(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let looks = patient.resources.of_kind("AWS::KMS::Key").map(async |key| {
        let id = json!({ "KeyId": key.physical });
        let described = patient.signed.call(KMS, "DescribeKey", &id).await?;
        let rotation = if symmetric(&described) {
            Some(patient.signed.call(KMS, "GetKeyRotationStatus", &id).await?)
        } else {
            None
        };
        anyhow::Ok(of_key(&key.logical, &described, rotation.as_ref()))
    });
    let mut findings = try_join_all(looks).await?.concat();
    if patient.resources.of_kind("AWS::KMS::Key").next().is_none() {
        findings.push(Finding::error("the stack has no key", "deploy the template again: sam deploy"));
    }
    Ok(findings)
}

fn symmetric(described: &Value) -> bool {
    described.pointer("/KeyMetadata/KeySpec").and_then(Value::as_str) == Some("SYMMETRIC_DEFAULT")
}

fn of_key(name: &str, described: &Value, rotation: Option<&Value>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match described.pointer("/KeyMetadata/KeyState").and_then(Value::as_str) {
        Some("Enabled") => {}
        Some("PendingDeletion") => findings.push(Finding::error(
            format!("{name} is about to be deleted, and with it all that it encrypted"),
            "aws kms cancel-key-deletion and enable-key, today; docs/runbooks/key-endangered.md",
        )),
        state => findings.push(Finding::error(
            format!("{name} is {}", state.unwrap_or("in no state")),
            "aws kms enable-key; until then deliveries wait or are answered 503: docs/runbooks/key-endangered.md",
        )),
    }
    if rotation.is_some_and(|rotation| rotation.get("KeyRotationEnabled") != Some(&Value::Bool(true))) {
        findings.push(Finding::warning(
            format!("{name} is not rotated"),
            "the template turns it on: look for drift with --drift, then sam deploy",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_not_enabled_or_not_rotated_is_found() {
        let check = |state: &str, rotated: Option<bool>, expected: &[&str]| {
            let described = json!({ "KeyMetadata": { "KeyState": state, "KeySpec": "SYMMETRIC_DEFAULT" } });
            let rotation = rotated.map(|rotated| json!({ "KeyRotationEnabled": rotated }));
            let found = of_key("DataKey", &described, rotation.as_ref());
            assert_eq!(found.iter().map(|finding| finding.what.as_str()).collect::<Vec<_>>(), expected);
        };
        check("Enabled", Some(true), &[]);
        check("Enabled", None, &[]);
        check("Enabled", Some(false), &["DataKey is not rotated"]);
        check("Disabled", Some(true), &["DataKey is Disabled"]);
        check(
            "PendingDeletion",
            None,
            &["DataKey is about to be deleted, and with it all that it encrypted"],
        );
    }
}
