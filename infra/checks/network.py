"""What can be reached: nothing but the endpoints of what the code calls."""

import json

from render import ACCOUNT

from .claims import CALLS, arn, as_list, check, of, statements

ENDPOINTS = {
    "sqs": "SqsEndpoint",
    "kms": "KmsEndpoint",
    "secretsmanager": "SecretsEndpoint",
    "events": "EventsEndpoint",
    "s3": "S3Endpoint",
    "dynamodb": "DynamoDbEndpoint",
}


@check
def there_is_no_way_to_the_internet(stack):
    network = stack.nested["PrivateNetwork"]
    kinds = {resource["Type"] for resource in network.resources.values()}
    allowed = {"VPC", "Subnet", "RouteTable", "SubnetRouteTableAssociation", "SecurityGroup", "VPCEndpoint"}
    assert kinds == {f"AWS::EC2::{kind}" for kind in allowed}
    assert "0.0.0.0/0" not in json.dumps(network.resources) and "::/0" not in json.dumps(network.resources)
    for name, subnet in of(stack, "AWS::EC2::Subnet"):
        assert subnet["MapPublicIpOnLaunch"] is False, name
    zones = {subnet["AvailabilityZone"] for _, subnet in of(stack, "AWS::EC2::Subnet")}
    assert len(zones) == 2
    for name, group in of(stack, "AWS::EC2::SecurityGroup"):
        assert group["SecurityGroupEgress"], name
        for rule in group["SecurityGroupEgress"] + group.get("SecurityGroupIngress", []):
            assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443), name
            assert rule["Description"], name
    assert "SecurityGroupIngress" not in network.resources["FunctionSecurityGroup"]["Properties"]
    (ingress,) = network.resources["EndpointSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert ingress["SourceSecurityGroupId"] == network.ref("FunctionSecurityGroup")
    for name, function in of(stack, "AWS::Lambda::Function"):
        assert function["VpcConfig"] == {
            "SubnetIds": [network.outputs["SubnetA"], network.outputs["SubnetB"]],
            "SecurityGroupIds": [network.outputs["FunctionSecurityGroup"]],
        }, name


@check
def every_call_has_an_endpoint_that_lets_it_through_and_no_more(stack):
    needed = {}
    for calls in CALLS.values():
        for action, paths in calls.items():
            for path in paths:
                resource = arn(stack, path) + ("/*" if action.startswith("s3:") else "")
                needed.setdefault(ENDPOINTS[action.split(":")[0]], set()).add((action, resource))
    endpoints = dict(of(stack, "AWS::EC2::VPCEndpoint"))
    assert set(endpoints) == set(ENDPOINTS.values())
    for name, endpoint in endpoints.items():
        lets = set()
        for statement in statements(endpoint["PolicyDocument"]):
            assert statement["Effect"] == "Allow", name
            assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, name
            lets |= {(action, resource) for action in as_list(statement["Action"]) for resource in flat(statement["Resource"])}
        assert needed[name] <= lets, (name, needed[name] - lets)
        # A policy may pair actions and resources more widely than the roles do, but names none that no role has.
        assert {action for action, _ in lets} == {action for action, _ in needed[name]}, name
        assert {resource for _, resource in lets} == {resource for _, resource in needed[name]}, name
        service = endpoint["ServiceName"].rsplit(".", 1)[1]
        assert ENDPOINTS[service] == name
        if service in ("s3", "dynamodb"):
            assert endpoint["VpcEndpointType"] == "Gateway" and endpoint["RouteTableIds"], name
        else:
            assert endpoint["VpcEndpointType"] == "Interface" and endpoint["PrivateDnsEnabled"] is True, name
            assert len(endpoint["SubnetIds"]) == 2 and len(endpoint["SecurityGroupIds"]) == 1, name


def flat(value):
    """Resources, where a list may have reached the policy joined by commas."""
    return [each for item in as_list(value) for each in item.split(",")]
