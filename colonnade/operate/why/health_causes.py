"""The causes of failing health checks: container checks, response codes, ports, addresses, time.

The load balancer's answers are those of DescribeTargetHealth, and of the service's events for tasks that were stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.operate.why.cause import TARGET_HEALTH, Cause, Find, Values, container_values, first_of, last_line
from colonnade.operate.why.evidence import Evidence, TargetGroup, Task, TaskContainer
from colonnade.operate.why.log_lines import Listening, listening

_EXCEPTION = re.compile(r"^\s*(?:\w+ )?(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception)\b(?::|$)|^panic: ")
_WAITING = re.compile(
    r"\bwait(?:ing|s)? (?:for|until|on) (?!application startup)|"
    r"\bis (?:unavailable|not (?:yet )?(?:ready|available|up))\b|"
    r"\b(?:retrying|trying again|will retry|trying to connect)\b",
    re.IGNORECASE,
)
_LAST_LINES = 5
_CODES = re.compile(r"codes: \[([\d, -]+)\]")


def _container_check(evidence: Evidence) -> Values | None:
    for task in evidence.failures:
        if "failed container health checks" in task.stopped_reason:
            return _checked(evidence, task)
    for task in evidence.running_tasks:
        if any(each.health == "UNHEALTHY" for each in task.containers):
            return _checked(evidence, task)
    return None


def _checked(evidence: Evidence, task: Task) -> Values:
    checks = {each["name"]: each.get("healthCheck") for each in evidence.definition.get("containerDefinitions", [])}
    unhealthy = [each for each in task.containers if each.health == "UNHEALTHY"]
    container = (unhealthy or [each for each in task.containers if checks.get(each.name)] or [task.culprit])[0]
    return container_values(evidence, container)


def _codes(*, first: int, last: int) -> Find:
    """Return a search for answers to health checks with a status from `first` to `last`."""

    def find(evidence: Evidence) -> Values | None:
        for group, answer in evidence.answers():
            codes = _CODES.search(answer)
            if codes is not None and any(first <= int(each) <= last for each in re.findall(r"\d+", codes[1])):
                line = last_line(_container(evidence, group))
                return {**_group_values(group), "status": codes[1], "line": line}
        return None

    return find


def _unanswered(evidence: Evidence, word: str = "") -> Iterator[tuple[TargetGroup, TaskContainer | None]]:
    for group, answer in evidence.answers():
        if _CODES.search(answer) is None and word in answer:
            yield group, _container(evidence, group)


def _local_address(evidence: Evidence) -> Values | None:
    for group, container in _unanswered(evidence):
        for address in _listening(container):
            if address.local:
                return {**_group_values(group), "host": address.host, "listens": address.port}
    return None


def _other_port(evidence: Evidence) -> Values | None:
    """Find a port that the log or the variable PORT names, and that is not the checked one."""
    for group, container in _unanswered(evidence):
        ports = [address.port for address in _listening(container)]
        variable = evidence.variables(group.container).get("PORT", "")
        found = ports[-1] if ports else int(variable) if variable.isdigit() else group.checked_port
        if group.checked_port not in (found, *ports):
            return {**_group_values(group), "listens": found}
    return None


def _closed_port(evidence: Evidence) -> Values | None:
    return next((_group_values(group) for group, _ in _unanswered(evidence, "timed out") if group.closed), None)


def _timeout(evidence: Evidence) -> Values | None:
    for group, container in _unanswered(evidence, "timed out"):
        if container is None or _listening(container):
            return {**_group_values(group), "seconds": group.timeout_seconds}
    return None


def _silent(evidence: Evidence) -> Iterator[tuple[TargetGroup, TaskContainer]]:
    """Yield the apps that listen on the checked port, as their logs say, and do not answer there."""
    for group, container in _unanswered(evidence):
        if container is not None and group.checked_port in [address.port for address in _listening(container)]:
            yield group, container


def _no_answer(evidence: Evidence) -> Values | None:
    """Find an app that listens on the checked port and does not answer there in HTTP."""
    for group, _ in _silent(evidence):
        return {**_group_values(group), "protocol": group.check.get("HealthCheckProtocol", "HTTP")}
    return None


def _handler_fails(evidence: Evidence) -> Values | None:
    """Find an exception in the log of an app that listens on the checked port and does not answer there."""
    for group, container in _silent(evidence):
        errors = [line.strip() for line in container.log if _EXCEPTION.search(line)]
        if errors:
            return {**_group_values(group), "line": errors[-1]}
    return None


def _waits(evidence: Evidence) -> Values | None:
    """Find an app that says in its last lines that it waits, and that has logged no address."""
    for group, container in _unanswered(evidence):
        if container is None or _listening(container):
            continue
        said = [line.strip() for line in container.log[-_LAST_LINES:] if _WAITING.search(line)]
        if said:
            return {**_group_values(group), "line": said[-1]}
    return None


def _not_listening(evidence: Evidence) -> Values | None:
    for group, container in _unanswered(evidence):
        seconds = [each.seconds for each in evidence.failures if each.seconds is not None]
        return {
            **_group_values(group),
            "seconds": round(max(seconds, default=evidence.grace_seconds)),
            "grace": evidence.grace_seconds,
            "line": last_line(container),
        }
    return None


def _wrong_zone(evidence: Evidence) -> Values | None:
    for group in evidence.target_groups:
        for target in group.targets:
            if target.state == "unused" and "Availability Zone" in target.description:
                return {"address": target.address, "group": group.name}
    return None


def _listening(container: TaskContainer | None) -> tuple[Listening, ...]:
    return tuple(listening(container.log)) if container is not None else ()


def _container(evidence: Evidence, group: TargetGroup) -> TaskContainer | None:
    """Return the container that the group forwards to: of the newest failed task, otherwise of a running one."""
    containers = (each for task in (*evidence.failures, *evidence.running_tasks) for each in task.containers)
    return next((each for each in containers if each.name == group.container), None)


def _group_values(group: TargetGroup) -> dict[str, object]:
    return {"path": group.path, "port": group.checked_port, "matcher": group.matcher, "container": group.container}


HEALTH_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="container-health-check",
        sign="`Task failed container health checks`, `healthStatus` UNHEALTHY",
        sentence="the health check command of container {container!r} fails: {check}",
        fix="run the command in the image: its program must exist there; `start_period_seconds` must cover the start",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html",
        find=_container_check,
    ),
    Cause(
        name="zone-not-enabled",
        sign="`Target is in an Availability Zone that is not enabled for the load balancer`",
        sentence="target {address} of {group} is in an Availability Zone that the load balancer does not use",
        fix="give the load balancer a subnet in each zone of the tasks, then apply",
        source=TARGET_HEALTH,
        find=_wrong_zone,
    ),
    Cause(
        name="port-closed",
        sign="`Request timed out`, and no security group rule from the load balancer to the port",
        sentence="the security groups do not let the load balancer reach port {port} of the tasks",
        fix="run `colonnade apply`, which creates the security group rules again",
        source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
        find=_closed_port,
    ),
    Cause(
        name="health-path",
        sign="`Health checks failed with these codes: [404]`",
        sentence="the app answers {status} to the health check GET {path} on port {port}",
        fix="set `health_check_path` to a path that the app serves, or serve that path",
        source=TARGET_HEALTH,
        find=_codes(first=404, last=405),
    ),
    Cause(
        name="health-needs-login",
        sign="`Health checks failed with these codes: [401]` or `[403]`",
        sentence="the app answers {status} to the health check GET {path}, so it requires a login there",
        fix="serve the health check without a login, or set `health_check_path` to such a path",
        source=TARGET_HEALTH,
        find=first_of(_codes(first=401, last=401), _codes(first=403, last=403)),
    ),
    Cause(
        name="health-redirect",
        sign="`Health checks failed with these codes: [301]` or another 3xx",
        sentence="the app redirects the health check GET {path} with {status}",
        fix="answer the health check over HTTP without a redirect; a slash at the end of the path is a usual cause",
        source=TARGET_HEALTH,
        find=_codes(first=300, last=399),
    ),
    Cause(
        name="health-bad-request",
        sign="`Health checks failed with these codes: [400]` or another 4xx",
        sentence="the app refuses the health check GET {path} with {status}",
        fix="allow the Host header of health checks, which is the task's address and port (Django: ALLOWED_HOSTS); "
        "leave health checks out of a rate limit (429)",
        source=TARGET_HEALTH,
        find=_codes(first=400, last=499),
        general=True,
    ),
    Cause(
        name="health-error",
        sign="`Health checks failed with these codes: [500]` or another 5xx",
        sentence="the app fails in its own health check GET {path} with {status}: {line}",
        fix="correct the error in its log; a health check should not depend on callees or the database",
        source=TARGET_HEALTH,
        find=_codes(first=500, last=599),
    ),
    Cause(
        name="health-matcher",
        sign="`Health checks failed with these codes: [200]` or another 2xx",
        sentence="the app answers {status} to the health check GET {path}, and the target group accepts only {matcher}",
        fix="set `health_check_matcher` to the status that the app answers",
        source=TARGET_HEALTH,
        find=_codes(first=100, last=299),
    ),
    Cause(
        name="listens-on-localhost",
        sign="`Health checks failed`; the log has `listening on 127.0.0.1`",
        sentence="the app listens on {host}:{listens}, which only its own task reaches",
        fix="listen on 0.0.0.0, or on the address in HOST",
        source=TARGET_HEALTH,
        find=_local_address,
    ),
    Cause(
        name="wrong-port",
        sign="`Health checks failed`; the log or PORT has another port than the target group's",
        sentence="the app listens on port {listens}, and the load balancer checks port {port}",
        fix="listen on the port in PORT, or set `container_port` or `health_check_port` to the app's port",
        source=TARGET_HEALTH,
        find=_other_port,
    ),
    Cause(
        name="health-timeout",
        sign="`Request timed out`",
        sentence="the app does not answer the health check GET {path} on port {port} within {seconds} s",
        fix="answer faster, without calls to others; if the app logs no such request, run `colonnade apply` to restore "
        "the security groups' rules",
        source=TARGET_HEALTH,
        find=_timeout,
        general=True,
    ),
    Cause(
        name="health-handler",
        sign="`Health checks failed`; the log has the right port, and an exception",
        sentence="the app fails while it answers the health check GET {path}, and closes the connection: {line}",
        fix="correct the error in its log; `colonnade logs {service}` prints more",
        source=TARGET_HEALTH,
        find=_handler_fails,
    ),
    Cause(
        name="no-http-answer",
        sign="`Health checks failed`; the log has `listening on` the right port",
        sentence="the app listens on port {port}, and does not answer GET {path} there in {protocol}",
        fix="set `health_check_protocol` to what the app speaks, and listen on 0.0.0.0 or on the address in HOST",
        source=TARGET_HEALTH,
        find=_no_answer,
        general=True,
    ),
    Cause(
        name="waits-for-callee",
        sign="`Health checks failed` or `Request timed out`; the log ends with `waiting for ...`, `is unavailable` or "
        "the like",
        sentence="the app does not listen on port {port}, because it still waits for something else: {line}",
        fix="check the address that it waits for, and `calls` and `connections`, which make the security groups' "
        "rules; let the app listen first and wait afterwards",
        source=TARGET_HEALTH,
        find=_waits,
    ),
    Cause(
        name="slow-start",
        sign="`Health checks failed` or `Request timed out`, and nothing in the log about a port",
        sentence="the app does not listen on port {port} within {seconds} s of its start (grace period: {grace} s); "
        "its last log line: {line}",
        fix="if it needs longer, raise `health_check_grace_seconds`; otherwise make it listen on the port in PORT",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
        find=_not_listening,
        general=True,
    ),
)
