"""The claims bite: a stack with everything switched on is broken, one property at a time, and some claim must notice.

Each entry of each resource is taken away and each value changed; each statement of each policy is widened in the ways that
matter. What no claim looks at is listed here with its reason, and an entry of that list that is noticed after all fails too.
"""

import collections
import copy
import logging
import re
import unittest

import render
from checks import CHECKS, of
from test_template import named
from weakened import DROP, WEAKENED

logging.disable(logging.WARNING)  # The transform's own chatter.

FULL = render.full()
ORDER = list(CHECKS)
PARTS = {"": FULL, **FULL.nested}
# Made by the transform out of what is looked at elsewhere.
MADE = {"AWS::ApiGateway::Deployment", "AWS::Lambda::Version", "AWS::Lambda::Alias"}

# What no claim looks at, by its type and path: why.
NAMED = "it names or describes"
UNGUARDED = {
    r".*\.(Description|GroupDescription|DisplayName|Sid|Label)": NAMED,
    r".*\.Tags(\..*)?": NAMED,
    r"Events::EventBus\.Name": NAMED,
    r"Events::Rule\.Targets\.Id": NAMED,
    r"Backup::.*\.(BackupVaultName|BackupPlanName|RuleName|SelectionName)": NAMED,
    r"ApiGateway::RestApi\.Body\.(info(\..*)?|.*\.description)": NAMED,
    r"CloudFormation::Stack\..*": "what it says has its effect in the nested stack, which is looked at",
    r"Lambda::Function\.Code(\..*)?": "a stand-in of the renderer",
}

# What is broken, for the table: the first that its place or its type fits.
SUBJECTS = {
    "encryption": r"Kms|SSE|Encryption|SecurityPolicy|EnableKeyRotation",
    "who may do what": r"PolicyDocument|KeyPolicy|AccessPolicy|RolePolicy|IAM::|SourceArn",
    "alarms and the dashboard": r"CloudWatch::|SNS::|MetricFilter|Events::Rule",
    "retention and deletion": r"Retention|DeletionPolicy|UpdateReplacePolicy|ObjectLock|Lifecycle|PointInTime|DeletionProtection|Versioning|Backup::",
    "queues and dead letters": r"SQS::",
    "network and egress": r"EC2::|VpcConfig",
    "functions and mappings": r"Lambda::|CodeDeploy::",
    "gateway, web ACL, domain": r"ApiGateway::|WAFv2::|Route53::",
    "ledger, archive, bus, logs": r"",
}


def subject(at, kind):
    return next(what for what, words in SUBJECTS.items() if re.search(words, f"{kind} {at}"))


def place(name, resource, path):
    """The type and the path without positions, as UNGUARDED writes them."""
    words = [word for word in path if not isinstance(word, int)]
    return f"{resource['Type'].removeprefix('AWS::')}.{'.'.join(words)}"


def broken(part, name, path, change):
    """The full stack with one entry of one resource changed; all else is shared with it."""
    stack = copy.copy(FULL)
    stack.nested = dict(FULL.nested)
    where = stack if not part else copy.copy(FULL.nested[part])
    if part:
        stack.nested[part] = where
    where.resources = dict(where.resources)
    if not path:
        del where.resources[name]
        where.nested = {key: each for key, each in where.nested.items() if key != name}
        return stack
    where.resources[name] = node = copy.deepcopy(where.resources[name])
    *above, last = path
    for key in above:
        node = node[key]
    change(node, last)
    return stack


def noticed(stack):
    """Whether a stack breaks a claim. The one that noticed the last change is asked first: the next is often beside it."""
    for check in ORDER:
        try:
            check(stack)
        except Exception:  # A claim that cannot even be looked at is red as well.
            ORDER.remove(check)
            ORDER.insert(0, check)
            return True
    return False


def drop(node, key):
    del node[key]


def put(value):
    def change(node, key):
        node[key] = value

    return change


def entries(node, path):
    """Every entry below a node, with its path."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield (*path, key), value
        yield from entries(value, (*path, key))


def others(value):
    """Values that are wrong in place of this one."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"\d+", value)):
        kind, number = type(value), int(value)
        return [kind(number * 10 + 1), kind(number // 10)] if number else [kind(1)]
    if isinstance(value, str):
        return [value.title() if value.islower() and value.isalpha() else "other"]
    return []


def widened(statement):
    """A policy's statement, made to allow more or deny less."""
    flipped = {"Allow": "Deny", "Deny": "Allow"}[statement["Effect"]]
    yield "effect turned", statement | {"Effect": flipped}
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    service = actions[0].split(":")[0]
    if statement["Effect"] == "Allow":
        if statement["Action"] != f"{service}:*":
            yield "every action", statement | {"Action": f"{service}:*"}
            yield "one action more", statement | {"Action": [*actions, f"{service}:DeleteEverything"]}
        if statement.get("Resource", "*") != "*":
            yield "every resource", statement | {"Resource": "*"}
        if statement.get("Principal", "*") != "*":
            yield "everybody", statement | {"Principal": "*"}
        if "Principal" in statement:
            yield "another account", statement | {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
    else:
        yield "fewer actions", statement | {"Action": f"{service}:ListNothing"}
        if "Principal" in statement:
            yield "of nobody", statement | {"Principal": {"AWS": "arn:aws:iam::111122223333:role/other"}}
    if "Condition" in statement:
        yield "no condition", {key: value for key, value in statement.items() if key != "Condition"}


def mutations():
    """(kind, place, part, resource, path, change)"""
    for part, where in PARTS.items():
        for name, resource in where.resources.items():
            if resource["Type"] in MADE:
                continue
            # What another names cannot be left out: such a template is refused.
            rest = {key: each for key, each in where.template["Resources"].items() if key != name}
            if name not in set(named([rest, where.template.get("Outputs", {})])):
                yield "left out", f"{part}.{name}", part, name, (), None
            for key in ("DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy"):
                if key in resource:
                    yield "lifetime", place(name, resource, [key]), part, name, (key,), drop
            for path, value in entries(resource["Properties"], ("Properties",)):
                at = place(name, resource, path[1:])
                yield "taken away", at, part, name, path, drop
                for other in others(value):
                    yield "changed", at, part, name, path, put(other)
                if isinstance(value, dict) and "Effect" in value:
                    for how, statement in widened(value):
                        yield f"policy: {how}", at, part, name, path, put(statement)


def steps(node, keys):
    """The path that `keys` names. Names with dots in them are found by taking as much of it as is there."""
    path = []
    while keys:
        if isinstance(node, list):
            head, _, keys = keys.partition(".")
            key = int(head)
        else:
            key = max((name for name in node if keys == name or keys.startswith(f"{name}.")), key=len, default=keys)
            keys = keys[len(key) + 1 :]
        path.append(key)
        node = node[key] if keys or (key in node if isinstance(node, dict) else True) else None
    return path


class TheClaims(unittest.TestCase):
    def test_the_stack_that_is_broken_was_whole(self):
        for check in CHECKS:
            with self.subTest(claim=check.__name__):
                check(FULL)

    def test_a_weakened_property_is_noticed(self):
        for at, keys, value in WEAKENED:
            with self.subTest(resource=at, property=keys, value=value):
                part, _, name = at.rpartition(".")
                path = steps(PARTS[part].resources[name]["Properties"], keys)
                change = drop if value is DROP else put(value)
                self.assertTrue(noticed(broken(part, name, ("Properties", *path), change)), "no claim noticed")
        print(f"\n{'weakened by hand':<28}{len(WEAKENED):>6}")

    def test_a_second_stage_is_noticed(self):
        (name,) = (name for name, _ in of(FULL, "AWS::ApiGateway::Deployment"))
        self.assertTrue(noticed(broken("", name, ("Properties", "StageName"), put("Stage"))))

    def test_nothing_can_be_taken_away_or_changed_unnoticed(self):
        counted, missed, unguarded = collections.Counter(), collections.defaultdict(set), collections.Counter()
        subjects = collections.Counter()
        for kind, at, part, name, path, change in mutations():
            rule = next((rule for rule in UNGUARDED if re.fullmatch(rule, at)), None)
            if rule:
                unguarded[rule] += 1
                continue
            counted[kind] += 1
            subjects[subject(at, PARTS[part].resources[name]["Type"])] += 1
            if not noticed(broken(part, name, path, change)):
                missed[at].add(kind)
        print(f"\n{'broken how':<28}{'times':>6}")
        for kind, times in sorted(counted.items()):
            print(f"{kind:<28}{times:>6}")
        print(f"\n{'what was broken':<28}{'times':>6}")
        for what in SUBJECTS:
            print(f"{what:<28}{subjects[what]:>6}")
            self.assertGreater(subjects[what], 0, what)
        print(f"{'all noticed' if not missed else 'NOT noticed: ' + str(len(missed)):<28}{sum(counted.values()):>6}")
        for at, kinds in sorted(missed.items()):
            print("  ", at, sorted(kinds))
        self.assertFalse(missed)
        self.assertEqual(set(UNGUARDED), set(unguarded), "an entry of UNGUARDED is about nothing")


if __name__ == "__main__":
    unittest.main()
