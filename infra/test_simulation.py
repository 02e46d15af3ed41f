"""Who may do what, as IAM would decide it: every call of every function is allowed, and what each must not do is not."""

import collections
import copy
import unittest

import render
from checks.claims import CALLS, FUNCTIONS, arn
from render import ACCOUNT, REGION
from simulate import decide

STACK = render.full()
PARTS = STACK.nested
DATA_KEY, STORAGE_KEY, MAC_KEY = (PARTS["Data"].arn(name) for name in ("DataKey", "StorageKey", "MacKey"))
LEDGER, BUCKET = PARTS["Data"].arn("LedgerTable"), PARTS["Data"].arn("ArchiveBucket")
QUEUES = {name: STACK.arn(name) for name in ("ProcessQueue", "ArchiveQueue", "ProcessDeadLetters", "ArchiveDeadLetters", "PublisherDeadLetters")}
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
SEGMENT = f"{BUCKET}/archive/v0/date=2026-11-23/hour=07/0a1b2c3d.ndjson.zst"
TOPIC, BUS = PARTS["Alarms"].arn("AlarmTopic"), STACK.arn("EventBus")
STRANGER = "999999999999"
SOURCE = {"Webhook": "webhook", "Processor": "replay", "Archiver": "webhook"}
CREATE_ONLY = {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"}


def sealed(stack=STACK.name, source="webhook"):
    return {"kms:EncryptionContext:tollgate:stack": stack, "kms:EncryptionContext:tollgate:source": source}


def by_way_of(service):
    return {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}


def called():
    """(function, action, resource, context) of every call that the code makes."""
    for function in FUNCTIONS:
        for action, paths in CALLS[function].items():
            for path in paths:
                resource, context = arn(STACK, path), {}
                if path.startswith("secrets."):
                    resource = resource.replace("*", "paypal-test-AbCdEf")
                if action in ("s3:PutObject", "s3:GetObject"):
                    resource, context = SEGMENT, CREATE_ONLY
                if action == "s3:ListBucket":
                    context = {"s3:prefix": "archive/v0/date=2026-11-23/"}
                if path == "Data.DataKey":
                    context = sealed(source=SOURCE[function])
                yield function, action, resource, context


# What Lambda, and AWS services for a function, do with its role, and what services do under their own names.
ALLOWED = [
    ("Processor role", "sqs:ReceiveMessage", QUEUES["ProcessQueue"], {}),
    ("Processor role", "sqs:DeleteMessage", QUEUES["ProcessQueue"], {}),
    ("Archiver role", "sqs:ReceiveMessage", QUEUES["ArchiveQueue"], {}),
    ("Archiver role", "sqs:DeleteMessage", QUEUES["ArchiveQueue"], {}),
    ("Publisher role", "dynamodb:GetRecords", f"{LEDGER}/stream/2026-01-01T00:00:00.000", {}),
    ("Publisher role", "sqs:SendMessage", QUEUES["PublisherDeadLetters"], {}),
    *((f"{name} role", "ec2:CreateNetworkInterface", "*", {}) for name in FUNCTIONS),
    *((f"{name} role", "xray:PutTraceSegments", "*", {}) for name in FUNCTIONS),
    *((f"{name} role", "logs:PutLogEvents", STACK.arn(f"{name}Logs"), {}) for name in FUNCTIONS),
    *((f"{name} role", "kms:GenerateDataKey", STORAGE_KEY, by_way_of("sqs")) for name in FUNCTIONS),
    *((f"{name} role", "kms:Decrypt", STORAGE_KEY, by_way_of("sqs")) for name in FUNCTIONS),
    ("Webhook role", "kms:Decrypt", STORAGE_KEY, by_way_of("secretsmanager")),
    ("Processor role", "kms:Decrypt", STORAGE_KEY, by_way_of("dynamodb")),
    ("Publisher role", "kms:Decrypt", STORAGE_KEY, by_way_of("dynamodb")),
    ("Archiver role", "kms:GenerateDataKey", STORAGE_KEY, by_way_of("s3")),
    ("Deployment role", "lambda:UpdateAlias", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK.name}-Webhook:live", {}),
    ("Backup role", "dynamodb:StartAwsBackupJob", LEDGER, {}),
    ("Backup role", "kms:CreateGrant", STORAGE_KEY, {"kms:GrantIsForAWSResource": "true"}),
    ("FlowLog role", "logs:PutLogEvents", PARTS["PrivateNetwork"].arn("FlowLogGroup"), {}),
    (f"logs.{REGION}.amazonaws.com", "kms:GenerateDataKey", STORAGE_KEY, {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{STACK.name}-WebhookLogs"}),
    (f"logs.{REGION}.amazonaws.com", "kms:Decrypt", STORAGE_KEY, {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:aws-waf-logs-{STACK.name}-abc"}),
    ("cloudwatch.amazonaws.com", "kms:GenerateDataKey", STORAGE_KEY, {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:any"}),
    ("cloudwatch.amazonaws.com", "sns:Publish", TOPIC, {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:any"}),
    ("events.amazonaws.com", "sns:Publish", TOPIC, {}),
    ("events.amazonaws.com", "kms:Decrypt", STORAGE_KEY, {}),
]
PLAIN = {"aws:SecureTransport": "false"}
DENIED = [
    # Each in its own place: no reading where one writes, no queue but one's own.
    ("Webhook", "sqs:ReceiveMessage", QUEUES["ProcessQueue"], {}),
    ("Webhook", "sqs:SendMessage", QUEUES["ProcessDeadLetters"], {}),
    ("Webhook", "sqs:PurgeQueue", QUEUES["ProcessQueue"], {}),
    ("Webhook", "dynamodb:PutItem", LEDGER, {}),
    ("Webhook", "dynamodb:GetItem", LEDGER, {}),
    ("Webhook", "s3:PutObject", SEGMENT, CREATE_ONLY),
    ("Webhook", "kms:Decrypt", DATA_KEY, sealed()),
    ("Webhook", "secretsmanager:PutSecretValue", f"{SECRET}tollgate/{STACK.name}/endpoints/shop-AbCdEf", {}),
    ("Webhook", "secretsmanager:GetSecretValue", f"{SECRET}tollgate/other/endpoints/shop-AbCdEf", {}),
    ("Webhook", "secretsmanager:GetSecretValue", f"{SECRET}tollgate/{STACK.name}-staging/endpoints/shop-AbCdEf", {}),
    ("Webhook", "secretsmanager:GetSecretValue", f"{SECRET}database-AbCdEf", {}),
    ("Webhook", "secretsmanager:ListSecrets", "*", {}),
    ("Webhook", "events:PutEvents", BUS, {}),
    ("Processor", "sqs:SendMessage", QUEUES["ProcessQueue"], {}),
    ("Processor", "sqs:SendMessage", QUEUES["ArchiveQueue"], {}),
    ("Processor role", "sqs:ReceiveMessage", QUEUES["ArchiveQueue"], {}),
    ("Processor role", "sqs:ReceiveMessage", QUEUES["ProcessDeadLetters"], {}),
    ("Processor", "kms:GenerateDataKey", DATA_KEY, sealed()),
    ("Processor", "s3:PutObject", SEGMENT, CREATE_ONLY),
    ("Processor", "events:PutEvents", BUS, {}),
    *(("Processor", f"dynamodb:{call}", LEDGER, {}) for call in ("DeleteItem", "UpdateItem", "BatchWriteItem", "Scan", "DeleteTable", "UpdateTimeToLive")),
    ("Processor", "dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/other", {}),
    ("Archiver", "s3:PutObject", f"{BUCKET}/audit/v0/date=2026-11-23/x", CREATE_ONLY),
    ("Archiver", "s3:PutObject", "arn:aws:s3:::other/archive/v0/x", CREATE_ONLY),
    ("Archiver", "s3:PutObject", SEGMENT, {"s3:ObjectCreationOperation": "true"}),
    *(("Archiver", f"s3:{call}", SEGMENT, {}) for call in ("DeleteObject", "DeleteObjectVersion", "PutObjectRetention", "BypassGovernanceRetention", "PutObjectAcl")),
    ("Archiver", "s3:PutBucketPolicy", BUCKET, {}),
    ("Archiver", "s3:ListBucket", BUCKET, {}),
    ("Archiver", "s3:ListBucket", BUCKET, {"s3:prefix": ""}),
    ("Archiver", "s3:ListBucket", BUCKET, {"s3:prefix": "audit/v0/"}),
    ("Archiver", "kms:VerifyMac", MAC_KEY, {}),
    ("Archiver", "sqs:SendMessage", QUEUES["ArchiveQueue"], {}),
    ("Archiver", "dynamodb:PutItem", LEDGER, {}),
    ("Archiver", "secretsmanager:GetSecretValue", f"{SECRET}tollgate/{STACK.name}/endpoints/shop-AbCdEf", {}),
    ("Publisher", "dynamodb:PutItem", LEDGER, {}),
    ("Publisher", "events:PutEvents", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default", {}),
    ("Publisher", "kms:Decrypt", DATA_KEY, sealed()),
    ("Publisher", "sqs:SendMessage", QUEUES["ProcessQueue"], {}),
    ("Publisher", "s3:GetObject", SEGMENT, {}),
    # Keys: for this stack's context, for one's own source, by way of the service that needs it, and never to be handed on.
    *((name, "kms:Decrypt", DATA_KEY, sealed(stack="other")) for name in ("Processor", "Archiver")),
    *((name, "kms:Decrypt", DATA_KEY, sealed(source="other")) for name in ("Processor", "Archiver")),
    *((name, "kms:Decrypt", DATA_KEY, {}) for name in ("Processor", "Archiver")),
    ("Webhook", "kms:GenerateDataKey", DATA_KEY, sealed(source="replay")),
    ("Archiver", "kms:Decrypt", DATA_KEY, sealed(source="replay")),
    ("Webhook", "kms:GenerateDataKey", DATA_KEY, {}),
    *((name, "kms:Decrypt", STORAGE_KEY, {}) for name in FUNCTIONS),
    *((f"{name} role", "kms:Decrypt", STORAGE_KEY, {}) for name in FUNCTIONS),
    ("Webhook role", "kms:Decrypt", STORAGE_KEY, by_way_of("dynamodb")),
    ("Processor role", "kms:Decrypt", STORAGE_KEY, by_way_of("s3")),
    ("Archiver role", "kms:Decrypt", STORAGE_KEY, by_way_of("secretsmanager")),
    *((f"{name} role", f"kms:{call}", key, {}) for name in FUNCTIONS for key in (DATA_KEY, STORAGE_KEY, MAC_KEY) for call in ("CreateGrant", "ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy")),
    *((f"{name} role", "kms:GenerateMac", MAC_KEY, {}) for name in ("Webhook", "Processor", "Publisher")),
    ("Backup role", "kms:CreateGrant", STORAGE_KEY, {"kms:GrantIsForAWSResource": "false"}),
    # Code has none of the rights that Lambda needs for its interfaces, and none over itself or the roles.
    *((name, "ec2:CreateNetworkInterface", "*", {}) for name in FUNCTIONS),
    *((f"{name} role", "ec2:CreateNetworkInterface", "*", {"lambda:SourceFunctionArn": STACK.arn(name)}) for name in FUNCTIONS),
    *((f"{name} role", action, "*", {}) for name in FUNCTIONS for action in ("iam:PassRole", "sts:AssumeRole", "lambda:UpdateFunctionCode", "logs:DeleteLogGroup", "cloudwatch:DeleteAlarms")),
    # The helpers' roles.
    ("Deployment role", "lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK.name}-Webhook", {}),
    ("Deployment role", "lambda:UpdateAlias", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:other:live", {}),
    ("Backup role", "backup:DeleteRecoveryPoint", f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:x", {}),
    ("Backup role", "dynamodb:DeleteTable", LEDGER, {}),
    ("FlowLog role", "logs:PutLogEvents", STACK.arn("WebhookLogs"), {}),
    # Plain HTTP, old TLS, other accounts, and services that speak for somebody else.
    *((f"{name} role", "sqs:SendMessage", queue, PLAIN) for name in ("Webhook", "Processor", "Publisher") for queue in QUEUES.values()),
    ("Archiver role", "s3:PutObject", SEGMENT, CREATE_ONLY | PLAIN),
    ("Archiver role", "s3:PutObject", SEGMENT, CREATE_ONLY | {"s3:TlsVersion": "1.1"}),
    *((STRANGER, "sqs:SendMessage", queue, {}) for queue in QUEUES.values()),
    (STRANGER, "s3:GetObject", SEGMENT, {}),
    (STRANGER, "s3:PutObject", SEGMENT, CREATE_ONLY),
    *((STRANGER, "kms:Decrypt", key, sealed()) for key in (DATA_KEY, STORAGE_KEY)),
    (STRANGER, "sns:Publish", TOPIC, {}),
    ("cloudwatch.amazonaws.com", "sns:Publish", TOPIC, {"aws:SourceAccount": STRANGER, "aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{STRANGER}:alarm:any"}),
    ("cloudwatch.amazonaws.com", "kms:Decrypt", STORAGE_KEY, {"aws:SourceAccount": STRANGER, "aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{STRANGER}:alarm:any"}),
    ("cloudwatch.amazonaws.com", "sns:Publish", TOPIC, PLAIN | {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:any"}),
    (f"logs.{REGION}.amazonaws.com", "kms:Decrypt", STORAGE_KEY, {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{STRANGER}:log-group:{STACK.name}-x"}),
    (f"logs.{REGION}.amazonaws.com", "kms:Decrypt", DATA_KEY, {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{STACK.name}-x"}),
]


class WhoMayDoWhat(unittest.TestCase):
    def test_every_call_of_every_function_is_allowed(self):
        for request in called():
            with self.subTest(request=request):
                self.assertEqual(decide(STACK, *request), "allowed")

    def test_what_lambda_and_services_need_is_allowed(self):
        for request in ALLOWED:
            with self.subTest(request=request):
                self.assertEqual(decide(STACK, *request), "allowed")

    def test_what_each_must_not_do_is_denied(self):
        by = collections.Counter()
        for request in DENIED:
            with self.subTest(request=request):
                answer = decide(STACK, *request)
                self.assertNotEqual(answer, "allowed")
                by[answer] += 1
        print(f"\n{len(list(called())) + len(ALLOWED)} requests allowed, {sum(by.values())} denied:")
        for answer, times in by.most_common():
            print(f"  {times:>4} {answer}")

    def test_a_role_denies_by_itself_what_the_network_denies_too(self):
        for who, action, resource, context in DENIED:
            if who in FUNCTIONS and not action.startswith("ec2:"):
                with self.subTest(who=who, action=action, resource=resource):
                    self.assertNotEqual(decide(STACK, f"{who} role", action, resource, context), "allowed")

    def test_the_simulation_sees_a_policy_that_is_too_wide(self):
        request = ("Processor role", "dynamodb:DeleteItem", LEDGER, {})
        stack = copy.copy(STACK)
        stack.resources = copy.deepcopy(STACK.resources)
        (record,) = (each for each in stack.resources["ProcessorPolicy"]["Properties"]["PolicyDocument"]["Statement"] if each["Sid"] == "Record")
        self.assertEqual(decide(stack, *request), "no policy of the role allows it")
        record["Action"] = "dynamodb:*"
        self.assertEqual(decide(stack, *request), "allowed")
        record["Condition"] = {"StringEquals": {"aws:PrincipalAccount": STRANGER}}
        self.assertEqual(decide(stack, *request), "no policy of the role allows it")
        record["Condition"] = {"StringMatches": {}, "StringEqualz": {"aws:PrincipalAccount": ACCOUNT}}
        with self.assertRaises(KeyError):
            decide(stack, *request)

    def test_no_function_may_make_a_call_of_anothers(self):
        own = {(function, action, resource) for function, action, resource, _ in called()}
        for function, action, resource, context in called():
            for other in FUNCTIONS:
                if (other, action, resource) not in own:
                    with self.subTest(other=other, action=action, resource=resource):
                        self.assertNotEqual(decide(STACK, other, action, resource, context), "allowed")


if __name__ == "__main__":
    unittest.main()
