"""Edits of a deployed shop and the states that they start from, each planned by the real provider.

A base is applied once; the edits are planned together, each from a copy of its base's state. `UNSAFE` lists the edits
that no order makes harmless.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.environment.settings import Environment
from colonnade.model.migration.phases import ORDER, MigrationSettings
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.service.declaration import Service
from tests.support import specs
from tests.support.joint_plans import Change, Planned, planned_together
from tests.support.plan_harm import PlannedHarm
from tests.support.plans import Base, applied
from tests.support.project import MESSAGE_BOARD
from tests.support.synth import Stack, synthesize
from tests.support.terraform import EmulatedAccount, emulated_account

ORDERS = specs.service("orders", calls=("users",))
USERS = specs.service("users")
STOCK = specs.service("stock", path_prefix="/orders/stock")
PEOPLE = specs.service("people", path_prefix="/orders/stock")
INTERNAL_USERS = replace(
    USERS, path_prefix=None, container_health_check=ContainerHealthCheck(command=("python", "-m", "users.health"))
)
MAILER = Service(name="mailer", container_port=None, calls=("users",))
INVOICES = specs.service("invoices", calls=("orders",))
SHOP = (ORDERS, USERS, STOCK)
ALONE = (replace(ORDERS, calls=()), USERS, STOCK)
"""The same services without calls, as a deployment without a namespace requires."""
ENVIRONMENT = specs.environment(*SHOP, PEOPLE, INVOICES, MAILER, *MESSAGE_BOARD.services)
WEB_ACL = "arn:aws:wafv2:eu-west-1:999988887777:regional/webacl/shop/a1b2c3d4-5678-90ab-cdef-111122223333"

Document = dict[str, Any]
Plan = tuple[Path, list[str]]
"""A plan's JSON file, and the harm that its apply does."""


def shop(*services: Service, environment: Environment = ENVIRONMENT, **fields: Any) -> Stack:
    return synthesize(environment, specs.deployment(*services, **fields))["shop"]


def _with(table: str, **settings: Any) -> Stack:
    """Return the shop in an environment with other settings in one table."""
    changed = replace(getattr(ENVIRONMENT, table), **settings)
    return shop(*SHOP, environment=replace(ENVIRONMENT, **{table: changed}))


def _prioritized(**priorities: int) -> Stack:
    """Return the shop with explicit priorities of services, by name."""
    return shop(*(replace(each, rule_priority=priorities.get(each.name)) for each in SHOP))


def _message_board(phase: str) -> Stack:
    settings: Any = {MESSAGE_BOARD.name: MigrationSettings(phase=phase, canary_percent=10)}  # type: ignore[arg-type]
    return synthesize(replace(ENVIRONMENT, migration=settings), MESSAGE_BOARD)[MESSAGE_BOARD.name]


BASES: Mapping[str, Callable[[], Stack]] = {
    "shop": lambda: shop(*SHOP),
    "http": lambda: shop(*ALONE, namespace=None, subdomain=None),
    "monolith": lambda: _message_board("monolith"),
}
"""Bases that are applied to an account of their own."""
LATER_BASES: Mapping[str, tuple[str, Callable[[], Stack]]] = {
    "wide": ("shop", lambda: _with("network", availability_zone_count=3, nat="per_zone")),
    "prioritized": ("shop", lambda: _prioritized(orders=40, stock=20)),
    **{after: (before, lambda after=after: _message_board(after)) for before, after in pairwise(ORDER)},  # type: ignore[misc]
}
"""Bases that are applied as a change of another one."""

_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "network": {"availability_zone_count": 3, "nat": "per_zone", "vpc_cidrs": {"shop": "10.9.0.0/16"}},
    "tasks": {
        "desired_count": 3,
        "capacity_provider": "FARGATE_SPOT",
        "log_retention_days": 14,
        "drain_seconds": 25,
        "stop_timeout_seconds": 40,
        "container_insights": False,
    },
    "timing": {
        "health_check_interval_seconds": 15,
        "health_check_timeout_seconds": 4,
        "healthy_threshold": 3,
        "unhealthy_threshold": 3,
        "health_check_grace_seconds": 90,
        "deregistration_delay_seconds": 60,
        "steady_state_timeout_minutes": 12,
        "dns_ttl_seconds": 5,
        "idle_timeout_seconds": 90,
    },
    "protection": {
        "deletion_protection": True,
        "locked_default_security_group": True,
        "log_key": True,
        "web_acl_arn": WEB_ACL,
    },
    "traffic_logs": {"access_log_days": 30, "flow_logs": True},
    "ingress": {"cidrs": ("0.0.0.0/1", "128.0.0.0/1")},
    "iam": {"path": "/colonnade/", "permissions_boundary_arn": "arn:aws:iam::999988887777:policy/workloads"},
}

EDITS: Mapping[str, tuple[str, Callable[[], Stack]]] = {
    "capacity of a service": (
        "shop",
        lambda: shop(replace(ORDERS, capacity={"FARGATE": 1, "FARGATE_SPOT": 3}, capacity_base=1), USERS, STOCK),
    ),
    "tags": (
        "shop",
        lambda: shop(*SHOP, environment=replace(ENVIRONMENT, tags={"CostCenter": "4711"}), tags={"Owner": "orders"}),
    ),
    "service added": ("shop", lambda: shop(*SHOP, INVOICES)),
    "service removed": ("shop", lambda: shop(ORDERS, USERS)),
    "service renamed": ("shop", lambda: shop(ORDERS, USERS, PEOPLE)),
    "prefixes exchanged": (
        "shop",
        lambda: shop(replace(ORDERS, path_prefix="/users"), replace(USERS, path_prefix="/orders"), STOCK),
    ),
    "prefix moved": ("shop", lambda: shop(ORDERS, replace(USERS, path_prefix="/members"), STOCK)),
    "port": ("shop", lambda: shop(ORDERS, USERS, replace(STOCK, container_port=9090))),
    "port of a called service": ("shop", lambda: shop(ORDERS, replace(USERS, container_port=9090), STOCK)),
    "prefix given up": ("shop", lambda: shop(ORDERS, INTERNAL_USERS, STOCK)),
    "worker added": ("shop", lambda: shop(*SHOP, MAILER)),
    "health check port": ("shop", lambda: shop(replace(ORDERS, health_check_port=9000), USERS, STOCK)),
    "size": ("shop", lambda: shop(replace(ORDERS, cpu_units=512, memory_mib=1024), USERS, STOCK)),
    "architecture": ("shop", lambda: shop(replace(ORDERS, architecture="ARM64"), USERS, STOCK)),
    "count": ("shop", lambda: shop(replace(ORDERS, desired_count=4), USERS, STOCK)),
    "health check path": ("shop", lambda: shop(replace(ORDERS, health_check_path="/orders/ready"), USERS, STOCK)),
    "sticky sessions": ("shop", lambda: shop(replace(ORDERS, sticky_session_seconds=60), USERS, STOCK)),
    "ingress.internal": ("shop", lambda: _with("ingress", cidrs=("10.0.0.0/8",), internal=True)),
    "writable root": ("shop", lambda: shop(replace(ORDERS, read_only_root_filesystem=False), USERS, STOCK)),
    "images": (
        "shop",
        lambda: shop(*SHOP, environment=replace(ENVIRONMENT, images={**ENVIRONMENT.images, "orders": "1.1.0"})),
    ),
    "call added": ("shop", lambda: shop(ORDERS, USERS, replace(STOCK, calls=("users",)))),
    "call removed": ("shop", lambda: shop(*ALONE)),
    "rule_priority added": ("shop", lambda: _prioritized(stock=20)),
    "rule_priority changed": ("prioritized", lambda: _prioritized(orders=30, stock=20)),
    "rule_priority removed": ("prioritized", lambda: _prioritized(stock=20)),
    "rule_priority taken from another": ("prioritized", lambda: _prioritized(orders=60, users=40, stock=20)),
    "rule_priority of nested rules raised": ("prioritized", lambda: _prioritized(orders=60, stock=50)),
    "default action": ("shop", lambda: shop(*SHOP, default_action=ForwardTo(service="orders"))),
    "domain added": ("http", lambda: shop(*ALONE, namespace=None)),
    "domain changed": ("shop", lambda: shop(*SHOP, subdomain="store")),
    "domain removed": ("shop", lambda: shop(*SHOP, subdomain=None)),
    "namespace added": ("http", lambda: shop(*ALONE, subdomain=None)),
    "namespace removed": ("shop", lambda: shop(*ALONE, namespace=None)),
    "zones 3 to 2, one NAT gateway": ("wide", lambda: shop(*SHOP)),
    **{
        f"{table}.{name}": ("shop", lambda table=table, name=name, value=value: _with(table, **{name: value}))  # type: ignore[misc]
        for table, settings in _SETTINGS.items()
        for name, value in settings.items()
    },
    **{
        f"migration {before} to {after}": (before, lambda after=after: _message_board(after))  # type: ignore[misc]
        for one, other in pairwise(ORDER)
        for before, after in ((one, other), (other, one))
    },
}
"""Each kind of edit that a declaration or an environment's file allows: its base and the stack after it."""

NO_EDIT: Mapping[str, str] = {
    "project": "each physical name contains it: another project is another deployment beside the former one",
    "name": "each physical name and the key of the state contain it: another name is another environment",
    "account_id": "another account has another state",
    "region": "another region has another state",
    "zone_name": "the names change as in 'domain changed'",
    "state_bucket": "a state moves with `terraform init -migrate-state`, and no resource changes",
    "force_delete_repositories": "no resource of a deployment depends on it",
    "accepted_warnings": "no resource depends on it",
    "keys": "the file does not set it",
}
"""The settings of an environment that no edit of a running deployment changes, and the reason."""

NOT_PLANNED_YET = {
    *("certificate", "deployments", "ingress.prefix_list"),
    *("network.existing", "tasks.cluster_name", "zone.id", "zone.role_arn"),
}
"""Settings without a planned edit: their plans need resources that exist before the stack. No entry is added."""

UNSAFE: Mapping[str, str] = {
    "service renamed": "forwards to a new target group before its tasks run",
    "prefixes exchanged": "serves another path",
    "prefix moved": "serves another path",
    "prefix given up": "serves another path",
    "port of a called service": "listens on another port than its callers use",
    "rule_priority taken from another": "takes the priority",
    "rule_priority of nested rules raised": "for a while",
    "domain changed": "shop.example.com no longer resolves",
    "domain removed": "shop.example.com no longer resolves",
    "namespace removed": "is destroyed while",
    "zones 3 to 2, one NAT gateway": "is destroyed while",
    "network.vpc_cidrs": "vpc.network_this is replaced",
    "ingress.internal": "lb.ShopLB_this is replaced",
    "iam.path": "iam_role.orders_service_roles_task is replaced",
    "tasks.capacity_provider": "ecs_service.orders_service_this is replaced",
}
"""The edits that interrupt requests or calls in any order, and the reason."""


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A protection that is taken out of synthesized JSON."""

    name: str
    change: Callable[[Document], None]
    in_base: bool = True
    """True if the deployed stack does not have the protection either."""

    def of(self, stack: Stack) -> Stack:
        document: Document = json.loads(stack.text)
        self.change(document)
        return replace(stack, text=json.dumps(document))


@dataclass(frozen=True, kw_only=True)
class Case:
    """An edit; with a mutation, base and edit without a protection."""

    edit: str
    mutation: Mutation | None = None

    @property
    def name(self) -> str:
        return self.edit if self.mutation is None else f"{self.edit}, {self.mutation.name}"


@dataclass(kw_only=True)
class Plans:
    """Plans of the edits, with each base applied on first use."""

    accounts: Mapping[str, EmulatedAccount]
    folder: Path
    _bases: dict[str, Base] = field(default_factory=dict)
    _planned: dict[str, Planned] = field(default_factory=dict)

    def apply_bases(self, *names: str) -> None:
        """Apply bases side by side, as an apply mostly waits."""
        stacks = [BASES[name]() for name in names]  # one after the other: jsii answers one thread
        with ThreadPoolExecutor() as pool:
            made = pool.map(lambda name, stack: applied(self.accounts[name], stack, self.folder / name), names, stacks)
            self._bases.update(zip(names, made, strict=True))

    def of(self, case: Case, among: Sequence[Case]) -> Plan:
        """Return the plan of a case and its harm. One run plans all cases of `among` with the same account."""
        if case.name not in self._planned:
            account = _account(case)
            changes = {each.name: self._change(each) for each in among if _account(each) == account}
            self._planned |= planned_together(changes, self.folder / "plans" / f"{len(self._planned)}")
        planned = self._planned[case.name]
        return planned.shown, PlannedHarm(json.loads(planned.shown.read_text()), planned.order).found()

    def _change(self, case: Case) -> Change:
        name, after = EDITS[case.edit]
        base, stack, mutation = self._base(name), after(), case.mutation
        if mutation is not None:
            stack = mutation.of(stack)
            if mutation.in_base:
                base = base.changed_to(mutation.of(BASES[name]()), self.folder / "mutated" / case.name)
        return Change(base=base, stack=stack)

    def _base(self, name: str) -> Base:
        if name not in self._bases:
            folder = self.folder / name
            if name in BASES:
                self._bases[name] = applied(self.accounts[name], BASES[name](), folder)
            else:
                before, stack = LATER_BASES[name]
                self._bases[name] = self._base(before).changed_to(stack(), folder)
        return self._bases[name]


def _account(case: Case) -> str:
    """Return the name of the base with whose account the case is planned."""
    name, _ = EDITS[case.edit]
    while name not in BASES:
        name, _ = LATER_BASES[name]
    return name


@contextlib.contextmanager
def plans(folder: Path) -> Iterator[Plans]:
    """Yield the plans of the edits. Each base has an account of its own, as the names in them are the same."""
    where = ENVIRONMENT
    with contextlib.ExitStack() as running:
        accounts = {
            name: running.enter_context(
                emulated_account(
                    account_id=where.account_id,
                    region=where.region,
                    zone_name=where.zone_name,
                    state_bucket=where.state_bucket,
                )
            )
            for name in BASES
        }
        yield Plans(accounts=accounts, folder=folder)
