"""A fixture: the shop of `tests.support.reviewed_plans`, applied once for all tests of the group."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import reviewed_plans


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[reviewed_plans.Shop]:
    with reviewed_plans.shop(tmp_path_factory.mktemp("shop")) as applied:
        yield applied
