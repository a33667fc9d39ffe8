"""The connections that security groups allow, by references to groups, blocks, prefix lists and protocols."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from colonnade.security_groups.network import Interface, Network, Rule, SecurityGroup, Subnet, allows, is_open
from colonnade.security_groups.reader import read_network
from colonnade_sandbox.control_plane.clients import AwsClients

BALANCER_BLOCKS = (IPv4Network("10.0.0.0/24"), IPv4Network("10.0.1.0/24"))
TASK_BLOCK = IPv4Network("10.0.2.0/24")
PORT = 8080


def rule(*sources: str, protocol: str = "tcp", first: int = PORT, last: int = PORT) -> Rule:
    """Return a rule with these sources: ids of groups, or blocks."""
    return Rule(
        protocol=protocol,
        first_port=first,
        last_port=last,
        groups=frozenset(each for each in sources if each.startswith("sg-")),
        blocks=tuple(IPv4Network(each) for each in sources if not each.startswith("sg-")),
    )


def balancer(*egress: Rule) -> Interface:
    return Interface(groups=(SecurityGroup(id="sg-lb", egress=egress),), blocks=BALANCER_BLOCKS)


def task(*ingress: Rule, more: tuple[SecurityGroup, ...] = ()) -> Interface:
    return Interface(groups=(SecurityGroup(id="sg-task", ingress=ingress), *more), blocks=(TASK_BLOCK,))


OPEN = rule("sg-lb", "sg-task")


@pytest.mark.parametrize(
    ("egress", "ingress", "expected"),
    [
        pytest.param(OPEN, OPEN, True, id="groups"),
        pytest.param(None, OPEN, False, id="no egress rule"),
        pytest.param(OPEN, None, False, id="no ingress rule"),
        pytest.param(rule("sg-other"), OPEN, False, id="egress to another group"),
        pytest.param(OPEN, rule("sg-task"), False, id="ingress from itself only"),
        pytest.param(OPEN, rule("sg-lb", first=8081, last=9000), False, id="other ports"),
        pytest.param(OPEN, rule("sg-lb", first=8000, last=8080), True, id="a range of ports"),
        pytest.param(OPEN, rule("sg-lb", protocol="udp"), False, id="udp"),
        pytest.param(rule("sg-task", protocol="-1", first=0, last=0), OPEN, True, id="all protocols"),
        pytest.param(rule("10.0.2.0/24"), OPEN, True, id="egress to the tasks' subnet"),
        pytest.param(rule("10.0.2.0/25"), OPEN, False, id="egress to half of the tasks' subnet"),
        pytest.param(OPEN, rule("0.0.0.0/0"), True, id="ingress from anywhere"),
        pytest.param(OPEN, rule("0.0.0.0/1", "128.0.0.0/1"), True, id="ingress from two halves"),
        pytest.param(OPEN, rule("10.0.0.0/24"), False, id="ingress from one of the load balancer's subnets"),
        pytest.param(OPEN, rule("10.0.0.0/24", "10.0.1.0/25", "10.0.1.128/25"), True, id="ingress from all subnets"),
    ],
)
def test_both_sides_must_allow_a_connection(egress: Rule | None, ingress: Rule | None, *, expected: bool) -> None:
    source = balancer(*(() if egress is None else (egress,)))
    destination = task(*(() if ingress is None else (ingress,)))
    assert allows(source, destination, PORT) is expected


def test_the_rules_of_all_groups_count_together() -> None:
    lets_in = SecurityGroup(id="sg-second", ingress=(rule("sg-lb"),))
    assert allows(balancer(rule("sg-second")), task(more=(lets_in,)), PORT)


def test_a_reference_of_a_group_to_itself_lets_its_members_reach_each_other() -> None:
    itself = rule("sg-one", protocol="-1")
    member = Interface(groups=(SecurityGroup(id="sg-one", ingress=(itself,), egress=(itself,)),))
    assert allows(member, member, PORT)


def test_an_address_without_security_groups_needs_an_egress_rule_with_its_block() -> None:
    outside = Interface(blocks=(IPv4Network("192.0.2.7/32"),))
    assert allows(balancer(rule("192.0.2.0/24")), outside, PORT)
    assert not allows(balancer(rule("sg-task")), outside, PORT)
    assert allows(Interface(), outside, PORT)


def test_clients_may_connect_to_a_port_that_any_rule_opens() -> None:
    group = SecurityGroup(id="sg-lb", ingress=(rule("198.51.100.0/24", first=443, last=443),))
    assert is_open(Interface(groups=(group,)), 443)
    assert not is_open(Interface(groups=(group,)), 80)


def test_an_interface_without_groups_has_the_default_group_of_its_vpc() -> None:
    groups = [SecurityGroup(id=f"sg-{vpc}", vpc_id=vpc, default=True) for vpc in ("vpc-1", "vpc-2")]
    network = Network(
        security_groups={each.id: each for each in groups},
        subnets={"subnet-1": Subnet(vpc_id="vpc-2", block=TASK_BLOCK)},
    )
    assert [each.id for each in network.interface((), ("subnet-1",)).groups] == ["sg-vpc-2"]
    assert network.interface(("sg-deleted",), ()).groups == (SecurityGroup(id="sg-deleted"),)


@pytest.fixture(scope="module")
def security_group(aws: AwsClients, subnets: tuple[str, str, str]) -> str:
    settings = {"GroupName": "app", "Description": "An app", "VpcId": subnets[0]}
    return str(aws.ec2.create_security_group(**settings)["GroupId"])


@pytest.mark.sandbox
@pytest.mark.xdist_group("emulator")
def test_the_rules_of_ec2_are_read_with_the_entries_of_prefix_lists(aws: AwsClients, security_group: str) -> None:
    prefix_list = aws.ec2.create_managed_prefix_list(
        PrefixListName="offices",
        MaxEntries=2,
        AddressFamily="IPv4",
        Entries=[{"Cidr": "192.0.2.0/24"}, {"Cidr": "198.51.100.0/24"}],
    )["PrefixList"]["PrefixListId"]
    opened: list[dict[str, Any]] = [
        {"FromPort": 80, "ToPort": 81, "UserIdGroupPairs": [{"GroupId": security_group}]},
        {"FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        {"FromPort": 9000, "ToPort": 9000, "PrefixListIds": [{"PrefixListId": prefix_list}]},
    ]
    permissions = [{"IpProtocol": "tcp", **each} for each in opened]
    aws.ec2.authorize_security_group_ingress(GroupId=security_group, IpPermissions=permissions)
    read = read_network(aws.ec2).security_groups[security_group]
    assert read.ingress == (
        rule(security_group, first=80, last=81),
        rule("10.0.0.0/8", first=443, last=443),
        rule("192.0.2.0/24", "198.51.100.0/24", first=9000, last=9000),
    )
    assert [(each.protocol, each.blocks) for each in read.egress] == [("-1", (IPv4Network("0.0.0.0/0"),))]


@pytest.mark.sandbox
@pytest.mark.xdist_group("emulator")
def test_a_rule_that_is_changed_refers_to_the_other_group(aws: AwsClients, subnets: tuple[str, str, str]) -> None:
    ec2, vpc = aws.ec2, subnets[0]
    own, former, later = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("a", "b", "c")
    )
    ports = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT}
    opened = [{**ports, "UserIdGroupPairs": [{"GroupId": former}]}]
    (made,) = ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=opened)["SecurityGroupRules"]
    change = {"SecurityGroupRuleId": made["SecurityGroupRuleId"]}
    change["SecurityGroupRule"] = {**ports, "ReferencedGroupId": later}
    ec2.modify_security_group_rules(GroupId=own, SecurityGroupRules=[change])
    assert read_network(ec2).security_groups[own].ingress == (rule(later),)


@pytest.mark.sandbox
@pytest.mark.xdist_group("emulator")
def test_a_load_balancer_and_a_task_without_groups_reach_each_other_in_the_default_group(
    aws: AwsClients, subnets: tuple[str, str, str]
) -> None:
    _, *both = subnets
    (made,) = aws.elbv2.create_load_balancer(Name="without", Type="application", Subnets=both)["LoadBalancers"]
    aws.elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])  # other tests read this account, too
    network = read_network(aws.ec2)
    front = network.interface(made["SecurityGroups"], both)
    assert [each.default for each in front.groups] == [True]
    assert allows(front, network.interface((), both), PORT)
    assert not is_open(network.interface(("sg-deleted",), both), 443)
