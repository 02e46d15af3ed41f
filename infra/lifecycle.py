"""A second stack beside the one that runs in a folder: an update replaces nothing that holds state, `sam delete` keeps it.

    .local/python/sam/bin/python infra/lifecycle.py .local/test
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parent.parent
SAM = Path(sys.executable).with_name("sam")
STACK = "tollgate-life"
STATEFUL = {
    "AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Events::EventBus", "AWS::Logs::LogGroup",
}


def main():
    folder = Path(sys.argv[1]).resolve()
    port = json.loads((folder / "emulator.pid").read_text())["port"]
    endpoint = f"http://127.0.0.1:{port}"
    os.environ |= {
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1",
        "SAM_CLI_TELEMETRY": "0", "HOME": str(folder),
    }
    clients = {name: boto3.client(name) for name in ("cloudformation", "dynamodb", "s3", "sqs", "kms", "events", "logs", "lambda")}
    with tempfile.TemporaryDirectory(dir=folder) as work:
        packaged = Path(work) / "packaged.yaml"
        sam("package", "--template-file", folder / "stack/template.yaml", "--s3-bucket", "tollgate-artifacts", "--s3-prefix", STACK, "--output-template-file", packaged)
        # `sam delete` reads addresses of templates only as AWS writes them; the emulator takes them so, too.
        text = packaged.read_text()
        assert f"TemplateURL: {endpoint}/" in text
        packaged.write_text(text.replace(f"TemplateURL: {endpoint}/", "TemplateURL: https://s3.eu-west-1.amazonaws.com/"))
        deploy(packaged)
        before = resources(clients["cloudformation"], STACK)
        held = {name: each for name, each in before.items() if each[0] in STATEFUL}
        assert len(held) >= 16, sorted(held)

        # What stands in the root: in an update of a nested stack the emulator forgets the attributes of what is
        # unchanged. Other parameters are tried on the rendering, by test_template.py.
        deploy(packaged, RequestsPerSecond=400, BodyLimitBytes=700000, PreloadEndpoints="shop")
    after = resources(clients["cloudformation"], STACK)
    replaced = {name for name, each in held.items() if after.get(name) != each}
    assert not replaced, f"the update replaced {sorted(replaced)}"
    print(f"updated in place: {len(held)} resources that hold state are the same")

    sam("delete", "--stack-name", STACK, "--no-prompts", "--region", "eu-west-1", "--s3-bucket", "tollgate-artifacts", "--s3-prefix", STACK)
    kept = {
        "AWS::KMS::Key": lambda key: clients["kms"].describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled",
        "AWS::DynamoDB::Table": lambda table: clients["dynamodb"].describe_table(TableName=table),
        "AWS::S3::Bucket": lambda bucket: clients["s3"].head_bucket(Bucket=bucket),
        "AWS::SQS::Queue": lambda url: clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]),
        "AWS::Events::EventBus": lambda bus: clients["events"].describe_event_bus(Name=bus),
        "AWS::Logs::LogGroup": lambda group: clients["logs"].describe_log_groups(logGroupNamePrefix=group)["logGroups"],
    }
    for name, (kind, physical) in held.items():
        assert kept[kind](physical), f"{name} is gone"
    for name, (kind, physical) in before.items():
        if kind == "AWS::Lambda::Function":
            try:
                clients["lambda"].get_function(FunctionName=physical)
            except clients["lambda"].exceptions.ResourceNotFoundException:
                continue
            raise AssertionError(f"{name} is still there")
    print(f"deleted by sam delete: {len(held)} resources that hold state are kept, the functions are gone")


def sam(*arguments):
    run = subprocess.run([SAM, *arguments], capture_output=True, text=True)
    assert run.returncode == 0, f"sam {arguments[0]}: " + run.stdout[-2000:] + run.stderr[-2000:]


def deploy(template, **changed):
    """Deploys the second stack with the local environment's parameters, some of them changed."""
    configured = ("--config-file", ROOT / "samconfig.toml", "--config-env", "local")
    sam("deploy", "--template", template, *configured, "--stack-name", STACK, "--parameter-overrides", *overrides(**changed))


def resources(cloudformation, stack, path=""):
    """Logical name, with the names of nested stacks before it → (type, physical name)."""
    found = {}
    for each in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]:
        name = path + each["LogicalResourceId"]
        found[name] = (each["ResourceType"], each["PhysicalResourceId"])
        if each["ResourceType"] == "AWS::CloudFormation::Stack":
            found |= resources(cloudformation, each["PhysicalResourceId"], f"{name}.")
    return found


def overrides(**changed):
    """The local environment's parameters with some changed, as the command line wants them: all of them."""
    given = tomllib.loads((ROOT / "samconfig.toml").read_text())["local"]["deploy"]["parameters"]["parameter_overrides"]
    parameters = dict(entry.split("=", 1) for entry in given) | {key: str(value) for key, value in changed.items()}
    return [f"{key}={value}" for key, value in parameters.items()]


if __name__ == "__main__":
    main()
