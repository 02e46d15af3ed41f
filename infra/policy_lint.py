"""Reads every policy of the stack with parliament: each action exists, takes that resource and knows those conditions.

    .local/python/check/bin/python infra/policy_lint.py RENDERED.json
"""

import json
import sys

import parliament

POLICIES = ("PolicyDocument", "KeyPolicy", "AccessPolicy")
# What is as it should be, by finding and statement; each with its reason.
MEANT = {
    ("RESOURCE_STAR", "InterfacesForLambda"): "these take no resource that could be named before there is a function",
    ("UNKNOWN_CONDITION_FOR_ACTION", "NoInterfacesForCode"): "lambda:SourceFunctionArn is sent with every call of a function's code",
    ("RESOURCE_MISMATCH", "ReadStream"): "the colons in a stream's time are taken for those of an ARN",
    ("UNKNOWN_CONDITION_FOR_ACTION", "LogsOfThisStack"): "DescribeKey carries no context, and CloudWatch Logs asks with it all the same",
    ("MISMATCHED_TYPE", "LogsOfThisStack"): "the context's value is an ARN, though its key is of text",
    ("MISMATCHED_TYPE", "DenyOldTls"): "IAM takes numbers as text",
    ("UNKNOWN_CONDITION_FOR_ACTION", "DenyOldTls"): "for s3:* some action is without the key, and stays undenied by it",
}


def main():
    rendered = json.load(open(sys.argv[1]))
    read, used, wrong = 0, set(), []
    for part, stack in rendered.items():
        for name, resource in stack["Resources"].items():
            for key in POLICIES:
                document = resource["Properties"].get(key)
                if document is None:
                    continue
                read += 1
                for statement in document["Statement"]:
                    found = parliament.analyze_policy_string(json.dumps({"Version": document["Version"], "Statement": [statement]}))
                    for finding in found.findings:
                        meant = (finding.issue, statement["Sid"])
                        used.add(meant)
                        # In a resource's own policy `*` is that resource.
                        own = finding.issue == "RESOURCE_STAR" and "Principal" in statement
                        if meant not in MEANT and not own:
                            wrong.append(f"{part or 'root'}.{name} {statement['Sid']}: {finding.issue} {finding.detail}")
    wrong += [f"the list of what is meant has {issue} of {sid}, which is not found" for issue, sid in set(MEANT) - used]
    print("\n".join(sorted(set(wrong))) or f"{read} policies")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
