"""Sticky sessions over real connections: the cookie binds a client to a target, and is renewed with each response."""

from __future__ import annotations

import http.cookies
import time

import pytest

from colonnade_sandbox.control_plane.snapshot import Target
from colonnade_sandbox.data_plane import sticky_sessions
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import get
from tests.support.http_targets import HttpTargets
from tests.support.load_balancer_snapshots import forward, listener, snapshot, target_group
from tests.support.waiting import wait_until

DAY = 24 * 3600


def _serve(data_plane: DataPlane, *targets: Target, seconds: int | None = DAY) -> int:
    group = target_group("group", *targets, sticky_session_seconds=seconds)
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    wait_until(lambda: all(each.state == "healthy" for each in data_plane.target_health()["group"]), seconds=10)
    return data_plane.ports()["listener-80"]


def _cookies(port: int, sent: dict[str, str] | None = None) -> tuple[str, dict[str, str]]:
    """Return the body of a response, and its cookies, as a client would send them again."""
    header = "; ".join(f"{name}={value}" for name, value in (sent or {}).items())
    response = get(port, headers={"Cookie": header} if header else {})
    found: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    for value in response.values("Set-Cookie"):
        found.load(value)
    return response.body.decode(), {name: each.value for name, each in found.items()}


def test_the_cookie_binds_a_client_to_its_target_and_other_clients_take_turns(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    one, two = (targets.serve_text(text) for text in ("one", "two"))
    port = _serve(data_plane, one.target, two.target)
    first, cookies = _cookies(port)
    assert cookies.keys() == {"AWSALB", "AWSALBCORS"}
    assert {_cookies(port, cookies)[0] for _ in range(5)} == {first}
    assert {_cookies(port)[0] for _ in range(2)} == {"one", "two"}


def test_a_client_whose_target_is_gone_gets_another_one_and_its_cookie(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    one, two = (targets.serve_text(text) for text in ("one", "two"))
    _, cookies = _cookies(_serve(data_plane, one.target))
    port = _serve(data_plane, two.target)
    body, renewed = _cookies(port, cookies)
    assert body == "two"
    assert renewed["AWSALB"] != cookies["AWSALB"]


def test_a_session_ends_when_its_client_makes_no_request_for_its_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target(address="127.0.0.2", port=80)
    value = sticky_sessions.session_cookies(target, 10)[0].partition("=")[2].partition(";")[0]
    assert sticky_sessions.bound_target({"AWSALB": value}) == target
    assert sticky_sessions.bound_target({"AWSALBCORS": value}) == target
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 11)
    assert sticky_sessions.bound_target({"AWSALB": value}) is None


@pytest.mark.parametrize("value", ["", "x", "AAAA", "MTI3LjAuMC4yIDgwIG5ldmVy"])
def test_a_cookie_that_is_not_of_the_load_balancer_binds_nothing(value: str) -> None:
    assert sticky_sessions.bound_target({"AWSALB": value}) is None


def test_a_group_without_sticky_sessions_sets_no_cookie(data_plane: DataPlane, targets: HttpTargets) -> None:
    target = targets.serve_text("one")
    assert _cookies(_serve(data_plane, target.target, seconds=None)) == ("one", {})
