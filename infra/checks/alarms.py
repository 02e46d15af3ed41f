"""What wakes somebody: that each alarm looks at this stack, says what to do, and goes off at the figures that it should."""

import re

from render import ACCOUNT, REGION

from .claims import FUNCTIONS, check, of, properties, sources, statements, storage_key
from .metrics import exists, fires

# Figures, newest last, at which an alarm must go off, and such at which it must not. `N` is a minute or period without any.
N = None
TRIED = {
    "ErrorRate": (
        [{"errors": [0, 2, 2], "requests": [100, 100, 100]}, {"errors": [5, N, 5], "requests": [5, N, 5]}],
        [{"errors": [1, 1, 1], "requests": [100, 100, 100]}, {"errors": [N, N, N], "requests": [N, N, N]}, {"errors": [0, 0, 9], "requests": [9, 9, 9]}],
    ),
    "Latency": ([{"p99": [5001, 0, 5001, 0, 5001]}], [{"p99": [5000] * 5}, {"p99": [0, 0, 0, 9000, 9000]}]),
    "Unavailable": ([{"sum": [1, 0, 1, N, 1]}], [{"sum": [0, 0, 0, 5, 5]}, {"sum": [N] * 5}]),
    "WebhookErrors": ([{"sum": [1, N, 1]}], [{"sum": [0, 0, 1]}]),
    "WebhookThrottles": ([{"sum": [1, N, 1]}], [{"sum": [0, 0, 1]}]),
    "WebhookConcurrency": ([{"running": [401, 401, 401, 0, 0]}], [{"running": [400] * 5}, {"running": [0, 0, 0, 500, 500]}]),
    "ApiThrottled": ([{"sum": [1, 1, N, N, 1]}], [{"sum": [0, 0, 0, 9, 9]}]),
    "BusyEndpointSilent": (
        [{"first": [0], "second": [9], "third": [9]}, {"first": [9], "second": [9], "third": [N]}, {"first": [N], "second": [N], "third": [N]}],
        [{"first": [1], "second": [1], "third": [1]}],
    ),
    "RejectionRate": (
        [{"rejected": [50, 50, 0], "accepted": [100, N, 1000]}],
        [{"rejected": [49] * 3, "accepted": [N] * 3}, {"rejected": [100] * 3, "accepted": [400] * 3}, {"rejected": [N] * 3, "accepted": [9] * 3}],
    ),
    "UnknownCertificates": ([{"sum": [6, 0, 6]}], [{"sum": [5, 5, 5]}, {"sum": [0, 0, 99]}]),
    "Withheld": ([{"sum": [1]}], [{"sum": [0]}, {"sum": [N]}]),
    "CertificateExpiry": ([{"min": [29]}], [{"min": [30]}]),
    "SecretTooOld": ([{"max": [7776001]}], [{"max": [7776000]}]),
    "ProcessQueueAge": ([{"max": [901, 0, 901]}], [{"max": [900, 900, 900]}, {"max": [0, 0, 5000]}]),
    "ProcessDeadLetters": ([{"max": [1]}], [{"max": [0]}, {"max": [N]}]),
    "ProcessorErrors": ([{"sum": [1, N, 1]}], [{"sum": [0, 0, 1]}]),
    "ProcessingLag": ([{"p99": [60001, 0, 60001]}], [{"p99": [60000] * 3}]),
    "Conflicts": ([{"sum": [1]}], [{"sum": [0]}, {"sum": [N]}]),
    "LedgerThrottled": ([{"sum": [1, 1, N, N, 1]}], [{"sum": [0, 0, 0, 9, 9]}]),
    "LedgerErrors": ([{"sum": [1, 1, N, N, 1]}], [{"sum": [0, 0, 0, 9, 9]}]),
    "ArchiveQueueAge": ([{"max": [1801, 0, 1801]}], [{"max": [1800, 1800, 1800]}, {"max": [0, 0, 9000]}]),
    "ArchiveDeadLetters": ([{"max": [1]}], [{"max": [0]}, {"max": [N]}]),
    "ArchiverErrors": ([{"sum": [1, N, 1]}], [{"sum": [0, 0, 1]}]),
    "NothingArchived": (
        [{"accepted": [1, 1], "archived": [0, 0]}, {"accepted": [1, 9], "archived": [N, N]}],
        [{"accepted": [9, 9], "archived": [0, 1]}, {"accepted": [0, 1], "archived": [0, 0]}, {"accepted": [N, N], "archived": [N, N]}],
    ),
    "DayNotClosed": ([{"sum": [1]}], [{"sum": [0]}, {"sum": [N]}]),
    "BackupFailures": ([{"sum": [1]}], [{"sum": [0]}]),
    "PublisherLag": ([{"max": [600001, 0, 600001, 0, 600001]}], [{"max": [600000] * 5}, {"max": [0, 0, 0, 900000, 900000]}]),
    "PublisherDeadLetters": ([{"max": [1]}], [{"max": [0]}, {"max": [N]}]),
    "PublisherErrors": ([{"sum": [1, N, 1]}], [{"sum": [0, 0, 1]}]),
    "NothingPublished": (
        [{"recorded": [10, 10], "published": [N, N]}, {"recorded": [10, 99], "published": [0, N]}],
        [{"recorded": [9, 99], "published": [0, 0]}, {"recorded": [10, 10], "published": [0, 1]}, {"recorded": [N, N], "published": [N, N]}],
    ),
    "ConsumerThrottles": (
        [{"processor": [1, 1, 0, 0, N], "archiver": [N, N, N, N, 1], "publisher": [N] * 5}, {"processor": [N] * 5, "archiver": [N] * 5, "publisher": [1] * 5}],
        [{"processor": [0, 0, 0, 9, 9], "archiver": [0] * 5, "publisher": [0] * 5}],
    ),
    "NearTimeout": (
        [
            {"processor": [24001, N, 24001], "archiver": [N] * 3, "publisher": [N] * 3},
            {"processor": [N] * 3, "archiver": [48001] * 3, "publisher": [N] * 3},
            {"processor": [N] * 3, "archiver": [N] * 3, "publisher": [24001] * 3},
        ],
        [{"processor": [24000] * 3, "archiver": [48000] * 3, "publisher": [24000] * 3}],
    ),
    "KmsQuota": ([{"calls": [48001, 48001, 48001, 0, 0]}], [{"calls": [48000] * 5}, {"calls": [0, 0, 0, 60000, 60000]}]),
    "DeadLettersGrow": (
        [
            {"process": [0, 1, 1, 1, 1, N], "archive": [N] * 6, "publisher": [0] * 6},
            {"process": [5] * 6, "archive": [5] * 6, "publisher": [0, 0, 0, 0, 0, 1]},
            {"process": [5] * 6, "archive": [0, 0, 0, 1, 1, N], "publisher": [9] * 6},
        ],
        [{"process": [5] * 6, "archive": [5] * 6, "publisher": [9] * 5 + [N]}, {"process": [5, 5, 0, 0, 0, 0], "archive": [0] * 6, "publisher": [0] * 6}],
    ),
}
# Measured against what is usual: which side of the band, how wide it is, and what is measured.
BANDS = {
    "AcceptedDrop": ("LessThanLowerThreshold", 3, "accepted"),
    "SignatureMismatches": ("GreaterThanUpperThreshold", 4, "rejected"),
    "WafBlocks": ("GreaterThanUpperThreshold", 4, "BlockedRequests"),
    "ProcessQueueDepth": ("GreaterThanUpperThreshold", 4, "ApproximateNumberOfMessagesVisible"),
    "ArchiveQueueDepth": ("GreaterThanUpperThreshold", 4, "ApproximateNumberOfMessagesVisible"),
}
# Periods that are looked at, and how many of them must be unusual (all, where none is said).
PATIENCE = {
    "AcceptedDrop": (6, 5),
    "SignatureMismatches": (3, 2),
    "WafBlocks": (3, 2),
    "ProcessQueueDepth": (3, None),
    "ArchiveQueueDepth": (3, None),
}
# Alarms that are there only with the parameter, or the value of it, that they need.
BY_PARAMETER = {"WebhookConcurrency", "BusyEndpointSilent", "CertificateExpiry", "BackupFailures", "WafBlocks"}
# Those that nobody has to get up for.
LATER = {
    "ApiThrottled", "AcceptedDrop", "RejectionRate", "SignatureMismatches", "UnknownCertificates", "Withheld", "ProcessQueueDepth",
    "ProcessingLag", "ArchiveQueueDepth", "ConsumerThrottles", "NearTimeout", "KmsQuota", "DeadLettersGrow", "WebhookConcurrency",
    "WafBlocks", "CertificateExpiry", "BackupFailures", "DayNotClosed", "SecretTooOld",
}
# Alarms on one reason of refusal.
REASONS = {"SignatureMismatches": "signature_mismatch", "UnknownCertificates": "unknown_certificate"}
TAKE_BACK = {"ErrorRate", "DeadLettersGrow", *(f"{name}Errors" for name in FUNCTIONS)}


def alarms(stack):
    return dict(of(stack, "AWS::CloudWatch::Alarm"))


@check
def every_alarm_is_there_in_every_environment(stack):
    found = set(alarms(stack))
    assert found <= set(TRIED) | set(BANDS)
    assert (set(TRIED) | set(BANDS)) - found <= BY_PARAMETER
    given = stack.parameters
    wanted = {
        "WebhookConcurrency": int(given["WebhookReservedConcurrency"]) > 0,
        "BusyEndpointSilent": bool(given["BusyEndpoints"]),
        "CertificateExpiry": bool(given["CertificateArn"]),
        "BackupFailures": given["Backup"] == "true",
        "WafBlocks": given["Waf"] == "true",
    }
    for name, asked in wanted.items():
        assert (name in found) == asked, name


@check
def every_alarm_says_what_to_do_and_tells_somebody(stack):
    topic = [stack.outputs["AlarmTopicArn"]]
    assert topic == [stack.parameters["AlarmTopicArn"] or stack.nested["Alarms"].arn("AlarmTopic")]
    page = [stack.parameters["PageTopicArn"]] if stack.parameters["PageTopicArn"] else topic
    composites = dict(of(stack, "AWS::CloudWatch::CompositeAlarm"))
    assert set(composites) == {"Critical", "Warning"}
    for name, alarm in (alarms(stack) | composites).items():
        file = "README" if name in composites else re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
        assert alarm["AlarmDescription"].endswith(f". Runbook: {stack.parameters['RunbookUrl']}/{file}.md"), name
        assert alarm["AlarmActions"] == alarm["OKActions"] == (page if name == "Critical" else topic), name
        assert alarm.get("ActionsEnabled", True) is True, name
    for name, alarm in alarms(stack).items():
        # No figures are good news, but for silence; and where a day or a band must speak, nothing says nothing.
        without = {"BusyEndpointSilent": "breaching", "AcceptedDrop": "ignore", "CertificateExpiry": "ignore", "SecretTooOld": "ignore"}
        assert alarm["TreatMissingData"] == without.get(name, "notBreaching"), name


@check
def every_alarm_looks_at_something_of_this_stack(stack):
    for name, alarm in alarms(stack).items():
        looked_at = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
        for metric in looked_at:
            dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
            assert dimensions.get("reason") == REASONS.get(name), name
            exists(stack, metric["Namespace"], metric["MetricName"], dimensions)


@check
def every_alarm_looks_at_what_it_is_named_for(stack):
    own = {"DayNotClosed": "Archiver"}
    parts = ["Webhook", "Processor", "Archiver", "Publisher", "ProcessQueue", "ArchiveQueue", "ProcessDeadLetters", "ArchiveDeadLetters", "PublisherDeadLetters"]
    letters = {"process": "ProcessDeadLetters", "archive": "ArchiveDeadLetters", "publisher": "PublisherDeadLetters"}
    for name, alarm in alarms(stack).items():
        named = max((part for part in parts if name.startswith(part)), key=len, default=None)
        for each in alarm.get("Metrics", [{"MetricStat": {"Metric": alarm}}]):
            for dimension in each.get("MetricStat", {}).get("Metric", {}).get("Dimensions", []):
                if dimension["Name"] in ("FunctionName", "QueueName"):
                    expected = named or own.get(name) or (letters[each["Id"]] if name == "DeadLettersGrow" else each["Id"].title())
                    assert dimension["Value"] == stack.physical(expected), (name, dimension)


@check
def every_part_of_the_stack_has_the_alarms_of_its_kind(stack):
    watched = set()
    for name, alarm in alarms(stack).items():
        for metric in [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]:
            watched |= {(metric["MetricName"], each["Value"]) for each in metric.get("Dimensions", [])}
    for name in FUNCTIONS:
        for metric in ("Errors", "Throttles"):
            assert (metric, stack.physical(name)) in watched, (metric, name)
    for name in ("Processor", "Archiver", "Publisher"):
        assert ("Duration", stack.physical(name)) in watched, name
    for name, queue in of(stack, "AWS::SQS::Queue"):
        assert ("ApproximateNumberOfMessagesVisible", stack.physical(name)) in watched, name
        if "RedrivePolicy" in queue:
            assert ("ApproximateAgeOfOldestMessage", stack.physical(name)) in watched, name
    # The table's WriteThrottleEvents leave out those of its index.
    for metric in ("ThrottledRequests", "SystemErrors"):
        assert (metric, stack.nested["Data"].physical("LedgerTable")) in watched, metric
    for metric in ("5XXError", "Latency"):
        assert (metric, stack.name) in watched


@check
def every_alarm_goes_off_when_it_should_and_only_then(stack):
    for name, alarm in alarms(stack).items():
        assert alarm["EvaluationPeriods"] >= 1, name
        assert all(re.fullmatch("[a-z]+", each["Id"]) for each in alarm.get("Metrics", [])), name
        if name in BANDS:
            continue
        loud, quiet = TRIED[name]
        if "Metrics" in alarm:
            (shown,) = [each for each in alarm["Metrics"] if each.get("ReturnData", True)]
            measured = {each["Id"] for each in alarm["Metrics"] if "MetricStat" in each}
            assert set(re.findall(r"\b[a-z]+\b", shown["Expression"])) == measured == set(loud[0]), name
            assert len(measured) == len(alarm["Metrics"]) - 1 and shown["Id"] not in measured, name
        if name == "WebhookConcurrency":  # The figures are those of 500 reserved.
            share = int(stack.parameters["WebhookReservedConcurrency"]) / 500
            loud, quiet = ([{"running": [point * share for point in each["running"]]} for each in cases] for cases in (loud, quiet))
        if name == "BusyEndpointSilent":
            assert len(stack.parameters["BusyEndpoints"].split(",")) == 3 == len(alarm["Metrics"]) - 1
        looked_back = int(alarm["EvaluationPeriods"]) + (name == "DeadLettersGrow")  # It compares with the one before.
        assert {len(points) for case in loud + quiet for points in case.values()} == {looked_back}, name
        for figures in loud:
            assert fires(alarm, figures), (name, figures)
        for figures in quiet:
            assert not fires(alarm, figures), (name, figures)


@check
def every_alarm_measures_in_steps_that_its_figures_are_meant_for(stack):
    fives = {
        "AcceptedDrop", "RejectionRate", "SignatureMismatches", "UnknownCertificates", "Withheld", "WafBlocks", "ProcessQueueDepth",
        "ProcessingLag", "ArchiveQueueDepth", "NearTimeout",
    }
    peaks = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "IteratorAge", "ConcurrentExecutions", "secret_age"}
    for name, alarm in alarms(stack).items():
        step = 300 if name in fives else 60
        step = {"BusyEndpointSilent": int(stack.parameters["SilenceSeconds"]), "CertificateExpiry": 86400, "SecretTooOld": 86400, "BackupFailures": 3600, "NothingArchived": 1800, "NothingPublished": 1800}.get(name, step)
        measured = [each["MetricStat"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
        for each in measured or [alarm]:
            metric = each.get("Metric", each)["MetricName"]
            stat = each.get("Stat") or each.get("Statistic") or each.get("ExtendedStatistic")
            expected = "Maximum" if metric in peaks else "p99" if metric in ("Latency", "Duration", "lag") else "Sum"
            assert stat == ("Minimum" if metric == "DaysToExpiry" else expected), (name, metric)
            assert int(each["Period"]) == step, (name, metric)


@check
def what_has_no_limit_is_measured_against_what_is_usual(stack):
    for name, alarm in alarms(stack).items():
        if name not in BANDS:
            assert "ThresholdMetricId" not in alarm, name
            continue
        side, width, metric = BANDS[name]
        band, measured = alarm["Metrics"]
        assert alarm["ThresholdMetricId"] == band["Id"] and alarm["ComparisonOperator"] == side, name
        assert band["Expression"] == f"ANOMALY_DETECTION_BAND({measured['Id']}, {width})", name
        assert measured["MetricStat"]["Metric"]["MetricName"] == metric, name
        assert (alarm["EvaluationPeriods"], alarm.get("DatapointsToAlarm")) == PATIENCE[name], name


@check
def the_composites_hold_every_alarm_once(stack):
    part = stack.nested["Alarms"]
    by_name = {part.physical(name): name for name in alarms(stack)}
    held = {}
    for composite, alarm in of(stack, "AWS::CloudWatch::CompositeAlarm"):
        words = re.split(r"\s+OR\s+", alarm["AlarmRule"].strip())
        held[composite] = [by_name[re.fullmatch(r'ALARM\("([^"]+)"\)', word).group(1)] for word in words]
    assert sorted(held["Critical"] + held["Warning"]) == sorted(alarms(stack))
    assert set(held["Warning"]) == LATER & set(alarms(stack))


@check
def a_new_version_is_taken_back_by_failures_of_ours_only(stack):
    groups = dict(of(stack, "AWS::CodeDeploy::DeploymentGroup"))
    if stack.parameters["GradualDeployment"] == "false":
        assert not groups
        return
    part = stack.nested["Alarms"]
    assert properties(stack, "ServerlessDeploymentApplication") == {"ComputePlatform": "Lambda"}
    assert set(groups) == {f"{name}DeploymentGroup" for name in FUNCTIONS}
    for name, group in groups.items():
        assert group["AlarmConfiguration"]["Enabled"] is True, name
        assert {alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]} == {part.physical(alarm) for alarm in TAKE_BACK}, name
        assert set(group["AutoRollbackConfiguration"]["Events"]) == {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"}, name
        assert group["DeploymentStyle"] == {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"}, name
        assert group["ApplicationName"] == stack.ref("ServerlessDeploymentApplication"), name
        assert group["AutoRollbackConfiguration"]["Enabled"] is True, name
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent10Minutes", name
        assert group["ServiceRoleArn"] == stack.arn("DeploymentRole"), name
        alias = stack.resources[name.replace("DeploymentGroup", "Aliaslive")]
        assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] == stack.ref(name), name


@check
def metrics_from_log_lines_find_the_lines_that_are_written(stack):
    filters = dict(of(stack, "AWS::Logs::MetricFilter"))
    busy = [name for name in stack.parameters["BusyEndpoints"].split(",") if name]
    assert set(filters) == {"ThrottledRequests", *["FirstBusyEndpoint", "SecondBusyEndpoint", "ThirdBusyEndpoint"][: len(busy)]}
    throttled = filters["ThrottledRequests"]
    assert throttled["LogGroupName"] == stack.ref("ApiLogs") and throttled["FilterPattern"] == '{ $.status = "429" }'
    (stage,) = (stage for _, stage in of(stack, "AWS::ApiGateway::Stage"))
    assert '"status":"$context.status"' in stage["AccessLogSetting"]["Format"]
    assert re.search(r'info!\(endpoint = [^;]*"accepted"\)', sources("functions/webhook/src"))
    for place, (key, endpoint) in enumerate(zip(["FirstBusyEndpoint", "SecondBusyEndpoint", "ThirdBusyEndpoint"], busy), 1):
        assert filters[key]["LogGroupName"] == stack.ref("WebhookLogs"), key
        assert filters[key]["FilterPattern"] == f'{{ $.message = "accepted" && $.endpoint = "{endpoint}" }}', key
        assert filters[key]["MetricTransformations"][0]["MetricName"] == f"{stack.name}-busy-{place}", key
    for name, each in filters.items():
        (sent,) = each["MetricTransformations"]
        assert (sent["MetricNamespace"], sent["MetricValue"], sent["DefaultValue"]) == ("TollgateLogs", "1", 0), name


@check
def a_key_in_danger_is_told_at_once(stack):
    rule, data = properties(stack, "Alarms.KeyEndangered"), stack.nested["Data"].outputs
    keys = [data["DataKeyArn"], data["StorageKeyArn"], data["MacKeyArn"]]
    assert rule["EventPattern"] == {
        "source": ["aws.kms"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["kms.amazonaws.com"],
            "eventName": ["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy"],
            "resources": {"ARN": keys},
        },
    }
    assert rule.get("State", "ENABLED") == "ENABLED"
    told = [stack.outputs["AlarmTopicArn"], *filter(None, [stack.parameters["PageTopicArn"]])]
    assert [target["Arn"] for target in rule["Targets"]] == told
    assert rule["Description"].endswith(f"Runbook: {stack.parameters['RunbookUrl']}/key-endangered.md")


@check
def a_secret_is_too_old_when_the_tool_says_so_too(stack):
    """What the function measures in seconds, and what `tollgate endpoint list` and `doctor` warn of."""
    days = int(re.search(r"const OLD: Duration = Duration::from_hours\((\d+) \* 24\)", sources("cli/src/endpoints")).group(1))
    alarm = properties(stack, "Alarms.SecretTooOld")
    assert int(alarm["Threshold"]) == days * 86400 and f" {days} days" in alarm["AlarmDescription"]
    assert 'Metric::SecretAge => "Seconds"' in sources("shared/aws/src")


@check
def the_topic_takes_alarms_of_this_account_over_tls(stack):
    part = stack.nested["Alarms"]
    if stack.parameters["AlarmTopicArn"]:
        assert not list(of(stack, "AWS::SNS::Topic"))
        return
    assert properties(stack, "Alarms.AlarmTopic")["KmsMasterKeyId"] == storage_key(stack)
    policy = properties(stack, "Alarms.AlarmTopicPolicy")
    assert policy["Topics"] == [part.arn("AlarmTopic")]
    by_sid = {each["Sid"]: each for each in statements(policy["PolicyDocument"])}
    source = {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"}
    expected = {
        "AlarmsOfThisAccount": ("Allow", {"Service": "cloudwatch.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": source}),
        "KeyEventsOfThisStack": ("Allow", {"Service": "events.amazonaws.com"}, None),
        "DenyPlainHttp": ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}}),
    }
    assert {sid: (each["Effect"], each["Principal"], each.get("Condition")) for sid, each in by_sid.items()} == expected
    for sid, each in by_sid.items():
        assert (each["Action"], each["Resource"]) == ("sns:Publish", part.arn("AlarmTopic")), sid
