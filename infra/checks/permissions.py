"""Who may do what: roles against the code, keys bound to their use."""

import re

from render import ACCOUNT, REGION

from .claims import CALLS, FUNCTIONS, arn, as_list, check, data_key, of, properties, sources, statements, storage_key

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
SOURCES = {"Webhook": "webhook", "Processor": ["webhook", "replay"], "Archiver": "webhook"}
# The SDK's name of a call where it is not the action's.
OPERATIONS = {"s3:ListBucket": "list_objects_v2"}
# Where the archiver writes and reads.
PREFIXES = ["archive/v0/*", "archive/manifests/v0/*"]
# Who may take a role that is no function's; with the condition that it is for this account.
TRUST = {
    "DeploymentRole": "codedeploy.amazonaws.com",
    "BackupRole": "backup.amazonaws.com",
    "FlowLogRole": "vpc-flow-logs.amazonaws.com",
    "ApiLogRole": "apigateway.amazonaws.com",
}
# Actions that take no resource; each by the statement that allows it.
ANY_RESOURCE = {"InterfacesForLambda", "NoInterfacesForCode", "Traces"}


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
        assert trust["Effect"] == "Allow", name
        assert trust["Principal"] == {"Service": TRUST.get(name, "lambda.amazonaws.com")}, name
        if name in ("DeploymentRole", "BackupRole", "FlowLogRole"):
            assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}, name
            assert set(trust["Condition"]) <= {"StringEquals", "ArnLike"}, name


@check
def every_policy_is_written_in_the_language_of_2012(stack):
    """An older one would not know variables, and take them for text."""
    documents = 0
    for part in [stack, *stack.nested.values()]:
        for name, resource in part.resources.items():
            for key in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "AccessPolicy"):
                if key in resource["Properties"]:
                    assert resource["Properties"][key]["Version"] == "2012-10-17", (name, key)
                    documents += 1
    assert documents >= 20


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
            if service == "s3" and call != "ListBucket":
                expected = {f"{each}/{prefix}" for each in expected for prefix in PREFIXES}
            assert allowed.get(action) == expected, (name, action, allowed.get(action))
        assert set(allowed) == set(CALLS[name]) | BESIDES[name] | LOGS, name
        for action in BESIDES[name]:
            service = action.split(":")[0]
            source = {"sqs": {"Processor": "ProcessQueue", "Archiver": "ArchiveQueue"}.get(name)}.get(service)
            expected = arn(stack, source) if source else stack.nested["Data"].outputs["LedgerStreamArn"]
            assert allowed[action] == {expected}, (name, action)
        assert allowed["logs:PutLogEvents"] == allowed["logs:CreateLogStream"] == {stack.arn(f"{name}Logs")}, name


@check
def the_roles_beside_the_functions_may_do_one_thing_each(stack):
    data, network = stack.nested["Data"], stack.nested["PrivateNetwork"]
    key, ledger = storage_key(stack), data.arn("LedgerTable")
    expected = {
        "Deployment": {
            "MoveAliases": (
                ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"],
                [f"{stack.arn(name)}{alias}" for name in FUNCTIONS for alias in ("", ":live")], None,
            ),
            "WatchAlarms": (["cloudwatch:DescribeAlarms"], f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*", None),
        },
        "Data.Backup": {
            "BackUpLedger": (["dynamodb:StartAwsBackupJob", "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"], ledger, None),
            "KeepInVault": (["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"], f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:{data.outputs['BackupVault']}", None),
            "EncryptedBackup": (["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], key, None),
            "GrantForBackup": (["kms:CreateGrant"], key, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        },
        "PrivateNetwork.FlowLog": {
            "WriteFlowLogs": (["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], network.arn("FlowLogGroup"), None),
        },
    }
    for path, by_sid in expected.items():
        part, _, name = path.rpartition(".")
        where = stack.nested[part] if part else stack
        if f"{name}Role" not in where.resources:
            continue
        role, policy = (where.resources[f"{name}{kind}"]["Properties"] for kind in ("Role", "Policy"))
        assert role["ManagedPolicyArns"] == [where.arn(f"{name}Policy")], path
        found = {
            each["Sid"]: (as_list(each["Action"]), each["Resource"], each.get("Condition"))
            for each in statements(policy["PolicyDocument"])
            if each["Effect"] == "Allow"
        }
        assert found == by_sid, path
    if "FlowLogRole" in network.resources:
        (trust,) = statements(properties(stack, "PrivateNetwork.FlowLogRole")["AssumeRolePolicyDocument"])
        assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"}


@check
def the_archiver_lists_its_own_prefixes_only(stack):
    (each,) = [each for each in statements(properties(stack, "ArchiverPolicy")["PolicyDocument"]) if each["Action"] == "s3:ListBucket"]
    assert each["Condition"] == {"StringLike": {"s3:prefix": PREFIXES}}
    layout = sources("shared/pipeline/src/archive")
    for prefix in PREFIXES:
        assert f'"{prefix.removesuffix("*")}"' in layout, prefix


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
    assert by_sid["InterfacesForLambda"]["Effect"] == by_sid["Traces"]["Effect"] == "Allow"
    assert by_sid["Traces"]["Action"] == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    assert by_sid["InterfacesForLambda"]["Action"] == [
        f"ec2:{call}"
        for call in (
            "AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces",
            "DescribeSubnets", "UnassignPrivateIpAddresses",
        )
    ]
    assert all(each["Resource"] == "*" for each in by_sid.values())
    assert deny["Effect"] == "Deny" and deny["Action"] == by_sid["InterfacesForLambda"]["Action"]
    # Of every function: CloudFormation cuts a long stack name short in theirs.
    assert deny["Condition"] == {"ArnLike": {"lambda:SourceFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*"}}
    assert set(by_sid) == ANY_RESOURCE
