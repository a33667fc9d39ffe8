"""The reader of the account: AWS API -> `Snapshot`. `colonnade_sandbox.session` calls it in its loop.

A part (load balancing, ECS, Cloud Map, EC2) is read again only after its API has served a request that may have changed
it, because several sandboxes share a machine and a read takes about 30 requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from botocore.exceptions import ClientError

from colonnade.security_groups.reader import read_network
from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.discovery_reader import read_discovery_services
from colonnade_sandbox.control_plane.ecs_reader import EcsReader
from colonnade_sandbox.control_plane.load_balancer_reader import read_load_balancers, read_target_groups
from colonnade_sandbox.control_plane.snapshot import Snapshot


class Reader:
    """A reader that caches its last snapshot.

    `changes` returns the number of changing requests to a service, by signing name, as `AwsEmulator.changes` does.
    """

    def __init__(self, aws: AwsClients, changes: Callable[[str], int]) -> None:
        ecs = EcsReader(aws)
        self._changes = changes
        self._parts: tuple[tuple[tuple[str, ...], Callable[[Snapshot], Snapshot]], ...] = (
            (
                ("elasticloadbalancing", "acm"),
                lambda snapshot: replace(
                    snapshot, load_balancers=read_load_balancers(aws), target_groups=read_target_groups(aws)
                ),
            ),
            (
                ("ecs",),
                lambda snapshot: replace(
                    snapshot, services=ecs.read_services(), stop_requests=ecs.read_stop_requests()
                ),
            ),
            (
                ("servicediscovery",),
                lambda snapshot: replace(snapshot, discovery_services=read_discovery_services(aws)),
            ),
            (("ec2",), lambda snapshot: replace(snapshot, network=read_network(aws.ec2))),
        )
        self._read_at: dict[tuple[str, ...], int] = {}
        self._snapshot = Snapshot()

    def read(self) -> Snapshot:
        """Return the current state of the account. If nothing has changed, return the same object as before.

        The changes are counted before a part is read. So a part that changes during the read is read again at the next
        call.
        """
        for services, read in self._parts:
            count = sum(map(self._changes, services))
            if count == self._read_at.get(services, 0):
                continue
            try:
                self._snapshot = read(self._snapshot)
            except ClientError as error:
                if "NotFound" not in error.response["Error"]["Code"]:
                    raise
            else:
                self._read_at[services] = count
        return self._snapshot


def read_once(aws: AwsClients) -> Snapshot:
    """Return the current state of the account, for a process that does not follow its changes."""
    return Reader(aws, changes=lambda _api: 1).read()
