"""What stands before the API: the web ACL, and a domain of the team's own."""

import json
import re

from render import ACCOUNT, REGION, ROOT

from .claims import check, properties, storage_key
from .edge import security_headers

# Rules of AWS's groups that judge what a body says, or that some provider breaks. They count.
COUNTED = {
    "AWSManagedRulesKnownBadInputsRuleSet": {"JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"},
    "AWSManagedRulesCommonRuleSet": {
        "SizeRestrictions_BODY", "CrossSiteScripting_BODY", "EC2MetaDataSSRF_BODY", "GenericLFI_BODY", "GenericRFI_BODY",
        "NoUserAgent_HEADER",
    },
    "AWSManagedRulesAmazonIpReputationList": set(),
}


@check
def a_web_acl_stands_before_the_api(stack):
    if stack.parameters["Waf"] == "false":
        assert stack.parameters["Retention"] == "30d"
        return
    edge = stack.nested["Edge"]
    association, acl = (properties(stack, f"Edge.{name}") for name in ("WebAclAssociation", "WebAcl"))
    assert association["ResourceArn"] == f"arn:aws:apigateway:{REGION}::/restapis/{stack.ref('Api')}/stages/api"
    assert association["WebACLArn"] == edge.arn("WebAcl")
    assert acl["Scope"] == "REGIONAL" and acl["DefaultAction"] == {"Allow": {}}
    watched = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]
    # A sample would show the headers that the log does not.
    assert all(each["CloudWatchMetricsEnabled"] and each["SampledRequestsEnabled"] is False for each in watched)
    assert acl["VisibilityConfig"]["MetricName"] == stack.name
    assert [each["MetricName"] for each in watched[1:]] == [rule["Name"] for rule in acl["Rules"]]
    first = 0 if stack.parameters["OnlyProviders"] == "true" else 1
    assert [rule["Priority"] for rule in acl["Rules"]] == list(range(first, 5))


@check
def the_web_acl_blocks_floods_and_known_scanners_and_never_for_what_a_body_says(stack):
    if stack.parameters["Waf"] == "false":
        return
    acl = properties(stack, "Edge.WebAcl")
    rules = {rule["Name"]: rule for rule in acl["Rules"]}
    own = {"only-providers"} if stack.parameters["OnlyProviders"] == "true" else set()
    assert set(rules) == {"rate", "reputation", "bad-inputs", "common"} | own
    rate = rules["rate"]["Statement"]["RateBasedStatement"]
    assert (rate["AggregateKeyType"], rate["EvaluationWindowSec"]) == ("IP", 300)
    assert rate["Limit"] == stack.parameters["RequestsPerAddress"] and int(rate["Limit"]) <= 10000
    others = {"NotStatement": {"Statement": {"IPSetReferenceStatement": {"Arn": stack.nested["Edge"].arn("Providers")}}}} if listed(stack) else None
    assert rate.get("ScopeDownStatement") == others
    plain = [{"Name": name, "Value": value[1:-1]} for name, value in security_headers().items()]
    answers = {"rate": (429, plain + [{"Name": "retry-after", "Value": "300"}]), "only-providers": (403, plain)}
    assert all(len(headers) <= 10 for _, headers in answers.values())  # A web ACL sends no more.
    for body in acl["CustomResponseBodies"].values():
        assert body["ContentType"] == "APPLICATION_JSON" and json.loads(body["Content"])["title"]
    for name, rule in rules.items():
        if "Action" in rule:
            assert set(rule["Action"]) == {"Block"}, name
            answer = rule["Action"]["Block"]["CustomResponse"]
            assert (answer["ResponseCode"], answer["ResponseHeaders"]) == answers[name], name
            assert answer["CustomResponseBodyKey"] in acl["CustomResponseBodies"], name
            continue
        assert rule["OverrideAction"] == {"None": {}}, name
        group = rule["Statement"]["ManagedRuleGroupStatement"]
        counted = {each["Name"] for each in group.get("RuleActionOverrides", []) if each["ActionToUse"] == {"Count": {}}}
        assert group["VendorName"] == "AWS" and counted == COUNTED[group["Name"]], name
    if own:
        assert rules["only-providers"]["Statement"] == others and others


@check
def the_list_of_providers_is_the_one_that_is_given(stack):
    if stack.parameters["Waf"] == "true" and listed(stack):
        providers = properties(stack, "Edge.Providers")
        assert providers["Addresses"] == stack.parameters["ProviderCidrs"].split(",")
        assert (providers["Scope"], providers["IPAddressVersion"]) == ("REGIONAL", "IPV4")


@check
def the_web_acls_log_shows_no_signature_and_no_query(stack):
    if stack.parameters["Waf"] == "false":
        return
    edge, logging, group = stack.nested["Edge"], properties(stack, "Edge.WebAclLogging"), properties(stack, "Edge.WebAclLogs")
    assert group["LogGroupName"].startswith(f"aws-waf-logs-{stack.name}-") and group["KmsKeyId"] == storage_key(stack)
    assert logging["ResourceArn"] == edge.arn("WebAcl")
    assert logging["LogDestinationConfigs"] == [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group['LogGroupName']}"]
    blanked = {field["SingleHeader"]["Name"] for field in logging["RedactedFields"] if "SingleHeader" in field}
    assert blanked == signature_headers()
    assert {"QueryString": {}} in logging["RedactedFields"]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    (kept,) = logging["LoggingFilter"]["Filters"]
    assert (kept["Behavior"], kept["Requirement"]) == ("KEEP", "MEETS_ANY")
    assert kept["Conditions"] == [{"ActionCondition": {"Action": "BLOCK"}}, {"ActionCondition": {"Action": "COUNT"}}]


@check
def a_domain_takes_tls_1_2_or_later_and_turns_the_apis_own_address_off(stack):
    domain = stack.parameters["DomainName"]
    (server,) = properties(stack, "Api")["Body"]["servers"]
    assert server == {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": bool(domain)}}
    if not domain:
        return
    edge, given = stack.nested["Edge"], stack.parameters
    found = properties(stack, "Edge.Domain")
    assert found["DomainName"] == domain and found["RegionalCertificateArn"] == given["CertificateArn"]
    assert found["SecurityPolicy"] == "TLS_1_2"  # With the newer ones a domain takes no client certificates.
    assert found["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    asked = {"TruststoreUri": given["TruststoreUri"], "TruststoreVersion": given["TruststoreVersion"]}
    asked = {key: value for key, value in asked.items() if value}
    assert found.get("MutualTlsAuthentication", {}) == asked
    mapping = properties(stack, "Edge.DomainMapping")
    assert mapping == {"DomainName": domain, "RestApiId": stack.ref("Api"), "Stage": "api"}
    assert stack.outputs["ApiUrl"] == f"https://{domain}"
    assert ("DomainRecord" in edge.resources) == bool(given["HostedZoneId"])
    if given["HostedZoneId"]:
        record = properties(stack, "Edge.DomainRecord")
        assert (record["Name"], record["Type"], record["HostedZoneId"]) == (domain, "A", given["HostedZoneId"])
        assert record["AliasTarget"]["DNSName"] == edge.fn_getatt("Domain.RegionalDomainName")
        assert record["AliasTarget"]["HostedZoneId"] == edge.fn_getatt("Domain.RegionalHostedZoneId")


def listed(stack):
    return bool(stack.parameters["ProviderCidrs"])


def signature_headers():
    """The headers in which the supported providers sign, by the page that is generated from their definitions."""
    rows = [line.split("|")[2] for line in (ROOT / "docs/providers.md").read_text().splitlines() if line.startswith("| [")]
    found = {name for row in rows for kind, name in re.findall(r"(body |form )?`([^`]+)`", row) if not kind}
    assert len(found) >= 20
    return found
