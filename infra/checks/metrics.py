"""Which metrics there are, and what CloudWatch makes of them: enough of its arithmetic to try an alarm on figures."""

import functools
import re

from render import REGION

from .claims import of, sources

# Namespace → metric → the names of its dimensions.
AWS = {
    "AWS/ApiGateway": {name: {"ApiName"} for name in ("5XXError", "Count", "Latency")},
    "AWS/Lambda": {name: {"FunctionName"} for name in ("Errors", "Throttles", "Duration", "ConcurrentExecutions", "IteratorAge", "AsyncEventsDropped")},
    "AWS/SQS": {name: {"QueueName"} for name in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")},
    "AWS/DynamoDB": {
        "ThrottledRequests": {"TableName", "Operation"},
        "ConsumedWriteCapacityUnits": {"TableName"},
        "SystemErrors": {"TableName", "Operation"},
        "SuccessfulRequestLatency": {"TableName", "Operation"},
    },
    "AWS/WAFV2": {"BlockedRequests": {"WebACL", "Region", "Rule"}},
    "AWS/CertificateManager": {"DaysToExpiry": {"CertificateArn"}},
    "AWS/Backup": {"NumberOfBackupJobsFailed": {"BackupVaultName"}},
    "AWS/Usage": {"CallCount": {"Service", "Type", "Resource", "Class"}},
}


def exists(stack, namespace, metric, dimensions):
    """Fails unless somebody sends this metric, with these dimensions, of a resource of this stack."""
    if namespace == "Tollgate":
        variant = names()[metric]
        assert variant in counted(), f"nothing counts {metric}"
        assert dimensions.pop("stack") == stack.name, metric
        if "reason" in dimensions:
            assert variant == "Rejected" and dimensions.pop("reason") in reasons(), metric
        assert not dimensions, metric
    elif namespace == "TollgateLogs":
        filters = [each["MetricTransformations"][0]["MetricName"] for _, each in of(stack, "AWS::Logs::MetricFilter")]
        assert metric in filters and not dimensions, metric
    else:
        assert set(dimensions) == AWS[namespace][metric], (metric, dimensions)
        for name, value in dimensions.items():
            assert value in values(stack, name), (metric, name, value)


def values(stack, dimension):
    """What a dimension may say in this stack."""
    of_kind = {"FunctionName": "AWS::Lambda::Function", "QueueName": "AWS::SQS::Queue", "TableName": "AWS::DynamoDB::Table"}
    if dimension in of_kind:
        parts = [stack, *stack.nested.values()]
        return {part.physical(name) for part in parts for name, each in part.resources.items() if each["Type"] == of_kind[dimension]}
    return {
        "ApiName": {api["Name"] for _, api in of(stack, "AWS::ApiGateway::RestApi")},
        "Operation": {"PutItem"},
        "WebACL": {acl["VisibilityConfig"]["MetricName"] for _, acl in of(stack, "AWS::WAFv2::WebACL")},
        "Region": {REGION},
        "Rule": {"ALL"},
        "CertificateArn": {stack.parameters["CertificateArn"]},
        "BackupVaultName": {stack.nested["Data"].outputs["BackupVault"]},
        "Service": {"KMS"},
        "Type": {"API"},
        "Resource": {"CryptographicOperationsSymmetric"},
        "Class": {"None"},
    }[dimension]


@functools.cache
def counted():
    """The variants that a function counts."""
    tests = r"#\[cfg\(test\)\]\nmod tests \{.*?\n\}\n"
    return set(re.findall(r"Metric::(\w+)", re.sub(tests, "", sources("functions"), flags=re.S)))


@functools.cache
def names():
    """Name in CloudWatch → variant in the code."""
    listed = re.search(r"fn name\(self\).*?\n    \}\n", sources("shared/aws/src"), re.S).group(0)
    return {name: variant for variant, name in re.findall(r'Metric::(\w+)(?:\(_\))? => "(\w+)"', listed)}


@functools.cache
def reasons():
    """Why a delivery may be refused."""
    listed = re.search(r"fn reason\(self\).*?\n    \}\n", sources("shared/verification/src"), re.S).group(0)
    return set(re.findall(r'=> "(\w+)"', listed))


def fires(alarm, series):
    """Whether an alarm on figures goes off: `series` has for each metric its last data points, None where there is none."""
    length = len(next(iter(series.values())))
    metrics = alarm.get("Metrics")
    if metrics:
        (shown,) = [each for each in metrics if each.get("ReturnData", True)]
        points = [evaluate(shown["Expression"], series, at) for at in range(length)]
    else:
        (points,) = series.values()
    wanted = int(alarm["EvaluationPeriods"])
    points = ([None] * wanted + points)[-wanted:]
    breaching = [alarm["TreatMissingData"] == "breaching" if point is None else breaches(alarm, point) for point in points]
    return sum(breaching) >= int(alarm.get("DatapointsToAlarm", wanted))


def breaches(alarm, point):
    threshold = float(alarm["Threshold"])
    return {
        "GreaterThanThreshold": point > threshold,
        "GreaterThanOrEqualToThreshold": point >= threshold,
        "LessThanThreshold": point < threshold,
    }[alarm["ComparisonOperator"]]


def evaluate(expression, series, at):
    """A metric math expression at one data point; None where a figure is missing."""
    inner = re.fullmatch(r"DIFF\((.*)\)", expression)
    if inner:
        before = evaluate(inner.group(1), series, at - 1) if at else None
        now = evaluate(inner.group(1), series, at)
        return None if before is None or now is None else now - before
    text = expression.replace(" AND ", " and ").replace(" OR ", " or ")
    functions = {
        "IF": lambda test, then, otherwise: then if test else otherwise,
        "FILL": lambda value, other: other if value is None else value,
        "MIN": min,
        "MAX": max,
        "SERVICE_QUOTA": lambda _: 1000,
    }
    try:
        return float(eval(compiled(text), {"__builtins__": {}}, functions | {name: points[at] for name, points in series.items()}))
    except (TypeError, ZeroDivisionError):
        return None


@functools.cache
def compiled(text):
    return compile(text, text, "eval")
