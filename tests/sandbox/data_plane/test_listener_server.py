"""A listener's responses over real connections: rules, redirects, fixed responses, weights, HTTPS."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections import Counter
from dataclasses import replace

import pytest

from colonnade_sandbox.control_plane.snapshot import Action
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import ask, connect, get
from tests.support.http_targets import HttpTarget, HttpTargets
from tests.support.load_balancer_snapshots import (
    BASE,
    TO_HTTPS,
    forward,
    listener,
    path_rule,
    snapshot,
    target_group,
)
from tests.support.waiting import wait_until

DOMAINS = ("services.colonnade.localhost", "*.services.colonnade.localhost")


def tls_get(data_plane: DataPlane, host: str, path: str) -> tuple[int, bytes, str | None]:
    """Return status, body and TLS version of a GET on the HTTPS listener; trust only the data plane's authority."""
    context = ssl.create_default_context(cafile=data_plane.certificate_authority_path)
    plain = socket.create_connection(("127.0.0.1", data_plane.ports()["listener-443"]), timeout=10)
    with plain, context.wrap_socket(plain, server_hostname=host) as secured:
        secured.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        response = http.client.HTTPResponse(secured)
        response.begin()
        return response.status, response.read(), secured.version()


def handshake(data_plane: DataPlane, newest: ssl.TLSVersion) -> str | None:
    """Return the TLS version of a connection whose client supports 1.0 to `newest`."""
    context = ssl.create_default_context(cafile=data_plane.certificate_authority_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    plain = socket.create_connection(("127.0.0.1", data_plane.ports()["listener-443"]), timeout=10)
    with plain, context.wrap_socket(plain, server_hostname=DOMAINS[0]) as secured:
        return secured.version()


def shares(data_plane: DataPlane, requests: int) -> Counter[bytes]:
    """Return the number of responses of each target to this many requests on one connection."""
    connection = connect(data_plane.ports()["listener-80"])
    answers = Counter(ask(connection).body for _ in range(requests))
    connection.close()
    return answers


def all_healthy(data_plane: DataPlane) -> bool:
    return {health.state for group in data_plane.target_health().values() for health in group} == {"healthy"}


def test_port_80_redirects_to_the_real_port_of_443_and_443_serves_the_fixed_response(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener(default=TO_HTTPS), listener(port=443, certificate_domains=DOMAINS)))
    ports = data_plane.ports()
    moved = get(ports["listener-80"], "/a?b=c", headers={"Host": f"{DOMAINS[0]}:{ports['listener-80']}"})
    assert (moved.status, moved.reason) == (301, "Moved Permanently")
    assert moved.values("Location") == [f"https://{DOMAINS[0]}:{ports['listener-443']}/a?b=c"]
    status, body, version = tls_get(data_plane, DOMAINS[0], "/a?b=c")
    assert (status, body, version) == (200, b'{ "msg": "base route" }', "TLSv1.3")


def test_the_certificate_covers_the_listeners_domains_and_no_others(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener(port=443, certificate_domains=DOMAINS)))
    assert tls_get(data_plane, f"api.{DOMAINS[0]}", "/")[0] == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        tls_get(data_plane, "other.localhost", "/")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_2_is_accepted_and_1_1_is_refused(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener(port=443, certificate_domains=DOMAINS)))
    assert handshake(data_plane, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises(ssl.SSLError):
        handshake(data_plane, ssl.TLSVersion.TLSv1_1)


def test_the_target_of_an_https_listener_receives_the_protocol_https(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    target = targets.serve_text("ok")
    data_plane.update(
        snapshot(
            listener(default=forward(group=1), port=443, certificate_domains=DOMAINS),
            groups=(target_group("group", target.target),),
        )
    )
    assert tls_get(data_plane, DOMAINS[0], "/")[:2] == (200, b"ok")
    assert target.requests[0].headers["X-Forwarded-Proto"] == "https"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/service1", b"one"),
        ("/service1/fetch?x=/service2", b"one"),
        ("/service1/only", b"only"),
        ("/service10", b'{ "msg": "base route" }'),
    ],
)
def test_rules_apply_by_priority_and_path(
    data_plane: DataPlane, targets: HttpTargets, path: str, expected: bytes
) -> None:
    rules = (
        path_rule(1, "/service1/only", action=replace(BASE, message_body="only")),
        path_rule(2, "/service1", "/service1/*", action=forward(one=1)),
    )
    one = targets.serve_text("one")
    data_plane.update(snapshot(listener(*rules), groups=(target_group("one", one.target),)))
    assert get(data_plane.ports()["listener-80"], path).body == expected


def test_a_fixed_response_has_its_status_type_and_body(data_plane: DataPlane) -> None:
    not_found = replace(BASE, status_code=404, content_type="text/plain", message_body="Not Found")
    data_plane.update(snapshot(listener(default=not_found)))
    connection = connect(data_plane.ports()["listener-80"])
    got = ask(connection)
    assert (got.status, got.body) == (404, b"Not Found")
    assert (got.values("Content-Type"), got.values("Server")) == (["text/plain"], ["awselb/2.0"])
    head = ask(connection, method="HEAD")
    assert (head.status, head.body, head.values("Content-Length")) == (404, b"", ["9"])
    connection.close()


@pytest.mark.parametrize("action", [forward(empty=1), forward(empty=0), forward(unknown=1)])
def test_without_a_registered_target_the_answer_is_503(data_plane: DataPlane, action: Action) -> None:
    data_plane.update(snapshot(listener(default=action), groups=(target_group("empty"),)))
    got = get(data_plane.ports()["listener-80"])
    assert (got.status, got.reason, got.values("Server")) == (503, "Service Temporarily Unavailable", ["awselb/2.0"])


def test_two_targets_share_requests_evenly(data_plane: DataPlane, targets: HttpTargets) -> None:
    pair = [targets.serve_text(text).target for text in ("a", "b")]
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(target_group("group", *pair),)))
    wait_until(lambda: all_healthy(data_plane))
    assert shares(data_plane, 200) == {b"a": 100, b"b": 100}


def test_a_canary_gets_its_share_of_two_thousand_requests_and_a_group_of_weight_0_only_health_checks(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    old, new, idle = (targets.serve_text(text) for text in ("old", "new", "idle"))
    canary = listener(default=forward(old=90, new=10, idle=0))
    groups = tuple(target_group(arn, served.target) for arn, served in (("old", old), ("new", new), ("idle", idle)))
    data_plane.update(snapshot(canary, groups=groups))
    wait_until(lambda: all_healthy(data_plane))
    assert shares(data_plane, 2000) == {b"old": 1800, b"new": 200}
    assert (len(idle.requests), len(idle.health_checks) > 0) == (0, True)


def test_weights_change_in_place_on_an_open_connection(data_plane: DataPlane, targets: HttpTargets) -> None:
    served: dict[str, HttpTarget] = {arn: targets.serve_text(arn) for arn in ("old", "new")}
    groups = tuple(target_group(arn, server.target) for arn, server in served.items())
    data_plane.update(snapshot(listener(default=forward(old=1, new=0)), groups=groups))
    wait_until(lambda: all_healthy(data_plane))
    connection = connect(data_plane.ports()["listener-80"])
    before = Counter(ask(connection).body for _ in range(10))
    local = connection.sock.getsockname()
    data_plane.update(snapshot(listener(default=forward(old=0, new=1)), groups=groups))
    after = Counter(ask(connection).body for _ in range(10))
    assert (before, after) == ({b"old": 10}, {b"new": 10})
    assert connection.sock.getsockname() == local
    connection.close()


def test_a_listeners_certificate_changes_in_place(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener(port=443, certificate_domains=DOMAINS)))
    before = data_plane.ports()
    data_plane.update(snapshot(listener(port=443, certificate_domains=("other.localhost",))))
    assert tls_get(data_plane, "other.localhost", "/")[0] == 200
    assert data_plane.ports() == before
