"""Tests of `explain`: the rule that matches, why earlier rules do not, and the parts of a URL that are not compared."""

from __future__ import annotations

import pytest

from colonnade.model.resolved import Resolved
from colonnade.model.routing.pattern_mismatch import mismatch
from colonnade.routes.explanation import explanation
from tests.support.project import PROJECT


def declared(name: str, environment: str = "prod", phase: str = "canary") -> Resolved:
    return next(each for each in PROJECT.resolve(environment, migration_phase=phase) if each.name == name)


def test_each_earlier_rule_has_its_reason_and_the_matched_rule_its_action() -> None:
    assert explanation(declared("services"), "/service20") == (
        "services in environment prod: https://services.example.com\n"
        "path /service20\n"
        "\n"
        "Port 443, HTTPS\n"
        f"  45789    no   /service1, /service1/*: {mismatch('/service1', '/service20')}\n"
        f"  47924    no   /service2: {mismatch('/service2', '/service20')}\n"
        f"                /service2/*: {mismatch('/service2/*', '/service20')}\n"
        f"  49738    no   /service3, /service3/*: {mismatch('/service3', '/service20')}\n"
        '  default  yes  fixed response 200 application/json: { "msg": "base route" }'
    )


def test_the_matching_pattern_is_shown_and_later_rules_are_not_evaluated() -> None:
    printed = explanation(declared("services"), "https://services.example.com/service2/fetch").splitlines()
    assert printed[-3:] == [
        "  47924    yes  /service2/*: matches",
        "                forward 100 % to service2 (3 tasks, port 7072)",
        "  2 more rules are not evaluated",
    ]


def test_an_http_url_is_redirected_first() -> None:
    printed = explanation(declared("services"), "http://services.example.com/service1")
    redirect, decision = printed.split("\n\n")[1:]
    assert redirect.splitlines() == [
        "Port 80, HTTP",
        "  default  yes  redirect 301 to https on port 443: same host, path and query",
    ]
    assert "  45789    yes  /service1: matches" in decision


def test_a_websocket_begins_as_a_request_and_its_redirect_is_not_followed() -> None:
    assert explanation(declared("services"), "wss://services.example.com/service1") == explanation(
        declared("services"), "https://services.example.com/service1"
    )
    redirect, decision = explanation(declared("services"), "ws://services.example.com/service1").split("\n\n")[1:]
    assert redirect.splitlines()[2] == "  browsers do not follow a redirect of a WebSocket: use wss"
    assert "  45789    yes  /service1: matches" in decision


@pytest.mark.parametrize(
    ("phase", "shares"),
    [
        ("attached", ["forward 100 % to api (3 tasks, port 3000)", "forward   0 % to users (3 tasks, port 3000)"]),
        ("canary", ["forward  90 % to api (3 tasks, port 3000)", "forward  10 % to users (3 tasks, port 3000)"]),
        ("retired", ["forward   0 % to api (0 tasks, port 3000)", "forward 100 % to users (3 tasks, port 3000)"]),
    ],
)
def test_the_weights_are_those_of_the_migration_phase(phase: str, shares: list[str]) -> None:
    printed = explanation(declared("message_board", phase=phase), "/api/users/1")
    assert f"migration: {phase}\n" in printed
    assert [line.strip() for line in printed.splitlines() if "forward" in line] == shares


def test_the_parts_of_a_url_that_are_not_compared_are_listed() -> None:
    printed = explanation(declared("services"), "https://other.example.com/service1/../x?page=2#top").splitlines()
    assert printed[1:6] == [
        "path /service1/../x",
        "  not compared: the query ?page=2",
        "  not sent: the fragment #top",
        "  compared as written; browsers and curl send /x instead",
        "  not compared: the host name other.example.com; the domain of this deployment is services.example.com",
    ]


@pytest.mark.parametrize(
    ("deployment", "url", "message"),
    [
        (
            "product_user",
            "https://x/user-svc",
            "No listener for https on port 443: this deployment has http on port 80.",
        ),
        (
            "product_user",
            "http://x:8080/",
            "No listener for http on port 8080: this deployment has http on port 80.",
        ),
        (
            "product_user",
            "wss://x/",
            "No listener for wss on port 443: this deployment has http on port 80.",
        ),
        (
            "services",
            "http://x:443/",
            "No listener for http on port 443: this deployment has http on port 80 and https on port 443.",
        ),
    ],
)
def test_without_a_listener_no_rule_is_evaluated(deployment: str, url: str, message: str) -> None:
    assert explanation(declared(deployment), url).splitlines()[-1] == message
    assert "yes" not in explanation(declared(deployment), url)


def test_in_the_sandbox_any_port_stands_for_a_listeners_port() -> None:
    printed = explanation(declared("services", "sandbox"), "http://services.colonnade.localhost:37183/service1")
    assert "redirect 301" in printed
    assert "/service1: matches" in printed


def test_without_rules_the_default_action_applies_to_every_request() -> None:
    printed = explanation(declared("single_service"), "/any").splitlines()
    assert printed[-2:] == ["Port 80, HTTP", "  default  yes  forward 100 % to service3 (3 tasks, port 7073)"]
