"""Connections that running tasks need and that a plan closes for good: from the load balancer to a service, and between
services.

A rule that only changes its address, its port together with the tasks, or its peer to a wider one closes nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.ports import Ports, missing
from colonnade.review.analysis.security_groups import Permission
from colonnade.review.analysis.task_definitions import TYPE as TASK_DEFINITION
from colonnade.review.analysis.task_definitions import container_ports, containers
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import BALANCERS, ResourceIndex
from colonnade.review.plan.values import blocks, judged

BALANCER = "load balancer"


def closed_connections(
    changes: Sequence[Change], index: ResourceIndex, before: Sequence[Permission], after: Sequence[Permission]
) -> Iterator[Finding]:
    """Yield a finding for each rule whose removal closes a connection that services need after the plan."""
    staying = {
        index.service(each): each
        for each in changes
        if each.type == "aws_ecs_service" and each.before is not None and each.after is not None
    }
    remaining: dict[tuple[str, str], list[Permission]] = {}
    for each in after:
        remaining.setdefault((each.group_key, each.direction), []).append(each)
    called = _Called(changes, index)
    balanced = any(each.type in BALANCERS and each.before is not None and each.after is not None for each in changes)
    for each in before:
        edge = each.edge
        is_balancer = edge.source == BALANCER and balanced
        if edge.target not in staying or not (is_balancer or edge.source in staying):
            continue
        open_ = [
            other.ports
            for other in remaining.get((each.group_key, each.direction), ())
            if other.peer == each.peer or other.blocks
        ]
        gone = missing([each.ports], open_)
        if not gone:
            continue
        used = _forwarded(staying[edge.target]) if is_balancer else called.ports(edge.source, edge.target)
        if any(_covers(gone, port) for port in used):
            ports = ", ".join(map(str, gone))
            reason = f"closes {edge.source} → {edge.target} on {ports} while both stay: connections fail"
            yield Finding(address=each.address, rule="connection-closed", reason=reason, kind=Kind.INTERRUPTION)


def _covers(gone: Sequence[Ports], port: int | None) -> bool:
    return port is None or any(each.first <= port <= each.last for each in gone)


def _forwarded(service: Change) -> set[int]:
    """Return the container ports that the load balancer uses after the plan."""
    found = {each.get("container_port") for each in blocks((service.after or {}).get("load_balancer"))}
    return {each for each in found if isinstance(each, int)}


class _Called:
    """The services that the tasks of each service call, by the URLs in its task definition."""

    def __init__(self, changes: Sequence[Change], index: ResourceIndex) -> None:
        definitions = [each for each in changes if each.type == TASK_DEFINITION and each.after is not None]
        self._texts = {
            index.service(each): tuple(_text(each, after=after) for after in (False, True)) for each in definitions
        }
        self._ports = {
            index.service(each): {
                int(port) for one in containers(each, after=True) for port in container_ports(one) if port.isdigit()
            }
            for each in definitions
        }

    def ports(self, caller: str, callee: str) -> Set[int | None]:
        """Return the ports on which the callee's tasks listen; {None} if they are not known.

        It is empty if the caller's new revision no longer has a URL of the callee, which its former one has.
        """
        before, after = self._texts.get(caller, ("", ""))
        if f"//{callee}" in before and f"//{callee}" not in after:
            return set()
        return self._ports.get(callee) or {None}


def _text(definition: Change, *, after: bool) -> str:
    values: Mapping[str, Any] = definition.side(after=after) or {}
    text = judged(values.get("container_definitions"))
    if isinstance(text, str):
        return text
    expression = definition.arguments.get("container_definitions")
    return json.dumps(expression) if isinstance(expression, Mapping) else ""
