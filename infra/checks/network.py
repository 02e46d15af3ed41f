"""What can be reached: nothing but the endpoints of what the code calls."""

import json

from render import ACCOUNT, REGION

from .claims import CALLS, arn, as_list, check, of, properties, statements, storage_key

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
    kinds = {resource["Type"] for resource in network.resources.values() if "::EC2::" in resource["Type"]}
    allowed = {"VPC", "Subnet", "RouteTable", "SubnetRouteTableAssociation", "SecurityGroup", "VPCEndpoint"}
    assert kinds - {"AWS::EC2::FlowLog"} == {f"AWS::EC2::{kind}" for kind in allowed}
    said = json.dumps(network.resources)
    assert "0.0.0.0/0" not in said and "::/0" not in said
    for name, subnet in of(stack, "AWS::EC2::Subnet"):
        assert subnet["MapPublicIpOnLaunch"] is False, name
    subnets = dict(of(stack, "AWS::EC2::Subnet"))
    assert {subnet["AvailabilityZone"] for subnet in subnets.values()} == {REGION + zone for zone in "abc"[: len(subnets)]}
    assert len(subnets) >= 2
    # Each has the route table that has no route but to the gateway endpoints.
    tied = {each["SubnetId"]: each["RouteTableId"] for _, each in of(stack, "AWS::EC2::SubnetRouteTableAssociation")}
    assert tied == {network.ref(name): network.ref("RouteTable") for name in subnets}
    vpc = properties(stack, "PrivateNetwork.Vpc")
    assert vpc["CidrBlock"] == stack.parameters["VpcCidr"] and vpc["EnableDnsSupport"] is vpc["EnableDnsHostnames"] is True
    for name, inside in of(stack, "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup", "AWS::EC2::VPCEndpoint"):
        assert inside["VpcId"] == network.ref("Vpc"), name
    for name, group in of(stack, "AWS::EC2::SecurityGroup"):
        assert group["SecurityGroupEgress"], name
        for rule in group["SecurityGroupEgress"] + group.get("SecurityGroupIngress", []):
            assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443), name
            assert rule["Description"], name
    assert "SecurityGroupIngress" not in network.resources["FunctionSecurityGroup"]["Properties"]
    (ingress,) = network.resources["EndpointSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert ingress["SourceSecurityGroupId"] == network.ref("FunctionSecurityGroup")
    # To the endpoints by the subnets' addresses, to the gateways by their lists, and nowhere else.
    to = [rule.get("CidrIp") or rule["DestinationPrefixListId"] for rule in properties(stack, "PrivateNetwork.FunctionSecurityGroup")["SecurityGroupEgress"]]
    lists = [stack.parameters["S3PrefixListId"], stack.parameters["DynamoDbPrefixListId"]]
    assert to == [subnet["CidrBlock"] for subnet in subnets.values()] + lists
    (nowhere,) = properties(stack, "PrivateNetwork.EndpointSecurityGroup")["SecurityGroupEgress"]
    assert nowhere["CidrIp"] == "127.0.0.1/32"
    for name, function in of(stack, "AWS::Lambda::Function"):
        assert function["VpcConfig"] == {
            "SubnetIds": [network.ref(subnet) for subnet in subnets],
            "SecurityGroupIds": [network.outputs["FunctionSecurityGroup"]],
        }, name


@check
def every_call_has_an_endpoint_that_lets_it_through_and_no_more(stack):
    needed = {}
    for calls in CALLS.values():
        for action, paths in calls.items():
            for path in paths:
                resource = arn(stack, path) + ("/*" if action in ("s3:PutObject", "s3:GetObject") else "")
                needed.setdefault(ENDPOINTS[action.split(":")[0]], set()).add((action, resource))
    endpoints = dict(of(stack, "AWS::EC2::VPCEndpoint"))
    assert set(endpoints) == set(ENDPOINTS.values())
    for name, endpoint in endpoints.items():
        lets = set()
        for statement in statements(endpoint["PolicyDocument"]):
            assert (statement["Effect"], statement["Principal"]) == ("Allow", "*"), name
            assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, name
            lets |= {(action, resource) for action in as_list(statement["Action"]) for resource in flat(statement["Resource"])}
        assert needed[name] <= lets, (name, needed[name] - lets)
        # A policy may pair actions and resources more widely than the roles do, but names none that no role has.
        assert {action for action, _ in lets} == {action for action, _ in needed[name]}, name
        assert {resource for _, resource in lets} == {resource for _, resource in needed[name]}, name
        service = endpoint["ServiceName"].rsplit(".", 1)[1]
        assert ENDPOINTS[service] == name
        if service in ("s3", "dynamodb"):
            assert endpoint["VpcEndpointType"] == "Gateway", name
            assert endpoint["RouteTableIds"] == [stack.nested["PrivateNetwork"].ref("RouteTable")], name
        else:
            assert endpoint["VpcEndpointType"] == "Interface" and endpoint["PrivateDnsEnabled"] is True, name
            assert endpoint["SubnetIds"] == [stack.nested["PrivateNetwork"].ref(subnet) for subnet, _ in of(stack, "AWS::EC2::Subnet")], name
            assert endpoint["SecurityGroupIds"] == [stack.nested["PrivateNetwork"].ref("EndpointSecurityGroup")], name


@check
def flow_logs_are_kept_where_they_are_asked_for(stack):
    asked = stack.parameters["FlowLogs"] == "true"
    flow_logs = list(of(stack, "AWS::EC2::FlowLog"))
    assert len(flow_logs) == asked
    for name, log in flow_logs:
        network = stack.nested["PrivateNetwork"]
        assert (log["ResourceType"], log["TrafficType"], log["LogDestinationType"]) == ("VPC", "ALL", "cloud-watch-logs"), name
        assert log["ResourceId"] == network.ref("Vpc") and log["LogGroupName"] == network.ref("FlowLogGroup"), name
        assert log["DeliverLogsPermissionArn"] == network.arn("FlowLogRole") and log["MaxAggregationInterval"] == 600, name
        assert properties(stack, "PrivateNetwork.FlowLogGroup")["KmsKeyId"] == storage_key(stack), name


@check
def the_network_goes_before_the_roles_that_give_its_interfaces_back(stack):
    """A stack is deleted in the reverse of the order in which it is made."""
    waits = stack.resources["PrivateNetwork"]["DependsOn"]
    for name, _ in of(stack, "AWS::Lambda::Function"):
        assert f"{name}Role" in waits, name


def flat(value):
    """Resources, where a list may have reached the policy joined by commas."""
    return [each for item in as_list(value) for each in item.split(",")]
