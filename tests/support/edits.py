"""Edits of a deployed shop and the states that they start from; `planned_edits` has them planned by the real provider.

`UNSAFE` lists the edits that no order makes harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.domain import CertificateSettings, ZoneSettings
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.environment.service_settings import ServiceSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.migration.phases import ORDER, MigrationSettings
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.service.declaration import Service
from tests.support import specs
from tests.support.project import MESSAGE_BOARD
from tests.support.synth import Stack, synthesize

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
ZONE = ZoneSettings(id="Z0123456789ABCDEFGHIJ")
"""The zone that the environment finds by its name."""
CERTIFICATE = CertificateSettings(
    arn="arn:aws:acm:eu-west-1:999988887777:certificate/a1b2c3d4-5678-90ab-cdef-111111111111",
    domains=("*.example.com",),
)
NETWORK = ExistingNetwork(
    vpc_id="vpc-0a1b2c3d4e5f60001",
    public_subnet_ids=("subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"),
    private_subnet_ids=("subnet-0a1b2c3d4e5f60003", "subnet-0a1b2c3d4e5f60004"),
)
LISTENER = ListenerSettings(
    arn="arn:aws:elasticloadbalancing:eu-west-1:999988887777:listener/app/platform/50dc6c495c0c9188/f2f7dc8efc522ab2",
    priorities=(1000, 1999),
)
CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"
ROLE = "arn:aws:iam::999988887777:role/dns"
DATABASE = ConnectionSettings(port=5432, host="db.example.com", security_group_id="sg-0a1b2c3d4e5f60001")


def shop(*services: Service, environment: Environment = ENVIRONMENT, **fields: Any) -> Stack:
    return synthesize(environment, specs.deployment(*services, **fields))["shop"]


def _with(table: str, **settings: Any) -> Stack:
    """Return the shop in an environment with other settings in one table."""
    changed = replace(getattr(ENVIRONMENT, table), **settings)
    return shop(*SHOP, environment=replace(ENVIRONMENT, **{table: changed}))


def _of_shop(*services: Service, environment: Environment = ENVIRONMENT, **settings: Any) -> Stack:
    """Return the shop in an environment with settings for this deployment."""
    own = {"shop": DeploymentSettings(**settings)}
    return shop(*(services or SHOP), environment=replace(environment, deployments=own))


def _in_existing_network(**settings: Any) -> Stack:
    network = replace(ENVIRONMENT.network, vpc_cidrs={}, existing=NETWORK)
    return _of_shop(environment=replace(ENVIRONMENT, network=network), **settings)


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

LOOKED_UP: Mapping[str, Callable[[], Stack]] = {
    "certificate": lambda: shop(*SHOP, environment=replace(ENVIRONMENT, certificate=CERTIFICATE)),
    "ingress.prefix_list": lambda: _with("ingress", prefix_list=CLOUDFRONT),
    "network.existing": lambda: _in_existing_network(),
    "tasks.cluster_name": lambda: _with("tasks", cluster_name="platform"),
    "zone.id": lambda: shop(*SHOP, environment=replace(ENVIRONMENT, zone=ZONE)),
    "zone.role_arn": lambda: shop(*SHOP, environment=replace(ENVIRONMENT, zone=replace(ZONE, role_arn=ROLE))),
    "deployments.connections": lambda: _of_shop(
        replace(ORDERS, connections=("orders-db",)), USERS, STOCK, connections={"orders-db": DATABASE}
    ),
    "deployments.listener": lambda: _in_existing_network(listener=LISTENER),
}
"""The edits of a shop whose plans find resources that exist before the stack."""

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
    "no NAT gateway": ("shop", lambda: _with("network", nat="none")),
    "deployments.domain_names": ("shop", lambda: _of_shop(domain_names=("shop.example.com", "www.example.com"))),
    "deployments.services": (
        "shop",
        lambda: _of_shop(services={"orders": ServiceSettings(desired_count=3)}),
    ),
    **{
        f"{table}.{name}": ("shop", lambda table=table, name=name, value=value: _with(table, **{name: value}))  # type: ignore[misc]
        for table, settings in _SETTINGS.items()
        for name, value in settings.items()
    },
    **{name: ("shop", stack) for name, stack in LOOKED_UP.items()},
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
    "no NAT gateway": "no longer reach the internet",
    "network.existing": "is destroyed while",
    "deployments.listener": "is destroyed while",
    "tasks.cluster_name": "ecs_service.orders_service_this is replaced",
    "network.vpc_cidrs": "vpc.network_this is replaced",
    "ingress.internal": "lb.ShopLB_this is replaced",
    "ingress.cidrs": "may be destroyed before",
    "ingress.prefix_list": "may be destroyed before",
    "iam.path": "iam_role.orders_service_roles_task is replaced",
}
"""The edits that interrupt requests or calls in some order, and the reason."""
CAUTIOUS = frozenset({"zones 3 to 2, one NAT gateway"})
"""The edits that are harmless and yet blocked, as no plan shows who else uses a subnet or a gateway that goes."""
