"""Which rule takes a request and why no earlier one did, as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.environment.settings import SANDBOX
from colonnade.model.resolved import Resolved
from colonnade.model.routing import path_pattern
from colonnade.model.routing.listener_rules import Decision, ListenerRule, PassedOver, Redirect, decide
from colonnade.routes.listeners import Listener, listeners
from colonnade.routes.request_url import RequestUrl, default_port, parse_url
from colonnade.routes.wording import answer_text, heading, percents, priority_text, target_text

_MARGIN = "  "


def explanation(deployment: Resolved, url: str) -> str:
    """The way of a request from the listener that gets it to the rule that takes it.

    `url` is a whole URL, or a path, which then is asked of the listener that has the rules. Raises ConfigurationError
    for what is neither.
    """
    asked = parse_url(url)
    lines = [heading(deployment), *_request(asked, deployment), ""]
    found = evaluations(asked, deployment)
    if not found:
        return "\n".join([*lines, _nobody_listens(asked, deployment)])
    blocks = ("\n".join(_listener_block(each, decision, asked, deployment)) for each, decision in found)
    return "\n".join([*lines, "\n\n".join(blocks)])


def evaluations(asked: RequestUrl, deployment: Resolved) -> tuple[tuple[Listener, Decision], ...]:
    """Return each listener that the request passes with its decision; a redirect leads to the one with the rules."""
    found = _asked_listener(asked, deployment)
    if found is None:
        return ()
    (rule, *others) = found.rules
    redirected = not others and isinstance(rule.action, Redirect)
    passed = (found, listeners(deployment)[-1]) if redirected else (found,)
    return tuple((each, decide(each.rules, host=asked.host, path=asked.path)) for each in passed)


def _request(asked: RequestUrl, deployment: Resolved) -> Iterator[str]:
    """What of the URL is compared, and what is not."""
    yield f"path {asked.path}"
    if asked.query is not None:
        yield f"{_MARGIN}not compared: the query ?{asked.query}"
    if asked.fragment is not None:
        yield f"{_MARGIN}not sent: the fragment #{asked.fragment}"
    if asked.resolved_path != asked.path:
        yield f"{_MARGIN}compared as it is sent; browsers and curl send {asked.resolved_path} instead"
    expected = deployment.domain_name
    if asked.host and expected is not None and asked.host != expected:
        yield f"{_MARGIN}no rule looks at the host name; {asked.host} is not {expected}, which is what leads here"


def _asked_listener(asked: RequestUrl, deployment: Resolved) -> Listener | None:
    available = listeners(deployment)
    if asked.scheme is None:
        return available[-1]
    wanted = (asked.scheme.upper(), _listener_port(asked, asked.scheme, deployment))
    return next((each for each in available if (each.protocol, each.port) == wanted), None)


def _listener_port(asked: RequestUrl, scheme: str, deployment: Resolved) -> int:
    """The listener's port that the request goes to; the sandbox puts any free port in a listener's place."""
    if asked.port is None or deployment.environment == SANDBOX:
        return default_port(scheme)
    return asked.port


def _nobody_listens(asked: RequestUrl, deployment: Resolved) -> str:
    there = " and ".join(f"{each.protocol.lower()} on port {each.port}" for each in listeners(deployment))
    port = asked.port if asked.port is not None else default_port(str(asked.scheme))
    return f"Nobody listens for {asked.scheme} on port {port}: this deployment has {there}."


def _listener_block(listener: Listener, decision: Decision, asked: RequestUrl, deployment: Resolved) -> Iterator[str]:
    width = max(len(priority_text(rule)) for rule in listener.rules)
    yield f"Port {listener.port}, {listener.protocol}"
    for passed in decision.passed_over:
        yield from _columns(priority_text(passed.rule), "no", _reasons(passed), width)
    yield from _columns(priority_text(decision.rule), "yes", _taken(decision.rule, asked.path, deployment), width)
    later = len(listener.rules) - len(decision.passed_over) - 1
    if later:
        yield f"{_MARGIN}{later} more {'rule is' if later == 1 else 'rules are'} not asked"


def _columns(priority: str, verdict: str, texts: Iterator[str], width: int) -> Iterator[str]:
    start = f"{_MARGIN}{priority:{width}}  {verdict:3}  "
    for text in texts:
        yield f"{start}{text}"
        start = " " * len(start)


def _reasons(passed: PassedOver) -> Iterator[str]:
    for reason in passed.reasons:
        yield f"{', '.join(reason.patterns)}: {reason.text}"


def _taken(rule: ListenerRule, path: str, deployment: Resolved) -> Iterator[str]:
    matching = [pattern for pattern in rule.path_patterns if path_pattern.matches(pattern, path)]
    if matching:
        yield f"{', '.join(matching)}: matches"
    if isinstance(rule.action, FixedResponse | Redirect):
        yield answer_text(rule.action)
        return
    for service, percent in percents(rule.action).items():
        yield f"forward {percent:3} % to {service} ({target_text(deployment, service)})"
