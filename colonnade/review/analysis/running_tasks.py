"""Edits that the running tasks do not fit: they serve the new path, or listen on the new port, only from their next
revision on.

Terraform updates a listener rule, a target group and a security group rule before the tasks, because the ECS service
depends on them. No order of the operations shows this; what an order shows is in `colonnade.review.interruptions`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.model import aws_limits
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.listener_rules import Rule
from colonnade.review.analysis.next_steps import check_steps, give_up_steps, move_steps, port_steps, take_over_steps
from colonnade.review.analysis.ports import Ports, missing, ports
from colonnade.review.analysis.rule_changes import RuleChanges
from colonnade.review.analysis.task_definitions import TYPE as TASK_DEFINITION
from colonnade.review.analysis.task_definitions import containers
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import blocks, judged

_PREFIX = "PATH_PREFIX"
_DEFAULT = "any path without a rule"
_UNTIL_HEALTHY = "for one to three minutes, until the new tasks are healthy"
_INGRESS = "aws_vpc_security_group_ingress_rule"
_GROUP_RULES = (_INGRESS, "aws_vpc_security_group_egress_rule")
_CHECKED = ("protocol", "path", "port")
_PORTS = ("ip_protocol", "from_port", "to_port")

Owners = Mapping[str, frozenset[str]]
"""The services that get the requests for each path pattern, by pattern."""


def ahead_of_tasks(changes: Sequence[Change], index: ResourceIndex, rules: RuleChanges) -> Iterator[Finding]:
    """Yield a finding for each edit that takes effect before the tasks that fit it run.

    Replaced and destroyed resources are not included: see `kept`.
    """
    services = _Services(changes, index)
    before, after = _owners(rules.before), _owners(rules.after)
    yield from _with_another_prefix(services, before, after)
    yield from _called_on_another_port(services)
    yield from _checked_elsewhere(changes, index, services)
    yield from _closed_ports(changes, index, services.listens(changes, index))
    yield from _exchanged_groups(changes)


class _Services:
    """The ECS services of a plan and the environment variables of their tasks."""

    def __init__(self, changes: Sequence[Change], index: ResourceIndex) -> None:
        self.names = index.services
        self._changes = {
            index.service(each): each for each in changes if each.type == "aws_ecs_service" and not each.deposed
        }
        definitions = {
            index.service(each): each for each in changes if each.type == TASK_DEFINITION and not each.deposed
        }
        self.revised = {
            name for name, each in definitions.items() if each.before is not None and each.after != each.before
        }
        self._variables = {
            name: (_variables(each, after=False), _variables(each, after=True)) for name, each in definitions.items()
        }
        self._ports = {
            name: (_own_port(name, each, after=False), _own_port(name, each, after=True))
            for name, each in definitions.items()
        }

    def moved(self) -> Iterator[tuple[str, Change, str, str]]:
        """Yield each existing service whose tasks get another PATH_PREFIX, with the old and the new prefix."""
        for name, change in self._running():
            old, new = (each.get(_PREFIX) for each in self._variables.get(name, ({}, {})))
            if old is not None and new is not None and old != new:
                yield name, change, old, new

    def moved_ports(self) -> Iterator[tuple[str, Change, int, int]]:
        """Yield each existing service whose tasks get another port, with the old and the new port."""
        for name, change in self._running():
            forwarded = tuple(_port(side) for side in (change.before, change.after))
            old, new = forwarded if None not in forwarded else self._ports.get(name, (None, None))
            if old is not None and new is not None and old != new:
                yield name, change, old, new

    def callers(self, name: str, old: int, new: int) -> Iterator[str]:
        """Yield the services with a variable for the URL of the named service in which the port changes from `old` to
        `new`."""
        url = re.compile(rf"(\w+://{re.escape(name)}(?:\.[^:/]+)?):{old}(?!\d)")
        for caller, (before, after) in self._variables.items():
            moved = {key: url.sub(rf"\g<1>:{new}", value) for key, value in before.items() if url.match(value)}
            if any(after.get(key) == value for key, value in moved.items()):
                yield caller

    def listens(self, changes: Sequence[Change], index: ResourceIndex) -> Mapping[str, frozenset[int]]:
        """Return the ports on which containers, and resources with a `port`, listen before the apply, by service."""
        found: dict[str, frozenset[int]] = {}
        for change in (each for each in changes if each.before is not None):
            mapped = containers(change, after=False) if change.type == TASK_DEFINITION else ()
            mappings = [mapping for each in mapped for mapping in blocks(each.get("portMappings"))]
            named = [judged((change.before or {}).get("port")), _port(change.before)]
            numbers = [
                each for each in (*named, *(each.get("containerPort") for each in mappings)) if isinstance(each, int)
            ]
            found[index.service(change)] = found.get(index.service(change), frozenset()).union(numbers)
        return found

    def _running(self) -> Iterator[tuple[str, Change]]:
        for name, change in self._changes.items():
            if change.before is not None and change.after is not None and change.before.get("desired_count") != 0:
                yield name, change


def _variables(definition: Change, *, after: bool) -> Mapping[str, str]:
    """Return the environment variables of all containers whose definitions are known."""
    return {
        str(variable.get("name")): str(variable.get("value"))
        for container in containers(definition, after=after)
        for variable in blocks(container.get("environment"))
    }


def _own_port(name: str, definition: Change, *, after: bool) -> int | None:
    """Return the port of the service's own container, which has the service's name; None if it is not known."""
    found = containers(definition, after=after)
    own = next((each for each in found if each.get("name") == name), found[0] if len(found) == 1 else {})
    ports_ = [each.get("containerPort") for each in blocks(own.get("portMappings"))]
    return ports_[0] if len(ports_) == 1 and isinstance(ports_[0], int) else None


def _port(service: Mapping[str, Any] | None) -> int | None:
    """Return the container port that the load balancer uses; None if there is none or it is not known."""
    ports_ = [each.get("container_port") for each in blocks((service or {}).get("load_balancer"))]
    return ports_[0] if len(ports_) == 1 and isinstance(ports_[0], int) else None


def _owners(rules: Sequence[Rule]) -> Owners:
    """Return the services that get the requests for each pattern, on all listeners together."""
    found: dict[str, frozenset[str]] = {}
    for rule in rules:
        for pattern in (_DEFAULT,) if rule.is_default else rule.patterns:
            served = {target.name for target in rule.targets if target.percent > 0}
            found[pattern] = found.get(pattern, frozenset()) | served
    return found


def _with_another_prefix(services: _Services, before: Owners, after: Owners) -> Iterator[Finding]:
    """Yield a finding for each service whose path prefix changes, including two services that exchange their
    prefixes."""
    for name, change, old, new in services.moved():
        successors = " and ".join(sorted(after.get(old, ()))) or "the default action"
        copy = _copy(name, services.names)
        if not new and name not in after.get(_DEFAULT, ()):
            reason = (
                f"interrupts {old}: no listener rule forwards to {name} any more, so requests for {old} go to "
                f"{successors}; the next revision of {name} serves paths without a prefix, also for its callers"
            )
            steps = give_up_steps(name, copy, old)
        else:
            reason = (
                f"interrupts {new or _DEFAULT}: {name} serves {old or 'paths without a prefix'} (PATH_PREFIX) "
                f"until its next revision runs, and the rules change before; requests get 404 {_UNTIL_HEALTHY}"
                f"{f'; {old} goes to {successors}' if old else ''}"
            )
            formers = sorted((before.get(new, frozenset()) & services.names) - {name})
            taken = take_over_steps(formers[0], copy, new, runs=name) if formers else move_steps(name, copy, old, new)
            steps = taken if new else ()
        yield Finding(
            address=change.address, rule="path-prefix-changed", reason=reason, kind=Kind.INTERRUPTION, steps=steps
        )


def _called_on_another_port(services: _Services) -> Iterator[Finding]:
    """Yield a finding for each service whose port changes while other services call it."""
    for name, change, old, new in services.moved_ports():
        callers = sorted(services.callers(name, old, new))
        if callers:
            reason = (
                f"interrupts calls from {' and '.join(callers)} to {name}: its new tasks listen on {new}, and running "
                f"tasks of its callers use {old} until their next revision runs; calls fail for one to three minutes"
            )
            routed = _port(change.before) is not None
            steps = port_steps(name, _copy(name, services.names), new, routed=routed)
            yield Finding(
                address=change.address, rule="called-port-changed", reason=reason, kind=Kind.INTERRUPTION, steps=steps
            )


def _checked_elsewhere(changes: Sequence[Change], index: ResourceIndex, services: _Services) -> Iterator[Finding]:
    """Yield a finding for each health check that requests another path or port before the tasks that serve it run.

    A target group changes before the ECS service, which depends on it.
    """
    for change in changes:
        name = index.service(change)
        if change.type != "aws_lb_target_group" or change.action is not Action.UPDATE or name not in services.revised:
            continue
        old, new = (_checked_at(side) for side in (change.before, change.after))
        if old is not None and new is not None and old != new:
            reason = (
                f"interrupts {name}: the load balancer checks its running tasks at {new} instead of {old} before its "
                f"next revision runs; if they do not answer there, requests may fail {_UNTIL_HEALTHY}"
            )
            yield Finding(
                address=change.address,
                rule="health-check-changed",
                reason=reason,
                kind=Kind.INTERRUPTION,
                steps=check_steps(str(name)),
            )


def _checked_at(group: Mapping[str, Any] | None) -> str | None:
    """Return the place that a target group's health checks request; None if it is not known."""
    found = [tuple(each.get(key) for key in _CHECKED) for each in blocks((group or {}).get("health_check"))]
    if len(found) != 1 or not all(isinstance(value, str) for value in found[0]):
        return None
    protocol, path, port = found[0]
    return f"{protocol} {path} on {'the container port' if port == 'traffic-port' else f'port {port}'}"


def _closed_ports(
    changes: Sequence[Change], index: ResourceIndex, listening: Mapping[str, frozenset[int]]
) -> Iterator[Finding]:
    """Yield a finding for each security group rule that closes a port before the tasks that listen on it stop.

    A range that only becomes smaller interrupts nothing that is known, unless a port in `listening` is closed.
    """
    for change in changes:
        if change.type not in _GROUP_RULES or change.before is None or change.after is None or change.creates_first:
            continue
        old, new = (ports(*(side.get(each) for each in _PORTS)) for side in (change.before, change.after))
        moves = bool(missing([new], [old]))
        if missing([old], [new]) and (moves or _closes(old, new, _used(change, index, listening))):
            reason = (
                f"interrupts connections on port {old}: the rule changes to {new} before the tasks that listen "
                f"on {old} stop; new connections to them fail for one to three minutes"
            )
            yield Finding(address=change.address, rule="port-closed", reason=reason, kind=Kind.INTERRUPTION)


def _closes(old: Ports, new: Ports, used: frozenset[int]) -> bool:
    """Return True if a smaller range no longer allows a port in use."""
    connections = [Ports("tcp", port, port) for port in used]
    return any(missing([each], [new]) and not missing([each], [old]) for each in connections)


def _used(rule: Change, index: ResourceIndex, listening: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """Return the ports that connections of a rule may use: those of its group's service, or all if it is not known."""
    group = index.referred(rule, ("security_group_id",), after=False)
    own = listening.get(index.service(group)) if group is not None and rule.type == _INGRESS else None
    return own or frozenset().union(*listening.values())


def _exchanged_groups(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each security group rule that allows another security group in place of the former one."""
    for change in changes:
        if change.type not in _GROUP_RULES or change.action is not Action.UPDATE:
            continue
        before, after = change.before or {}, change.after or {}
        former = before.get("referenced_security_group_id")
        if isinstance(former, str) and after.get("referenced_security_group_id") != former:
            port = ports(*(before.get(each) for each in _PORTS))
            reason = (
                f"interrupts connections on port {port}: the rule allows another security group instead of {former}; "
                "connections of its members fail from then on, including those of clients that still use a former "
                "load balancer"
            )
            yield Finding(address=change.address, rule="port-closed", reason=reason, kind=Kind.INTERRUPTION)


def _copy(name: str, taken: frozenset[str]) -> str:
    """Return an unused name for a second service of the same image, short enough for a service."""
    ends = (f"-{number}" for number in itertools.count(2))
    names = (f"{name[: aws_limits.DNS_LABEL_LENGTH - len(end)].rstrip('-')}{end}" for end in ends)
    return next(each for each in names if each not in taken)
