"""Hypothesis strategies for legal declarations of one deployment, and for edits of them.

A declaration is one of a few starts, changed by some single edits. The model's own check decides which are legal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.service_settings import ServiceSettings
from colonnade.model.environment.settings import DeploymentSettings
from colonnade.model.migration.phases import ORDER, MigrationSettings
from colonnade.model.service.container import Command, ContainerHealthCheck, Sidecar
from colonnade.model.service.permissions import Allow
from tests.support import specs
from tests.support.edits import CERTIFICATE, LISTENER, NETWORK, ROLE, WEB_ACL, ZONE
from tests.support.legal_declarations import NAMES, STARTS, Declaration

CHECK = ContainerHealthCheck(command=("python", "-m", "health"))
NOT_FOUND = FixedResponse(status_code=404, content_type="text/plain", message_body="Not Found")

Draw = Callable[[st.SearchStrategy[Any]], Any]
Edit = Callable[[Draw, Declaration], Declaration]

_SERVICE_VALUES: Mapping[str, Sequence[Any]] = {
    "path_prefix": ("/orders", "/users", "/orders/stock", "/people", "/orders/stock/items", None),
    "container_port": (8080, 9090, 7070, None),
    "memory_mib": (512, 1024, 2048),
    "architecture": ("X86_64", "ARM64"),
    "calls": ((), ("users",), ("orders",), ("orders", "users"), ("stock", "users")),
    "rule_priority": (None, 20, 40, 60),
    "health_check_path": ("/health", "/ready"),
    "health_check_matcher": ("200", "200-299"),
    "health_check_port": (None, 9000),
    "health_check_protocol": ("HTTP", "HTTPS"),
    "sticky_session_seconds": (None, 60, 3600),
    "desired_count": (None, 0, 1, 3),
    "capacity": ({}, {"FARGATE": 1}, {"FARGATE": 1, "FARGATE_SPOT": 3}),
    "health_check_grace_seconds": (None, 120),
    "ephemeral_storage_gib": (None, 50),
    "permissions": ((), (Allow(actions=("s3:GetObject",), resources=("arn:aws:s3:::colonnade-invoices/*",)),)),
    "before_start": (None, Command(("python", "-m", "migrate"))),
    "sidecars": ((), (Sidecar(name="metrics", image="metrics", container_port=9091),)),
    "read_only_root_filesystem": (True, False),
    "writable_paths": ((), ("/tmp",)),  # noqa: S108 - a path in a container
    "variables": ({}, {"LOG_LEVEL": "debug"}),
    "container_health_check": (None, CHECK),
}
_DEPLOYMENT_VALUES: Mapping[str, Sequence[Any]] = {
    "subdomain": (None, "shop", "store"),
    "namespace": (None, "shop", "shop.internal"),
    "default_action": (NOT_FOUND, ForwardTo(service="orders"), ForwardTo(service="users")),
    "tags": ({}, {"Owner": "orders"}),
}
_ENVIRONMENT_VALUES: Mapping[str, Sequence[Any]] = {
    "network.availability_zone_count": (2, 3),
    "network.nat": ("single", "per_zone", "none"),
    "network.existing": (None, NETWORK),
    "tasks.desired_count": (1, 2, 4),
    "tasks.capacity_provider": ("FARGATE", "FARGATE_SPOT"),
    "tasks.log_retention_days": (7, 14),
    "tasks.drain_seconds": (20, 25),
    "tasks.container_insights": (True, False),
    "tasks.cluster_name": (None, "platform"),
    "timing.health_check_interval_seconds": (10, 15),
    "timing.healthy_threshold": (2, 3),
    "timing.deregistration_delay_seconds": (30, 60),
    "timing.steady_state_timeout_minutes": (10, 12),
    "timing.dns_ttl_seconds": (10, 5),
    "timing.idle_timeout_seconds": (60, 90),
    "protection.deletion_protection": (False, True),
    "protection.locked_default_security_group": (False, True),
    "protection.log_key": (False, True),
    "protection.web_acl_arn": (None, WEB_ACL),
    "traffic_logs.access_log_days": (0, 30),
    "traffic_logs.flow_logs": (False, True),
    "iam.path": (None, "/colonnade/"),
    "iam.permissions_boundary_arn": (None, "arn:aws:iam::999988887777:policy/workloads"),
    "ingress": (IngressSettings(), IngressSettings(cidrs=("10.0.0.0/8",), internal=True)),
    "ingress.cidrs": ((), ("0.0.0.0/1", "128.0.0.0/1")),
    "tags": ({}, {"CostCenter": "4711"}),
    "certificate": (None, CERTIFICATE),
    "zone.id": (None, ZONE.id),
    "zone.role_arn": (None, ROLE),
}
_SETTINGS_VALUES: Mapping[str, Sequence[Any]] = {
    "domain_names": ((), ("shop.example.com",), ("shop.example.com", "www.example.com")),
    "listener": (None, LISTENER),
    "network": (None, NETWORK),
    "cluster_name": (None, "platform"),
    "ingress": (None, IngressSettings(cidrs=("203.0.113.0/24",))),
    "services": ({}, {"orders": ServiceSettings(desired_count=3)}, {"users": ServiceSettings(cpu_units=512)}),
}


def _service_value(draw: Draw, before: Declaration) -> Declaration:
    service = draw(st.sampled_from(before.deployment.services))
    name = draw(st.sampled_from(sorted(_SERVICE_VALUES)))
    changes = {name: draw(_other(_SERVICE_VALUES[name], getattr(service, name)))}
    if name in ("path_prefix", "container_port") and changes[name] is None:
        # A service to which no load balancer forwards needs a check of its own, and a worker has no path.
        changes |= {"path_prefix": None, "container_health_check": CHECK, "sticky_session_seconds": None}
    if name == "health_check_protocol" and service.path_prefix is None:
        changes = {name: service.health_check_protocol}
    services = tuple(replace(each, **changes) if each == service else each for each in before.deployment.services)
    return _edited(before, f"{service.name}.{name} = {changes[name]!r}", services=services)


def _image(draw: Draw, before: Declaration) -> Declaration:
    service = draw(st.sampled_from(before.deployment.services))
    tag = draw(st.sampled_from(("1.1.0", "1.2.0")))
    images = {**before.environment.images, service.image: tag}
    return replace(
        before,
        environment=replace(before.environment, images=images),
        edits=(*before.edits, f"image of {service.name} = {tag}"),
    )


def _service_added(draw: Draw, before: Declaration) -> Declaration:
    free = [name for name in NAMES if name not in {each.name for each in before.deployment.services}]
    assume(free)
    name = draw(st.sampled_from(free))
    taken = {each.path_prefix for each in before.deployment.services}
    prefixes = [each for each in (f"/{name}", "/orders/stock", "/orders/stock/items") if each not in taken]
    service = specs.service(name, path_prefix=draw(st.sampled_from(prefixes)))
    return _edited(before, f"{name} added at {service.path_prefix}", services=(*before.deployment.services, service))


def _service_removed(draw: Draw, before: Declaration) -> Declaration:
    removed = draw(st.sampled_from(before.deployment.services))
    services = tuple(
        replace(each, calls=tuple(name for name in each.calls if name != removed.name))
        for each in before.deployment.services
        if each != removed
    )
    assume(services)
    return _edited(before, f"{removed.name} removed", services=services)


def _service_renamed(draw: Draw, before: Declaration) -> Declaration:
    free = [name for name in NAMES if name not in {each.name for each in before.deployment.services}]
    assume(free)
    old, new = draw(st.sampled_from(before.deployment.services)), draw(st.sampled_from(free))
    services = tuple(
        replace(
            each,
            name=new if each == old else each.name,
            calls=tuple(new if name == old.name else name for name in each.calls),
        )
        for each in before.deployment.services
    )
    return _edited(before, f"{old.name} renamed to {new}", services=services)


def _prefixes_exchanged(draw: Draw, before: Declaration) -> Declaration:
    services = before.deployment.services
    assume(len(services) > 1)
    one, other = draw(st.permutations(services))[:2]
    prefixes = {one.name: other.path_prefix, other.name: one.path_prefix}
    exchanged = tuple(replace(each, path_prefix=prefixes.get(each.name, each.path_prefix)) for each in services)
    return _edited(before, f"prefixes of {one.name} and {other.name} exchanged", services=exchanged)


def _deployment_value(draw: Draw, before: Declaration) -> Declaration:
    name = draw(st.sampled_from(sorted(_DEPLOYMENT_VALUES)))
    value = draw(_other(_DEPLOYMENT_VALUES[name], getattr(before.deployment, name)))
    fields: dict[str, Any] = {name: value}
    if name == "namespace" and value is None:
        fields["services"] = tuple(replace(each, calls=()) for each in before.deployment.services)
    return _edited(before, f"{name} = {value!r}", **fields)


def _environment_value(draw: Draw, before: Declaration) -> Declaration:
    path = draw(st.sampled_from(sorted(_ENVIRONMENT_VALUES)))
    table, _, key = path.partition(".")
    current = getattr(before.environment, table)
    if not key:
        value = draw(_other(_ENVIRONMENT_VALUES[path], current))
        changed = value
    else:
        value = draw(_other(_ENVIRONMENT_VALUES[path], getattr(current, key)))
        changed = replace(current, **{key: value})
    if path == "network.existing":
        changed = replace(changed, vpc_cidrs={} if value is not None else specs.BLOCKS)
    environment = replace(before.environment, **{table: changed})
    return replace(before, environment=environment, edits=(*before.edits, f"{path} = {value!r}"))


def _setting(draw: Draw, before: Declaration) -> Declaration:
    deployment = before.deployment.name
    settings = before.environment.deployments.get(deployment, DeploymentSettings())
    name = draw(st.sampled_from(sorted(_SETTINGS_VALUES)))
    value = draw(_other(_SETTINGS_VALUES[name], getattr(settings, name)))
    deployments = {**before.environment.deployments, deployment: replace(settings, **{name: value})}
    environment = replace(before.environment, deployments=deployments)
    return replace(
        before, environment=environment, edits=(*before.edits, f"deployments.{deployment}.{name} = {value!r}")
    )


def _migration(draw: Draw, before: Declaration) -> Declaration:
    assume(before.deployment.migration is not None)
    settings = MigrationSettings(phase=draw(st.sampled_from(ORDER)), canary_percent=draw(st.sampled_from((10, 50))))
    environment = replace(before.environment, migration={before.deployment.name: settings})
    edit = f"phase {settings.phase} with {settings.canary_percent} %"
    return replace(before, environment=environment, edits=(*before.edits, edit))


def _other(values: Sequence[Any], current: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([each for each in values if each != current])


def _edited(before: Declaration, edit: str, **fields: Any) -> Declaration:
    return replace(before, deployment=replace(before.deployment, **fields), edits=(*before.edits, edit))


_EDITS: Sequence[Edit] = (
    *(_service_value,) * 5,
    _image,
    _service_added,
    _service_removed,
    _service_renamed,
    _prefixes_exchanged,
    *(_deployment_value,) * 2,
    *(_environment_value,) * 4,
    _setting,
)
"""The single edits. A table with many values is listed several times, so that each value is drawn about as often."""


@st.composite
def declarations(draw: st.DrawFn, start: str, *, edits: int) -> Declaration:
    """Return a legal declaration: the start after at most this number of edits."""
    declaration = STARTS[start]
    choices = (*_EDITS, _migration, _migration) if declaration.deployment.migration is not None else _EDITS
    for edit in draw(st.lists(st.sampled_from(choices), max_size=edits)):
        declaration = edit(draw, declaration)
        assume(declaration.is_legal)
    return declaration


@st.composite
def edited(draw: st.DrawFn, before: Declaration) -> Declaration:
    """Return a legal declaration that differs from another one by one to three edits."""
    choices = (*_EDITS, _migration, _migration) if before.deployment.migration is not None else _EDITS
    after = before
    for edit in draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3)):
        after = edit(draw, after)
        assume(after.is_legal)
    return after


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Declaration, Declaration]:
    """Return two legal declarations of one deployment, one to three edits apart."""
    before = draw(declarations(draw(st.sampled_from(sorted(STARTS))), edits=2))
    return before, draw(edited(before))
