"""JSON documents of a deployment's listener rules, and of the evaluation of one request by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.resolved import Resolved
from colonnade.model.routing.listener_rules import Decision, ListenerRule, Redirect
from colonnade.model.routing.rule_action import OwnersAction
from colonnade.routes.explanation import evaluations
from colonnade.routes.listeners import Listener, listeners
from colonnade.routes.request_url import parse_url
from colonnade.routes.wording import percents

VERSION = 1
"""The version of both documents. It increases when a member is changed or removed, not when one is added."""


def table_document(deployment: Resolved) -> dict[str, Any]:
    """Return every listener with its rules in the order in which they are evaluated."""
    found = [{**_listener(each), "rules": [_rule(rule) for rule in each.rules]} for each in listeners(deployment)]
    return {**_head(deployment), "listeners": found}


def explanation_document(deployment: Resolved, url: str) -> dict[str, Any]:
    """Return each listener that receives the request, with the rules evaluated; `listeners` is empty if none does."""
    request = parse_url(url)
    passed = evaluations(request, deployment)
    return {**_head(deployment), "url": url, "path": request.path, "listeners": [_evaluated(*each) for each in passed]}


def _head(deployment: Resolved) -> dict[str, Any]:
    return {"version": VERSION, "deployment": deployment.name, "environment": deployment.environment}


def _listener(listener: Listener) -> dict[str, Any]:
    return {"protocol": listener.protocol, "port": listener.port}


def _evaluated(listener: Listener, decision: Decision) -> dict[str, Any]:
    skipped: Sequence[dict[str, Any]] = [
        {
            **_rule(passed.rule),
            "reasons": [{"patterns": list(reason.patterns), "text": reason.text} for reason in passed.reasons],
        }
        for passed in decision.passed_over
    ]
    return {**_listener(listener), "not_matched": skipped, "matched": _rule(decision.rule)}


def _rule(rule: ListenerRule) -> dict[str, Any]:
    return {
        "priority": rule.priority,
        "host_patterns": list(rule.host_patterns),
        "path_patterns": list(rule.path_patterns),
        "action": _action(rule),
    }


def _action(rule: ListenerRule) -> dict[str, Any]:
    action = rule.action
    if isinstance(action, Redirect):
        return {
            "type": "redirect",
            "status_code": action.status_code,
            "protocol": action.protocol,
            "port": action.port,
        }
    if isinstance(action, OwnersAction):
        return {"type": "owners_action"}
    if isinstance(action, FixedResponse):
        return {
            "type": "fixed_response",
            "status_code": action.status_code,
            "content_type": action.content_type,
            "body": action.message_body,
        }
    return {"type": "forward", "percents": dict(percents(action))}
