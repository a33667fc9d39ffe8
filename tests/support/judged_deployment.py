"""A small deployment that `judged_edits` edits: as this project synthesizes it, and without its protections."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
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

Document = dict[str, Any]
Change = Callable[[Document], None]
Form = Callable[[Document], Document]


def environment_of(*, image: str = "1.0.0", **tables: Mapping[str, Any]) -> Environment:
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
    return synthesize(environment if environment is not None else environment_of(), deployment)


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
    """Remove this project's protections: nothing is created first, services do not depend on rules of their groups and
    are replaced with their strategy, and a listener rule is replaced with its target group."""
    resources = made["resource"]
    for kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule", "aws_lb_target_group"):
        for body in resources[kind].values():
            body.pop("lifecycle", None)
    for body in resources["aws_lb_listener_rule"].values():
        groups = [each["target_group_arn"][2:-5] for each in body["action"] if "target_group_arn" in each]
        body["lifecycle"] = {"replace_triggered_by": groups} if groups else {}
    for body in resources["aws_ecs_service"].values():
        body.pop("force_new_deployment", None)
        body["depends_on"] = [each for each in body["depends_on"] if "security_group" not in each]
    return made


def set_arguments(kind: str, start: str, **values: Any) -> Change:
    """Return a change of arguments of the resources of a type whose IDs begin with `start`."""

    def change(made: Document) -> None:
        for id_ in _ids(made, kind, start):
            made["resource"][kind][id_].update(values)

    return change


def removed(kind: str, start: str) -> Change:
    """Return a change that removes the resources of a type whose IDs begin with `start`."""

    def change(made: Document) -> None:
        for id_ in _ids(made, kind, start):
            del made["resource"][kind][id_]

    return change


def _ids(made: Document, kind: str, start: str) -> list[str]:
    found = [id_ for id_ in made["resource"][kind] if id_.startswith(start)]
    assert found, f"no {kind} of {start!r}"
    return found


def only(made: Document, kind: str, start: str) -> tuple[str, dict[str, Any]]:
    """Return the ID and the arguments of the only resource of a type whose ID begins with `start`."""
    (id_,) = _ids(made, kind, start)
    return id_, made["resource"][kind][id_]


FORMS: Mapping[str, Form] = {"protected": lambda made: made, "unprotected": unprotected}
