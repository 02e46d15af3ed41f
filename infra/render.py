"""Renders template.yaml for one environment of samconfig.toml: what CloudFormation would see.

The SAM transform, then parameters, conditions, mappings and intrinsic functions, with stand-ins for what AWS would
name. Nested stacks are rendered with the parameters that their parent gives them.

    python infra/render.py prod > prod.json      # or dev, staging, local; full: production with every option
    python infra/render.py full FOLDER           # each stack as a template of its own
"""

import copy
import hashlib
import json
import os
import re
import sys
import tomllib
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")  # The transform asks for a Region.

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT, REGION = "111122223333", "eu-west-1"
NO_VALUE = object()
# What production has not, by parameter.
OPTIONS = {
    "DomainName": "hooks.example.com",
    "CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-00112233aabb",
    "HostedZoneId": "Z0123456789ABC",
    "TruststoreUri": "s3://platform-trust/providers.pem",
    "TruststoreVersion": "3L4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
    "ProviderCidrs": "192.0.2.0/24,198.51.100.0/24",
    "OnlyProviders": "true",
    "BusyEndpoints": "acme,shop,till",
    "PageTopicArn": "arn:aws:sns:eu-west-1:111122223333:pager",
    "AccessLogBucket": "platform-logs",
    "DeepArchiveAfterDays": "365",
    "SigningProfileVersionArn": "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/platform/0a1b2c3d4e",
}

# Where `Ref` gives an ARN, or `GetAtt Arn` one that is not service:region:account:kind/name.
ARNS = {
    "AWS::KMS::Key": "kms:{r}:{a}:key/{n}",
    "AWS::SQS::Queue": "sqs:{r}:{a}:{n}",
    "AWS::S3::Bucket": "s3:::{n}",
    "AWS::DynamoDB::Table": "dynamodb:{r}:{a}:table/{n}",
    "AWS::Events::EventBus": "events:{r}:{a}:event-bus/{n}",
    "AWS::Events::Rule": "events:{r}:{a}:rule/{n}",
    "AWS::Logs::LogGroup": "logs:{r}:{a}:log-group:{n}:*",
    "AWS::IAM::Role": "iam::{a}:role/{n}",
    "AWS::IAM::ManagedPolicy": "iam::{a}:policy/{n}",
    "AWS::Lambda::Function": "lambda:{r}:{a}:function:{n}",
    "AWS::Lambda::Alias": "lambda:{r}:{a}:function:{n}:live",
    "AWS::Lambda::Version": "lambda:{r}:{a}:function:{n}:1",
    "AWS::Lambda::CodeSigningConfig": "lambda:{r}:{a}:code-signing-config:csc-0a1b2c3d4e5f60718",
    "AWS::SNS::Topic": "sns:{r}:{a}:{n}",
    "AWS::Events::Rule": "events:{r}:{a}:rule/{n}",
    "AWS::CloudWatch::Alarm": "cloudwatch:{r}:{a}:alarm:{n}",
    "AWS::CloudWatch::CompositeAlarm": "cloudwatch:{r}:{a}:alarm:{n}",
    "AWS::WAFv2::WebACL": "wafv2:{r}:{a}:regional/webacl/{n}/0a1b2c3d",
    "AWS::WAFv2::IPSet": "wafv2:{r}:{a}:regional/ipset/{n}/0a1b2c3d",
    "AWS::Backup::BackupVault": "backup:{r}:{a}:backup-vault:{n}",
}
NAMES = {
    "AWS::Events::EventBus": "Name",
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::ApiGateway::DomainName": "DomainName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Backup::BackupVault": "BackupVaultName",
}
# Kinds that AWS names by an id.
IDS = {"AWS::EC2::VPC": "vpc", "AWS::EC2::Subnet": "subnet", "AWS::EC2::SecurityGroup": "sg", "AWS::EC2::RouteTable": "rtb"}
REF_IS_ARN = {"AWS::IAM::ManagedPolicy", "AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Lambda::CodeSigningConfig", "AWS::SNS::Topic"}


class Stack:
    """One rendered template: `.resources`, `.outputs`, and its children under `.nested`."""

    def __init__(self, name, template, parameters, folder):
        self.name, self.template, self.folder = name, template, folder
        self.parameters = {}
        for key, declared in template.get("Parameters", {}).items():
            self.parameters[key] = check_parameter(key, declared, parameters.get(key, declared.get("Default")))
        unknown = set(parameters) - set(self.parameters)
        if unknown:
            raise ValueError(f"{name}: no such parameter: {', '.join(sorted(unknown))}")
        self.conditions = {}
        for rule, body in template.get("Rules", {}).items():
            if self.value(body.get("RuleCondition", True)):
                for each in body["Assertions"]:
                    if not self.value(each["Assert"]):
                        raise ValueError(f"{name}: rule {rule}: {each['AssertDescription']}")
        self.nested = {}
        self.resources = {
            key: self.value(resource)
            for key, resource in template["Resources"].items()
            if "Condition" not in resource or self.condition(resource["Condition"])
        }
        self.outputs = {
            key: self.value(output["Value"])
            for key, output in template.get("Outputs", {}).items()
            if "Condition" not in output or self.condition(output["Condition"])
        }

    def condition(self, name):
        if name not in self.conditions:
            self.conditions[name] = self.value(self.template["Conditions"][name])
        return self.conditions[name]

    def value(self, node):
        """The node with its functions evaluated."""
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, argument), = node.items()
            if function == "Ref":
                return self.ref(argument)
            if function == "Condition" and isinstance(argument, str):
                return self.condition(argument)
            if function.startswith("Fn::"):
                return getattr(self, "fn_" + function[4:].lower())(argument)
        items = ((key, self.value(value)) for key, value in node.items())
        return {key: value for key, value in items if value is not NO_VALUE}

    def ref(self, name):
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.name,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/0a1b2c3d-0000-4000-8000-00112233aabb",
            "AWS::NoValue": NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self.template["Resources"][name]["Type"]
        if kind in REF_IS_ARN:
            return self.arn(name)
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self.physical(name)}"
        return self.physical(name)

    def physical(self, name):
        resource = self.template["Resources"][name]
        explicit = NAMES.get(resource["Type"])
        if explicit in resource["Properties"]:
            return self.value(resource["Properties"][explicit])
        if resource["Type"] == "AWS::Lambda::Alias":
            return self.value(resource["Properties"]["FunctionName"])
        if resource["Type"] in IDS:
            return f"{IDS[resource['Type']]}-{hashlib.sha256(f'{self.name}-{name}'.encode()).hexdigest()[:17]}"
        return f"{self.name}-{name}"

    def arn(self, name):
        kind = self.template["Resources"][name]["Type"]
        physical = self.physical(name)
        return "arn:aws:" + ARNS[kind].format(r=REGION, a=ACCOUNT, n=physical.lower() if kind == "AWS::S3::Bucket" else physical)

    def fn_getatt(self, argument):
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if attribute.startswith("Outputs."):
            return self.child(name).outputs[attribute.removeprefix("Outputs.")]
        if attribute in ("Arn", "BackupVaultArn"):
            return self.arn(name)
        if attribute in ("QueueName", "GroupId"):
            return self.physical(name)
        if attribute == "Version":
            return "1"
        if attribute == "StreamArn":
            return self.arn(name) + "/stream/2026-01-01T00:00:00.000"
        return f"{self.physical(name)}.{attribute}"

    def child(self, name):
        if name not in self.nested:
            properties = self.template["Resources"][name]["Properties"]
            path = self.folder / properties["Metadata"]["File"]
            parameters = self.value(properties.get("Parameters", {}))
            self.nested[name] = Stack(f"{self.name}-{name}", yaml_parse(path.read_text()), parameters, path.parent)
        return self.nested[name]

    def fn_sub(self, argument):
        text, names = argument if isinstance(argument, list) else (argument, {})

        def replace(match):
            name = match.group(1)
            if name in names:
                return str(self.value(names[name]))
            return str(self.fn_getatt(name) if "." in name else self.ref(name))

        return re.sub(r"\$\{([^!}]+)\}", replace, text)

    def fn_if(self, argument):
        name, then, otherwise = argument
        return self.value(then if self.condition(name) else otherwise)

    def fn_join(self, argument):
        return argument[0].join(map(str, self.value(argument[1])))

    def fn_split(self, argument):
        return self.value(argument[1]).split(argument[0])

    def fn_select(self, argument):
        return self.value(argument[1])[int(self.value(argument[0]))]

    def fn_getazs(self, _):
        return [REGION + zone for zone in "abc"]

    def fn_findinmap(self, argument):
        table, first, second = map(self.value, argument)
        return self.template["Mappings"][table][first][second]

    def fn_equals(self, argument):
        left, right = map(self.value, argument)
        return str(left) == str(right)

    def fn_not(self, argument):
        return not self.value(argument[0])

    def fn_and(self, argument):
        return all(map(self.value, argument))

    def fn_or(self, argument):
        return any(map(self.value, argument))


def check_parameter(name, declared, value):
    """The value if it is allowed, as a list where the type is one."""
    if value is None:
        raise ValueError(f"parameter {name} has no value")
    text = str(value)
    if text not in map(str, declared.get("AllowedValues", [text])):
        raise ValueError(f"parameter {name}: {text} is not an allowed value")
    if not re.fullmatch(declared.get("AllowedPattern", r"[\s\S]*"), text):
        raise ValueError(f"parameter {name}: {text} {declared.get('ConstraintDescription')}")
    if declared["Type"] == "Number" and not (
        float(declared.get("MinValue", text)) <= float(text) <= float(declared.get("MaxValue", text))
    ):
        raise ValueError(f"parameter {name}: {text} is out of range")
    kinds = {"CommaDelimitedList": lambda: text.split(","), "Number": lambda: int(text)}
    return kinds.get(declared["Type"], lambda: text)()


def transformed(template, parameters):
    """The template after the SAM transform. Local paths get stand-ins, since the transform wants addresses."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://artifacts/code"
    files = {
        key: resource["Properties"].pop("TemplateURL")
        for key, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    }

    class NoManagedPolicies:
        def load(self):
            return {}

    result = transform(template, parameters, NoManagedPolicies())
    for key, file in files.items():
        result["Resources"][key]["Properties"]["Metadata"] = {"File": file}
    return result


def load():
    """The template as it is written."""
    return yaml_parse((ROOT / "template.yaml").read_text())


def environments():
    """Name → (stack name, parameters), from samconfig.toml."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    found = {}
    for name, commands in config.items():
        if isinstance(commands, dict) and "parameter_overrides" in commands.get("deploy", {}).get("parameters", {}):
            overrides = commands["deploy"]["parameters"]["parameter_overrides"]
            stack = commands["global"]["parameters"]["stack_name"]
            found[name] = (stack, dict(override.split("=", 1) for override in overrides))
    return found


def render(environment, template=None):
    """The whole of an environment's stack, its nested stacks among them."""
    stack, parameters = environments()[environment]
    return whole(stack, parameters, template)


def full():
    """Production with every option that it leaves out."""
    stack, parameters = environments()["prod"]
    return whole(stack, parameters | OPTIONS)


def whole(stack, parameters, template=None):
    """The stack of this name with these parameters, and its nested stacks."""
    root = Stack(stack, transformed(template or load(), parameters), parameters, ROOT)
    for name, resource in root.resources.items():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            root.child(name)
    return root


def alone(resource):
    """A resource without what is decided when it is rendered."""
    resource = {key: value for key, value in resource.items() if key not in ("Condition", "DependsOn")}
    if resource["Type"] == "AWS::CloudFormation::Stack":
        resource["Properties"] = {"TemplateURL": "https://s3.amazonaws.com/artifacts/nested.yaml", "Parameters": resource["Properties"]["Parameters"]}
    return resource


def main():
    root = full() if sys.argv[1] == "full" else render(sys.argv[1])
    stacks = {"": root, **root.nested}
    if len(sys.argv) > 2:
        for name, stack in stacks.items():
            template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {key: alone(each) for key, each in stack.resources.items()}}
            Path(sys.argv[2], f"{name or 'Root'}.json").write_text(json.dumps(template, indent=1))
        return
    print(json.dumps({key: {"Resources": each.resources, "Outputs": each.outputs} for key, each in stacks.items()}, indent=1))


if __name__ == "__main__":
    main()
