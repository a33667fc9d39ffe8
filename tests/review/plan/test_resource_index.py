"""Claims about the index: the service and the label of a resource, and the resource that an unknown value refers to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.plan.resource_index import SHARED, ResourceIndex
from tests.support.plan_documents import change, changes
from tests.support.synth import DEPLOYMENT_NAMES, synthesized

SERVICES = [change(f"aws_ecs_service.{name}_service_this_0A1B2C3D", {}, {}) for name in ("api", "user-svc")]


@pytest.mark.parametrize(
    ("address", "service", "label"),
    [
        ("aws_ecs_service.api_service_this_0A1B2C3D", "api", "ECS service"),
        ("aws_iam_role.user-svc_service_roles_execution_0A1B2C3D", "user-svc", "role execution"),
        ("aws_vpc_security_group_egress_rule.api_tasks_egress_to_user-svc_0A1B2C3D", "api", "egress rule to user-svc"),
        ("aws_service_discovery_service.namespace_api_service_0A1B2C3D", "api", "discovery service"),
        ("aws_lb_target_group.api_service_target_group_this_0A1B2C3D", "api", "target group"),
        ("aws_service_discovery_private_dns_namespace.namespace_this_0A1B2C3D", SHARED, "namespace"),
        ("aws_subnet.network_private_0_0A1B2C3D", SHARED, "subnet private 0"),
        ("aws_lb_listener.ServicesLB_https_0A1B2C3D", SHARED, "listener ServicesLB https"),
        ("aws_s3_bucket.apis_bucket", SHARED, "s3 bucket apis"),
    ],
)
def test_service_and_label_come_from_the_construct_ids(address: str, service: str, label: str) -> None:
    found = changes(*SERVICES, change(address, {"x": 1}, {}))
    index = ResourceIndex(found)
    assert (index.service(found[-1]), index.label(found[-1])) == (service, label)


@pytest.mark.synth
@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_resources_of_synthesized_services_are_attributed_to_them(deployment: str) -> None:
    addresses = [each for each in synthesized()[deployment].addresses() if not each.startswith("data.")]
    found = changes(*(change(address, None, {}) for address in addresses))
    index = ResourceIndex(found)
    kinds = ("aws_ecs_service", "aws_security_group", "aws_ecs_task_definition", "aws_iam_role")
    for kind in kinds:
        owners = {index.service(each) for each in found if each.type == kind} - {SHARED}
        assert owners == index.services
    assert not any(index.service(each) != SHARED for each in found if each.name.startswith("network_"))


GROUPS = [
    change(f"aws_lb_target_group.{name}_service_target_group_this_0A1B2C3D", {"arn": name}, {"arn": name})
    for name in ("api", "user-svc")
]
TO_API = {"type": "forward", "target_group_arn": "api"}
FIXED: dict[str, Any] = {"type": "fixed-response", "fixed_response": [{"status_code": "503"}]}


def _shares(api: int, user_svc: int) -> dict[str, Any]:
    groups = [{"arn": "api", "weight": api}, {"arn": "user-svc", "weight": user_svc}]
    return {"type": "forward", "forward": [{"target_group": groups}]}


@pytest.mark.parametrize(
    ("before", "after", "service"),
    [
        (None, TO_API, "api"),
        (TO_API, None, "api"),
        (TO_API, _shares(0, 100), "user-svc"),
        (TO_API, _shares(90, 10), SHARED),
        (TO_API, FIXED, SHARED),
    ],
)
def test_a_listener_rule_belongs_to_the_only_service_that_it_sends_requests_to(
    before: dict[str, Any] | None, after: dict[str, Any] | None, service: str
) -> None:
    sides = ({"action": [each]} if each is not None else None for each in (before, after))
    found = changes(*SERVICES, *GROUPS, change("aws_lb_listener_rule.listener_rules_members_this_0A1B2C3D", *sides))
    index = ResourceIndex(found)
    assert (index.service(found[-1]), index.label(found[-1])) == (service, "listener rule members")


def test_blocks_of_a_set_are_matched_by_constants_and_known_values() -> None:
    expressions = {
        "forward": [
            {
                "arn": {"references": ["aws_lb_target_group.new.arn", "aws_lb_target_group.new"]},
                "weight": {"constant_value": 10},
            },
            {
                "arn": {"references": ["aws_lb_target_group.other.arn", "aws_lb_target_group.other"]},
                "weight": {"constant_value": 10},
            },
            {
                "arn": {"references": ["aws_lb_target_group.old.arn", "aws_lb_target_group.old"]},
                "weight": {"constant_value": 90},
            },
        ]
    }
    after = {"forward": [{"arn": "old", "weight": 90}, {"weight": 10}, {"weight": 10}]}
    unknown = {"forward": [{}, {"arn": True}, {"arn": True}]}
    new: dict[str, Any] = {"unknown": {"arn": True, "id": True}}
    found = changes(
        change("aws_lb_target_group.old", {"arn": "old"}, {"arn": "old"}),
        change("aws_lb_target_group.new", None, {}, **new),
        change("aws_lb_target_group.other", None, {}, **new),
        change("aws_lb_listener_rule.this", {}, after, unknown=unknown, expressions=expressions),
    )
    index = ResourceIndex(found)
    referred = [index.referred(found[-1], ("forward", place, "arn"), after=True) for place in range(3)]
    assert [each.name if each is not None else None for each in referred] == ["old", "new", "other"]


def test_reference_inside_a_module_resolves_within_the_module() -> None:
    expressions = {"vpc_id": {"references": ["aws_vpc.this.id", "aws_vpc.this"]}}
    inner = {"resources": [{"address": "aws_subnet.a", "expressions": expressions}]}
    subnet = change("module.net.aws_subnet.a", None, {}, unknown={"vpc_id": True})
    vpcs = [change(f"{module}aws_vpc.this", None, {}, unknown={"id": True}) for module in ("", "module.net.")]
    configuration = {"root_module": {"module_calls": {"net": {"module": inner}}}}
    found = changes(*vpcs, subnet, configuration=configuration)
    referred = ResourceIndex(found).referred(found[-1], ("vpc_id",), after=True)
    assert referred is found[1]


def test_reference_to_several_resources_is_not_resolved() -> None:
    expressions = {"subnets": {"references": ["aws_subnet.a.id", "aws_subnet.a", "aws_subnet.b.id", "aws_subnet.b"]}}
    found = changes(
        *(change(f"aws_subnet.{name}", None, {}) for name in "ab"),
        change("aws_lb.this", None, {}, unknown={"subnets": True}, expressions=expressions),
    )
    assert ResourceIndex(found).referred(found[-1], ("subnets",), after=True) is None


MODULES = [
    ('module.service["api"].aws_ecs_service.this', "api"),
    ('module.service["a.b]"].aws_ecs_service.this', "a.b]"),
    ("module.users.aws_ecs_service.this", "users"),
    ('aws_ecs_service.all["web"]', "web"),
    ('module.blue.aws_ecs_service.all["same"]', 'module.blue.all["same"]'),
    ('module.green.aws_ecs_service.all["same"]', 'module.green.all["same"]'),
    ("aws_ecs_service.alone", "alone"),
]


@pytest.mark.parametrize(
    ("address", "service"),
    [
        *MODULES,
        ('module.service["api"].aws_lb_target_group.this', "api"),
        ('module.service["api"].module.logs.aws_cloudwatch_log_group.this', "api"),
        ('module.service["a.b]"].aws_lb_target_group.main', "a.b]"),
        ("module.users.aws_security_group.tasks", "users"),
        ('aws_lb_target_group.this["web"]', "web"),
        ('aws_lb_target_group.this["api"]', "api"),
        ('aws_lb_target_group.this["none"]', SHARED),
        ("aws_lb_target_group.this[0]", SHARED),
        ("module.other.aws_vpc.this", SHARED),
        ("aws_vpc.this", SHARED),
        ("aws_security_group.alone_tasks", "alone"),
    ],
)
def test_a_resource_in_modules_belongs_to_the_service_of_its_module_or_key(address: str, service: str) -> None:
    services = [change(each, {"id": each}, {"id": each}) for each, _ in MODULES]
    found = changes(*services, *([] if "aws_ecs_service" in address else [change(address, {"id": "x"}, None)]))
    index = ResourceIndex(found)
    assert index.service(next(each for each in found if each.address == address)) == service


@pytest.mark.parametrize("key", ["]", "a]b", 'x"]', "a.b", "[0]"])
def test_a_key_of_any_characters_is_no_part_of_the_address_in_the_configuration(key: str) -> None:
    expressions = {"vpc_id": {"references": ["aws_vpc.this.id", "aws_vpc.this"]}}
    quoted = json.dumps(key)
    found = changes(
        change(f"aws_vpc.this[{quoted}]", None, {}, unknown={"id": True}),
        change(f"aws_subnet.this[{quoted}]", None, {}, unknown={"vpc_id": True}, expressions=expressions),
    )
    assert found[1].arguments == expressions
    assert ResourceIndex(found).referred(found[1], ("vpc_id",), after=True) is found[0]
