"""Edits of a small running deployment, some of which fail requests: as it is, and without this project's protections.

`tests/sandbox/test_judged_plans_under_load.py` applies each of them and its way back under load.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from colonnade.model.deployment.declaration import Deployment, FixedResponse
from colonnade.model.environment.settings import Environment
from colonnade.model.service.declaration import Service
from tests.support.project import PROJECT
from tests.support.synth import Stack, synthesize

NAME = "judged"
FRONT, BACK = (
    Service(name=name, path_prefix=f"/{name}", container_port=port) for name, port in (("front", 7071), ("back", 7072))
)
"""`back` is edited, and requests to `front` must never fail unless an edit is about both."""
SERVICES = (FRONT, BACK)
PATHS = ("/front", "/front/a", "/back", "/back/a")

_CREATED_FIRST = {"create_before_destroy": True}
Document = dict[str, Any]
Change = Callable[[Document], None]
Form = Callable[[Document], Document]


def _environment(*, image: str = "1.0.0", **tables: Mapping[str, Any]) -> Environment:
    """Return the sandbox's environment with one task for each service, and short waits."""
    sandbox = PROJECT.environment("sandbox")
    changed = replace(
        sandbox,
        images={"front": "1.0.0", "back": image},
        network=replace(sandbox.network, vpc_cidrs={NAME: "10.0.0.0/16"}),
        tasks=replace(sandbox.tasks, desired_count=1, drain_seconds=3),
        timing=replace(sandbox.timing, deregistration_delay_seconds=1, dns_ttl_seconds=0),
        deployments={},
        migration={},
    )
    return replace(changed, **{name: replace(getattr(changed, name), **settings) for name, settings in tables.items()})


def stacks(*services: Service, environment: Environment | None = None) -> dict[str, Stack]:
    """Return the synthesized stacks of the deployment with these services, `SERVICES` by default."""
    deployment = Deployment(
        name=NAME,
        default_action=FixedResponse(status_code=404, content_type="text/plain", message_body="Not Found"),
        services=services or SERVICES,
    )
    return synthesize(environment if environment is not None else _environment(), deployment)


def document(*services: Service, environment: Environment | None = None) -> Document:
    """Return the JSON of the deployment with these services, `SERVICES` by default."""
    made: Document = json.loads(stacks(*services, environment=environment)[NAME].text)
    return made


def changed(change: Change) -> Document:
    """Return the JSON of the deployment after a change of it."""
    made = document()
    change(made)
    return made


def unprotected(made: Document) -> Document:
    """Remove what orders an apply: no rule is created first, and services do not depend on rules of their groups."""
    for kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
        for body in made["resource"][kind].values():
            body.pop("lifecycle")
    for body in made["resource"]["aws_ecs_service"].values():
        body["depends_on"] = [each for each in body["depends_on"] if "security_group" not in each]
    return made


def _set(kind: str, service: str, **values: Any) -> Change:
    """Return a change of arguments of the resources of a type that belong to a service, or of all for `service` ''."""

    def change(made: Document) -> None:
        bodies = [body for id_, body in made["resource"][kind].items() if id_.startswith(service)]
        assert bodies, f"no {kind} of {service!r}"
        for body in bodies:
            body.update(values)

    return change


def _without_rule(made: Document) -> None:
    rules = made["resource"]["aws_vpc_security_group_ingress_rule"]
    gone = [id_ for id_ in rules if id_.startswith("back_tasks_ingress_from_load_balancer")]
    for id_ in gone:
        del rules[id_]


def _other_group(made: Document) -> None:
    """Give the group of the tasks another description, which replaces it."""
    for id_, body in made["resource"]["aws_security_group"].items():
        if id_.startswith("back_tasks"):
            body.update(description="Tasks behind the load balancer", lifecycle=_CREATED_FIRST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An edit of the base, applied and then taken back."""

    name: str
    after: Callable[[], Document]
    fails: Sequence[str] = ()
    """The services whose requests fail while it is applied, and while it is taken back."""
    refused: bool = False
    """True if AWS refuses an operation, so that the apply stops halfway."""
    seldom: bool = False
    """True for an edit that `make check` leaves out; `make all-tests` applies it."""
    back: bool = True
    """False if it is not taken back: it was refused, requests then fail already, or the plan back is empty."""


_BOTH = ("front", "back")
PROTECTED: tuple[Edit, ...] = (
    Edit(name="image", after=lambda: document(environment=_environment(image="1.1.0"))),
    Edit(name="port", after=lambda: document(FRONT, replace(BACK, container_port=7073))),
    Edit(name="count", seldom=True, after=lambda: document(FRONT, replace(BACK, desired_count=2))),
    Edit(name="size", seldom=True, after=lambda: document(FRONT, replace(BACK, cpu_units=512, memory_mib=1024))),
    Edit(
        name="log retention",
        seldom=True,
        after=lambda: document(environment=_environment(tasks={"log_retention_days": 14})),
    ),
    Edit(
        name="drain time",
        seldom=True,
        after=lambda: document(environment=_environment(timing={"deregistration_delay_seconds": 2})),
    ),
    Edit(
        name="service added",
        after=lambda: document(
            *SERVICES, Service(name="extra", path_prefix="/extra", container_port=7074, image_name="front")
        ),
    ),
    Edit(name="rule priority", seldom=True, after=lambda: document(FRONT, replace(BACK, rule_priority=20))),
    Edit(name="sticky sessions", seldom=True, after=lambda: document(FRONT, replace(BACK, sticky_session_seconds=60))),
    Edit(
        name="target group replaced",
        after=lambda: changed(_set("aws_lb_target_group", "back", name="judged-back-2", lifecycle=_CREATED_FIRST)),
        fails=("back",),
        back=False,
    ),
    Edit(name="group of the tasks replaced", after=lambda: changed(_other_group), fails=("back",), back=False),
)
"""Edits of the deployment as this project synthesizes it."""
UNPROTECTED: tuple[Edit, ...] = (
    Edit(
        name="service's name",
        seldom=True,
        after=lambda: changed(_set("aws_ecs_service", "back", name="other")),
        fails=("back",),
    ),
    Edit(name="port", after=lambda: document(FRONT, replace(BACK, container_port=7073)), fails=("back",)),
    Edit(
        name="cluster's name",
        seldom=True,
        after=lambda: changed(_set("aws_ecs_cluster", "", name="other")),
        fails=_BOTH,
    ),
    Edit(
        name="internal",
        after=lambda: document(environment=_environment(ingress={"cidrs": ("10.0.0.0/8",), "internal": True})),
        refused=True,
        back=False,
    ),
    Edit(name="rule removed", after=lambda: changed(_without_rule), fails=("back",), back=False),
)
"""Edits of the deployment without this project's protections, as other Terraform may be written."""
FORMS: Mapping[str, Form] = {"protected": lambda made: made, "unprotected": unprotected}
EDITS: Mapping[str, Sequence[Edit]] = {"protected": PROTECTED, "unprotected": UNPROTECTED}
