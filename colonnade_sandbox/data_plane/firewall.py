"""The security groups between clients, load balancer and targets: which connections may be opened.

A connection that they do not allow times out, as they drop its packets. Open
connections stay: "When you change a security group rule, its tracked connections are not immediately interrupted",
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from types import SimpleNamespace

import aiohttp

from colonnade.security_groups.network import Interface, allows, is_open
from colonnade_sandbox.control_plane.snapshot import Snapshot, TaskNetwork

CONNECT_TIMEOUT_SECONDS = 10
"""The time of a load balancer to open a connection to a target, after which a client gets 504.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-504-issues
"""
_SYN_AGAIN_SECONDS = (1, 2, 4)
"""The waits before TCP sends a SYN again: RFC 6298, and tcp_syn_retries in tcp(7)."""

Reaches = Callable[[], bool]
"""Returns True if the security groups allow the connection at this moment."""


class Firewall:
    """The decisions by one snapshot, each made once. `interfaces` are the networks of the tasks by address."""

    def __init__(self, snapshot: Snapshot, interfaces: Mapping[str, TaskNetwork]) -> None:
        self._network = snapshot.network
        self._interfaces = interfaces
        self._balancers = {
            each.arn: snapshot.network.interface(each.security_groups, each.subnets) for each in snapshot.load_balancers
        }
        self._known: dict[tuple[str, str, int], bool] = {}

    def lets_in(self, load_balancer: str, port: int) -> bool:
        """Return True if a client may connect to that port of the load balancer, given by its ARN.

        The clients' addresses are not compared: a client on this machine stands for those that a rule lets in.
        """
        return is_open(self._balancers[load_balancer], port)

    def reaches(self, load_balancer: str, address: str, port: int) -> bool:
        """Return True if the load balancer, given by its ARN, may connect to that port of a target's address."""
        known = self._known.get((load_balancer, address, port))
        if known is None:
            target = self._target(address)
            known = self._known[load_balancer, address, port] = allows(self._balancers[load_balancer], target, port)
        return known

    def _target(self, address: str) -> Interface:
        """Return a task's interface. An address of no task has no security groups here."""
        task = self._interfaces.get(address)
        if task is None:
            return Interface(blocks=(IPv4Network(address),))
        return self._network.interface(task.security_groups, task.subnets)


def connections_time_out() -> aiohttp.TraceConfig:
    """Return a setting of a client session whose requests have a `Reaches` as `trace_request_ctx`.

    A new connection waits until it may be opened. After the connect time-out, it raises TimeoutError.
    """
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(_connect)
    return trace


async def _connect(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    reaches: Reaches = context.trace_request_ctx
    for seconds in _SYN_AGAIN_SECONDS:
        if reaches():
            return
        await asyncio.sleep(seconds)
    if not reaches():
        await asyncio.sleep(CONNECT_TIMEOUT_SECONDS - sum(_SYN_AGAIN_SECONDS))
        raise TimeoutError
