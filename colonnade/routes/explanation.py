"""An explanation, in plain text, of which rule matches a request and why the earlier rules do not."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.environment.settings import SANDBOX
from colonnade.model.resolved import Resolved
from colonnade.model.routing import path_pattern
from colonnade.model.routing.listener_rules import Decision, ListenerRule, PassedOver, Redirect, decide
from colonnade.model.routing.rule_action import OwnersAction
from colonnade.routes.listeners import Listener, listeners
from colonnade.routes.request_url import RequestUrl, default_port, listener_protocol, parse_url
from colonnade.routes.wording import answer_text, heading, percents, priority_text, rules_of_others, target_text

_MARGIN = "  "


def explanation(deployment: Resolved, url: str) -> str:
    """Return the evaluation of a request, from the listener that receives it to the rule that matches.

    `url` is a URL or a path. A path is evaluated by the listener that has the rules. Raises ConfigurationError for any
    other value.
    """
    request = parse_url(url)
    lines = [heading(deployment), *_compared(request, deployment), ""]
    found = evaluations(request, deployment)
    if not found:
        return "\n".join([*lines, _no_listener(request, deployment)])
    blocks = ("\n".join(_listener_block(each, decision, request, deployment)) for each, decision in found)
    return "\n".join([*lines, "\n\n".join(blocks)])


def evaluations(request: RequestUrl, deployment: Resolved) -> tuple[tuple[Listener, Decision], ...]:
    """Return each listener that receives the request, with the rule that matches there.

    If a listener redirects the request, the listener that it redirects to follows.
    """
    found = _listener_of(request, deployment)
    if found is None:
        return ()
    (rule, *others) = found.rules
    redirected = not others and isinstance(rule.action, Redirect)
    passed = (found, listeners(deployment)[-1]) if redirected else (found,)
    return tuple((each, decide(each.rules, host=request.host, path=request.path)) for each in passed)


def _compared(request: RequestUrl, deployment: Resolved) -> Iterator[str]:
    """Yield the path that the rules compare, and the parts of the URL that they do not compare."""
    yield f"path {request.path}"
    if request.query is not None:
        yield f"{_MARGIN}not compared: the query ?{request.query}"
    if request.fragment is not None:
        yield f"{_MARGIN}not sent: the fragment #{request.fragment}"
    if request.resolved_path != request.path:
        yield f"{_MARGIN}compared as written; browsers and curl send {request.resolved_path} instead"
    domain = deployment.domain_name
    if request.host and domain is not None and request.host != domain and deployment.listener is None:
        yield f"{_MARGIN}not compared: the host name {request.host}; the domain of this deployment is {domain}"


def _listener_of(request: RequestUrl, deployment: Resolved) -> Listener | None:
    available = listeners(deployment)
    if request.scheme is None:
        return available[-1]
    wanted = (listener_protocol(request.scheme), _listener_port(request, request.scheme, deployment))
    return next((each for each in available if (each.protocol, each.port) == wanted), None)


def _listener_port(request: RequestUrl, scheme: str, deployment: Resolved) -> int:
    """Return the port on AWS of the listener that receives the request.

    In the sandbox, where listeners have free ports, only the scheme counts.
    """
    if request.port is None or deployment.environment == SANDBOX:
        return default_port(scheme)
    return request.port


def _no_listener(request: RequestUrl, deployment: Resolved) -> str:
    available = " and ".join(f"{each.protocol.lower()} on port {each.port}" for each in listeners(deployment))
    port = request.port if request.port is not None else default_port(str(request.scheme))
    return f"No listener for {request.scheme} on port {port}: this deployment has {available}."


def _listener_block(listener: Listener, decision: Decision, request: RequestUrl, deployment: Resolved) -> Iterator[str]:
    width = max(len(priority_text(rule)) for rule in listener.rules)
    redirects_websocket = request.scheme == "ws" and isinstance(decision.rule.action, Redirect)
    yield f"Port {listener.port}, {listener.protocol}"
    for passed in decision.passed_over:
        yield from _columns(priority_text(passed.rule), "no", _reasons(passed), width)
    yield from _columns(priority_text(decision.rule), "yes", _matched(decision.rule, request.path, deployment), width)
    yield from (f"{_MARGIN}{line}" for line in rules_of_others(deployment))
    if redirects_websocket:
        yield f"{_MARGIN}browsers do not follow a redirect of a WebSocket: use wss"
    later = len(listener.rules) - len(decision.passed_over) - 1
    if later:
        yield f"{_MARGIN}{later} more {'rule is' if later == 1 else 'rules are'} not evaluated"


def _columns(priority: str, verdict: str, texts: Iterator[str], width: int) -> Iterator[str]:
    start = f"{_MARGIN}{priority:{width}}  {verdict:3}  "
    for text in texts:
        yield f"{start}{text}"
        start = " " * len(start)


def _reasons(passed: PassedOver) -> Iterator[str]:
    for reason in passed.reasons:
        yield f"{', '.join(reason.patterns)}: {reason.text}"


def _matched(rule: ListenerRule, path: str, deployment: Resolved) -> Iterator[str]:
    matching = [pattern for pattern in rule.path_patterns if path_pattern.matches(pattern, path)]
    if matching:
        yield f"{', '.join(matching)}: matches"
    if isinstance(rule.action, FixedResponse | Redirect | OwnersAction):
        yield answer_text(rule.action)
        return
    for service, percent in percents(rule.action).items():
        yield f"forward {percent:3} % to {service} ({target_text(deployment, service)})"
