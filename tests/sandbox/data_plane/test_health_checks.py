"""Health checks of real targets: states, reasons, fail-open, and the groups that are checked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from colonnade_sandbox.data_plane.certificate_authority import CertificateAuthority
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import get
from tests.support.http_targets import HttpTargets
from tests.support.load_balancer_snapshots import CHECK, forward, listener, snapshot, target_group
from tests.support.waiting import wait_until


def first(data_plane: DataPlane) -> tuple[str, str, str]:
    health = data_plane.target_health()["group"][0]
    return health.state, health.reason, health.description


def test_a_target_goes_from_initial_to_healthy_to_unhealthy_and_back(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    target = targets.serve_text("ok")
    target.health_status = 503
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(target_group("group", target.target),)))
    wait_until(lambda: first(data_plane)[1] == "Elb.InitialHealthChecking")
    target.health_status = 200
    wait_until(lambda: first(data_plane) == ("healthy", "", ""))
    target.health_status = 503
    wait_until(lambda: first(data_plane)[0] == "unhealthy")
    assert first(data_plane)[1:] == (
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [503]",
    )
    assert get(data_plane.ports()["listener-80"]).body == b"ok", "the only target is unhealthy: fail open"
    target.health_status = 200
    wait_until(lambda: first(data_plane) == ("healthy", "", ""))


def test_a_refused_connection_and_a_timeout_have_different_reasons(data_plane: DataPlane, targets: HttpTargets) -> None:
    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    refusing = targets.serve_text("").target
    targets.stop(refusing)
    check = replace(CHECK, unhealthy_threshold=1)
    group = target_group("group", refusing, targets.serve_bytes(hang), check=check)
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    wait_until(lambda: {health.state for health in data_plane.target_health()["group"]} == {"unhealthy"})
    assert [health.reason for health in data_plane.target_health()["group"]] == [
        "Target.FailedHealthChecks",
        "Target.Timeout",
    ]


def test_an_unhealthy_target_gets_no_requests_while_another_is_healthy(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    good, bad = targets.serve_text("good"), targets.serve_text("bad")
    bad.health_status = 500
    group = target_group("group", good.target, bad.target)
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    wait_until(lambda: first(data_plane)[0] == "healthy")
    assert {get(data_plane.ports()["listener-80"]).body for _ in range(6)} == {b"good"}


def test_a_group_is_unused_and_unchecked_until_a_listener_rule_forwards_to_it(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    target = targets.serve_text("")
    group = target_group("group", target.target)
    data_plane.update(snapshot(listener(), groups=(group,)))
    assert first(data_plane)[:2] == ("unused", "Target.NotInUse")
    assert target.health_checks == []
    data_plane.update(snapshot(listener(default=forward(group=0)), groups=(group,)))
    wait_until(lambda: first(data_plane)[0] == "healthy")


def test_a_health_check_has_its_user_agent_and_goes_directly_to_the_target(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    target = targets.serve_text("")
    group = target_group("group", target.target)
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    wait_until(lambda: target.health_checks != [])
    headers = target.health_checks[0].headers
    assert headers["User-Agent"] == "ELB-HealthChecker/2.0"
    assert headers["Host"] == f"{target.target.address}:{target.target.port}"
    assert "X-Forwarded-For" not in headers


def test_a_changed_health_check_applies_at_once(data_plane: DataPlane, targets: HttpTargets) -> None:
    target = targets.serve_text("")
    slow = replace(CHECK, path="/missing", matcher="404", interval_seconds=300)
    rule = listener(default=forward(group=1))
    data_plane.update(snapshot(rule, groups=(target_group("group", target.target, check=slow),)))
    wait_until(lambda: target.requests != [])
    data_plane.update(snapshot(rule, groups=(target_group("group", target.target),)))
    wait_until(lambda: first(data_plane)[0] == "healthy", seconds=5)


def test_a_health_check_uses_its_own_port_and_codes(data_plane: DataPlane, targets: HttpTargets) -> None:
    target = targets.serve_text("ok")
    admin = targets.serve_text("ok", host=target.target.address)
    target.health_status, admin.health_status = 503, 204
    check = replace(CHECK, port=admin.target.port, matcher="200-299")
    group = target_group("group", target.target, check=check)
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    wait_until(lambda: first(data_plane)[0] == "healthy")
    assert target.health_checks == []
    data_plane.update(
        snapshot(listener(default=forward(group=1)), groups=(replace(group, health_check=replace(check, port=None)),))
    )
    wait_until(lambda: first(data_plane)[0] == "unhealthy")


def test_a_health_check_over_https_does_not_verify_the_certificate(
    data_plane: DataPlane, targets: HttpTargets, tmp_path: Path
) -> None:
    other = CertificateAuthority(tmp_path).server_context(("target.example",))
    target = targets.serve_text("ok", tls=other)
    check = replace(CHECK, protocol="HTTPS")
    group = target_group("group", target.target, check=check)
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    wait_until(lambda: first(data_plane)[0] == "healthy")
