"""What the internet meets."""

import json
import re

from render import ACCOUNT, ROOT

from .claims import check, of, properties


@check
def bodies_reach_the_function_as_bytes(stack):
    body = properties(stack, "Api")["Body"]
    assert body["x-amazon-apigateway-binary-media-types"] == ["*/*"]
    assert {path: set(methods) for path, methods in body["paths"].items()} == {
        "/v1/webhooks/{endpoint}": {"post", "get"},
        "/health": {"get"},
    }
    post = body["paths"]["/v1/webhooks/{endpoint}"]["post"]
    assert post == body["paths"]["/v1/webhooks/{endpoint}"]["get"]
    integration = post["x-amazon-apigateway-integration"]
    assert integration["type"] == "aws_proxy" and integration["httpMethod"] == "POST"
    assert integration["uri"].endswith("-Webhook:live/invocations")
    assert integration["timeoutInMillis"] == 1000 * properties(stack, "Webhook")["Timeout"] <= 29000
    assert integration["passthroughBehavior"] == "when_no_match"
    assert post["parameters"] == [{"name": "endpoint", "in": "path", "required": True, "schema": {"type": "string"}}]
    api = properties(stack, "Api")
    assert body["openapi"] == "3.0.1" and api["BinaryMediaTypes"] == ["*~1*"]
    assert api["Parameters"] == {"endpointConfigurationTypes": "REGIONAL"} and api["Name"] == stack.name
    assert "requestBody" not in post and "x-amazon-apigateway-request-validator" not in json.dumps(body)
    assert "MinimumCompressionSize" not in properties(stack, "Api")
    permission = properties(stack, "WebhookPermission")
    assert permission["Action"] == "lambda:InvokeFunction" and permission["FunctionName"].endswith("-Webhook:live")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"].endswith("/*/*/v1/webhooks/*") and f":{ACCOUNT}:" in permission["SourceArn"]


@check
def the_api_takes_tls_1_2_or_later_however_it_is_reached(stack):
    """Callers by a domain negotiate by the API's policy too; without one, TLS 1.0 is taken."""
    api = properties(stack, "Api")
    assert (api["SecurityPolicy"], api["EndpointAccessMode"]) == ("SecurityPolicy_TLS13_1_2_2021_06", "STRICT")


@check
def health_answers_without_code(stack):
    get = properties(stack, "Api")["Body"]["paths"]["/health"]["get"]
    integration = get["x-amazon-apigateway-integration"]
    assert integration["type"] == "mock" and integration["passthroughBehavior"] == "when_no_templates"
    assert set(get["responses"]) == {"200"} and str(integration["responses"]["default"]["statusCode"]) == "200"
    # A header that the method does not declare cannot be set by its integration.
    declared = get["responses"]["200"]["headers"]
    assert {name.lower() for name in declared} == set(security_headers())
    assert all(header == {"schema": {"type": "string"}} for header in declared.values())
    answer = integration["responses"]["default"]
    assert integration["contentHandling"] == answer["contentHandling"] == "CONVERT_TO_TEXT"
    assert integration["requestTemplates"] == {"application/json": '{"statusCode": 200}'}
    assert json.loads(answer["responseTemplates"]["application/json"]) == {"status": "ok"}
    sent = {key.removeprefix("method.response.header.").lower(): value for key, value in answer["responseParameters"].items()}
    assert sent == security_headers()


@check
def the_gateways_own_answers_have_the_functions_headers(stack):
    answers = properties(stack, "Api")["Body"]["x-amazon-apigateway-gateway-responses"]
    assert set(answers) == {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "THROTTLED"}
    for kind, answer in answers.items():
        sent = {key.removeprefix("gatewayresponse.header.").lower(): value for key, value in answer["responseParameters"].items()}
        later = {"retry-after": "'30'"} if kind in ("DEFAULT_5XX", "THROTTLED") else {}
        assert sent == security_headers() | later, kind
        assert json.loads(answer["responseTemplates"]["application/json"].replace("$context.requestId", "id"))["title"], kind
    # A failure of the function or of Lambda asks the provider to try again.
    codes = {kind: str(answer["statusCode"]) for kind, answer in answers.items() if "statusCode" in answer}
    assert codes == {"DEFAULT_5XX": "503", "THROTTLED": "429", "MISSING_AUTHENTICATION_TOKEN": "404"}


@check
def the_edge_throttles_traces_and_logs_no_payload(stack):
    (stage,) = [stage for _, stage in of(stack, "AWS::ApiGateway::Stage")]
    assert stage["StageName"] == "api"
    assert stack.parameters["DomainName"] or stack.outputs["ApiUrl"].endswith("/api")
    for name, deployment in of(stack, "AWS::ApiGateway::Deployment"):
        assert "StageName" not in deployment, name  # It would be a stage with neither throttle nor log.
    (settings,) = stage["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["DataTraceEnabled"] is False and settings["LoggingLevel"] == "ERROR"
    assert settings["MetricsEnabled"] is True
    assert settings["ThrottlingRateLimit"] == stack.parameters["RequestsPerSecond"]
    assert settings["ThrottlingBurstLimit"] == stack.parameters["RequestBurst"]
    assert stage["RestApiId"] == stack.ref("Api")
    assert stage["DeploymentId"] in [stack.ref(name) for name, _ in of(stack, "AWS::ApiGateway::Deployment")]
    assert stage["TracingEnabled"] is True
    group = properties(stack, "ApiExecutionLogs")["LogGroupName"]
    assert group == f"API-Gateway-Execution-Logs_{stack.ref('Api')}/api" == stage["Variables"]["ExecutionLogs"]
    assert stage["AccessLogSetting"]["DestinationArn"] == stack.arn("ApiLogs")
    logged = json.loads(stage["AccessLogSetting"]["Format"])
    for value in logged.values():
        assert value.startswith("$context.") and not re.search(r"authorizer|requestOverride|responseOverride|querystring", value), value
    assert properties(stack, "Api")["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def security_headers():
    """Header → quoted value, as the webhook function's code has them."""
    text = (ROOT / "functions/webhook/src/answer.rs").read_text()
    table = re.search(r"SECURITY_HEADERS[^=]*= \[(.*?)\];", text, re.S).group(1)
    found = {name: f"'{value}'" for name, value in re.findall(r'\("([^"]+)", "([^"]+)"\)', table)}
    assert len(found) >= 6
    return found
