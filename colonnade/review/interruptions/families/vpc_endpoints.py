"""The needs of tasks in subnets without a default route: VPC endpoints of what a task starts with.

An interface endpoint serves its whole VPC by private DNS names, a gateway endpoint the subnets of its route tables.
Tasks that run go on without it; new ones do not start.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.revisions import Revision, needed, revisions
from colonnade.review.interruptions.routes import Family, Routes
from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import TASK_SUBNETS
from colonnade.review.plan.values import blocks

_ENDPOINT, _ASSOCIATION = "aws_vpc_endpoint", "aws_vpc_endpoint_route_table_association"
_OF_ECR = ("ecr.api", "ecr.dkr", "s3")
_ALL = (*_OF_ECR, "logs", "secretsmanager", "ssm")
_STEPS = (
    "Add a default route to a NAT gateway to the subnets of the tasks. Apply.",
    "Apply this change.",
    "Remove the route and the NAT gateway if another endpoint is there. Apply.",
)


def vpc_endpoints(judge: Judge) -> Iterator[Interruption]:
    """Yield the services whose new tasks do not start for a time, because a VPC endpoint is missing."""
    world = judge.world
    if not any(world.of(_ENDPOINT, side=side) for side in SIDES):
        return
    routes = Routes(world)
    for revision in revisions(world):
        names, shown = _started_with(world, revision)
        for subnet in world.links(revision.service, revision.side, *TASK_SUBNETS).objects:
            default = routes.default(subnet, Family.IPV4)
            for name in names:
                spans = [span for side in SIDES for span in _spans(world, routes, subnet, name, side)]
                if _goes(world, spans):
                    claim = _claim(judge, revision, name, (*shown, *_unshown(routes, subnet)))
                    yield from needed(judge, claim, [*spans, *default], revision, only_starts=True)


def _goes(world: World, spans: Sequence[Span]) -> bool:
    """Return True if an endpoint goes or changes. `default_routes` reports a default route that goes."""
    ends = {world.at(end.address).type for span in spans for end in span.ends}
    return bool(ends & {_ENDPOINT, _ASSOCIATION})


def _claim(judge: Judge, revision: Revision, name: str, hidden: tuple[str, ...]) -> Claim:
    return Claim(
        rule="tasks-without-endpoint",
        subject=f"tasks of {judge.world.index.service(revision.service)}",
        effect=f"cannot start: neither a VPC endpoint nor a default route leads to {name}",
        concerned=(revision.service,),
        steps=_STEPS,
        hidden=hidden,
    )


def _unshown(routes: Routes, subnet: Object) -> tuple[str, ...]:
    """Return what the plan does not show of the routes of a subnet: without an association, the VPC's main table."""
    if any(True for _ in routes.tables(subnet)):
        return routes.hidden(subnet)
    return (f"the routes of {subnet.address}",)


def _started_with(world: World, revision: Revision) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the AWS services that a task calls when it starts, and what the plan does not show of them."""
    definition = revision.task_definition(world)
    value = world.value(definition, revision.side, "container_definitions") if definition is not None else None
    try:
        containers: Any = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        containers = None
    if containers is None:
        return _ALL, (f"{(definition or revision.service).address}: container_definitions",)
    return tuple(dict.fromkeys(name for each in blocks(containers) for name in _of_container(each))), ()


def _of_container(container: Any) -> Iterator[str]:
    if ".dkr.ecr." in str(container.get("image")):
        yield from _OF_ECR
    log = container.get("logConfiguration") or {}
    if log.get("logDriver") == "awslogs":
        yield "logs"
    for each in (*blocks(container.get("secrets")), *blocks(log.get("secretOptions"))):
        yield "secretsmanager" if ":secretsmanager:" in str(each.get("valueFrom")) else "ssm"


def _spans(world: World, routes: Routes, subnet: Object, name: str, side: Side) -> Iterator[Span]:
    """Yield the time for which an endpoint leads from a subnet to an AWS service."""
    for endpoint in world.of(_ENDPOINT, side=side):
        if not str(world.value(endpoint, side, "service_name")).endswith(f".{name}"):
            continue
        if world.value(endpoint, side, "vpc_endpoint_type") == "Interface":
            if _is_named(world, endpoint, side) and _shares_vpc(world, endpoint, subnet, side):
                yield world.holds(endpoint, side, on_both=_is_named(world, endpoint, side.other))
        else:
            for table, of_endpoint in _tables(world, endpoint, side):
                for own, other, of_subnet in routes.tables(subnet):
                    if (own, other) == (side, table):
                        yield of_endpoint & of_subnet


def _is_named(world: World, endpoint: Change, side: Side) -> bool:
    """Return True if the usual DNS name of the AWS service leads to the endpoint."""
    return world.values(endpoint, side) is not None and world.value(endpoint, side, "private_dns_enabled") is True


def _shares_vpc(world: World, endpoint: Change, subnet: Object, side: Side) -> bool:
    change = world.change(subnet)
    own = world.links(endpoint, side, "vpc_id").objects
    return change is not None and any(each in own for each in world.links(change, side, "vpc_id").objects)


def _tables(world: World, endpoint: Change, side: Side) -> Iterator[tuple[Object, Span]]:
    """Yield the route tables of a gateway endpoint, each with the time for which it has them."""
    others = world.links(endpoint, side.other, "route_table_ids") if world.values(endpoint, side.other) else ()
    for table in world.links(endpoint, side, "route_table_ids").objects:
        yield table, world.holds(endpoint, side, on_both=table in others)
    for each in world.of(_ASSOCIATION, side=side):
        if world.object(endpoint, side) in world.links(each, side, "vpc_endpoint_id"):
            for table in world.links(each, side, "route_table_id").objects:
                yield table, world.exists(each, side) & world.exists(endpoint, side)
