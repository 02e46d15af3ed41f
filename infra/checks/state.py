"""What rests: keys, ledger, archive, and that it outlives the stack."""

import re

from render import ACCOUNT, REGION, ROOT

from .claims import arn, check, of, properties, sources, statements, storage_key

STATEFUL = {
    "AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy", "AWS::Events::EventBus", "AWS::Logs::LogGroup", "AWS::Backup::BackupVault",
}
# The key policy's statements for services that encrypt with it under their own name.
SERVICES = {"LogsOfThisStack", "AlarmsToTheirTopic", "KeyEventsToTheirTopic"}


@check
def what_rests_is_encrypted_with_the_storage_key(stack):
    key = storage_key(stack)
    for name, queue in of(stack, "AWS::SQS::Queue"):
        assert queue.get("KmsMasterKeyId") == key, name
    for name, group in of(stack, "AWS::Logs::LogGroup"):
        assert group.get("KmsKeyId") == key, name
    table = properties(stack, "Data.LedgerTable").get("SSESpecification")
    assert table == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    rules = properties(stack, "Data.ArchiveBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rules[0]["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert rules[0]["BucketKeyEnabled"] is True


@check
def keys_rotate_and_are_used_by_iam_only(stack):
    for name in ("DataKey", "StorageKey"):
        if name == "StorageKey" and stack.parameters["StorageKeyArn"]:
            continue
        assert properties(stack, f"Data.{name}")["EnableKeyRotation"] is True, name
    mac = properties(stack, "Data.MacKey")
    assert (mac["KeySpec"], mac["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")
    for name, key in of(stack, "AWS::KMS::Key"):
        by_sid = {each["Sid"]: each for each in statements(key["KeyPolicy"])}
        assert (by_sid["AccountUsesIam"]["Effect"], by_sid["AccountUsesIam"]["Action"]) == ("Allow", "kms:*"), name
        assert by_sid["AccountUsesIam"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, name
        grants = by_sid["GrantsOnlyForServices"]
        assert (grants["Effect"], grants["Principal"], grants["Action"]) == ("Deny", "*", "kms:CreateGrant"), name
        assert all(each["Resource"] == "*" for each in by_sid.values()), name
        assert grants["Condition"] == {"BoolIfExists": {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"}}, name
        others = set(by_sid) - {"AccountUsesIam", "GrantsOnlyForServices"}
        assert others == (SERVICES if name == "StorageKey" else set()), name
        assert key["PendingWindowInDays"] == 30, name


@check
def services_may_use_the_storage_key_for_this_stacks_things_only(stack):
    if stack.parameters["StorageKeyArn"]:
        assert "StorageKey" not in stack.nested["Data"].resources
        return
    by_sid = {each["Sid"]: each for each in statements(properties(stack, "Data.StorageKey")["KeyPolicy"])}
    logs = by_sid["LogsOfThisStack"]
    groups = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    names = [group.partition(f":{ACCOUNT}:log-group:")[2] for group in groups]
    assert names == [f"{stack.name}-*", "API-Gateway-Execution-Logs_*/api", f"aws-waf-logs-{stack.name}-*"]
    assert set(logs["Action"]) == {
        "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey",
    }
    alarms, events = by_sid["AlarmsToTheirTopic"], by_sid["KeyEventsToTheirTopic"]
    for allowed in (logs, alarms, events):
        assert allowed["Effect"] == "Allow", allowed["Sid"]
    assert logs["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    assert alarms["Action"] == events["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    source = {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"}
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": source}
    assert "Condition" not in events


@check
def the_ledger_is_backed_up_where_it_is_asked_for(stack):
    data = stack.nested["Data"]
    asked = stack.parameters["Backup"] == "true"
    assert [name for name in ("BackupVault", "BackupPlan", "BackupSelection") if name in data.resources] == (
        ["BackupVault", "BackupPlan", "BackupSelection"] if asked else []
    )
    if not asked:
        assert data.outputs["BackupVault"] == ""
        return
    vault = properties(stack, "Data.BackupVault")
    assert vault["EncryptionKeyArn"] == storage_key(stack)
    assert vault["LockConfiguration"] == {"MinRetentionDays": 35}
    (deny,) = statements(vault["AccessPolicy"])
    assert (deny["Effect"], deny["Principal"], deny["Resource"]) == ("Deny", "*", "*") and "Condition" not in deny
    assert deny["Action"] == ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
    plan = properties(stack, "Data.BackupPlan")["BackupPlan"]
    (rule,) = plan["BackupPlanRule"]
    assert rule["TargetBackupVault"] == data.ref("BackupVault") == data.outputs["BackupVault"]
    assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", rule["ScheduleExpression"])
    assert rule["Lifecycle"] == {"DeleteAfterDays": 35}
    assert (rule["StartWindowMinutes"], rule["CompletionWindowMinutes"]) == (60, 720)
    selection = properties(stack, "Data.BackupSelection")
    assert selection["BackupPlanId"] == data.ref("BackupPlan")
    assert selection["BackupSelection"]["Resources"] == [data.arn("LedgerTable")]
    assert selection["BackupSelection"]["IamRoleArn"] == data.arn("BackupRole")


@check
def the_ledger_can_be_restored_and_is_hard_to_delete(stack):
    table = properties(stack, "Data.LedgerTable")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    if stack.parameters["Retention"] != "30d":
        assert table["DeletionProtectionEnabled"] == "true"


@check
def the_ledger_has_the_keys_that_the_code_names(stack):
    names = dict(re.findall(r'pub const ([A-Z]+): &str = "([^"]+)";', (ROOT / "shared/payments/src/item.rs").read_text()))
    table = properties(stack, "Data.LedgerTable")
    (index,) = table["GlobalSecondaryIndexes"]
    assert keys_of(table) == {"HASH": names["PK"], "RANGE": names["SK"]}
    assert keys_of(index) == {"HASH": names["PAYMENT"], "RANGE": names["AT"]}
    keys = {*keys_of(table).values(), *keys_of(index).values()}
    assert {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]} == dict.fromkeys(keys, "S")
    assert index["IndexName"] == names["INDEX"] and index["Projection"] == {"ProjectionType": "ALL"}


@check
def the_archive_is_locked_versioned_and_expires_after_its_lock(stack):
    bucket = properties(stack, "Data.ArchiveBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["ObjectLockEnabled"] is True and bucket["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    logs = stack.parameters["AccessLogBucket"]
    kept = {"DestinationBucketName": logs, "LogFilePrefix": f"{stack.name}/"} if logs else None
    assert bucket.get("LoggingConfiguration") == kept
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True} and len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert all(rule["Status"] == "Enabled" for rule in rules.values())
    assert rules["UnfinishedUploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    days = rules["ArchiveExpires"]["ExpirationInDays"]
    assert rules["ArchiveExpires"]["Prefix"] == "archive/" and days >= 30
    assert stack.nested["Data"].outputs["ArchiveDays"] == days
    assert rules["ArchiveExpires"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    markers = {"Id": "LoneDeleteMarkers", "Status": "Enabled", "ExpiredObjectDeleteMarker": True}
    assert len(rules) == 4 + ("SegmentsCool" in rules) and rules["LoneDeleteMarkers"] == markers
    # Whatever is written has an end: docs/privacy.md says so.
    ends = {"ExpirationInDays": days, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    assert rules["AuditExpires"] == {"Id": "AuditExpires", "Status": "Enabled", "Prefix": "audit/"} | ends
    assert '"audit/v0/' in sources("cli/src")
    # Manifests stay where each check can read them.
    assert all("Transitions" not in rule for id, rule in rules.items() if id != "SegmentsCool")
    cool = rules.get("SegmentsCool", {"Prefix": "archive/v0/"})
    assert cool["Prefix"] == "archive/v0/" and "ExpirationInDays" not in cool
    moves = cool.get("Transitions", [])
    assert [move["StorageClass"] for move in moves] == ["GLACIER_IR", "DEEP_ARCHIVE"][: len(moves)]
    cold = int(stack.parameters["DeepArchiveAfterDays"])
    assert [int(move["TransitionInDays"]) for move in moves] == ([90] + [cold] * (cold > 0) if days > 90 else [])
    if stack.parameters["Retention"] != "30d":
        lock = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        assert lock["Mode"] in ("GOVERNANCE", "COMPLIANCE") and lock["Days"] == days >= 365


@check
def the_ledger_remembers_thirty_days_longer_than_the_archive(stack):
    for retention, days in stack.nested["Data"].template["Mappings"]["Days"].items():
        assert days["Ledger"] == days["Archive"] + 30, retention


@check
def the_archive_refuses_deletes_overwrites_and_plain_http(stack):
    bucket = arn(stack, "Data.ArchiveBucket")
    denied = {each["Sid"]: each for each in statements(properties(stack, "Data.ArchiveBucketPolicy")["PolicyDocument"])}
    assert properties(stack, "Data.ArchiveBucketPolicy")["Bucket"] == stack.nested["Data"].ref("ArchiveBucket")
    for sid in ("DenyPlainHttp", "DenyOldTls", "DenyDeletes", "DenyOverwrites"):
        assert denied[sid]["Effect"] == "Deny" and denied[sid]["Principal"] == "*", sid
    assert denied["DenyPlainHttp"]["Action"] == denied["DenyOldTls"]["Action"] == "s3:*" and "Condition" not in denied["DenyDeletes"]
    assert denied["DenyPlainHttp"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["DenyOldTls"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert set(denied["DenyPlainHttp"]["Resource"]) == set(denied["DenyOldTls"]["Resource"]) == {bucket, f"{bucket}/*"}
    assert set(denied["DenyDeletes"]["Action"]) == {"s3:DeleteObject", "s3:DeleteObjectVersion"}
    overwrites = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    assert denied["DenyOverwrites"]["Action"] == "s3:PutObject" and denied["DenyOverwrites"]["Condition"] == overwrites
    assert denied["DenyDeletes"]["Resource"] == denied["DenyOverwrites"]["Resource"] == f"{bucket}/*"


@check
def state_outlives_the_stack(stack):
    parts = [stack, *stack.nested.values()]
    kept = {"Data": stack.resources["Data"]}
    for part in parts:
        kept |= {name: each for name, each in part.resources.items() if each["Type"] in STATEFUL}
    assert len(kept) >= 17
    for name, resource in kept.items():
        assert resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == "Retain", name


def keys_of(table):
    return {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
