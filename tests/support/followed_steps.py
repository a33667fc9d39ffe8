"""The declarations at each printed step of `colonnade.review.analysis.next_steps`, followed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from colonnade.model.deployment.declaration import Deployment, ForwardTo
from colonnade.model.environment.settings import Environment
from colonnade.model.migration.phases import PER_SERVICE, Migration, MigrationSettings, Phase
from colonnade.model.service.declaration import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A declared deployment after one step, and the phase that the environment sets for it."""

    deployment: Deployment
    phase: Phase | None = None

    def environment(self, base: Environment) -> Environment:
        """Return the environment with the phase of the step."""
        tables = {self.deployment.name: MigrationSettings(phase=self.phase)} if self.phase is not None else {}
        return replace(base, migration=tables)


def take_over(start: Deployment, former: str, successor: Service) -> Iterator[Followed]:
    """Yield the deployment at each of the five steps by which `successor` takes over the path prefix of `former`."""
    migration = Migration(monolith=former, microservices=(successor.name,))
    both = replace(start, services=(*start.services, successor), migration=migration)
    called = _with_callee(both, former, successor.name)
    phases: tuple[Phase, ...] = (*PER_SERVICE, "retired")
    for phase in phases:
        yield Followed(deployment=both if phase in ("attached", "canary") else called, phase=phase)
    yield Followed(deployment=replace(_without(called, former), migration=None))


def move(start: Deployment, name: str, copy: Service) -> Iterator[Followed]:
    """Yield the deployment at each of the three steps by which `copy` replaces a service at another path prefix."""
    both = replace(start, services=(*start.services, copy))
    called = _with_callee(both, name, copy.name)
    yield from (Followed(deployment=each) for each in (both, called, _without(called, name)))


def change_port(start: Deployment, name: str, copy: Service, port: int) -> Iterator[Followed]:
    """Yield the deployment at each of the five steps that move a called service to another port."""
    both = replace(start, services=(*start.services, copy))
    copied = _with_callee(both, name, copy.name)
    services = (replace(each, container_port=port) if each.name == name else each for each in copied.services)
    moved = replace(copied, services=tuple(services))
    back = _with_callee(moved, copy.name, name)
    yield from (Followed(deployment=each) for each in (both, copied, moved, back, _without(back, copy.name)))


def _with_callee(deployment: Deployment, former: str, callee: str) -> Deployment:
    services = (
        replace(each, calls=tuple(callee if name == former else name for name in each.calls))
        for each in deployment.services
    )
    default = deployment.default_action
    to_former = isinstance(default, ForwardTo) and default.service == former
    action = ForwardTo(service=callee) if to_former else default
    return replace(deployment, services=tuple(services), default_action=action)


def _without(deployment: Deployment, name: str) -> Deployment:
    return replace(deployment, services=tuple(each for each in deployment.services if each.name != name))
