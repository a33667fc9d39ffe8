"""A running data plane and real targets for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade_sandbox.control_plane.snapshot import Target
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_targets import HttpTargets
from tests.support.load_balancer_snapshots import Serve, forward, listener, snapshot, target_group


@pytest.fixture
def data_plane(tmp_path: Path) -> Iterator[DataPlane]:
    plane = DataPlane(certificate_directory=tmp_path / "certificates")
    plane.start()
    yield plane
    plane.close()


@pytest.fixture
def targets() -> Iterator[HttpTargets]:
    servers = HttpTargets()
    yield servers
    servers.close()


@pytest.fixture
def serve(data_plane: DataPlane) -> Serve:
    """Return a function that forwards all requests to one target and returns the listener's port."""

    def serve(target: Target, *, idle_timeout_seconds: int = 60, drop_invalid: bool = True, delay: int = 5) -> int:
        data_plane.update(
            snapshot(
                listener(default=forward(group=1)),
                groups=(target_group("group", target, deregistration_delay_seconds=delay),),
                idle_timeout_seconds=idle_timeout_seconds,
                drop_invalid_header_fields=drop_invalid,
            )
        )
        return data_plane.ports()["listener-80"]

    return serve
