"""What moves: functions, queues and the mappings between them."""

import json
import re

from render import ROOT

from .claims import FUNCTIONS, check, of, properties, sources, statements


# Seconds that a run may take and its memory in MB.
SIZES = {"Webhook": (10, 512), "Processor": (30, 512), "Archiver": (60, 1024), "Publisher": (30, 256)}


@check
def every_queue_refuses_plain_http(stack):
    queues = {stack.ref(name) for name, _ in of(stack, "AWS::SQS::Queue")}
    policy = properties(stack, "QueuePolicy")
    assert set(policy["Queues"]) == queues
    (deny,) = statements(policy["PolicyDocument"])
    assert deny["Effect"] == "Deny" and deny["Principal"] == "*" and deny["Action"] == "sqs:*"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert deny["Resource"] == "*", "a statement of SQS may name no other queue"


@check
def a_message_stays_hidden_for_six_runs_and_the_window(stack):
    for name, mapping in of(stack, "AWS::Lambda::EventSourceMapping"):
        if ":sqs:" not in mapping["EventSourceArn"]:
            continue
        queue = properties(stack, mapping["EventSourceArn"].rsplit("-", 1)[1])
        timeout = properties(stack, name.removesuffix("Deliveries"))["Timeout"]
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        assert queue["VisibilityTimeout"] == 6 * timeout + window, name
        assert mapping["BatchSize"] <= 10 or window >= 1, name
        assert queue["KmsDataKeyReusePeriodSeconds"] == 300, name


@check
def what_cannot_be_handled_is_kept_for_days_after_its_queue_gave_it_up(stack):
    kept = int(stack.parameters["DeadLetterRetention"].removesuffix("d")) * 86400
    letters = {"ProcessQueue": "ProcessDeadLetters", "ArchiveQueue": "ArchiveDeadLetters"}
    for source, target in letters.items():
        queue, dead = properties(stack, source), properties(stack, target)
        assert queue["RedrivePolicy"] == {"deadLetterTargetArn": stack.arn(target), "maxReceiveCount": 100}, source
        assert dead["MessageRetentionPeriod"] == kept, source
        assert kept >= queue["MessageRetentionPeriod"] + 3 * 86400 >= 7 * 86400, source
    assert all(queue["KmsDataKeyReusePeriodSeconds"] == 300 for _, queue in of(stack, "AWS::SQS::Queue"))
    publisher = properties(stack, "PublisherDeadLetters")
    assert publisher["MessageRetentionPeriod"] == kept
    assert publisher["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}


@check
def mappings_report_each_failure_and_call_the_alias(stack):
    mappings = dict(of(stack, "AWS::Lambda::EventSourceMapping"))
    assert set(mappings) == {"ProcessorDeliveries", "ArchiverDeliveries", "PublisherRecorded"}
    for name, mapping in mappings.items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["FunctionName"].endswith(":live"), name
    # Ten keep a retry of the processor small; what comes in a minute, up to the 6 MB of an event, makes one segment.
    taken = {"ProcessorDeliveries": (10, 0), "ArchiverDeliveries": (5000, 60), "PublisherRecorded": (100, 1)}
    for name, mapping in mappings.items():
        assert (mapping["BatchSize"], mapping.get("MaximumBatchingWindowInSeconds", 0)) == taken[name], name
    for name, queue in (("Processor", "ProcessQueue"), ("Archiver", "ArchiveQueue")):
        mapping = mappings[f"{name}Deliveries"]
        assert mapping["EventSourceArn"] == stack.arn(queue), name
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": stack.parameters[f"{name}Concurrency"]}, name
    assert mappings["PublisherRecorded"]["EventSourceArn"] == stack.nested["Data"].outputs["LedgerStreamArn"]


@check
def the_stream_is_read_from_its_start_and_never_blocked_for_ever(stack):
    mapping = properties(stack, "PublisherRecorded")
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["BisectBatchOnFunctionError"] is True
    # The code gives up after an hour; the stream forgets after a day.
    assert 2 * 3600 <= mapping["MaximumRecordAgeInSeconds"] < 86400
    assert mapping["MaximumRetryAttempts"] == 10000
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == stack.arn("PublisherDeadLetters")
    (pattern,) = mapping["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"sk": {"S": ["event"]}, "announce": {"BOOL": [True]}}},
    }


@check
def a_day_is_closed_after_its_last_segment_and_once_more(stack):
    name, rule = "ArchiverDayEnds", properties(stack, "ArchiverDayEnds")
    minute, hours = re.fullmatch(r"cron\((\d+) ([\d,]+) \* \* \? \*\)", rule["ScheduleExpression"]).groups()
    hours = [int(hour) for hour in hours.split(",")]
    source = sources("shared/pipeline/src/archive")
    settled = int(re.search(r"SETTLED: Duration = Duration::from_mins\((\d+)\)", source).group(1))
    due = int(re.search(r"DUE: Duration = Duration::from_hours\((\d+)\)", source).group(1))
    # A segment has the hour of its call: none is later than the function runs.
    assert settled * 60 > properties(stack, "Archiver")["Timeout"] + 60
    assert min(hours) * 60 + int(minute) > settled and max(hours) < due and len(hours) >= 2
    (target,) = rule["Targets"]
    assert target["Arn"].endswith(":live") and json.loads(target["Input"]) == {"task": "close-days"}
    assert '"task":"close-days"' in sources("functions/archiver/src")
    permissions = [each for _, each in of(stack, "AWS::Lambda::Permission") if each["Principal"] == "events.amazonaws.com"]
    (permission,) = permissions
    assert permission["SourceArn"] == stack.arn(name) and permission["Action"] == "lambda:InvokeFunction"
    assert permission["FunctionName"] == target["Arn"]


@check
def every_function_is_private_traced_and_logs_to_its_own_group(stack):
    functions = dict(of(stack, "AWS::Lambda::Function"))
    assert set(functions) == set(FUNCTIONS)
    for name, function in functions.items():
        assert function["Runtime"] == "provided.al2023" and function["Handler"] == "bootstrap", name
        assert function["Architectures"] == [stack.parameters["Architecture"]], name
        assert function["TracingConfig"] == {"Mode": "Active"}, name
        assert function["RecursiveLoop"] == "Terminate", name
        assert function["Role"] == stack.arn(f"{name}Role"), name
        logging = {"LogGroup": stack.ref(f"{name}Logs"), "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
        assert function["LoggingConfig"] == logging, name
        assert len(set(function["VpcConfig"]["SubnetIds"])) >= 2 and function["VpcConfig"]["SecurityGroupIds"], name
        assert (function["Timeout"], function["MemorySize"]) == SIZES[name], name
    for name, group in of(stack, "AWS::Logs::LogGroup"):
        assert int(group["RetentionInDays"]) == int(stack.parameters["LogRetentionDays"]), name
    reserved = int(stack.parameters["WebhookReservedConcurrency"])
    assert int(functions["Webhook"].get("ReservedConcurrentExecutions", 0)) == reserved
    if stack.parameters["Retention"] != "30d":
        assert reserved > 0
        assert all(int(group["RetentionInDays"]) >= 365 for _, group in of(stack, "AWS::Logs::LogGroup"))


@check
def code_is_signed_where_it_is_asked_for(stack):
    profile = stack.parameters["SigningProfileVersionArn"]
    expected = stack.arn("CodeSigning") if profile else None
    for name, function in of(stack, "AWS::Lambda::Function"):
        assert function.get("CodeSigningConfigArn") == expected, name
    if profile:
        signing = properties(stack, "CodeSigning")
        assert signing["AllowedPublishers"] == {"SigningProfileVersionArns": [profile]}
        assert signing["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}


@check
def the_variables_that_are_set_are_those_that_the_code_reads(stack):
    for name, function in of(stack, "AWS::Lambda::Function"):
        source = sources(f"functions/{name.lower()}/src")
        read = set(re.findall(r'\benv\("([A-Z_]+)"\)', source))
        assert read and read == set(function["Environment"]["Variables"]) - {"TOLLGATE_TRUST_PEM"}, name
    shared = set(re.findall(r'"(TOLLGATE_[A-Z_]+)"', sources("shared/aws/src")))
    assert shared <= {"TOLLGATE_TRUST_PEM"} | {"TOLLGATE_STACK"}
    assert "TOLLGATE_TRUST_PEM" in shared and "TOLLGATE_TRUST_PEM" in (ROOT / "template.yaml").read_text()


@check
def every_variable_says_what_its_name_says(stack):
    data, given = stack.nested["Data"].outputs, stack.parameters
    values = {
        "TOLLGATE_STACK": stack.name,
        "TOLLGATE_TRUST_PEM": given["ExtraTrustRoots"],
        "PROCESS_QUEUE_URL": stack.ref("ProcessQueue"),
        "PROCESS_DLQ_URL": stack.ref("ProcessDeadLetters"),
        "ARCHIVE_QUEUE_URL": stack.ref("ArchiveQueue"),
        "ARCHIVE_DLQ_URL": stack.ref("ArchiveDeadLetters"),
        "PUBLISHER_DLQ_URL": stack.ref("PublisherDeadLetters"),
        "DATA_KEY_ID": data["DataKeyArn"],
        "MAC_KEY_ID": data["MacKeyArn"],
        "LEDGER_TABLE": data["LedgerTable"],
        "LEDGER_DAYS": data["LedgerDays"],
        "ARCHIVE_BUCKET": data["ArchiveBucket"],
        "EVENT_BUS_ARN": stack.arn("EventBus"),
        "PRELOAD_ENDPOINTS": given["PreloadEndpoints"],
        "BODY_LIMIT_BYTES": given["BodyLimitBytes"],
        "SCREENING_POLICY": given["ScreeningPolicy"],
    }
    for name, function in of(stack, "AWS::Lambda::Function"):
        for key, value in function["Environment"]["Variables"].items():
            assert value == values[key], (name, key)
