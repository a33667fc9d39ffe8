"""An environment's settings for a connection of a service to a host outside of its deployment: host, port, address.

Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.model import aws_limits
from colonnade.model.errors import Fault, out_of_range

_DESTINATIONS = ("security_group_id", "cidr", "prefix_list_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """A `[deployments.NAME.connections.NAME]` table.

    A service that lists this name in its `connections` may open TCP connections to the host.
    """

    port: int
    """The port that the database or other host listens on.

    Rule: 1 to 65535.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    Example: 5432
    """
    host: str
    """The domain name or IPv4 address of the host. The service receives it in a variable.

    Rule: without scheme, port, path and password.
    Example: "orders.cluster-xyz.eu-west-1.rds.amazonaws.com"
    """
    variable: str | None = None
    """The variable that contains the host. None: the connection's name in upper case, with `_HOST`: `ORDERS_DB_HOST`.

    Rule: as the names of `Service.variables`.
    Example: "DATABASE_HOST"
    """
    port_variable: str | None = None
    """The variable that contains the port. None: the connection's name in upper case, with `_PORT`: `ORDERS_DB_PORT`.

    Rule: as the names of `Service.variables`.
    Example: "DATABASE_PORT"
    """
    security_group_id: str | None = None
    """The security group of the host, in the environment's account.

    It is in the same VPC, or in a peered VPC of the same region. The plan fails if it does not exist.

    Rule: `sg-` and the ID; exactly one of this, `cidr` and `prefix_list_id`.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    Example: "sg-0a1b2c3d4e5f60718"
    """
    cidr: str | None = None
    """The IPv4 block that contains the host.

    Rule: an address and a prefix length. If `host` is an address, the block contains it.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    Example: "10.9.0.0/16"
    """
    prefix_list_id: str | None = None
    """The prefix list that contains the host. Each entry of the list counts as a rule of the service's security group.

    Rule: `pl-` and the ID.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
    Example: "pl-0a1b2c3d4e5f60718"
    """
    manage_ingress: bool = False
    """True: the deployment adds an ingress rule for the service's tasks to the group `security_group_id`.

    False: the owner of the group adds it.

    Rule: only with `security_group_id`. If another tool manages that group, it must not remove rules that others have
    added.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """


def connection_faults(path: str, values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the table at `path`. `values` contains its values of the right type by key."""
    if "port" in values and not 1 <= values["port"] <= aws_limits.CONTAINER_PORTS[1]:
        yield out_of_range(f"{path}.port", values["port"], *aws_limits.CONTAINER_PORTS)
    if "host" in values:
        yield from _host_faults(f"{path}.host", values["host"], values.get("cidr"))
    if all(key in values for key in _DESTINATIONS):
        yield from _destination_faults(path, values)
    group, prefix_list = values.get("security_group_id"), values.get("prefix_list_id")
    if group is not None and re.fullmatch(aws_limits.SECURITY_GROUP_ID, group) is None:
        yield Fault(f"{path}.security_group_id {group!r} is not the ID of a security group", "write 'sg-' and the ID")
    if prefix_list is not None and re.fullmatch(aws_limits.PREFIX_LIST_ID, prefix_list) is None:
        yield Fault(f"{path}.prefix_list_id {prefix_list!r} is not the ID of a prefix list", "write 'pl-' and the ID")
    if values.get("cidr") is not None:
        yield from _cidr_faults(f"{path}.cidr", values["cidr"])


def _destination_faults(path: str, values: Mapping[str, Any]) -> Iterator[Fault]:
    given = [key for key in _DESTINATIONS if values[key] is not None]
    choice = "one of security_group_id, cidr and prefix_list_id"
    if not given:
        yield Fault(f"{path} does not say where it is", f"add {choice}")
    elif len(given) > 1:
        yield Fault(f"{path} has {' and '.join(given)}", f"use {choice}")
    if values.get("manage_ingress") and values["security_group_id"] is None:
        yield Fault(f"{path}.manage_ingress has no effect without a security_group_id", "remove it, or name the group")


def _host_faults(key: str, host: str, cidr: str | None) -> Iterator[Fault]:
    if re.fullmatch(aws_limits.HOST_NAME, host) is None or len(host) > aws_limits.DNS_NAME_LENGTH:
        fix = "write the domain name or the IPv4 address alone, without scheme, port and path"
        yield Fault(f"{key} {host!r} is not a host", fix)
    elif _is_address(host) and cidr is not None and not any(_cidr_faults("", cidr)):
        if ipaddress.IPv4Address(host) not in ipaddress.IPv4Network(cidr):
            yield Fault(f"{key} {host!r} is not in its block {cidr!r}", "use a block that contains the host")
    elif not _is_address(host) and host.rpartition(".")[2].isdecimal():
        yield Fault(f"{key} {host!r} is not an IPv4 address", "write four numbers from 0 to 255")


def _is_address(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _cidr_faults(key: str, cidr: str) -> Iterator[Fault]:
    try:
        block = ipaddress.IPv4Network(cidr, strict=False)
    except ValueError:
        fix = "write an IPv4 address and a prefix length, such as '10.9.0.0/16'"
        yield Fault(f"{key} {cidr!r} is not a block of addresses", fix)
        return
    if str(block) != cidr:
        yield Fault(f"{key} {cidr!r} is not a block's first address with a prefix length", f"use '{block}'")
