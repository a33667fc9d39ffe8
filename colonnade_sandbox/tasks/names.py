"""Cloud Map names as the tasks' resolver answers them: discovery services -> cached, rotating answers -> /etc/hosts.

As the VPC's resolver: an answer is kept for the record's TTL, a name has at most eight addresses, their order
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from colonnade_sandbox.control_plane.snapshot import DiscoveryService

MULTIVALUE_ANSWERS = 8
"""Cloud Map with MULTIVALUE routing: https://docs.aws.amazon.com/cloud-map/latest/dg/services-values.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    addresses: tuple[str, ...]
    expires_at: float
    turn: int
    """How often the name was asked for; turns the order."""


class NameAnswers:
    """What the names resolve to now. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answers: Mapping[str, _Answer] = {}

    def update(self, discovery_services: Iterable[DiscoveryService]) -> None:
        """Take anew each answer whose TTL is over; a name that had no address is asked for every time."""
        now = self._clock()
        answers = {}
        for service in discovery_services:
            name = f"{service.name}.{service.namespace}"
            kept = self._answers.get(name)
            if kept is None or now >= kept.expires_at:
                kept = _answer(service, now, turn=kept.turn + 1 if kept is not None else 0)
            answers[name] = kept
        self._answers = answers  # replaced whole: the fall-back proxy reads it from another thread

    def lookup(self, name: str) -> tuple[str, ...]:
        """Addresses of a name; empty for one that is unknown or has no instance. Any thread may call it."""
        answer = self._answers.get(name.lower().removesuffix("."))
        return answer.addresses if answer is not None else ()

    def pairs(self) -> list[tuple[str, str]]:
        """All (address, name) pairs, in the order to be tried."""
        return [(address, name) for name, answer in self._answers.items() for address in answer.addresses]


def host_name(address: str, region: str) -> str:
    """What `hostname` says in a task with that address, as EC2 and Fargate name network interfaces."""
    return f"ip-{address.replace('.', '-')}.{region}.compute.internal"


def _answer(service: DiscoveryService, now: float, turn: int) -> _Answer:
    addresses = service.addresses
    start = turn % len(addresses) if addresses else 0
    return _Answer(
        addresses=(addresses[start:] + addresses[:start])[:MULTIVALUE_ANSWERS],
        expires_at=now + service.ttl_seconds if addresses else now,
        turn=turn,
    )
