"""All load balancers of the account on one event loop.

snapshot -> Firewall -> TargetPool per target group -> HealthChecks per target -> ListenerServer per listener.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.control_plane.snapshot import ForwardAction, LoadBalancer, Snapshot, TaskNetwork
from colonnade_sandbox.data_plane.certificate_authority import CertificateAuthority
from colonnade_sandbox.data_plane.firewall import Firewall
from colonnade_sandbox.data_plane.forwarding import Forwarding
from colonnade_sandbox.data_plane.health_checks import HealthChecks
from colonnade_sandbox.data_plane.listener_server import ListenerServer
from colonnade_sandbox.data_plane.target_groups import TargetPool

# The time for requests in flight to finish, when their listener is deleted and when the data plane stops.
_DELETED_LISTENER_GRACE_SECONDS = 30.0
_STOP_GRACE_SECONDS = 0.1


class LoadBalancers:
    """The load balancers of the account. Create and use them on one running event loop."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self._authority = authority
        self._forwarding = Forwarding()
        self._health_checks = HealthChecks()
        self._pools: dict[str, TargetPool] = {}
        self._servers: dict[tuple[str, int], ListenerServer] = {}
        """By the ARN and the port on AWS: a listener that gets another port leaves its former one at once."""
        self._closing: set[asyncio.Task[None]] = set()

    async def update(self, snapshot: Snapshot, interfaces: Mapping[str, TaskNetwork]) -> None:
        firewall = Firewall(snapshot, interfaces)
        self._update_pools(snapshot, firewall)
        self._health_checks.update(self._pools.values())
        await self._update_listeners(snapshot.load_balancers, firewall)

    def target_health(self) -> Mapping[str, tuple[TargetHealth, ...]]:
        return {arn: pool.target_health() for arn, pool in self._pools.items()}

    def ports(self) -> Mapping[str, int]:
        return {arn: server.port for (arn, _), server in self._servers.items()}

    async def close(self) -> None:
        await self._health_checks.close()
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*(server.close(grace_seconds=_STOP_GRACE_SECONDS) for server in self._servers.values()))
        await self._forwarding.close()

    def _update_pools(self, snapshot: Snapshot, firewall: Firewall) -> None:
        loop = asyncio.get_running_loop()
        balancers = _forwarding_load_balancers(snapshot)
        for arn in self._pools.keys() - snapshot.target_groups.keys():
            del self._pools[arn]
        for arn, group in snapshot.target_groups.items():
            pool = self._pools.setdefault(arn, TargetPool())
            deadline = pool.update(group, attached=arn in balancers, now=loop.time())
            if arn in balancers:
                pool.reaches = partial(firewall.reaches, balancers[arn])
            if deadline is not None:
                loop.call_at(deadline, pool.finish_draining, deadline)

    async def _update_listeners(self, load_balancers: tuple[LoadBalancer, ...], firewall: Firewall) -> None:
        wanted = {(each.arn, each.port) for load_balancer in load_balancers for each in load_balancer.listeners}
        for key in self._servers.keys() - wanted:
            self._close_in_background(self._servers.pop(key))
        for key in wanted - self._servers.keys():
            self._servers[key] = ListenerServer(
                authority=self._authority, forwarding=self._forwarding, pools=self._pools
            )
        for load_balancer in load_balancers:
            servers = {each.port: self._servers[each.arn, each.port] for each in load_balancer.listeners}
            real_ports = {port: server.port for port, server in servers.items()}
            for listener in load_balancer.listeners:
                lets_in = firewall.lets_in(load_balancer.arn, listener.port)
                await servers[listener.port].serve(load_balancer, listener, real_ports=real_ports, lets_in=lets_in)

    def _close_in_background(self, server: ListenerServer) -> None:
        task = asyncio.create_task(server.close(grace_seconds=_DELETED_LISTENER_GRACE_SECONDS))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _forwarding_load_balancers(snapshot: Snapshot) -> dict[str, str]:
    """Return the ARN of the load balancer of each target group that a listener rule forwards to, with any weight.

    A target group has at most one load balancer:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    """
    return {
        group.target_group_arn: load_balancer.arn
        for load_balancer in snapshot.load_balancers
        for listener in load_balancer.listeners
        for rule in listener.rules
        if isinstance(rule.action, ForwardAction)
        for group in rule.action.target_groups
    }
