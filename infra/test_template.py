"""The rendered template, by `infra/test.sh`.

Each claim of `checks.py` is made of each environment that goes to AWS. Then the production stack is broken on purpose,
one property at a time, and some claim must notice; what none notices is listed here with its reason.
"""

import copy
import logging
import unittest

import render
from checks import CHECKS, of

logging.disable(logging.WARNING)  # The transform's own chatter.

ENVIRONMENTS = [name for name in render.environments() if name != "local"]
RENDERED = {name: render.render(name) for name in ENVIRONMENTS}
DROP = object()

# What no claim looks at: it names things, or has its effect in AWS's own check of the template.
UNGUARDED = {
    "Description", "Tags", "GroupDescription", "Name", "CidrBlock", "EnableDnsSupport", "EnableDnsHostnames", "VpcId",
    "Code", "MemorySize", "LoggingConfiguration", "AttributeDefinitions",
    "KmsDataKeyReusePeriodSeconds", "TemplateURL", "Metadata", "Parameters", "StageName", "RestApiId", "DeploymentId",
    "StageDescription", "FunctionVersion", "FunctionName", "Action", "Bucket", "RouteTableId", "SubnetId",
    "BinaryMediaTypes", "BatchSize", "MaximumBatchingWindowInSeconds",
}

# (part of the stack and resource, property, what is put there)
WEAKENED = [
    ("ProcessQueue", "VisibilityTimeout", 179),
    ("ArchiveQueue", "VisibilityTimeout", 419),
    ("ProcessQueue", "MessageRetentionPeriod", 1209600),
    ("ProcessQueue", "RedrivePolicy.maxReceiveCount", 3),
    ("ArchiveQueue", "RedrivePolicy.deadLetterTargetArn", "arn:aws:sqs:eu-west-1:111122223333:tollgate-ProcessDeadLetters"),
    ("ProcessDeadLetters", "MessageRetentionPeriod", 345600),
    ("PublisherDeadLetters", "RedriveAllowPolicy.redrivePermission", "allowAll"),
    ("ProcessQueue", "KmsMasterKeyId", "alias/aws/sqs"),
    ("QueuePolicy", "PolicyDocument.Statement.0.Effect", "Allow"),
    ("QueuePolicy", "PolicyDocument.Statement.0.Resource.0", DROP),
    ("QueuePolicy", "Queues.4", DROP),
    ("ProcessorDeliveries", "FunctionResponseTypes", []),
    ("ArchiverDeliveries", "MaximumBatchingWindowInSeconds", 0),
    ("PublisherRecorded", "StartingPosition", "LATEST"),
    ("PublisherRecorded", "MaximumRetryAttempts", -1),
    ("PublisherRecorded", "MaximumRecordAgeInSeconds", -1),
    ("PublisherRecorded", "BisectBatchOnFunctionError", False),
    ("PublisherRecorded", "FilterCriteria.Filters.0.Pattern", '{"eventName":["INSERT","MODIFY"]}'),
    ("Webhook", "VpcConfig", DROP),
    ("Webhook", "VpcConfig.SubnetIds.1", DROP),
    ("Webhook", "TracingConfig.Mode", "PassThrough"),
    ("Webhook", "ReservedConcurrentExecutions", DROP),
    ("Webhook", "Timeout", 11),
    ("Webhook", "LoggingConfig.ApplicationLogLevel", "WARN"),
    ("Webhook", "LoggingConfig.LogGroup", "tollgate-ProcessorLogs"),
    ("Webhook", "Environment.Variables.PROCESS_QUEUE_URL", DROP),
    ("Webhook", "Environment.Variables.STRIPE_SECRET", "x"),
    ("Webhook", "Role", "arn:aws:iam::111122223333:role/tollgate-ProcessorRole"),
    ("WebhookLogs", "RetentionInDays", 7),
    ("WebhookRole", "AssumeRolePolicyDocument.Statement.0.Principal", {"AWS": "*"}),
    ("WebhookRole", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ("WebhookPolicy", "PolicyDocument.Statement.1.Action", "sqs:*"),
    ("WebhookPolicy", "PolicyDocument.Statement.1.Resource", "*"),
    ("WebhookPolicy", "PolicyDocument.Statement.1.Resource.1", DROP),
    ("WebhookPolicy", "PolicyDocument.Statement.2.Condition", DROP),
    ("WebhookPolicy", "PolicyDocument.Statement.2.Condition.StringEquals.kms:EncryptionContext:tollgate:source", "replay"),
    ("WebhookPolicy", "PolicyDocument.Statement.2.Action", ["kms:GenerateDataKey", "kms:Decrypt"]),
    ("WebhookPolicy", "PolicyDocument.Statement.3.Resource", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:*"),
    ("WebhookPolicy", "PolicyDocument.Statement.4.Condition", DROP),
    ("ProcessorPolicy", "PolicyDocument.Statement.4.Action", ["dynamodb:PutItem", "dynamodb:DeleteItem"]),
    ("ProcessorPolicy", "PolicyDocument.Statement.2.Resource", "arn:aws:sqs:eu-west-1:111122223333:tollgate-ProcessQueue"),
    ("ArchiverPolicy", "PolicyDocument.Statement.4.Action", "kms:VerifyMac"),
    ("ArchiverPolicy", "PolicyDocument.Statement.5.Resource", "arn:aws:s3:::tollgate-data-archivebucket/*"),
    ("PublisherPolicy", "PolicyDocument.Statement.2", DROP),
    ("FunctionPolicy", "PolicyDocument.Statement.1", DROP),
    ("Api", "Body.x-amazon-apigateway-binary-media-types", ["image/png"]),
    ("Api", "Body.paths./v1/webhooks/{endpoint}.post.x-amazon-apigateway-integration.timeoutInMillis", 29000),
    ("Api", "Body.paths./health.get.x-amazon-apigateway-integration.contentHandling", DROP),
    ("Api", "Body.paths./health.get.x-amazon-apigateway-integration.responses.default.contentHandling", DROP),
    ("Api", "Body.x-amazon-apigateway-gateway-responses.DEFAULT_5XX.responseParameters.gatewayresponse.header.Retry-After", DROP),
    ("Api", "Body.x-amazon-apigateway-gateway-responses.DEFAULT_4XX.responseParameters.gatewayresponse.header.X-Frame-Options", DROP),
    ("Api", "Body.x-amazon-apigateway-gateway-responses.THROTTLED", DROP),
    ("ApiapiStage", "MethodSettings.0.DataTraceEnabled", True),
    ("ApiapiStage", "MethodSettings.0.ThrottlingRateLimit", DROP),
    ("ApiapiStage", "TracingEnabled", False),
    ("ApiapiStage", "Variables", DROP),
    ("ApiExecutionLogs", "LogGroupName", "API-Gateway-Execution-Logs"),
    ("ApiapiStage", "AccessLogSetting.Format", '{"body":"$input.body"}'),
    ("WebhookPermission", "SourceArn", "arn:aws:execute-api:eu-west-1:111122223333:tollgate-Api/*"),
    ("Data.DataKey", "EnableKeyRotation", False),
    ("Data.DataKey", "KeyPolicy.Statement.1", DROP),
    ("Data.StorageKey", "KeyPolicy.Statement.0.Principal", "*"),
    ("Data.StorageKey", "KeyPolicy.Statement.2.Condition", DROP),
    ("Data.MacKey", "KeyUsage", "ENCRYPT_DECRYPT"),
    ("Data.LedgerTable", "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", False),
    ("Data.LedgerTable", "DeletionProtectionEnabled", "false"),
    ("Data.LedgerTable", "SSESpecification.KMSMasterKeyId", DROP),
    ("Data.LedgerTable", "StreamSpecification.StreamViewType", "KEYS_ONLY"),
    ("Data.LedgerTable", "TimeToLiveSpecification.Enabled", False),
    ("Data.ArchiveBucket", "VersioningConfiguration.Status", "Suspended"),
    ("Data.ArchiveBucket", "ObjectLockConfiguration.Rule", DROP),
    ("Data.ArchiveBucket", "ObjectLockConfiguration.Rule.DefaultRetention.Days", 1),
    ("Data.ArchiveBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", False),
    ("Data.ArchiveBucket", "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.SSEAlgorithm", "AES256"),
    ("Data.ArchiveBucket", "LifecycleConfiguration.Rules.0.ExpirationInDays", 7),
    ("Data.ArchiveBucket", "LifecycleConfiguration.Rules.1", DROP),
    ("Data.ArchiveBucketPolicy", "PolicyDocument.Statement.0", DROP),
    ("Data.ArchiveBucketPolicy", "PolicyDocument.Statement.2.Action", "s3:DeleteObject"),
    ("Data.ArchiveBucketPolicy", "PolicyDocument.Statement.3.Condition.Bool", DROP),
    ("PrivateNetwork.SubnetA", "MapPublicIpOnLaunch", True),
    ("PrivateNetwork.SubnetB", "AvailabilityZone", "eu-west-1a"),
    ("PrivateNetwork.FunctionSecurityGroup", "SecurityGroupEgress.0.CidrIp", "0.0.0.0/0"),
    ("PrivateNetwork.FunctionSecurityGroup", "SecurityGroupEgress", []),
    ("PrivateNetwork.FunctionSecurityGroup", "SecurityGroupEgress.0.ToPort", 65535),
    ("PrivateNetwork.FunctionSecurityGroup", "SecurityGroupIngress", [{"CidrIp": "10.0.0.0/8"}]),
    ("PrivateNetwork.EndpointSecurityGroup", "SecurityGroupIngress.0.SourceSecurityGroupId", "sg-00000000"),
    ("PrivateNetwork.SqsEndpoint", "PrivateDnsEnabled", False),
    ("PrivateNetwork.SqsEndpoint", "PolicyDocument.Statement.0.Action", "*"),
    ("PrivateNetwork.KmsEndpoint", "PolicyDocument.Statement.0.Action", "kms:Decrypt"),
    ("PrivateNetwork.S3Endpoint", "PolicyDocument.Statement.0.Resource", "arn:aws:s3:::*"),
    ("PrivateNetwork.EventsEndpoint", "PolicyDocument.Statement.0.Condition", DROP),
    ("PrivateNetwork.SecretsEndpoint", "ServiceName", "com.amazonaws.eu-west-1.sqs"),
]


def resource(stack, path):
    part, _, name = path.rpartition(".")
    return (stack.nested[part] if part else stack).resources[name]


def broken(path, keys, value):
    """The production stack with one property of one resource changed."""
    stack = copy.deepcopy(RENDERED["prod"])
    node = resource(stack, path)["Properties"]
    # Names with dots in them are found by taking as much of the path as is there.
    while True:
        if isinstance(node, list):
            head, _, rest = keys.partition(".")
            key = int(head)
        else:
            key = max((name for name in node if keys == name or keys.startswith(f"{name}.")), key=len, default=keys)
            rest = keys[len(key) + 1 :]
        if not rest:
            break
        node, keys = node[key], rest
    if value is DROP:
        del node[key]
    else:
        node[key] = value
    return stack


def noticed(stack):
    """The claims that a stack breaks."""
    names = []
    for check in CHECKS:
        try:
            check(stack)
        except Exception:  # A claim that cannot even be looked at is red as well.
            names.append(check.__name__)
    return names


class TheTemplate(unittest.TestCase):
    def test_every_claim_holds_in_every_environment(self):
        for name, stack in RENDERED.items():
            for check in CHECKS:
                with self.subTest(environment=name, claim=check.__name__):
                    check(stack)

    def test_a_weakened_property_is_noticed(self):
        for path, keys, value in WEAKENED:
            with self.subTest(resource=path, property=keys, value=value):
                self.assertTrue(noticed(broken(path, keys, value)), "no claim noticed")

    def test_each_property_that_is_taken_away_is_noticed(self):
        missed = set()
        prod = RENDERED["prod"]
        for part, stack in {"": prod, **prod.nested}.items():
            for name, each in stack.resources.items():
                for key in each["Properties"]:
                    path = f"{part}.{name}" if part else name
                    if each["Type"] in ("AWS::ApiGateway::Deployment", "AWS::Lambda::Version", "AWS::Lambda::Alias"):
                        continue  # Made by the transform.
                    if key not in UNGUARDED and not noticed(broken(path, key, DROP)):
                        missed.add(f"{path}.{key}")
        self.assertEqual(missed, set())

    def test_a_second_stage_is_noticed(self):
        stack = copy.deepcopy(RENDERED["prod"])
        (deployment,) = (properties for _, properties in of(stack, "AWS::ApiGateway::Deployment"))
        deployment["StageName"] = "Stage"
        self.assertTrue(noticed(stack))

    def test_each_policy_that_keeps_state_is_noticed(self):
        prod = RENDERED["prod"]
        for part, stack in {"": prod, **prod.nested}.items():
            for name, each in stack.resources.items():
                for key in ("DeletionPolicy", "UpdateReplacePolicy"):
                    if key in each and each["Type"] != "AWS::Lambda::Version":
                        with self.subTest(resource=name, policy=key):
                            changed = copy.deepcopy(prod)
                            del resource(changed, f"{part}.{name}" if part else name)[key]
                            self.assertIn("state_outlives_the_stack", noticed(changed))

    def test_guards_are_off_in_the_local_environment_only(self):
        switches = {"BindKeysToContext": "true", "DenyPlainHttp": "true"}
        for name, stack in RENDERED.items():
            self.assertEqual({key: stack.parameters[key] for key in switches}, switches, name)
        local = render.render("local")
        self.assertEqual(set(RENDERED["prod"].resources) - set(local.resources), {"QueuePolicy"})
        self.assertEqual(set(local.resources) - set(RENDERED["prod"].resources), set())

    def test_a_network_of_ones_own_takes_the_place_of_ours(self):
        stack, parameters = render.environments()["prod"]
        template = render.transformed(render.load())
        own = {"Network": "own", "PrivateSubnetIds": "subnet-0a1b2c3d,subnet-1a1b2c3d", "SecurityGroupIds": "sg-0a1b2c3d"}
        rendered = render.Stack(stack, template, parameters | own, render.ROOT)
        self.assertNotIn("PrivateNetwork", rendered.resources)
        for _, function in of(rendered, "AWS::Lambda::Function"):
            self.assertEqual(function["VpcConfig"], {
                "SubnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"],
            })

    def test_parameters_that_do_not_fit_are_refused(self):
        stack, parameters = render.environments()["prod"]
        template = render.transformed(render.load())
        for wrong in (
            {"S3PrefixListId": ""},
            {"Network": "own"},
            {"Network": "own", "PrivateSubnetIds": "subnet-0a1b2c3d", "SecurityGroupIds": "sg-0a1b2c3d"},
            {"BodyLimitBytes": "737281"},
            {"Retention": "3y"},
            {"ProcessorConcurrency": "1"},
            {"PreloadEndpoints": "Acme"},
            {"Unknown": "1"},
        ):
            with self.subTest(**wrong), self.assertRaises(ValueError):
                render.Stack(stack, template, parameters | wrong, render.ROOT)

    def test_optional_parameters_reach_every_place(self):
        stack, parameters = render.environments()["prod"]
        given = {
            "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary",
            "ExtraTrustRoots": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----",
            "ManageApiLogRole": "true",
            "AccessLogBucket": "platform-logs",
        }
        rendered = render.Stack(stack, render.transformed(render.load()), parameters | given, render.ROOT)
        roles = dict(of(rendered, "AWS::IAM::Role"))
        self.assertEqual(len(roles), 5)
        for name, role in roles.items():
            self.assertEqual(role["PermissionsBoundary"], given["PermissionsBoundaryArn"], name)
        for name, function in of(rendered, "AWS::Lambda::Function"):
            self.assertEqual(function["Environment"]["Variables"]["TOLLGATE_TRUST_PEM"], given["ExtraTrustRoots"], name)
        bucket = rendered.child("Data").resources["ArchiveBucket"]["Properties"]
        self.assertEqual(bucket["LoggingConfiguration"]["DestinationBucketName"], "platform-logs")
        self.assertIn("ApiAccount", rendered.resources)

    def test_each_parameter_is_described_grouped_and_bounded(self):
        for name in ("template.yaml", "infra/data.yaml", "infra/network.yaml"):
            template = render.yaml_parse((render.ROOT / name).read_text())
            groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
            grouped = [parameter for group in groups for parameter in group["Parameters"]]
            self.assertEqual(sorted(grouped), sorted(template["Parameters"]), name)
            for key, parameter in template["Parameters"].items():
                self.assertTrue(parameter["Description"], key)
                if name == "template.yaml":
                    self.assertTrue({"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter), key)


if __name__ == "__main__":
    unittest.main()
