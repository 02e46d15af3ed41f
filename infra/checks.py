"""What must hold of a rendered stack: one function a claim, each an AssertionError when it is broken.

These are the properties that a local deployment cannot show, because the emulator ignores or does not enforce them,
and the arithmetic between resources that no linter knows. `test_template.py` runs them on every environment and breaks
the stack on purpose to see that they bite.
"""

import json
import re

from render import ACCOUNT, REGION, ROOT

CHECKS = []
FUNCTIONS = ["Webhook", "Processor", "Archiver", "Publisher"]

# What each function's code calls, by the ports that it is given, and the part of the stack that it calls it on.
CALLS = {
    "Webhook": {
        "sqs:SendMessage": ["ProcessQueue", "ArchiveQueue"],
        "kms:GenerateDataKey": ["Data.DataKey"],
        "secretsmanager:GetSecretValue": ["secret"],
    },
    "Processor": {
        "sqs:SendMessage": ["ProcessDeadLetters"],
        "sqs:ChangeMessageVisibility": ["ProcessQueue"],
        "kms:Decrypt": ["Data.DataKey"],
        "dynamodb:PutItem": ["Data.LedgerTable"],
    },
    "Archiver": {
        "sqs:SendMessage": ["ArchiveDeadLetters"],
        "sqs:ChangeMessageVisibility": ["ArchiveQueue"],
        "kms:Decrypt": ["Data.DataKey"],
        "kms:GenerateMac": ["Data.MacKey"],
        "s3:PutObject": ["Data.ArchiveBucket"],
        "s3:GetObject": ["Data.ArchiveBucket"],
    },
    "Publisher": {
        "events:PutEvents": ["EventBus"],
        "sqs:SendMessage": ["PublisherDeadLetters"],
    },
}
# The SDK's name of a call where it is not the action's.
OPERATIONS = {"s3:GetObject": "head_object"}
# What Lambda does with the function's role, and KMS for another service.
BESIDES = {
    "Webhook": set(),
    "Processor": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
    "Archiver": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
    "Publisher": {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"},
}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
# The services by way of which a role may use the storage key, and for what.
VIA = {
    "Webhook": {"sqs": {"kms:GenerateDataKey", "kms:Decrypt"}, "secretsmanager": {"kms:Decrypt"}},
    "Processor": {"sqs": {"kms:GenerateDataKey", "kms:Decrypt"}, "dynamodb": {"kms:Decrypt"}},
    "Archiver": {"sqs": {"kms:GenerateDataKey", "kms:Decrypt"}, "s3": {"kms:GenerateDataKey", "kms:Decrypt"}},
    "Publisher": {"sqs": {"kms:GenerateDataKey", "kms:Decrypt"}, "dynamodb": {"kms:Decrypt"}},
}
SOURCES = {"Webhook": "webhook", "Processor": ["webhook", "replay"], "Archiver": ["webhook", "replay"]}
ENDPOINTS = {
    "sqs": "SqsEndpoint",
    "kms": "KmsEndpoint",
    "secretsmanager": "SecretsEndpoint",
    "events": "EventsEndpoint",
    "s3": "S3Endpoint",
    "dynamodb": "DynamoDbEndpoint",
}
# Actions that take no resource; each by the statement that allows it.
ANY_RESOURCE = {"InterfacesForLambda", "NoInterfacesForCode", "Traces"}
STATEFUL = {
    "AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy", "AWS::Events::EventBus", "AWS::Logs::LogGroup",
}


def check(function):
    CHECKS.append(function)
    return function


def of(stack, *kinds):
    """(name, properties) of the resources of these types, in all parts of the stack."""
    for part in [stack, *stack.nested.values()]:
        for name, resource in part.resources.items():
            if resource["Type"] in kinds:
                yield name, resource["Properties"]


def properties(stack, path):
    part, _, name = path.rpartition(".")
    return (stack.nested[part] if part else stack).resources[name]["Properties"]


def arn(stack, path):
    part, _, name = path.rpartition(".")
    if name == "secret":
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:tollgate/{stack.name}/endpoints/*"
    return (stack.nested[part] if part else stack).arn(name)


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    return as_list(document["Statement"])


def data_key(stack):
    return arn(stack, "Data.DataKey")


def storage_key(stack):
    return arn(stack, "Data.StorageKey")


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
        assert properties(stack, f"Data.{name}")["EnableKeyRotation"] is True, name
    mac = properties(stack, "Data.MacKey")
    assert (mac["KeySpec"], mac["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")
    for name, key in of(stack, "AWS::KMS::Key"):
        by_sid = {each["Sid"]: each for each in statements(key["KeyPolicy"])}
        assert by_sid["AccountUsesIam"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, name
        grants = by_sid["GrantsOnlyForServices"]
        assert (grants["Effect"], grants["Action"]) == ("Deny", "kms:CreateGrant"), name
        assert set(by_sid) <= {"AccountUsesIam", "GrantsOnlyForServices", "LogsOfThisStack"}, name
        assert key["PendingWindowInDays"] == 30, name
    logs = {each["Sid"]: each for each in statements(properties(stack, "Data.StorageKey")["KeyPolicy"])}["LogsOfThisStack"]
    groups = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert groups.endswith(f":log-group:{stack.name}-*")


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
    assert index["IndexName"] == names["INDEX"] and index["Projection"] == {"ProjectionType": "ALL"}


@check
def the_archive_is_locked_versioned_and_expires_after_its_lock(stack):
    bucket = properties(stack, "Data.ArchiveBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["ObjectLockEnabled"] is True
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True} and len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert all(rule["Status"] == "Enabled" for rule in rules.values())
    assert rules["UnfinishedUploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    days = rules["ArchiveExpires"]["ExpirationInDays"]
    assert rules["ArchiveExpires"]["Prefix"] == "archive/" and days >= 30
    assert rules["ArchiveExpires"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
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
    for sid in ("DenyPlainHttp", "DenyOldTls", "DenyDeletes", "DenyOverwrites"):
        assert denied[sid]["Effect"] == "Deny" and denied[sid]["Principal"] == "*", sid
    assert denied["DenyPlainHttp"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["DenyOldTls"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert set(denied["DenyPlainHttp"]["Resource"]) == set(denied["DenyOldTls"]["Resource"]) == {bucket, f"{bucket}/*"}
    assert set(denied["DenyDeletes"]["Action"]) == {"s3:DeleteObject", "s3:DeleteObjectVersion"}
    overwrites = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    assert denied["DenyOverwrites"]["Action"] == "s3:PutObject" and denied["DenyOverwrites"]["Condition"] == overwrites
    assert denied["DenyDeletes"]["Resource"] == denied["DenyOverwrites"]["Resource"] == f"{bucket}/*"


@check
def every_queue_refuses_plain_http(stack):
    queues = {stack.ref(name) for name, _ in of(stack, "AWS::SQS::Queue")}
    policy = properties(stack, "QueuePolicy")
    assert set(policy["Queues"]) == queues
    (deny,) = statements(policy["PolicyDocument"])
    assert deny["Effect"] == "Deny" and deny["Principal"] == "*" and deny["Action"] == "sqs:*"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert set(deny["Resource"]) == {stack.arn(name) for name, _ in of(stack, "AWS::SQS::Queue")}


@check
def state_outlives_the_stack(stack):
    parts = [stack, *stack.nested.values()]
    kept = {"Data": stack.resources["Data"]}
    for part in parts:
        kept |= {name: each for name, each in part.resources.items() if each["Type"] in STATEFUL}
    assert len(kept) >= 17
    for name, resource in kept.items():
        assert resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == "Retain", name


@check
def a_message_stays_hidden_for_six_runs_and_the_window(stack):
    for name, mapping in of(stack, "AWS::Lambda::EventSourceMapping"):
        if ":sqs:" not in mapping["EventSourceArn"]:
            continue
        queue = properties(stack, mapping["EventSourceArn"].rsplit("-", 1)[1])
        timeout = properties(stack, name.removesuffix("Deliveries"))["Timeout"]
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        assert queue["VisibilityTimeout"] >= 6 * timeout + window, name
        assert mapping["BatchSize"] <= 10 or window >= 1, name


@check
def what_cannot_be_handled_is_kept_two_weeks(stack):
    letters = {"ProcessQueue": "ProcessDeadLetters", "ArchiveQueue": "ArchiveDeadLetters"}
    for source, target in letters.items():
        queue, dead = properties(stack, source), properties(stack, target)
        assert queue["RedrivePolicy"] == {"deadLetterTargetArn": stack.arn(target), "maxReceiveCount": 100}, source
        assert dead["MessageRetentionPeriod"] == 1209600 > queue["MessageRetentionPeriod"] >= 4 * 86400, source
    publisher = properties(stack, "PublisherDeadLetters")
    assert publisher["MessageRetentionPeriod"] == 1209600
    assert publisher["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


@check
def mappings_report_each_failure_and_call_the_alias(stack):
    mappings = dict(of(stack, "AWS::Lambda::EventSourceMapping"))
    assert set(mappings) == {"ProcessorDeliveries", "ArchiverDeliveries", "PublisherRecorded"}
    for name, mapping in mappings.items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["FunctionName"].endswith(":live"), name
    for name in ("ProcessorDeliveries", "ArchiverDeliveries"):
        assert 2 <= int(mappings[name]["ScalingConfig"]["MaximumConcurrency"]) <= 1000, name


@check
def the_stream_is_read_from_its_start_and_never_blocked_for_ever(stack):
    mapping = properties(stack, "PublisherRecorded")
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["BisectBatchOnFunctionError"] is True
    # The code gives up after an hour; the stream forgets after a day.
    assert 2 * 3600 <= mapping["MaximumRecordAgeInSeconds"] < 86400
    assert mapping["MaximumRetryAttempts"] > 0
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == stack.arn("PublisherDeadLetters")
    (pattern,) = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"sk": {"S": ["event"]}, "announce": {"BOOL": [True]}}},
    }


@check
def every_function_is_private_traced_and_logs_to_its_own_group(stack):
    functions = dict(of(stack, "AWS::Lambda::Function"))
    assert set(functions) == set(FUNCTIONS)
    for name, function in functions.items():
        assert function["Runtime"] == "provided.al2023" and function["Handler"] == "bootstrap", name
        assert function["Architectures"] == [stack.parameters["Architecture"]], name
        assert function["TracingConfig"] == {"Mode": "Active"}, name
        assert function["RecursiveLoop"] == "Terminate", name
        assert function["Role"] == stack.arn(f"{name}Role"), name
        logging = {"LogGroup": stack.ref(f"{name}Logs"), "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
        assert function["LoggingConfig"] == logging, name
        assert len(set(function["VpcConfig"]["SubnetIds"])) >= 2 and function["VpcConfig"]["SecurityGroupIds"], name
        assert function["Timeout"] <= 60, name
    for name, group in of(stack, "AWS::Logs::LogGroup"):
        assert int(group["RetentionInDays"]) >= 7, name
    if stack.parameters["Retention"] != "30d":
        assert int(functions["Webhook"]["ReservedConcurrentExecutions"]) > 0
        assert all(int(group["RetentionInDays"]) >= 365 for _, group in of(stack, "AWS::Logs::LogGroup"))


@check
def the_variables_that_are_set_are_those_that_the_code_reads(stack):
    for name, function in of(stack, "AWS::Lambda::Function"):
        source = sources(f"functions/{name.lower()}/src")
        read = set(re.findall(r'\benv\("([A-Z_]+)"\)', source))
        assert read and read == set(function["Environment"]["Variables"]) - {"TOLLGATE_TRUST_PEM"}, name
    shared = set(re.findall(r'"(TOLLGATE_[A-Z_]+)"', sources("shared/aws/src")))
    assert shared <= {"TOLLGATE_TRUST_PEM"} | {"TOLLGATE_STACK"}
    assert "TOLLGATE_TRUST_PEM" in shared and "TOLLGATE_TRUST_PEM" in (ROOT / "template.yaml").read_text()


@check
def no_policy_allows_an_action_or_a_resource_by_wildcard(stack):
    documents = [(name, policy["PolicyDocument"]) for name, policy in of(stack, "AWS::IAM::ManagedPolicy", "AWS::EC2::VPCEndpoint")]
    assert len(documents) >= 5
    for name, document in documents:
        for statement in statements(document):
            for action in as_list(statement["Action"]):
                assert "*" not in action, (name, action)
            for resource in as_list(statement["Resource"]):
                if resource == "*":
                    assert statement["Sid"] in ANY_RESOURCE, (name, statement["Sid"])
                else:
                    assert f":{ACCOUNT}:" in resource or resource.startswith("arn:aws:s3:::"), (name, resource)
    for name, role in of(stack, "AWS::IAM::Role"):
        assert "Policies" not in role, name
        (trust,) = statements(role["AssumeRolePolicyDocument"])
        assert trust["Action"] == "sts:AssumeRole", name
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}, name


@check
def a_role_may_do_what_its_code_calls_and_nothing_else(stack):
    code = sources("shared/aws/src")
    for name in FUNCTIONS:
        role = properties(stack, f"{name}Role")
        assert role["ManagedPolicyArns"] == [stack.arn("FunctionPolicy"), stack.arn(f"{name}Policy")], name
        allowed = {}
        for statement in statements(properties(stack, f"{name}Policy")["PolicyDocument"]):
            assert statement["Effect"] == "Allow"
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    if resource != storage_key(stack):
                        allowed.setdefault(action, set()).add(resource)
        for action, paths in CALLS[name].items():
            service, call = action.split(":")
            operation = OPERATIONS.get(action, re.sub(r"(?<!^)(?=[A-Z])", "_", call).lower())
            assert f".{operation}()" in code, f"nothing calls {action}"
            expected = {arn(stack, path) for path in paths}
            if service == "s3":
                expected = {f"{each}/archive/v0/*" for each in expected}
            assert allowed.get(action) == expected, (name, action, allowed.get(action))
        assert set(allowed) == set(CALLS[name]) | BESIDES[name] | LOGS, name
        for action in BESIDES[name]:
            service = action.split(":")[0]
            source = {"sqs": {"Processor": "ProcessQueue", "Archiver": "ArchiveQueue"}.get(name)}.get(service)
            expected = arn(stack, source) if source else stack.nested["Data"].outputs["LedgerStreamArn"]
            assert allowed[action] == {expected}, (name, action)
        assert allowed["logs:PutLogEvents"] == allowed["logs:CreateLogStream"] == {stack.arn(f"{name}Logs")}, name


@check
def keys_are_bound_to_context_and_to_the_service_that_uses_them(stack):
    for name in FUNCTIONS:
        via = {}
        for statement in statements(properties(stack, f"{name}Policy")["PolicyDocument"]):
            if statement["Resource"] == data_key(stack):
                context = {
                    "kms:EncryptionContext:tollgate:stack": stack.name,
                    "kms:EncryptionContext:tollgate:source": SOURCES[name],
                }
                assert statement.get("Condition") == {"StringEquals": context}, name
            if statement["Resource"] == storage_key(stack):
                service = statement["Condition"]["StringEquals"]["kms:ViaService"]
                via[service.removesuffix(f".{REGION}.amazonaws.com")] = set(as_list(statement["Action"]))
        assert via == VIA[name], name


@check
def code_may_not_use_the_rights_that_lambda_needs_for_interfaces(stack):
    by_sid = {each["Sid"]: each for each in statements(properties(stack, "FunctionPolicy")["PolicyDocument"])}
    deny = by_sid["NoInterfacesForCode"]
    assert deny["Effect"] == "Deny" and deny["Action"] == by_sid["InterfacesForLambda"]["Action"]
    assert deny["Condition"]["ArnLike"]["lambda:SourceFunctionArn"].endswith(f":function:{stack.name}-*")
    assert set(by_sid) == ANY_RESOURCE


@check
def there_is_no_way_to_the_internet(stack):
    network = stack.nested["PrivateNetwork"]
    kinds = {resource["Type"] for resource in network.resources.values()}
    allowed = {"VPC", "Subnet", "RouteTable", "SubnetRouteTableAssociation", "SecurityGroup", "VPCEndpoint"}
    assert kinds == {f"AWS::EC2::{kind}" for kind in allowed}
    assert "0.0.0.0/0" not in json.dumps(network.resources) and "::/0" not in json.dumps(network.resources)
    for name, subnet in of(stack, "AWS::EC2::Subnet"):
        assert subnet["MapPublicIpOnLaunch"] is False, name
    zones = {subnet["AvailabilityZone"] for _, subnet in of(stack, "AWS::EC2::Subnet")}
    assert len(zones) == 2
    for name, group in of(stack, "AWS::EC2::SecurityGroup"):
        assert group["SecurityGroupEgress"], name
        for rule in group["SecurityGroupEgress"] + group.get("SecurityGroupIngress", []):
            assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443), name
            assert rule["Description"], name
    assert "SecurityGroupIngress" not in network.resources["FunctionSecurityGroup"]["Properties"]
    (ingress,) = network.resources["EndpointSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert ingress["SourceSecurityGroupId"] == network.ref("FunctionSecurityGroup")
    for name, function in of(stack, "AWS::Lambda::Function"):
        assert function["VpcConfig"] == {
            "SubnetIds": [network.outputs["SubnetA"], network.outputs["SubnetB"]],
            "SecurityGroupIds": [network.outputs["FunctionSecurityGroup"]],
        }, name


@check
def every_call_has_an_endpoint_that_lets_it_through_and_no_more(stack):
    needed = {}
    for calls in CALLS.values():
        for action, paths in calls.items():
            for path in paths:
                resource = arn(stack, path) + ("/*" if action.startswith("s3:") else "")
                needed.setdefault(ENDPOINTS[action.split(":")[0]], set()).add((action, resource))
    endpoints = dict(of(stack, "AWS::EC2::VPCEndpoint"))
    assert set(endpoints) == set(ENDPOINTS.values())
    for name, endpoint in endpoints.items():
        lets = set()
        for statement in statements(endpoint["PolicyDocument"]):
            assert statement["Effect"] == "Allow", name
            assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, name
            lets |= {(action, resource) for action in as_list(statement["Action"]) for resource in flat(statement["Resource"])}
        assert needed[name] <= lets, (name, needed[name] - lets)
        # A policy may pair actions and resources more widely than the roles do, but names none that no role has.
        assert {action for action, _ in lets} == {action for action, _ in needed[name]}, name
        assert {resource for _, resource in lets} == {resource for _, resource in needed[name]}, name
        service = endpoint["ServiceName"].rsplit(".", 1)[1]
        assert ENDPOINTS[service] == name
        if service in ("s3", "dynamodb"):
            assert endpoint["VpcEndpointType"] == "Gateway" and endpoint["RouteTableIds"], name
        else:
            assert endpoint["VpcEndpointType"] == "Interface" and endpoint["PrivateDnsEnabled"] is True, name
            assert len(endpoint["SubnetIds"]) == 2 and len(endpoint["SecurityGroupIds"]) == 1, name


@check
def bodies_reach_the_function_as_bytes(stack):
    body = properties(stack, "Api")["Body"]
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    assert {path: set(methods) for path, methods in body["paths"].items()} == {
        "/v1/webhooks/{endpoint}": {"post"},
        "/health": {"get"},
    }
    post = body["paths"]["/v1/webhooks/{endpoint}"]["post"]
    integration = post["x-amazon-apigateway-integration"]
    assert integration["type"] == "aws_proxy" and integration["httpMethod"] == "POST"
    assert integration["uri"].endswith("-Webhook:live/invocations")
    assert integration["timeoutInMillis"] == 1000 * properties(stack, "Webhook")["Timeout"] <= 29000
    assert "requestBody" not in post and "x-amazon-apigateway-request-validator" not in json.dumps(body)
    assert "MinimumCompressionSize" not in properties(stack, "Api")
    permission = properties(stack, "WebhookPermission")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"].endswith("/*/POST/v1/webhooks/*") and f":{ACCOUNT}:" in permission["SourceArn"]


@check
def health_answers_without_code(stack):
    integration = properties(stack, "Api")["Body"]["paths"]["/health"]["get"]["x-amazon-apigateway-integration"]
    assert integration["type"] == "mock"
    answer = integration["responses"]["default"]
    assert integration["contentHandling"] == answer["contentHandling"] == "CONVERT_TO_TEXT"
    assert integration["requestTemplates"] == {"application/json": '{"statusCode": 200}'}
    assert json.loads(answer["responseTemplates"]["application/json"]) == {"status": "ok"}
    sent = {key.removeprefix("method.response.header.").lower(): value for key, value in answer["responseParameters"].items()}
    assert sent == security_headers()


@check
def the_gateways_own_answers_have_the_functions_headers(stack):
    answers = properties(stack, "Api")["Body"]["x-amazon-apigateway-gateway-responses"]
    assert set(answers) == {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "THROTTLED"}
    for kind, answer in answers.items():
        sent = {key.removeprefix("gatewayresponse.header.").lower(): value for key, value in answer["responseParameters"].items()}
        later = {"retry-after": "'30'"} if kind in ("DEFAULT_5XX", "THROTTLED") else {}
        assert sent == security_headers() | later, kind
        assert json.loads(answer["responseTemplates"]["application/json"].replace("$context.requestId", "id"))["title"], kind
    # A failure of the function or of Lambda asks the provider to try again.
    assert str(answers["DEFAULT_5XX"]["statusCode"]) == "503"


@check
def the_edge_throttles_traces_and_logs_no_payload(stack):
    (stage,) = [stage for _, stage in of(stack, "AWS::ApiGateway::Stage")]
    assert stage["StageName"] == "api" and stack.outputs["ApiUrl"].endswith("/api")
    for name, deployment in of(stack, "AWS::ApiGateway::Deployment"):
        assert "StageName" not in deployment, name  # It would be a stage with neither throttle nor log.
    (settings,) = stage["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["DataTraceEnabled"] is False and settings["LoggingLevel"] == "ERROR"
    assert int(settings["ThrottlingRateLimit"]) > 0 and int(settings["ThrottlingBurstLimit"]) > 0
    assert stage["TracingEnabled"] is True
    assert stage["AccessLogSetting"]["DestinationArn"] == stack.arn("ApiLogs")
    logged = json.loads(stage["AccessLogSetting"]["Format"])
    for value in logged.values():
        assert value.startswith("$context.") and not re.search(r"authorizer|requestOverride|responseOverride|querystring", value), value
    assert properties(stack, "Api")["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def keys_of(table):
    return {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}


def flat(value):
    """Resources, where a list may have reached the policy joined by commas."""
    return [each for item in as_list(value) for each in item.split(",")]


def sources(folder):
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.rs")))


def security_headers():
    """Header → quoted value, as the webhook function's code has them."""
    text = (ROOT / "functions/webhook/src/answer.rs").read_text()
    table = re.search(r"SECURITY_HEADERS[^=]*= \[(.*?)\];", text, re.S).group(1)
    found = {name: f"'{value}'" for name, value in re.findall(r'\("([^"]+)", "([^"]+)"\)', table)}
    assert len(found) >= 6
    return found
