"""A service that answers 404 at its own path prefix is named, after one request through the load balancer."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade_sandbox.control_plane.snapshot import (
    Action,
    Condition,
    FixedResponseAction,
    ForwardAction,
    Listener,
    ListenerRule,
    LoadBalancer,
    Snapshot,
    WeightedTargetGroup,
)
from colonnade_sandbox.session.endpoints import Endpoint, Endpoints
from colonnade_sandbox.session.prefix_check import prefix_questions
from tests.support.ecs_snapshots import TARGET_GROUP, ecs_service


class _Handler(http.server.BaseHTTPRequestHandler):
    requested: list[str]

    def do_GET(self) -> None:
        self.requested.append(self.path)
        self.send_response(404 if self.path == "/orders" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    _Handler.requested = []
    with http.server.HTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Endpoints(
            host="shop.localhost", listeners=(Endpoint(scheme="http", aws_port=80, port=server.server_port),)
        )
        server.shutdown()
        thread.join()


def _rule(priority: int | None, action: Action, *paths: str) -> ListenerRule:
    conditions = (Condition(field="path-pattern", values=paths),) if paths else ()
    return ListenerRule(arn=f"rule-{priority}", priority=priority, conditions=conditions, action=action)


def _forward(*groups: tuple[str, int]) -> ForwardAction:
    return ForwardAction(
        target_groups=tuple(WeightedTargetGroup(target_group_arn=arn, weight=weight) for arn, weight in groups)
    )


def _snapshot(*rules: ListenerRule) -> Snapshot:
    listener = Listener(arn="listener", port=80, protocol="HTTP", certificate_domains=(), rules=rules)
    balancer = LoadBalancer(
        arn="balancer",
        name="shop",
        dns_name="shop",
        idle_timeout_seconds=60,
        drop_invalid_header_fields=True,
        listeners=(listener,),
    )
    return Snapshot(load_balancers=(balancer,), services=(ecs_service(),))


def test_a_service_that_answers_404_at_its_prefix_is_named(endpoints: Endpoints) -> None:
    snapshot = _snapshot(_rule(1, _forward((TARGET_GROUP, 1), ("other", 0)), "/orders", "/orders/*"))
    assert prefix_questions(snapshot, endpoints, Path()) == [
        "orders answers 404 at its path prefix /orders; does it serve under PATH_PREFIX?"
    ]


def test_a_service_that_serves_its_prefix_has_no_line(endpoints: Endpoints) -> None:
    assert prefix_questions(_snapshot(_rule(None, _forward((TARGET_GROUP, 1)))), endpoints, Path()) == []
    assert _Handler.requested == ["/"]


@pytest.mark.parametrize(
    "rule",
    [
        _rule(1, _forward((TARGET_GROUP, 1), ("other", 1)), "/orders"),
        _rule(1, _forward((TARGET_GROUP, 1)), "/orders*"),
        _rule(1, FixedResponseAction(status_code=404, content_type="text/plain", message_body=""), "/orders"),
    ],
)
def test_the_answer_of_another_one_is_not_requested(endpoints: Endpoints, rule: ListenerRule) -> None:
    assert prefix_questions(_snapshot(rule), endpoints, Path()) == []
    assert _Handler.requested == []
