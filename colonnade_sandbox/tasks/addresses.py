"""Addresses for tasks: 127.0.0.0/8 -> a /16 block per sandbox -> an address per task, as with `awsvpc`.

On Linux every address of 127.0.0.0/8 works without any setup.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from itertools import cycle

from colonnade_sandbox.errors import SandboxError


class NoAddressError(SandboxError):
    """No address is free: other sandboxes claim every block, or tasks use every address of the block."""


class PortTakenError(SandboxError):
    """The port is in use: another process listens on the task's address and port. The message states both."""


class AddressBlock:
    """A /16 of 127.0.0.0/8 that this sandbox alone uses on this machine, and its addresses that are in use.

    The claim is a Unix socket with an abstract name: it belongs to the same network namespace as the addresses, and the
    kernel releases it however this process ends. 127.0.0.0/16 is never claimed, because it contains localhost.
    """

    def __init__(self) -> None:
        self._claim, self._second_octet = _claim_block()
        self._candidates = _candidates(self._second_octet)
        self._in_use: set[str] = set()

    def take(self) -> str:
        """Return an unused address of the block; a returned address is reused as late as possible.

        Raises NoAddressError when all are in use.
        """
        for _ in range(_BLOCK_SIZE):
            address = next(self._candidates)
            if address not in self._in_use:
                self._in_use.add(address)
                return address
        raise NoAddressError(f"every address of 127.{self._second_octet}.0.0/16 is in use")

    def give_back(self, address: str) -> None:
        """Make the address available to another task."""
        self._in_use.discard(address)

    def close(self) -> None:
        """Release the block for other sandboxes."""
        self._claim.close()


def check_port(address: str, port: int) -> None:
    """Raise PortTakenError if a process listens on that port of the address or of all addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise PortTakenError(
                f"port {port} of {address} is in use ({error.strerror}); does another process listen on 0.0.0.0:{port}?"
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
    """Yield the addresses in turn, so that each is reused as late as possible: connections to its last task may still
    exist."""
    return cycle(f"127.{second_octet}.{third}.{fourth}" for third in range(256) for fourth in range(1, 255))
