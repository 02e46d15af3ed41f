"""What a stack costs: dollars a million deliveries, and a month.

    cost.py                                       the table of docs/cost.md
    cost.py --million 20 --kb 6 --zones 3         for other figures
    cost.py --page                                writes docs/cost.md from infra/cost.md

Calls are those that the tests count (`COUNTED` names the test); prices are of us-east-1, before free tiers and
discounts, each with where and when it was read. Those of a price list are as public documents quote that file; those of
another region or without a date say so: look before you quote them.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

# A count, and the test that asserts it.
COUNTED = {
    "sends a delivery": (2, "an_accepted_delivery_costs_two_sends_and_both_queues_hold_the_same_bytes"),
    "ledger writes an event": (1, "an_event_costs_one_conditional_put_and_no_read"),
    "objects a batch": (1, "a_batch_costs_one_put_and_one_mac_and_keeps_every_body"),
    "bus calls for ten events": (1, "ten_events_cost_one_call_and_bear_the_ledgers_ids"),
}


@dataclass(frozen=True)
class Price:
    dollars: float
    unit: str
    read: str


LISTS = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws"


def listed(offer, when):
    """From AWS's price list of us-east-1 for this offer, published or read on that day."""
    return f"[price list]({LISTS}/{offer}/current/us-east-1/index.json), {when}"


VPC, S3, SECRETS = listed("AmazonVPC", "2026-09-17"), listed("AmazonS3", "2026-09-26"), listed("AWSSecretsManager", "2026-09-11")
KMS, SQS, CLOUDWATCH = listed("awskms", "2026-09-11"), listed("AWSQueueService", "2026-09-21"), listed("AmazonCloudWatch", "2026-09-21")
PRICES = {
    "API Gateway, REST": Price(3.50, "million requests", "public page of 2025-05-19"),
    "WAF, requests": Price(0.60, "million requests", "public page of 2026"),
    "WAF, ACL": Price(5.00, "month", "public page of 2026"),
    "WAF, rule": Price(1.00, "month", "public page of 2026"),
    "Lambda, requests": Price(0.20, "million requests", "public page of 2026-05-11"),
    "Lambda, arm64": Price(13.3334, "million GB-seconds", "public page of 2026-05-11"),
    "DynamoDB, writes": Price(0.625, "million units on demand", "public page of 2025-07-21"),
    "DynamoDB, storage": Price(0.25, "GB and month", "[AWS's page](https://aws.amazon.com/dynamodb/pricing/), undated copy"),
    "DynamoDB, recovery": Price(0.20, "GB and month", "price list of us-west-2, 2026-09-05; that of us-east-1 not seen"),
    "SQS": Price(0.40, "million requests of up to 64 kB", SQS),
    "EventBridge": Price(
        1.00, "million events of up to 64 kB", "[guide](https://cloudburn.io/blog/amazon-eventbridge-pricing) of 2026-03-13; AWS's own not seen"
    ),
    "S3, puts": Price(5.00, "million requests", S3),
    "S3, storage": Price(0.023, "GB and month", S3),
    "KMS, requests": Price(3.00, "million requests", KMS),
    "KMS, key": Price(1.00, "month", KMS),
    "Secrets Manager, secret": Price(0.40, "month", SECRETS),
    "CloudWatch, logs": Price(0.50, "GB taken in", CLOUDWATCH),
    "CloudWatch, metric": Price(0.30, "month", CLOUDWATCH),
    "CloudWatch, alarm": Price(0.10, "month and metric", "price list of ap-southeast-1, 2026-08-12; that of us-east-1 not seen"),
    "X-Ray": Price(5.00, "million traces", "[AWS's page](https://aws.amazon.com/xray/pricing/), undated copy"),
    "Interface endpoint": Price(7.30, "zone and month of 730 hours", VPC),
    "Interface endpoint, data": Price(0.01, "GB", VPC),
}

# Of the template: memory in GB. Of `make bench`, doubled for the network that it has not: seconds an invocation.
WEBHOOK, PROCESSOR, ARCHIVER, PUBLISHER = (0.5, 0.015), (0.5, 0.020), (1.0, 1.0), (0.25, 0.020)
# Log lines of a delivery, all functions and the access log together, and of the metrics, in GB a million.
LOGS_GB = 1.4
# Units that Lambda's own polling of an idle queue costs in a month, in millions.
IDLE_POLLS = 0.65


def dollars(name, amount=1.0):
    return PRICES[name].dollars * amount


def variable(kb=3.0, batch=10, segment=1000, waf=True, traced=0.05):
    """Lines of (what, dollars a million deliveries), one event a delivery."""
    # Sealed and in base64, compressed about two to one; SQS counts chunks of 64 kB.
    sealed_kb = max(1.0, kb / 2 * 4 / 3 + 0.6)
    chunks = -(-sealed_kb // 64)
    (sends, _), (writes, _), (objects, _), (puts, _) = COUNTED.values()
    calls_back = 2 * (1 / batch + 1 / segment)  # a receive and a delete a batch
    lambda_requests = 1 + 1 / batch + 1 / segment + 1 / 10
    seconds = (
        WEBHOOK[0] * WEBHOOK[1] + PROCESSOR[0] * PROCESSOR[1] / batch + ARCHIVER[0] * ARCHIVER[1] / segment + PUBLISHER[0] * PUBLISHER[1] / 10
    )
    lines = [
        ("API Gateway", dollars("API Gateway, REST")),
        ("web ACL, by request", dollars("WAF, requests") if waf else 0.0),
        ("Lambda, requests", dollars("Lambda, requests", lambda_requests)),
        ("Lambda, compute", dollars("Lambda, arm64", seconds)),
        ("queues: two sends, receives and deletes", dollars("SQS", sends * chunks + calls_back)),
        # The index takes a second unit; a row stays under 1 kB.
        ("ledger: table and index", dollars("DynamoDB, writes", 2 * writes)),
        ("events on the bus", dollars("EventBridge", puts * 1.0)),
        ("archive: objects, their keys and MACs", dollars("S3, puts", objects / segment) + dollars("KMS, requests", 2 / segment)),
        ("logs and metrics", dollars("CloudWatch, logs", LOGS_GB)),
        ("endpoints, data", dollars("Interface endpoint, data", 2 * sends * sealed_kb)),
        ("traces", dollars("X-Ray", traced)),
    ]
    return lines


def stored(kb=3.0):
    """Lines of (what, dollars a month for each million deliveries kept)."""
    return [
        ("ledger, 1 kB and index, with recovery", dollars("DynamoDB, storage", 2) + dollars("DynamoDB, recovery", 1)),
        ("archive, compressed five to one", dollars("S3, storage", kb / 5)),
    ]


def fixed(zones=2, endpoints=10, waf=True, alarms=40, metrics=60):
    """Lines of (what, dollars a month)."""
    return [
        ("4 interface endpoints in each zone", dollars("Interface endpoint", 4 * zones)),
        ("web ACL with 5 rules", dollars("WAF, ACL") + dollars("WAF, rule", 5) if waf else 0.0),
        ("3 keys", dollars("KMS, key", 3)),
        (f"{endpoints} endpoint documents", dollars("Secrets Manager, secret", endpoints)),
        (f"{alarms} alarms", dollars("CloudWatch, alarm", alarms * 1.6)),
        (f"{metrics} metrics", dollars("CloudWatch, metric", metrics)),
        ("polling of two idle queues", dollars("SQS", 2 * IDLE_POLLS)),
    ]


def table(title, lines):
    total = sum(amount for _, amount in lines)
    rows = [f"| {what} | {amount:.2f} |" for what, amount in lines if amount >= 0.005]
    return "\n".join([f"| {title} | $ |", "|---|---:|", *rows, f"| **sum** | **{total:.2f}** |"]), total


def report(arguments):
    a, per_million = table("a million deliveries", variable(arguments.kb, waf=not arguments.no_waf))
    b, kept = table("a month for each million kept", stored(arguments.kb))
    c, month = table("a month, whatever comes", fixed(arguments.zones, arguments.endpoints, waf=not arguments.no_waf))
    total = month + arguments.million * per_million + arguments.million * arguments.months * kept
    closing = (
        f"{arguments.million:g} million deliveries of {arguments.kb:g} kB a month, {arguments.months:g} months kept, {arguments.zones} zones: "
        f"about **{total:,.0f} dollars a month**."
    )
    return "\n\n".join([a, b, c, closing])


def prices():
    rows = [f"| {name} | {price.dollars:g} | {price.unit} | {price.read} |" for name, price in PRICES.items()]
    return "\n".join(["| what | $ | for | read |", "|---|---:|---|---|", *rows])


def page():
    """docs/cost.md, from its text in infra/cost.md."""
    counted = "\n".join(f"| {what} | {count} | `{test}` |" for what, (count, test) in COUNTED.items())
    text = (Path(__file__).parent / "cost.md").read_text()
    for name, part in {"report": report(parser().parse_args([])), "counted": counted, "prices": prices()}.items():
        text = text.replace("{" + name + "}", part)
    return text


def parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", type=float, default=10, help="deliveries a month, in millions (10)")
    parser.add_argument("--kb", type=float, default=3, help="size of a body in kB (3)")
    parser.add_argument("--months", type=float, default=24, help="months for which they are kept (24)")
    parser.add_argument("--zones", type=int, default=2, choices=(2, 3), help="zones (2)")
    parser.add_argument("--endpoints", type=int, default=10, help="endpoint documents (10)")
    parser.add_argument("--page", action="store_true", help="write docs/cost.md")
    parser.add_argument("--no-waf", action="store_true", help="without a web ACL")
    return parser


if __name__ == "__main__":
    arguments = parser().parse_args()
    if arguments.page:
        (Path(__file__).parent.parent / "docs/cost.md").write_text(page())
    else:
        print(report(arguments))
