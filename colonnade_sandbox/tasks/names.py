"""Cloud Map names as the tasks' resolver answers them: discovery services -> cached, rotating answers -> /etc/hosts.

As with the VPC's resolver, an answer is cached for the record's TTL and contains at most eight addresses, whose order
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from colonnade_sandbox.control_plane.snapshot import DiscoveryService

MULTIVALUE_ANSWERS = 8
"""The limit of Cloud Map with MULTIVALUE routing: https://docs.aws.amazon.com/cloud-map/latest/dg/services-values.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    addresses: tuple[str, ...]
    expires_at: float
    turn: int
    """The number of times that the answer was renewed; rotates the order."""


class NameAnswers:
    """The cached answers for all names. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answers: Mapping[str, _Answer] = {}

    def update(self, discovery_services: Iterable[DiscoveryService]) -> None:
        """Renew each answer whose TTL has expired, and every answer without an address."""
        now = self._clock()
        answers = {}
        for service in discovery_services:
            name = f"{service.name}.{service.namespace}"
            kept = self._answers.get(name)
            if kept is None or now >= kept.expires_at:
                kept = _answer(service, now, turn=kept.turn + 1 if kept is not None else 0)
            answers[name] = kept
        self._answers = answers  # replaced whole: the proxy reads it from another thread

    def lookup(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a name; empty if it is unknown or has no instance. Any thread may call this."""
        answer = self._answers.get(name.lower().removesuffix("."))
        return answer.addresses if answer is not None else ()

    def pairs(self) -> list[tuple[str, str]]:
        """Return all (address, name) pairs, in the order in which clients try them."""
        return [(address, name) for name, answer in self._answers.items() for address in answer.addresses]


def host_name(address: str, region: str) -> str:
    """Return the host name of a task with that address, as EC2 and Fargate name network interfaces."""
    return f"ip-{address.replace('.', '-')}.{region}.compute.internal"


def _answer(service: DiscoveryService, now: float, turn: int) -> _Answer:
    addresses = service.addresses
    start = turn % len(addresses) if addresses else 0
    return _Answer(
        addresses=(addresses[start:] + addresses[:start])[:MULTIVALUE_ANSWERS],
        expires_at=now + service.ttl_seconds if addresses else now,
        turn=turn,
    )
