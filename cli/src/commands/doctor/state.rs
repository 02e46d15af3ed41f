//! What must outlive everything else: the ledger and the archive; and the bus on which events leave.

use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, PointInTimeRecoveryStatus, TableDescription, TableStatus,
};
use aws_sdk_s3::types::BucketVersioningStatus;

use super::Patient;
use super::finding::Finding;
use crate::service::Call as _;

const DRIFTED: &str = "the template sets it: look for drift with --drift, then sam deploy";

/// The ledger can be written, is backed up, and cannot be deleted by mistake.
pub(crate) async fn ledger(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let client = aws_sdk_dynamodb::Client::new(patient.stack.sdk.config());
    let table = patient.stack.output("LedgerTable")?;
    let described =
        client.describe_table().table_name(table).send().await.or_cannot("describe the ledger")?;
    let mut findings = described.table().map(of_table).unwrap_or_default();
    let backups = client.describe_continuous_backups().table_name(table).send().await;
    let backups = backups.or_cannot("ask for the ledger's backups")?;
    findings.extend(backups.continuous_backups_description().and_then(of_backups));
    if patient.local {
        // An emulator keeps nothing, and says so.
        findings.retain(|finding| finding.what.contains("the ledger is"));
    }
    Ok(findings)
}

fn of_table(table: &TableDescription) -> Vec<Finding> {
    let mut findings = Vec::new();
    match table.table_status() {
        Some(TableStatus::Active | TableStatus::Updating) => {}
        status => findings.push(Finding::error(
            format!("the ledger is {}", status.map_or("in no state", TableStatus::as_str)),
            "deliveries wait in the process queue until it is active",
        )),
    }
    if table.deletion_protection_enabled() != Some(true) {
        findings.push(Finding::warning(
            "the ledger can be deleted by one call",
            "deploy with DeletionProtection=true, unless this stack is thrown away",
        ));
    }
    if table.stream_specification().is_none_or(|stream| !stream.stream_enabled()) {
        findings.push(Finding::error("the ledger has no stream: no event is announced", DRIFTED));
    }
    if table.sse_description().and_then(|sse| sse.kms_master_key_arn()).is_none() {
        findings.push(Finding::warning("the ledger is not encrypted with a key of the stack", DRIFTED));
    }
    findings
}

fn of_backups(backups: &ContinuousBackupsDescription) -> Option<Finding> {
    let recovery = backups.point_in_time_recovery_description()?.point_in_time_recovery_status();
    (recovery != Some(&PointInTimeRecoveryStatus::Enabled))
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
    use aws_sdk_dynamodb::types::{PointInTimeRecoveryDescription, SseDescription, StreamSpecification};

    use super::*;

    #[test]
    fn a_ledger_that_is_not_as_deployed_is_found() {
        let whole = || {
            let stream = StreamSpecification::builder().stream_enabled(true).build().unwrap();
            TableDescription::builder()
                .table_status(TableStatus::Active)
                .deletion_protection_enabled(true)
                .stream_specification(stream)
                .sse_description(SseDescription::builder().kms_master_key_arn("arn").build())
        };
        let check = |table: TableDescription, expected: &[&str]| {
            let found = of_table(&table);
            assert_eq!(found.iter().map(|finding| finding.what.as_str()).collect::<Vec<_>>(), expected);
        };
        check(whole().build(), &[]);
        check(whole().table_status(TableStatus::Archived).build(), &["the ledger is ARCHIVED"]);
        check(whole().deletion_protection_enabled(false).build(), &["the ledger can be deleted by one call"]);
        check(
            whole().set_stream_specification(None).build(),
            &["the ledger has no stream: no event is announced"],
        );
        check(
            whole().set_sse_description(None).build(),
            &["the ledger is not encrypted with a key of the stack"],
        );
    }

    #[test]
    fn a_ledger_without_recovery_is_found() {
        let check = |status: PointInTimeRecoveryStatus, found: bool| {
            let recovery = PointInTimeRecoveryDescription::builder().point_in_time_recovery_status(status);
            let backups = ContinuousBackupsDescription::builder()
                .continuous_backups_status("ENABLED".into())
                .point_in_time_recovery_description(recovery.build())
                .build()
                .unwrap();
            assert_eq!(of_backups(&backups).is_some(), found);
        };
        check(PointInTimeRecoveryStatus::Enabled, false);
        check(PointInTimeRecoveryStatus::Disabled, true);
    }
}
