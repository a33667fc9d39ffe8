"""Claims about real plans of a network that shrinks: from three zones with a NAT gateway each to fewer of either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest

from tests.support import specs
from tests.support.plans import Base, applied
from tests.support.reviewed_plans import ENVIRONMENT, ORDERS, USERS, account, reviewed
from tests.support.synth import Stack, synthesize

pytestmark = [
    pytest.mark.synth,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.xdist_group("network-plans"),
    pytest.mark.timeout(1200),
]


def _shop(*, zones: int, nat: Literal["single", "per_zone"]) -> Stack:
    network = replace(ENVIRONMENT.network, availability_zone_count=zones, nat=nat)
    return synthesize(replace(ENVIRONMENT, network=network), specs.deployment(ORDERS, USERS))["shop"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    with account() as made:
        yield applied(made, _shop(zones=3, nat="per_zone"), tmp_path_factory.mktemp("network"))


@pytest.mark.parametrize(
    ("zones", "nat", "reasons"),
    [
        (3, "single", {"destroys a NAT gateway: tasks behind it", "destroys an Elastic IP address: "}),
        (2, "per_zone", {"destroys a subnet: AWS refuses while it is in use", "destroys a NAT gateway: tasks behind"}),
    ],
)
def test_network_that_shrinks_is_blocked(
    base: Base,
    tmp_path_factory: pytest.TempPathFactory,
    zones: int,
    nat: Literal["single", "per_zone"],
    reasons: set[str],
) -> None:
    review = reviewed(base.plan(_shop(zones=zones, nat=nat), tmp_path_factory.mktemp("plan") / "plan"))
    summary = "\n".join(review.top)
    assert {each for each in reasons if each not in summary} == set()
    assert review.exit_status == 3
    assert "apply at a quiet hour" in summary
