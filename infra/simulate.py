"""Decides offline what IAM would: who may do what to which resource of a rendered stack, and what says no.

The part of the evaluation that this stack needs, after
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>: an explicit deny anywhere wins;
a principal of the account needs its own policies to allow, and a key also its key policy; everybody else needs the
resource's policy; a call of a function's code must besides pass the endpoint of its service. Unknown condition operators
are an error, never a match.
"""

import re

from render import ACCOUNT, REGION

# Where a resource keeps its own policy: type of the policy, and what it names.
RESOURCE_POLICIES = {
    "AWS::SQS::QueuePolicy": lambda part, policy: [queue.replace(f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/", f"arn:aws:sqs:{REGION}:{ACCOUNT}:") for queue in policy["Queues"]],
    "AWS::S3::BucketPolicy": lambda part, policy: [part.arn(name) for name, each in part.resources.items() if each["Type"] == "AWS::S3::Bucket"],
    "AWS::SNS::TopicPolicy": lambda part, policy: policy["Topics"],
}


def decide(stack, who, action, resource, context=None):
    """"allowed", or what does not allow it: "denied by X", "no policy of X allows it".

    `who` is a function ("Webhook": its code, inside the VPC), a role of Lambda's or another service's own use of one
    ("Webhook role"), a service ("logs.amazonaws.com"), or an account's number.
    """
    known = {
        "aws:securetransport": "true", "aws:principalisawsservice": "false", "s3:tlsversion": "1.3",
        "aws:principalaccount": ACCOUNT, **{key.lower(): value for key, value in (context or {}).items()},
    }
    documents = list(resource_policies(stack, resource))
    identity = None
    if who.isdigit():
        principal = {"AWS": [f"arn:aws:iam::{who}:root"]}
        known["aws:principalaccount"] = who
    elif "." in who:
        principal = {"Service": [who]}
    else:
        role = f"{who.removesuffix(' role')}Role"
        part = next(part for part in [stack, *stack.nested.values()] if role in part.resources)
        principal = {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", part.arn(role)]}
        attached = part.resources[role]["Properties"]["ManagedPolicyArns"]
        identity = [each["Properties"]["PolicyDocument"] for name, each in part.resources.items() if each["Type"] == "AWS::IAM::ManagedPolicy" and part.arn(name) in attached]
        if who in stack.resources:
            known["lambda:sourcefunctionarn"] = stack.arn(who)
            service = action.split(":")[0]
            endpoint = next((each["Properties"] for part in stack.nested.values() for each in part.resources.values() if each["Type"] == "AWS::EC2::VPCEndpoint" and each["Properties"]["ServiceName"].rsplit(".", 1)[1] == service), None)
            if endpoint is None:
                return f"no way to {service}"
            says = verdict([endpoint["PolicyDocument"]], principal, action, resource, known)
            if says != "allow":
                return f"no policy of the endpoint of {service} allows it"
    own = verdict(documents, principal, action, resource, known)
    if own == "deny":
        return "denied by the resource"
    if identity is None:
        return "allowed" if own == "allow" else "no policy of the resource allows it"
    its = verdict(identity, None, action, resource, known)
    if its == "deny":
        return "denied by the role"
    if its != "allow":
        return "no policy of the role allows it"
    if action.startswith("kms:") and own != "allow":
        return "no policy of the key allows it"
    return "allowed"


def resource_policies(stack, resource):
    """The policies that a resource has of its own."""
    for part in [stack, *stack.nested.values()]:
        for name, each in part.resources.items():
            if each["Type"] == "AWS::KMS::Key" and part.arn(name) == resource:
                yield each["Properties"]["KeyPolicy"]
            if each["Type"] == "AWS::Backup::BackupVault" and resource.startswith(f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:"):
                yield each["Properties"]["AccessPolicy"]
            if each["Type"] in RESOURCE_POLICIES:
                policy = each["Properties"]
                named = RESOURCE_POLICIES[each["Type"]](part, policy)
                if any(resource == arn or resource.startswith(f"{arn}/") for arn in named):
                    yield policy["PolicyDocument"]


def verdict(documents, principal, action, resource, context):
    """"deny" if a statement does, else "allow" if one does, else None. `principal` is None for policies of a role."""
    said = set()
    for document in documents:
        for statement in document["Statement"]:
            if (
                (principal is None or is_about(statement.get("Principal"), principal))
                and any(like(action, pattern, re.IGNORECASE) for pattern in as_list(statement["Action"]))
                and any(like(resource, pattern) for item in as_list(statement["Resource"]) for pattern in item.split(","))
                and all(holds(operator, keys, context) for operator, keys in statement.get("Condition", {}).items())
            ):
                said.add(statement["Effect"])
    return "deny" if "Deny" in said else "allow" if "Allow" in said else None


def is_about(named, principal):
    if named in ("*", {"AWS": "*"}):
        return True
    return any(name in as_list((named or {}).get(kind, [])) for kind, names in principal.items() for name in names)


def holds(operator, keys, context):
    """Whether a condition holds: every key, by one of its values."""
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    for key, wanted in keys.items():
        found, wanted = context.get(key.lower()), [str(value) for value in as_list(wanted)]
        if operator == "Null":
            if str(found is None).lower() not in wanted:
                return False
            continue
        if found is None:
            if optional:
                continue
            return False
        test = {
            "StringEquals": lambda value: found == value,
            "StringLike": lambda value: like(found, value),
            "Bool": lambda value: found.lower() == value.lower(),
            "ArnEquals": lambda value: like(found, value),
            "ArnLike": lambda value: like(found, value),
            "NumericLessThan": lambda value: float(found) < float(value),
        }[operator]
        if not any(map(test, wanted)):
            return False
    return True


def like(text, pattern, flags=0):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, flags) is not None


def as_list(value):
    return value if isinstance(value, list) else [value]
