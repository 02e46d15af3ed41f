"""How a claim is made, and what the code calls."""

import functools

from render import ACCOUNT, REGION, ROOT

CHECKS = []
FUNCTIONS = ["Webhook", "Processor", "Archiver", "Publisher"]
# What each function's code calls, by the ports that it is given, and the part of the stack that it calls it on.
CALLS = {
    "Webhook": {
        "sqs:SendMessage": ["ProcessQueue", "ArchiveQueue"],
        "kms:GenerateDataKey": ["Data.DataKey"],
        "secretsmanager:GetSecretValue": ["secrets.endpoints", "secrets.trust"],
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
        "s3:ListBucket": ["Data.ArchiveBucket"],
    },
    "Publisher": {
        "events:PutEvents": ["EventBus"],
        "sqs:SendMessage": ["PublisherDeadLetters"],
    },
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
    if part == "secrets":
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:tollgate/{stack.name}/{name}/*"
    return (stack.nested[part] if part else stack).arn(name)


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    return as_list(document["Statement"])


def data_key(stack):
    return arn(stack, "Data.DataKey")


def storage_key(stack):
    """The team's own, or the one that is made."""
    return stack.parameters["StorageKeyArn"] or arn(stack, "Data.StorageKey")


@functools.cache
def sources(folder):
    """All Rust of a folder."""
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.rs")))
