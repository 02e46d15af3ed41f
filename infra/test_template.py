"""The rendered template, by `infra/test.sh`: each claim of `checks` is made of each environment that goes to AWS."""

import graphlib
import logging
import re
import unittest
import unittest.mock

import render
from checks import CHECKS, of

logging.disable(logging.WARNING)  # The transform's own chatter.

ENVIRONMENTS = [name for name in render.environments() if name != "local"]
RENDERED = {name: render.render(name) for name in ENVIRONMENTS}


class TheTemplate(unittest.TestCase):
    def test_every_claim_holds_in_every_environment(self):
        for name, stack in RENDERED.items():
            for check in CHECKS:
                with self.subTest(environment=name, claim=check.__name__):
                    check(stack)

    def test_guards_are_off_in_the_local_environment_only(self):
        switches = {"BindKeysToContext": "true", "DenyPlainHttp": "true"}
        for name, stack in RENDERED.items():
            self.assertEqual({key: stack.parameters[key] for key in switches}, switches, name)
        local = render.render("local")
        prod, local = ({name for name in stack.resources if not name.startswith("ApiDeployment")} for stack in (RENDERED["prod"], local))
        missing = prod - local
        gradual = {name for name in missing if name.endswith("DeploymentGroup")} | {"DeploymentRole", "DeploymentPolicy", "ServerlessDeploymentApplication"}
        self.assertEqual(missing, gradual | {"QueuePolicy", "Edge", "Alarms", "Dashboard"})
        self.assertEqual(local - prod, set())

    def test_a_network_of_ones_own_takes_the_place_of_ours(self):
        rendered = production(Network="own", PrivateSubnetIds="subnet-0a1b2c3d,subnet-1a1b2c3d", SecurityGroupIds="sg-0a1b2c3d")
        self.assertNotIn("PrivateNetwork", rendered.resources)
        for _, function in of(rendered, "AWS::Lambda::Function"):
            self.assertEqual(function["VpcConfig"], {
                "SubnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"],
            })

    def test_keys_and_topics_of_ones_own_take_the_place_of_ours(self):
        rendered = production(
            StorageKeyArn="arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-00112233aabb",
            AlarmTopicArn="arn:aws:sns:eu-west-1:111122223333:alarms",
        )
        for check in CHECKS:
            with self.subTest(claim=check.__name__):
                check(rendered)

    def test_what_is_optional_can_be_left_out(self):
        rendered = production(
            Waf="false", GradualDeployment="false", FlowLogs="false", Backup="false", Monitoring="false", SubnetCCidr=""
        )
        for name in ("Edge", "Alarms", "Dashboard", "DeploymentRole"):
            self.assertNotIn(name, rendered.resources)

    def test_parameters_that_do_not_fit_are_refused(self):
        for wrong in (
            {"S3PrefixListId": ""},
            {"Network": "own"},
            {"Network": "own", "PrivateSubnetIds": "subnet-0a1b2c3d", "SecurityGroupIds": "sg-0a1b2c3d"},
            {"BodyLimitBytes": "737281"},
            {"Retention": "3y"},
            {"ProcessorConcurrency": "1"},
            {"PreloadEndpoints": "Acme"},
            {"Unknown": "1"},
            {"OnlyProviders": "true"},
            {"OnlyProviders": "true", "ProviderCidrs": "192.0.2.0/24", "Waf": "false"},
            {"ProviderCidrs": "192.0.2.0"},
            {"DomainName": "hooks.example.com"},
            {"TruststoreUri": "s3://platform-trust/providers.pem"},
            {"TruststoreUri": "https://example.com/providers.pem"},
            {"Monitoring": "false"},
            {"BusyEndpoints": "a,b,c,d"},
            {"SilenceSeconds": "60"},
            {"RunbookUrl": "http://example.com"},
            {"RunbookUrl": "https://example.com/"},
            {"AlarmTopicArn": "alarms"},
            {"StorageKeyArn": "alias/mine"},
            {"DeepArchiveAfterDays": "30"},
            {"DeepArchiveAfterDays": "731", "Retention": "2y"},
            {"DeepArchiveAfterDays": "180", "Retention": "30d"},
            {"SigningProfileVersionArn": "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/platform"},
        ):
            with self.subTest(**wrong), self.assertRaises(ValueError):
                production(**wrong)

    def test_the_prefix_lists_of_one_region_are_refused_in_another(self):
        render.REGION = "eu-central-1"
        try:
            with self.assertRaisesRegex(ValueError, "that of eu-west-1"):
                production()
            production(S3PrefixListId="pl-00000000", DynamoDbPrefixListId="pl-00000001")
        finally:
            render.REGION = "eu-west-1"

    def test_optional_parameters_reach_every_place(self):
        given = {
            "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary",
            "ExtraTrustRoots": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----",
            "ManageApiLogRole": "true",
        }
        rendered = production(**given)
        roles = dict(of(rendered, "AWS::IAM::Role"))
        self.assertEqual(len(roles), 8)
        for name, role in roles.items():
            self.assertEqual(role["PermissionsBoundary"], given["PermissionsBoundaryArn"], name)
        for name, function in of(rendered, "AWS::Lambda::Function"):
            self.assertEqual(function["Environment"]["Variables"]["TOLLGATE_TRUST_PEM"], given["ExtraTrustRoots"], name)
        self.assertIn("ApiAccount", rendered.resources)

    def test_each_parameter_is_described_grouped_and_bounded(self):
        for path in [render.ROOT / "template.yaml", *sorted((render.ROOT / "infra").glob("*.yaml"))]:
            template = render.yaml_parse(path.read_text())
            groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
            grouped = [parameter for group in groups for parameter in group["Parameters"]]
            self.assertEqual(sorted(grouped), sorted(template["Parameters"]), path.name)
            for key, parameter in template["Parameters"].items():
                self.assertTrue(parameter["Description"], key)
                if path.name == "template.yaml":
                    self.assertTrue({"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter), key)
                    self.assertTrue("AllowedPattern" not in parameter or "ConstraintDescription" in parameter, key)

    def test_a_domain_that_comes_or_goes_deploys_the_stage_anew(self):
        """Without that the API's own address would stay on beside the domain, and ask for no client certificate."""
        deployed = set()
        given = {key: render.OPTIONS[key] for key in ("DomainName", "CertificateArn")}
        for second, changed in enumerate(({}, given, {})):
            with unittest.mock.patch("samtranslator.model.apigateway.time.time", return_value=second):
                deployed |= {name for name, _ in of(production(**changed), "AWS::ApiGateway::Deployment")}
        self.assertEqual(len(deployed), 3)

    def test_no_change_of_parameters_replaces_what_holds_state(self):
        _, given = render.environments()["prod"]
        lists = {
            key: [str(value) for value in parameter["AllowedValues"] if str(value) != given.get(key, str(parameter["Default"]))]
            for key, parameter in render.load()["Parameters"].items()
            if "AllowedValues" in parameter and key not in ("Network", "Monitoring", "GradualDeployment")
        }
        before = identities(production())
        for changed in (
            {key: values[0] for key, values in lists.items()} | {"Waf": "true", "Retention": "1y"} | OTHER,
            {key: values[-1] for key, values in lists.items()} | {"OnlyProviders": "false"},
            {"Network": "own", "PrivateSubnetIds": "subnet-0a1b2c3d,subnet-1a1b2c3d", "SecurityGroupIds": "sg-0a1b2c3d"},
            {"Monitoring": "false", "GradualDeployment": "false"},
        ):
            after = identities(production(**changed))
            for name, identity in before.items():
                # Optional things may be left out, and are kept when they are.
                if name in after or not name.startswith(OPTIONAL):
                    with self.subTest(resource=name, changed=changed):
                        self.assertEqual(after.get(name), identity)

    def test_nothing_waits_for_itself(self):
        """With every option on, which cfn-lint does not see: it transforms with the defaults."""
        for stack in {"": render.full(), **render.full().nested}.values():
            resources = stack.template["Resources"]
            waits = {name: set(named(resource)) & set(resources) for name, resource in resources.items()}
            for name in waits:
                self.assertNotIn(name, waits[name])
            tuple(graphlib.TopologicalSorter(waits).static_order())  # Raises on a circle.

    def test_every_skip_of_a_checker_has_its_reason(self):
        skips = [
            skip
            for path in [render.ROOT / "template.yaml", *sorted((render.ROOT / "infra").glob("*.yaml"))]
            for resource in render.yaml_parse(path.read_text())["Resources"].values()
            for checker in ("checkov", "guard")
            for skip in resource.get("Metadata", {}).get(checker, {}).get("skip", [])
        ]
        self.assertGreater(len(skips), 10)
        for skip in skips:
            self.assertRegex(skip.get("comment", ""), r"^[A-Z].{20,}\.$", skip["id"])

    def test_environments_differ_in_parameters_only(self):
        config = render.tomllib.loads((render.ROOT / "samconfig.toml").read_text())
        for name in ENVIRONMENTS:
            deploy = dict(config[name]["deploy"]["parameters"])
            deploy.pop("parameter_overrides")
            self.assertEqual(deploy, config["default"]["deploy"]["parameters"], name)


# Properties that only a new resource can change, of what holds state; from the resources' schemas.
CREATE_ONLY = {
    "AWS::KMS::Key": ["KeySpec", "KeyUsage", "MultiRegion"],
    "AWS::DynamoDB::Table": ["TableName", "KeySchema"],
    "AWS::S3::Bucket": ["BucketName"],
    "AWS::SQS::Queue": ["QueueName", "FifoQueue"],
    "AWS::Events::EventBus": ["Name"],
    "AWS::Logs::LogGroup": ["LogGroupName"],
    "AWS::Backup::BackupVault": ["BackupVaultName", "EncryptionKeyArn"],
}
# Another value of each parameter that has no list of them.
OTHER = {
    "BodyLimitBytes": "2048", "PreloadEndpoints": "shop", "RequestsPerSecond": "1", "RequestBurst": "1", "WebhookReservedConcurrency": "0",
    "ProcessorConcurrency": "2", "ArchiverConcurrency": "3", "VpcCidr": "10.21.0.0/24", "SubnetACidr": "10.20.0.192/26", "SubnetCCidr": "",
    "RequestsPerAddress": "10", "ProviderCidrs": "192.0.2.0/24", "AlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:alarms",
    "PageTopicArn": "arn:aws:sns:eu-west-1:111122223333:pager", "RunbookUrl": "https://wiki.example.com", "BusyEndpoints": "shop",
    "AccessLogBucket": "platform-logs", "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary",
}
OPTIONAL = ("Data.BackupVault", "Edge.WebAclLogs", "PrivateNetwork.FlowLogGroup")


def named(node):
    """What a part of a template refers to."""
    if isinstance(node, list):
        yield from (name for each in node for name in named(each))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("Ref", "DependsOn"):
                yield from [value] if isinstance(value, str) else value
            elif key == "Fn::GetAtt":
                yield value.split(".")[0] if isinstance(value, str) else value[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", value if isinstance(value, str) else value[0])
                yield from named(value)
            else:
                yield from named(value)


def identities(stack):
    """What holds state, with the values that a new one of it would be needed to change."""
    return {
        f"{part}.{name}" if part else name: [each["Properties"].get(key) for key in CREATE_ONLY[each["Type"]]]
        for part, where in {"": stack, **stack.nested}.items()
        for name, each in where.resources.items()
        if each["Type"] in CREATE_ONLY
    }


def production(**parameters):
    """The production stack with these parameters besides."""
    stack, given = render.environments()["prod"]
    return render.whole(stack, given | parameters)


if __name__ == "__main__":
    unittest.main()
