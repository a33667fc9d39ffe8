"""Edits of a small running deployment, some of which fail requests: as it is, and without this project's protections.

`tests/sandbox/test_judged_plans_under_load.py` applies each of them and its way back under load.
`tests/review/interruptions/test_judged_edits.py` judges the plans that the tests' planner makes of them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from colonnade.model.service.declaration import Service
from colonnade.review.interruptions.interruption import Level
from colonnade.review.interruptions.judgement import Judgement
from tests.support.judged_deployment import (
    BACK,
    FRONT,
    SERVICES,
    Document,
    changed,
    document,
    environment_of,
    only,
    removed,
    set_arguments,
)

_CREATED_FIRST = {"create_before_destroy": True}
_INGRESS, _EGRESS = "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"


def _other_group(made: Document) -> None:
    """Give the group of the tasks another description, which replaces it."""
    _, group = only(made, "aws_security_group", "back_tasks")
    group.update(description="Tasks behind the load balancer", lifecycle=_CREATED_FIRST)


def _other_balancer_group(made: Document) -> None:
    """Give the load balancer a new security group that lets clients in, and lets it reach no tasks."""
    _, group = only(made, "aws_security_group", "JudgedLB")
    _, rule = only(made, _INGRESS, "JudgedLB")
    new = {"name_prefix": "clients-", "description": "Clients", "vpc_id": group["vpc_id"], "lifecycle": _CREATED_FIRST}
    made["resource"]["aws_security_group"]["clients"] = new
    attached = {**rule, "security_group_id": "${aws_security_group.clients.id}"}
    made["resource"][_INGRESS]["clients"] = attached
    set_arguments("aws_lb", "JudgedLB", security_groups=["${aws_security_group.clients.id}"])(made)


def _tasks_reached_from_private_subnets(made: Document) -> None:
    """Let the private subnets reach the tasks instead of the load balancer, which is in the public ones."""
    _, rule = only(made, _INGRESS, "back_tasks_ingress_from_load_balancer")
    del rule["referenced_security_group_id"]
    rule["cidr_ipv4"] = "10.0.128.0/17"


def _moved_address(made: Document) -> None:
    """Move the ECS service to another address in the configuration, without a `moved` block."""
    id_, body = only(made, "aws_ecs_service", "back")
    del made["resource"]["aws_ecs_service"][id_]
    made["resource"]["aws_ecs_service"]["renamed"] = body


def _shadowed() -> Document:
    """Return the base with a rule for '/f*' before that of `front`, which gets its place after a rollout of `back`."""
    made = document(environment=environment_of(image="1.1.0"))
    rules = made["resource"]["aws_lb_listener_rule"]
    _, front = only(made, "aws_lb_listener_rule", "listener_rules_front")
    response = {"content_type": "text/plain", "message_body": "Closed", "status_code": "404"}
    rules["closed"] = {
        **copy.deepcopy(front),
        "priority": 100,
        "condition": [{"path_pattern": {"values": ["/f*"]}}],
        "action": [{"type": "fixed-response", "fixed_response": response}],
    }
    service, _ = only(made, "aws_ecs_service", "back")
    front |= {"priority": 50, "depends_on": ["aws_lb_listener_rule.closed", f"aws_ecs_service.{service}"]}
    return made


def _emptied() -> Document:
    """Return the base with another image of `back`, whose rollout may stop its only task before it starts one."""
    made = document(environment=environment_of(image="1.1.0"))
    percents = {"deployment_minimum_healthy_percent": 0, "deployment_maximum_percent": 100}
    # ECS balances zones only above 100 %:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
    set_arguments("aws_ecs_service", "back", availability_zone_rebalancing="DISABLED", **percents)(made)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An edit of the base, applied under load and then taken back."""

    name: str
    after: Callable[[], Document]
    fails: Sequence[str] = ()
    """The services whose requests fail while it is applied."""
    back: Sequence[str] | None = ()
    """The services whose requests fail while it is taken back. None if the way back says nothing: the edit was refused,
    requests fail already, the plan back is empty, or its gap is too short for the load."""
    refused: bool = False
    """True if AWS refuses an operation, so that the apply stops halfway."""
    seldom: bool = False
    """True for an edit that `make check` leaves out; `make all-tests` applies it."""

    @property
    def plans(self) -> tuple[Sequence[str], ...]:
        """The services whose requests fail, for each plan of the edit that is applied under load."""
        return (self.fails,) if self.back is None else (self.fails, self.back)


def named(judgement: Judgement, level: Level) -> set[str]:
    """Return the services of `SERVICES` that a judgement names at a level. A listener is that of all services."""
    found = [each for each in judgement.found if each.level is level]
    names = {name for each in found for name in each.services}
    every = any(each.rule == "listener-unreachable" for each in found)
    return {each.name for each in SERVICES if every or each.name in names}


def foretells(judgement: Judgement, failed: set[str], *, refused: bool) -> bool:
    """Return True if a judgement names the services whose requests fail, and no other ones as interrupted, and if it
    says that AWS refuses an operation exactly if AWS does."""
    certain, perhaps = (named(judgement, level) for level in (Level.INTERRUPTS, Level.MAY_INTERRUPT))
    fails = any(each.level is Level.FAILS for each in judgement.found)
    return certain <= failed <= certain | perhaps and refused == fails


_BOTH = ("front", "back")
PROTECTED: tuple[Edit, ...] = (
    Edit(name="image", seldom=True, after=lambda: document(environment=environment_of(image="1.1.0"))),
    Edit(name="port", after=lambda: document(FRONT, replace(BACK, container_port=7073))),
    Edit(name="count", seldom=True, after=lambda: document(FRONT, replace(BACK, desired_count=2))),
    Edit(name="size", seldom=True, after=lambda: document(FRONT, replace(BACK, cpu_units=512, memory_mib=1024))),
    Edit(
        name="log retention",
        seldom=True,
        after=lambda: document(environment=environment_of(tasks={"log_retention_days": 14})),
    ),
    Edit(
        name="drain time",
        seldom=True,
        after=lambda: document(environment=environment_of(timing={"deregistration_delay_seconds": 2})),
    ),
    Edit(
        name="service added",
        seldom=True,
        after=lambda: document(
            *SERVICES, Service(name="extra", path_prefix="/extra", container_port=7074, image_name="front")
        ),
    ),
    Edit(name="rule priority", seldom=True, after=lambda: document(FRONT, replace(BACK, rule_priority=20))),
    Edit(name="sticky sessions", seldom=True, after=lambda: document(FRONT, replace(BACK, sticky_session_seconds=60))),
    Edit(
        name="target group replaced",
        after=lambda: changed(set_arguments("aws_lb_target_group", "back", name="other", lifecycle=_CREATED_FIRST)),
        fails=("back",),
        back=None,
    ),
    Edit(
        name="group of the tasks replaced",
        seldom=True,
        after=lambda: changed(_other_group),
        fails=("back",),
        back=None,
    ),
    Edit(
        name="internal",
        after=lambda: document(environment=environment_of(ingress={"cidrs": ("10.0.0.0/8",), "internal": True})),
        refused=True,
        back=None,
    ),
    Edit(
        name="service renamed",
        seldom=True,
        after=lambda: document(FRONT, replace(BACK, name="people", image_name="back")),
        fails=("back",),
        back=("back",),
    ),
    Edit(name="percents of the rollout", seldom=True, after=_emptied, fails=("back",)),
    Edit(
        name="ports of the load balancer's egress",
        seldom=True,
        after=lambda: changed(set_arguments(_EGRESS, "back_tasks_load_balancer", from_port=8000, to_port=8999)),
        fails=("back",),
        back=None,
    ),
    Edit(
        name="ingress of the tasks from other addresses",
        seldom=True,
        after=lambda: changed(_tasks_reached_from_private_subnets),
        fails=("back",),
        back=None,
    ),
    Edit(
        name="group of the load balancer exchanged",
        seldom=True,
        after=lambda: changed(_other_balancer_group),
        fails=_BOTH,
        back=None,
    ),
    Edit(
        name="ingress of clients removed",
        seldom=True,
        after=lambda: changed(removed(_INGRESS, "JudgedLB")),
        fails=_BOTH,
        back=None,
    ),
)
"""Edits of the deployment as this project synthesizes it."""
UNPROTECTED: tuple[Edit, ...] = (
    Edit(
        name="service's name",
        seldom=True,
        after=lambda: changed(set_arguments("aws_ecs_service", "back", name="other")),
        fails=("back",),
        back=("back",),
    ),
    Edit(
        name="port",
        after=lambda: document(FRONT, replace(BACK, container_port=7073)),
        fails=("back",),
        back=("back",),
    ),
    Edit(
        name="cluster's name",
        seldom=True,
        after=lambda: changed(set_arguments("aws_ecs_cluster", "", name="other")),
        fails=_BOTH,
        back=_BOTH,
    ),
    Edit(
        name="Spot capacity",
        seldom=True,
        after=lambda: changed(
            set_arguments(
                "aws_ecs_service",
                "back",
                capacity_provider_strategy=[{"capacity_provider": "FARGATE_SPOT", "weight": 1}],
            )
        ),
        fails=("back",),
        back=("back",),
    ),
    Edit(
        name="listener rule replaced with its target group",
        seldom=True,
        after=lambda: changed(set_arguments("aws_lb_target_group", "back", port=8080)),
        fails=("back",),
        back=("back",),
    ),
    Edit(name="rule shadowed for a time", seldom=True, after=_shadowed, fails=("front",), back=None),
    Edit(
        name="service at another address",
        seldom=True,
        after=lambda: changed(_moved_address),
        fails=("back",),
        refused=True,
        back=None,
    ),
    Edit(
        name="rule removed",
        after=lambda: changed(removed(_INGRESS, "back_tasks_ingress_from_load_balancer")),
        fails=("back",),
        back=None,
    ),
)
"""Edits of the deployment without this project's protections, as other Terraform may be written."""
EDITS: Mapping[str, Sequence[Edit]] = {"protected": PROTECTED, "unprotected": UNPROTECTED}
