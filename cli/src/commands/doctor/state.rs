//! What must outlive everything else: the ledger and the archive; and the bus on which events leave.

use aws_sdk_s3::types::BucketVersioningStatus;
use serde_json::{Value, json};

use super::Patient;
use super::finding::Finding;
use crate::service::Call as _;
use crate::signed::DYNAMODB;

const DRIFTED: &str = "the template sets it: look for drift with --drift, then sam deploy";

/// The ledger can be written, is backed up, and cannot be deleted by mistake.
pub(crate) async fn ledger(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let name = json!({ "TableName": patient.stack.output("LedgerTable")? });
    let described = patient.signed.call(DYNAMODB, "DescribeTable", &name).await?;
    if patient.local {
        // An emulator keeps nothing, and says so.
        return Ok(of_status(&described).into_iter().collect());
    }
    let backups = patient.signed.call(DYNAMODB, "DescribeContinuousBackups", &name).await?;
    Ok(of_status(&described).into_iter().chain(of_table(&described)).chain(of_backups(&backups)).collect())
}

fn of_status(described: &Value) -> Option<Finding> {
    match described.pointer("/Table/TableStatus").and_then(Value::as_str) {
        Some("ACTIVE" | "UPDATING") => None,
        status => Some(Finding::error(
            format!("the ledger is {}", status.unwrap_or("in no state")),
            "deliveries wait in the process queue until it is active",
        )),
    }
}

fn of_table(described: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let on = |path: &str| described.pointer(path) == Some(&Value::Bool(true));
    if !on("/Table/DeletionProtectionEnabled") {
        findings.push(Finding::warning(
            "the ledger can be deleted by one call",
            "deploy with DeletionProtection=true, unless this stack is thrown away",
        ));
    }
    if !on("/Table/StreamSpecification/StreamEnabled") {
        findings.push(Finding::error("the ledger has no stream: no event is announced", DRIFTED));
    }
    if described.pointer("/Table/SSEDescription/KMSMasterKeyArn").is_none() {
        findings.push(Finding::warning("the ledger is not encrypted with a key of the stack", DRIFTED));
    }
    findings
}

fn of_backups(described: &Value) -> Option<Finding> {
    let path = "/ContinuousBackupsDescription/PointInTimeRecoveryDescription/PointInTimeRecoveryStatus";
    (described.pointer(path).and_then(Value::as_str) != Some("ENABLED"))
        .then(|| Finding::error("the ledger cannot be brought back to a point in time", DRIFTED))
}

/// What is archived cannot be changed, and nobody outside can read it.
pub(crate) async fn archive(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let client = aws_sdk_s3::Client::new(patient.stack.sdk.config());
    let bucket = patient.stack.output("ArchiveBucket")?;
    let versions = client.get_bucket_versioning().bucket(bucket).send().await;
    let versions = versions.or_cannot("ask for the archive's versions")?;
    let mut findings = Vec::new();
    if versions.status() != Some(&BucketVersioningStatus::Enabled) {
        findings.push(Finding::error("the archive keeps no versions", DRIFTED));
    }
    if patient.local {
        return Ok(findings);
    }
    let lock = client.get_object_lock_configuration().bucket(bucket).send().await;
    let lock = lock.or_cannot("ask for the archive's lock")?;
    if lock.object_lock_configuration().and_then(|lock| lock.rule()).is_none() {
        findings.push(Finding::warning(
            "archived deliveries are not locked: who may delete in the bucket can delete them",
            "deploy with ArchiveLock=GOVERNANCE or COMPLIANCE, unless this stack is thrown away",
        ));
    }
    let access = client.get_public_access_block().bucket(bucket).send().await;
    let access = access.or_cannot("ask who may reach the archive")?;
    let blocked = access.public_access_block_configuration().is_some_and(|block| {
        [
            block.block_public_acls(),
            block.block_public_policy(),
            block.ignore_public_acls(),
            block.restrict_public_buckets(),
        ]
        .iter()
        .all(|each| *each == Some(true))
    });
    if !blocked {
        findings.push(Finding::error("the archive could be made public", DRIFTED));
    }
    Ok(findings)
}

/// The bus is there, and someone listens.
pub(crate) async fn bus(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let client = aws_sdk_eventbridge::Client::new(patient.stack.sdk.config());
    let arn = patient.stack.output("EventBusArn")?;
    let name = arn.rsplit('/').next().unwrap_or(arn);
    // A put to a bus that is gone is answered with success.
    client.describe_event_bus().name(name).send().await.or_cannot("describe the event bus")?;
    let rules =
        client.list_rules().event_bus_name(name).send().await.or_cannot("list the rules of the bus")?;
    let mut findings = Vec::new();
    if rules.rules().is_empty() {
        findings.push(Finding::note("no rule on the event bus: nobody is told of new events"));
    }
    for rule in rules.rules().iter().filter_map(|rule| rule.name()) {
        let call = client.list_targets_by_rule().event_bus_name(name).rule(rule);
        let targets = call.send().await.or_cannot("list the targets of a rule")?;
        for target in targets.targets() {
            if target.dead_letter_config().and_then(|letters| letters.arn()).is_none() && !patient.local {
                findings.push(Finding::warning(
                    format!("{rule} has no dead-letter queue: what {} refuses for a day is lost", target.id()),
                    "give its target a DeadLetterConfig; announce again with: tollgate events publish --since",
                ));
            }
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_that_is_not_as_deployed_is_found() {
        let check = |path: &str, value: Value, expected: &[&str]| {
            let mut described = json!({ "Table": {
                "TableStatus": "ACTIVE",
                "DeletionProtectionEnabled": true,
                "StreamSpecification": { "StreamEnabled": true },
                "SSEDescription": { "KMSMasterKeyArn": "arn" },
            } });
            described["Table"][path] = value;
            let found = of_status(&described).into_iter().chain(of_table(&described));
            assert_eq!(found.map(|finding| finding.what).collect::<Vec<_>>(), expected);
        };
        check("TableStatus", json!("UPDATING"), &[]);
        check("TableStatus", json!("ARCHIVED"), &["the ledger is ARCHIVED"]);
        check("DeletionProtectionEnabled", json!(false), &["the ledger can be deleted by one call"]);
        check("StreamSpecification", json!(null), &["the ledger has no stream: no event is announced"]);
        check("SSEDescription", json!({}), &["the ledger is not encrypted with a key of the stack"]);
    }

    #[test]
    fn a_ledger_without_recovery_is_found() {
        let check = |status: &str, found: bool| {
            let recovery = json!({ "PointInTimeRecoveryStatus": status });
            let described =
                json!({ "ContinuousBackupsDescription": { "PointInTimeRecoveryDescription": recovery } });
            assert_eq!(of_backups(&described).is_some(), found);
        };
        check("ENABLED", false);
        check("DISABLED", true);
    }
}
