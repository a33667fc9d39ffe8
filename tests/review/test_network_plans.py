"""Claims about real plans of a network that shrinks: from three zones with a NAT gateway each to fewer of either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

import pytest

from colonnade.review.analysis.findings import NO_STEPS
from tests.support import specs
from tests.support.joint_plans import Change, Planned, planned_together
from tests.support.plans import applied
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


SMALLER: Mapping[str, Callable[[], Stack]] = {
    "one NAT gateway": lambda: _shop(zones=3, nat="single"),
    "two zones": lambda: _shop(zones=2, nat="per_zone"),
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Planned]:
    folder = tmp_path_factory.mktemp("network")
    with account() as made:
        base = applied(made, _shop(zones=3, nat="per_zone"), folder)
        changes = {name: Change(base=base, stack=stack()) for name, stack in SMALLER.items()}
        return planned_together(changes, folder / "plans")


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (
            "one NAT gateway",
            {"destroys a NAT gateway: ", "destroys an Elastic IP address: "},
        ),
        (
            "two zones",
            {"destroys a subnet: ", "destroys a NAT gateway: "},
        ),
    ],
)
def test_network_that_shrinks_is_blocked(planned: dict[str, Planned], change: str, reasons: set[str]) -> None:
    review = reviewed(planned[change])
    summary = "\n".join(review.top)
    assert {each for each in reasons if each not in summary} == set()
    assert review.exit_status == 3
    assert NO_STEPS in summary
