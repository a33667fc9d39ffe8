"""Tests that the listeners equal the synthesized ones, and match rules as the load balancer of the sandbox does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.errors import ConfigurationError
from colonnade.model.resolved import Resolved
from colonnade.model.routing.listener_rules import ListenerRule, Redirect, decide, in_order
from colonnade.model.routing.rule_action import ForwardByWeight
from colonnade.model.service.declaration import Service
from colonnade.routes.listeners import listeners
from colonnade_sandbox.control_plane import snapshot
from colonnade_sandbox.data_plane.rules import first_matching
from tests.support import specs
from tests.support.project import PROJECT
from tests.support.synth import DEPLOYMENT_NAMES, Stack, synthesized

PHASES = ("canary", "retired")
PREFIXES = st.lists(st.from_regex("(/(a|ab|b)){1,3}", fullmatch=True), min_size=1, max_size=5, unique=True)
PATHS = st.from_regex("(/|/a|/ab|/b|b|A|%2F){1,5}", fullmatch=True)


def declared(name: str, phase: str) -> Resolved:
    return next(each for each in PROJECT.resolve("sandbox", migration_phase=phase) if each.name == name)


class Synthesized:
    """The listeners of a stack's Terraform JSON, as this project's types."""

    def __init__(self, stack: Stack) -> None:
        self._resources: Any = json.loads(stack.text)["resource"]

    def by_port(self) -> dict[int, tuple[ListenerRule, ...]]:
        return {
            body["port"]: in_order(self._rules(f"${{aws_lb_listener.{id_}.arn}}", body))
            for id_, body in self._resources["aws_lb_listener"].items()
        }

    def _rules(self, arn: str, listener: Mapping[str, Any]) -> Iterator[ListenerRule]:
        yield ListenerRule(priority=None, action=self._action(listener["default_action"][0]))
        for body in self._resources.get("aws_lb_listener_rule", {}).values():
            if body["listener_arn"] == arn:
                patterns = tuple(body["condition"][0]["path_pattern"]["values"])
                action = self._action(body["action"][0])
                yield ListenerRule(priority=body["priority"], path_patterns=patterns, action=action)

    def _action(self, action: Mapping[str, Any]) -> Any:
        if "redirect" in action:
            status_code = int(action["redirect"]["status_code"].removeprefix("HTTP_"))
            port = int(action["redirect"]["port"])
            return Redirect(protocol=action["redirect"]["protocol"], port=port, status_code=status_code)
        if "fixed_response" in action:
            response = action["fixed_response"]
            return FixedResponse(**{**response, "status_code": int(response["status_code"])})
        if "forward" in action:
            groups = action["forward"]["target_group"]
            return ForwardByWeight(percents={self._service(group["arn"]): group["weight"] for group in groups})
        return ForwardTo(service=self._service(action["target_group_arn"]))

    def _service(self, arn: str) -> str:
        name: str = self._resources["aws_lb_target_group"][arn.split(".")[1]]["tags"]["Name"]
        return name


@pytest.mark.synth
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_the_listeners_are_those_of_the_synthesized_stack(deployment: str, phase: str) -> None:
    declared_rules = {each.port: each.rules for each in listeners(declared(deployment, phase))}
    assert declared_rules == Synthesized(synthesized(migration_phase=phase)[deployment]).by_port()


@given(PREFIXES, PATHS)
@settings(deadline=None)
def test_the_matched_rule_is_the_one_that_the_sandbox_matches(prefixes: list[str], path: str) -> None:
    services = [specs.service(f"s{place}", prefix) for place, prefix in enumerate(prefixes)]
    deployment = resolved_or_rejected(*services)
    rules = [
        snapshot.ListenerRule(
            arn=service.name,
            priority=deployment.service(service.name).priority,
            conditions=(snapshot.Condition(field="path-pattern", values=(prefix, f"{prefix}/*")),),
            action=snapshot.ForwardAction(target_groups=()),
        )
        for service, prefix in zip(services, prefixes, strict=True)
    ]
    default = snapshot.ListenerRule(
        arn="default", priority=None, conditions=(), action=snapshot.ForwardAction(target_groups=())
    )
    by_priority = [*sorted(rules, key=lambda rule: rule.priority or 0), default]
    action = decide(listeners(deployment)[-1].rules, host="shop.example.com", path=path).rule.action
    expected = first_matching(by_priority, host="shop.example.com", path=path).arn
    assert (action.service if isinstance(action, ForwardTo) else "default") == expected


def resolved_or_rejected(*services: Service) -> Resolved:
    """Return the deployment of these services; reject the rare example in which two priorities collide."""
    try:
        return specs.resolved(specs.deployment(*services))
    except ConfigurationError:
        reject()


def test_with_a_domain_port_80_redirects_and_443_has_the_rules() -> None:
    http, https = listeners(declared("services", "canary"))
    assert (http.protocol, http.port, [rule.action for rule in http.rules]) == (
        "HTTP",
        80,
        [Redirect(protocol="HTTPS", port=443, status_code=301)],
    )
    assert (https.protocol, https.port, len(https.rules)) == ("HTTPS", 443, 4)


def test_without_a_domain_the_rules_are_on_port_80() -> None:
    (http,) = listeners(declared("product_user", "canary"))
    assert (http.protocol, http.port, len(http.rules)) == ("HTTP", 80, 3)
