"""A status as a table of at most 80 columns with ordinary names, and as the JSON document of `--json`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from colonnade.model.environment.settings import Environment
from colonnade.operate.status import HEALTHY, DeploymentStatus, Event, ServiceStatus
from colonnade.operate.weights import WeightedRule

_COLUMNS = ("Service", "Tasks", "Revision", "Image", "Rollout", "Targets")
_DIGEST_LENGTH = 12
_SHOWN_EVENTS = 5
_NONE = "-"


def status_text(deployments: Sequence[DeploymentStatus], environment: Environment) -> str:
    """Return a table for each deployment, the reasons of what is not as desired, and the last events."""
    where = f"environment {environment.name}, account {environment.account_id}"
    return "\n\n".join("\n".join(_block(each, where)) for each in deployments)


def status_document(deployments: Sequence[DeploymentStatus], environment: Environment) -> dict[str, Any]:
    """Return the status for `--json`, with full names and times in ISO 8601."""
    return {
        "version": 1,
        "environment": environment.name,
        "account_id": environment.account_id,
        "deployments": [
            {
                "name": each.name,
                "applied": each.applied,
                "as_desired": each.as_desired,
                "services": [_service_document(service) for service in each.services],
                "weights": [asdict(rule) for rule in each.weights],
            }
            for each in deployments
        ],
    }


def short_image(image: str) -> str:
    """Return the tag of an image, or the start of its digest."""
    repository, _, digest = image.partition("@")
    if digest:
        return digest[: len("sha256:") + _DIGEST_LENGTH]
    return repository.rpartition("/")[2].partition(":")[2] or "latest"


def revision_number(revision: str) -> str:
    """Return the number of a revision: '7' of 'family:7'."""
    return revision.rpartition(":")[2]


def time_text(at: datetime) -> str:
    """Return a time on this machine's clock, with the day if it is not today."""
    local = at.astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return local.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")


def _block(deployment: DeploymentStatus, where: str) -> Iterator[str]:
    if not deployment.applied:
        yield f"{deployment.name} in {where}: not applied"
        return
    yield f"{deployment.name} in {where}"
    yield ""
    yield from _table([_COLUMNS, *(_row(each) for each in deployment.services)])
    problems = [(f"    {each.name}", problem) for each in deployment.services for problem in each.problems]
    yield from _section("Not as desired:", problems)
    yield from _section("Shared requests:", [_weights(each) for each in deployment.weights])
    yield from _section("Last events:", _events(deployment.services))


def _section(title: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield from ("", title)
        yield from _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(status: ServiceStatus) -> tuple[str, ...]:
    if not status.exists:
        return (status.name, *[_NONE] * (len(_COLUMNS) - 1))
    pending = f", {status.pending} pending" if status.pending else ""
    return (
        status.name,
        f"{status.running}/{status.desired}{pending}",
        " -> ".join(map(revision_number, (*status.replaced, status.revision))),
        short_image(status.image),
        status.rollout.lower().replace("_", " "),
        _targets(status),
    )


def _targets(status: ServiceStatus) -> str:
    if status.targets is None:
        return _NONE
    # Healthy targets first, then the other states in their own order.
    states = sorted(status.targets.items(), key=lambda item: (item[0] != HEALTHY, item[0]))
    return ", ".join(f"{count} {state}" for state, count in states) or "none"


def _weights(rule: WeightedRule) -> tuple[str, ...]:
    shares = ", ".join(f"{percent:.0f} % {service}" for service, percent in rule.percent.items())
    return (f"    {', '.join(rule.paths) if rule.paths else 'every path'}", shares)


def _events(services: Sequence[ServiceStatus]) -> list[tuple[str, ...]]:
    """Return the rows of the last events of all services, the newest last, as ECS lists them newest first."""
    events = ((each.name, event) for each in services for event in reversed(each.events))
    found = sorted(events, key=lambda named: named[1].at)
    return [(f"    {time_text(event.at)}", name, event_text(event)) for name, event in found[-_SHOWN_EVENTS:]]


def event_text(event: Event) -> str:
    """Return the message without the service's name at its start, and with names instead of ARNs."""
    return without_arns(re.sub(r"^\(service [^)]*\) ", "", event.message))


def without_arns(message: str) -> str:
    """Return a message of ECS with the names of target groups instead of their ARNs."""
    return re.sub(r"arn:aws[^\s,)]*:targetgroup/([^/\s]+)/\w+", r"\1", message)


def _service_document(status: ServiceStatus) -> dict[str, Any]:
    events = [{"at": each.at.astimezone().isoformat(), "message": each.message} for each in status.events]
    return {**asdict(status), "events": events, "problems": list(status.problems)}
