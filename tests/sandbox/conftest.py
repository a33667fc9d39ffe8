"""The sandboxes of this worker, ended when its tests are over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox_session import Sandboxes


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Sandboxes]:
    running = Sandboxes()
    yield running
    running.close()
