"""Addresses for tasks: 127.0.0.0/8 -> a /16 block per sandbox -> an address per task, as with `awsvpc`.

Linux answers on all of 127.0.0.0/8 without any set-up.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from itertools import cycle

from colonnade_sandbox.errors import SandboxError


class NoAddressError(SandboxError):
    """Every block is claimed by another sandbox, or every address of the block by a task."""


class PortTakenError(SandboxError):
    """Another process listens where a task would; the text names address and port."""


class AddressBlock:
    """A /16 of 127.0.0.0/8 that no other sandbox on this machine has, and who in it has which address.

    The claim is a Unix socket with an abstract name: it lives in the same network namespace as the addresses, and the
    kernel drops it when this process ends in whatever way. 127.0.0.0/16 is never claimed: it holds localhost.
    """

    def __init__(self) -> None:
        self._claim, self._second_octet = _claim_block()
        self._candidates = _candidates(self._second_octet)
        self._in_use: set[str] = set()

    def take(self) -> str:
        """An address that no task of this sandbox has; the one given back longest ago comes last."""
        for _ in range(_BLOCK_SIZE):
            address = next(self._candidates)
            if address not in self._in_use:
                self._in_use.add(address)
                return address
        raise NoAddressError(f"every address of 127.{self._second_octet}.0.0/16 is in use")

    def give_back(self, address: str) -> None:
        self._in_use.discard(address)

    def close(self) -> None:
        """Let other sandboxes have the block."""
        self._claim.close()


def check_port(address: str, port: int) -> None:
    """Raise PortTakenError if something listens on that port of the address, or on that port of all addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise PortTakenError(
                f"port {port} of {address} is taken ({error.strerror}); does another process listen on 0.0.0.0:{port}?"
            ) from error


_BLOCK_SIZE = 256 * 254


def _claim_block() -> tuple[socket.socket, int]:
    octets = list(range(1, 255))
    random.shuffle(octets)
    for octet in octets:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0colonnade-sandbox-127.{octet}.0.0/16")
        except OSError:
            claim.close()
        else:
            return claim, octet
    raise NoAddressError("every /16 of 127.0.0.0/8 is claimed by a running sandbox")


def _candidates(second_octet: int) -> Iterator[str]:
    """In turn, so that an address comes back as late as possible: connections to its last owner may linger."""
    return cycle(f"127.{second_octet}.{third}.{fourth}" for third in range(256) for fourth in range(1, 255))
