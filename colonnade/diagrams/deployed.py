"""A synthesized deployment, as far as a picture of it goes. Plain data; `stack_reader` makes it, the others draw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A service that a rule forwards to."""

    service: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A listener rule; it either forwards or answers by itself."""

    priority: int | None
    """None is the default rule."""
    conditions: tuple[str, ...]
    """Path patterns and host names; empty for the default rule."""
    shares: tuple[Share, ...] = ()
    answer: str | None = None
    """What the load balancer answers by itself: '404 text/plain'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    port: int
    protocol: str
    rules: tuple[Rule, ...]
    """As they are asked, the default rule last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    port: int
    task_count: int
    capacity: str
    """FARGATE, FARGATE_SPOT or both, as ECS calls its capacity providers."""
    architecture: str
    cpu_units: int
    memory_mib: int
    discovery_name: str | None
    """The name that its tasks have in the namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One service that security groups let reach another."""

    caller: str
    callee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    zone: str
    """'zone a' of the region, or 'zone 1' where AWS chooses."""
    cidr_block: str
    public: bool
    """Whether its default route is the internet gateway."""
    has_nat_gateway: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Everything that the picture of one stack shows."""

    name: str
    environment: str
    region: str
    phases: Mapping[str, str]
    """The phase of each microservice of a migration; empty where there is none."""
    load_balancer: str
    domain_name: str | None
    open_ports: tuple[int, ...]
    """The load balancer's ports that the world is let in on."""
    listeners: tuple[Listener, ...]
    """By port; the last one has the rules."""
    services: tuple[Service, ...]
    calls: tuple[Call, ...]
    vpc_cidr: str
    subnets: tuple[Subnet, ...]
    """Public ones first, by zone."""
    state: tuple[str, str]
    """The state's bucket and key."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those of the listener that shares requests out."""
        return self.listeners[-1].rules
