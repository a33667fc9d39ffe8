"""The sandboxes of one test module, gone before the next begins: moto keeps one account for a whole process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox_session import Sandboxes


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    running = Sandboxes()
    yield running
    running.close()
