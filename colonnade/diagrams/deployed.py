"""The parts of a synthesized deployment that its diagram shows.

Plain data: `stack_reader` creates it, the other modules draw it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INTERNET = "0.0.0.0/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A service that a rule forwards to."""

    service: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A listener rule. Its action is either to forward, or a redirect or fixed response."""

    priority: int | None
    """None for the default rule."""
    conditions: tuple[str, ...]
    """Path patterns and host names; empty for the default rule."""
    shares: tuple[Share, ...] = ()
    answer: str | None = None
    """The redirect or fixed response: '404 Not Found'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    port: int
    protocol: str
    rules: tuple[Rule, ...]
    """In order of evaluation; the default rule is last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    name: str
    port: int | None
    """None for a worker."""
    task_count: int
    capacity: str
    """The ECS capacity providers: FARGATE, FARGATE_SPOT or both."""
    architecture: str
    cpu_units: int
    memory_mib: int
    discovery_name: str | None
    """The DNS name of its tasks in the namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A connection from one service to another that the security groups allow."""

    caller: str
    callee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    zone: str
    """'zone a' of the region, or 'zone 1' if AWS chooses the zone; the id of an existing subnet."""
    cidr_block: str
    """Empty for an existing subnet."""
    public: bool
    """True if its default route is the internet gateway, or the load balancer of an existing network is in it."""
    has_nat_gateway: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """Everything that the diagram of one stack shows."""

    name: str
    environment: str
    region: str
    phases: Mapping[str, str]
    """The phase of each microservice of a migration; empty without a migration."""
    load_balancer: str
    domain_name: str | None
    internal: bool
    """True if the load balancer has private addresses only."""
    clients: tuple[str, ...]
    """The blocks and prefix lists whose clients may connect to the load balancer."""
    open_ports: tuple[int, ...]
    """The ports of the load balancer that are open to its clients."""
    listeners: tuple[Listener, ...]
    """By port; the last listener has the rules."""
    services: tuple[Service, ...]
    calls: tuple[Call, ...]
    vpc_cidr: str
    """The block of the VPC, or the id of an existing VPC."""
    subnets: tuple[Subnet, ...]
    """Public subnets first, by zone."""
    state: tuple[str, str]
    """The bucket and the key of the Terraform state."""
    added: tuple[str, ...] = ()
    """The addresses of the resources in the project's own Terraform files."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the listener that forwards to services."""
        return self.listeners[-1].rules
