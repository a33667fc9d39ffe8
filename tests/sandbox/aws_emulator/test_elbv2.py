"""DescribeTargetHealth returns the results of health checks for the registered targets."""

from __future__ import annotations

import pytest

from colonnade_sandbox.aws_emulator.elbv2 import target_health
from colonnade_sandbox.control_plane.observations import TargetHealth

pytestmark = pytest.mark.sandbox

_HEALTHY = TargetHealth(address="127.0.1.1", port=80, state="healthy")
_DRAINING = TargetHealth(address="127.0.1.2", port=80, state="draining", reason="Target.DeregistrationInProgress")


def test_a_registered_target_has_its_observed_health() -> None:
    assert target_health([("127.0.1.1", 80)], (_HEALTHY,)) == {("127.0.1.1", 80): _HEALTHY}


def test_a_target_without_a_health_check_yet_is_initial() -> None:
    (health,) = target_health([("127.0.1.9", 80)], (_HEALTHY,)).values()
    assert (health.address, health.state, health.reason) == ("127.0.1.9", "initial", "Elb.RegistrationInProgress")


def test_a_deregistered_target_is_listed_only_while_it_drains() -> None:
    assert list(target_health([], (_HEALTHY, _DRAINING)).values()) == [_DRAINING]


def test_a_draining_target_that_is_registered_again_is_initial() -> None:
    (health,) = target_health([("127.0.1.2", 80)], (_DRAINING,)).values()
    assert health.state == "initial"
