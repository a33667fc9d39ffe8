"""The rules for an environment's values.

A rule runs if the keys that it reads are well-formed, so that one wrong key does not hide other problems. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.environment.connection_settings import connection_faults
from colonnade.model.environment.domain import certificate_faults, name_faults, zone_faults
from colonnade.model.environment.ingress import ingress_faults
from colonnade.model.environment.listener import listener_faults
from colonnade.model.environment.settings import SANDBOX
from colonnade.model.environment.timing_rules import (
    drain_faults,
    health_check_faults,
    steady_state_faults,
    stop_timeout_faults,
)
from colonnade.model.errors import Fault, out_of_range, suggestion
from colonnade.model.network.cidr_plan import cidr_fault
from colonnade.model.network.existing import existing_network_faults
from colonnade.model.tags import tag_faults
from colonnade.model.warnings import acceptance_faults

_Rule = Callable[..., Iterator[Fault]]

_RANGES: Mapping[str, tuple[int, int]] = {
    "network.availability_zone_count": aws_limits.AVAILABILITY_ZONES,
    "tasks.desired_count": (0, aws_limits.TASKS_PER_SERVICE),
    "tasks.stop_timeout_seconds": aws_limits.FARGATE_STOP_TIMEOUT_SECONDS,
    "traffic_logs.access_log_days": (0, aws_limits.S3_EXPIRATION_DAYS),
    "timing.health_check_interval_seconds": aws_limits.HEALTH_CHECK_INTERVAL_SECONDS,
    "timing.health_check_timeout_seconds": aws_limits.HEALTH_CHECK_TIMEOUT_SECONDS,
    "timing.healthy_threshold": aws_limits.HEALTH_CHECK_THRESHOLD,
    "timing.unhealthy_threshold": aws_limits.HEALTH_CHECK_THRESHOLD,
    "timing.health_check_grace_seconds": aws_limits.HEALTH_CHECK_GRACE_SECONDS,
    "timing.deregistration_delay_seconds": aws_limits.DEREGISTRATION_DELAY_SECONDS,
    "timing.dns_ttl_seconds": aws_limits.DNS_TTL_SECONDS,
    "timing.steady_state_timeout_minutes": aws_limits.WAIT_MINUTES,
    "timing.idle_timeout_seconds": aws_limits.IDLE_TIMEOUT_SECONDS,
}


def environment_faults(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of an environment's well-formed values, given by dotted key ("tasks.desired_count")."""
    for key, (least, most) in _RANGES.items():
        if key in values and not least <= values[key] <= most:
            yield out_of_range(key, values[key], least, most)
    for keys, rule in _RULES:
        if all(key in values for key in keys):
            yield from rule(*(values[key] for key in keys))
    yield from _faults_of_tables(values)
    yield from _faults_of_listeners(values)
    for path in ("tasks.cluster_name", *_of_deployments("cluster_name", values)):
        yield from _cluster_name(path, values.get(path))


def _faults_of_listeners(values: Mapping[str, Any]) -> Iterator[Fault]:
    for path in _of_deployments("listener", values):
        if "region" in values and "account_id" in values:
            yield from listener_faults(path, _values_of(path, values), values["region"], values["account_id"])


def _faults_of_tables(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the tables that an environment's file may have for all deployments or for one deployment."""
    for path in ("network.existing", *_of_deployments("network", values)):
        yield from existing_network_faults(path, _values_of(path, values))
    for path in ("ingress", *_of_deployments("ingress", values)):
        yield from ingress_faults(path, _values_of(path, values), values.get("region"))
    yield from zone_faults(_values_of("zone", values))
    if "region" in values and "account_id" in values:
        for path in ("certificate", *_of_deployments("certificate", values)):
            yield from certificate_faults(path, _values_of(path, values), values["region"], values["account_id"])
    if "zone_name" in values:
        for path in _of_deployments("domain_names", values):
            yield from name_faults(path, values.get(path, ()), values["zone_name"])
    for path in _of_deployments("connections", values):
        for name in values.get(path, ()):
            yield from connection_faults(f"{path}.{name}", _values_of(f"{path}.{name}", values))


def _of_deployments(key: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the path of a key in the table of each deployment."""
    yield from (f"deployments.{name}.{key}" for name in values.get("deployments", ()))


def _values_of(path: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values of the right type of a table, by key; an empty mapping if the table is missing."""
    return {key.removeprefix(f"{path}."): value for key, value in values.items() if key.startswith(f"{path}.")}


def _name(name: str) -> Iterator[Fault]:
    if not re.fullmatch(r"[a-z][a-z0-9]*", name) or len(name) > naming.ENVIRONMENT_NAME_LENGTH:
        most = naming.ENVIRONMENT_NAME_LENGTH
        yield Fault(
            "the name cannot be part of physical names",
            f"name the file with lower-case letters and digits only, a letter first, at most {most} characters",
        )


def _account_id(account_id: str) -> Iterator[Fault]:
    if not re.fullmatch(aws_limits.ACCOUNT_ID, account_id):
        yield Fault(f"account_id {account_id!r} is not 12 digits", "write all 12, without hyphens, in quotes")


def _region(region: str) -> Iterator[Fault]:
    if region not in aws_limits.REGIONS:
        fix = suggestion(region, aws_limits.REGIONS, label="regions")
        yield Fault(f"region {region!r} is not a region that the AWS provider knows", fix)


def _zone_name(zone_name: str, environment: str) -> Iterator[Fault]:
    fault = naming.domain_name_fault("zone_name", zone_name)
    if fault is not None:
        yield fault
    elif environment != SANDBOX:
        yield from _public_zone(zone_name)


def _public_zone(zone_name: str) -> Iterator[Fault]:
    """Yield the fault of a domain that cannot be a public hosted zone with certificates of ACM.

    https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html
    """
    last = zone_name.rpartition(".")[2]
    if zone_name == last:
        yield Fault(f"zone_name {zone_name!r} is a top-level domain", "use a domain of your own, such as 'example.com'")
    elif len(last) < 2 or last.isdecimal():
        fix = "use a domain with a top-level domain of two letters or more, such as 'example.com'"
        yield Fault(f"zone_name {zone_name!r} ends with {last!r}, which is not a top-level domain", fix)
    elif last in aws_limits.SPECIAL_TOP_LEVEL_DOMAINS:
        fix = "use a domain of your own, such as 'example.com'"
        yield Fault(f"zone_name {zone_name!r} ends with {last!r}, for which no certificate can be issued", fix)


def _state_bucket(bucket: str) -> Iterator[Fault]:
    least, most = aws_limits.BUCKET_NAME_LENGTHS
    if not least <= len(bucket) <= most:
        yield Fault(f"state_bucket {bucket!r} has {len(bucket)} characters", f"allowed: {least} to {most}")
    elif re.fullmatch(r"[0-9]+(\.[0-9]+){3}", bucket):
        yield Fault(f"state_bucket {bucket!r} has the form of an IP address", "use a name")
    elif not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])", bucket):
        yield Fault(
            f"state_bucket {bucket!r} is not a bucket name that works with TLS",
            "use lower-case letters, digits and hyphens, a letter or digit first and last, and no dots",
        )
    else:
        yield from _reserved_bucket_name(bucket)


def _reserved_bucket_name(bucket: str) -> Iterator[Fault]:
    for start in aws_limits.BUCKET_NAME_RESERVED_STARTS:
        if bucket.startswith(start):
            yield Fault(f"state_bucket {bucket!r} begins with {start!r}, which AWS reserves", "use another name")
    for end in aws_limits.BUCKET_NAME_RESERVED_ENDS:
        if bucket.endswith(end):
            yield Fault(f"state_bucket {bucket!r} ends with {end!r}, which AWS reserves", "use another name")


def _cluster_name(key: str, name: str | None) -> Iterator[Fault]:
    if name is not None and not re.fullmatch(aws_limits.CLUSTER_NAME, name):
        yield Fault(
            f"{key} {name!r} is not the name of a cluster",
            f"use letters, digits, '-' and '_', at most {aws_limits.ECS_NAME_LENGTH}; not its ARN",
        )


def _network(vpc_cidrs: Mapping[str, str], zone_count: int) -> Iterator[Fault]:
    least, most = aws_limits.AVAILABILITY_ZONES
    for deployment, block in vpc_cidrs.items():
        fault = cidr_fault(block, min(max(zone_count, least), most))
        if fault is not None:
            yield Fault(f"network.vpc_cidrs.{deployment} {block!r} {fault.message}", fault.fix)


def _log_retention(days: int) -> Iterator[Fault]:
    allowed = aws_limits.LOG_RETENTION_DAYS
    if days not in allowed:
        nearest = min(allowed, key=lambda value: abs(value - days))
        listing = ", ".join(map(str, allowed))
        yield Fault(f"tasks.log_retention_days {days} is not allowed", f"nearest: {nearest}; allowed: {listing}")


def _web_acl(arn: str | None, region: str, account_id: str) -> Iterator[Fault]:
    if arn is None:
        return
    # https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
    form = f"arn:aws:wafv2:{region}:{account_id}:regional/webacl/NAME/ID"
    pattern = aws_limits.REGIONAL_WEB_ACL_ARN
    yield from naming.arn_faults(
        "protection.web_acl_arn", arn, pattern, "a regional web ACL", form, (region, account_id)
    )


def _tags(tags: Mapping[str, str]) -> Iterator[Fault]:
    yield from tag_faults("tags", tags, {})


def _role_path(path: str | None) -> Iterator[Fault]:
    if path is not None and re.fullmatch(aws_limits.ROLE_PATH, path) is None:
        fix = "begin and end it with a slash: '/colonnade/'; letters, digits and the characters / + = , . @ _ -"
        yield Fault(f"iam.path {path!r} is not the path of a role", fix)


def _permissions_boundary(arn: str | None, account_id: str) -> Iterator[Fault]:
    if arn is None:
        return
    parts = re.fullmatch(aws_limits.POLICY_ARN, arn)
    if parts is None:
        yield Fault(
            f"iam.permissions_boundary_arn {arn!r} is not the ARN of a policy",
            f"write it as arn:aws:iam::{account_id}:policy/NAME",
        )
    elif parts["account"] not in (account_id, "aws"):
        yield Fault(
            f"iam.permissions_boundary_arn {arn!r} is a policy of another account than {account_id}",
            "name a policy of this environment's account",
        )


def _images(images: Mapping[str, str]) -> Iterator[Fault]:
    for image, tag in images.items():
        # A public image is named by its registry and path, so that it cannot be confused with another image.
        public = "/" in image and re.fullmatch(aws_limits.IMAGE_PATH, image) is not None
        fault = None if public else naming.label_fault("images: the name", image)
        if fault is not None:
            yield fault
        if not re.fullmatch(f"({aws_limits.IMAGE_TAG})|({aws_limits.IMAGE_DIGEST})", tag):
            yield Fault(
                f"images.{image} {tag!r} is not an image tag",
                "use 1 to 128 letters, digits, '.', '-' and '_', no '.' or '-' first, or 'sha256:' and 64 digits",
            )


_RULES: tuple[tuple[tuple[str, ...], _Rule], ...] = (
    (("name",), _name),
    (("account_id",), _account_id),
    (("region",), _region),
    (("zone_name", "name"), _zone_name),
    (("state_bucket",), _state_bucket),
    (("network.vpc_cidrs", "network.availability_zone_count"), _network),
    (("tasks.log_retention_days",), _log_retention),
    (("tasks.drain_seconds", "timing.dns_ttl_seconds", "tasks.stop_timeout_seconds"), drain_faults),
    (("tasks.stop_timeout_seconds", "tasks.drain_seconds", "timing.dns_ttl_seconds"), stop_timeout_faults),
    (("timing.health_check_timeout_seconds", "timing.health_check_interval_seconds"), health_check_faults),
    (
        (
            "timing.steady_state_timeout_minutes",
            "timing.health_check_grace_seconds",
            "timing.deregistration_delay_seconds",
        ),
        steady_state_faults,
    ),
    (("protection.web_acl_arn", "region", "account_id"), _web_acl),
    (("images",), _images),
    (("tags",), _tags),
    (("iam.path",), _role_path),
    (("iam.permissions_boundary_arn", "account_id"), _permissions_boundary),
    (("accepted_warnings",), partial(acceptance_faults, "environment")),
)
