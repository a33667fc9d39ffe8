"""Tests of task addresses: unique in 127.0.0.0/8, also with several sandboxes, and an error for a port in use."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.addresses import AddressBlock, PortTakenError, check_port

PROJECT = Path(__file__).resolve().parents[3]


def second_octet(address: str) -> str:
    first, second, *_ = address.split(".")
    assert first == "127"
    return second


def test_addresses_of_a_sandbox_differ_and_share_a_block() -> None:
    block = AddressBlock()
    addresses = [block.take() for _ in range(600)]
    assert len(set(addresses)) == 600
    assert len({second_octet(address) for address in addresses}) == 1
    assert not any(address.endswith((".0", ".255")) for address in addresses)
    block.close()


def test_a_returned_address_is_reused_last() -> None:
    block = AddressBlock()
    first = block.take()
    block.give_back(first)
    later = list(itertools.takewhile(lambda address: address != first, (block.take() for _ in range(256 * 254))))
    assert len(later) == 256 * 254 - 1
    block.close()


def test_sandboxes_on_one_machine_have_different_blocks() -> None:
    blocks = [AddressBlock() for _ in range(60)]
    octets = {second_octet(block.take()) for block in blocks}
    assert len(octets) == 60
    assert octets.isdisjoint({"0", "255"})
    for block in blocks:
        block.close()


def test_a_block_is_claimed_until_its_sandbox_ends_even_by_sigkill(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "from colonnade_sandbox.tasks.addresses import AddressBlock\n"
        "block = AddressBlock(); print(block.take(), flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    taken = second_octet(other.stdout.readline())
    monkeypatch.setattr("random.shuffle", lambda octets: octets.sort(key=lambda octet: str(octet) != taken))
    beside = AddressBlock()
    other.send_signal(signal.SIGKILL)
    other.communicate()
    after = AddressBlock()
    assert second_octet(beside.take()) != taken
    assert second_octet(after.take()) == taken
    beside.close()
    after.close()


def test_the_error_for_a_port_in_use_states_port_and_address() -> None:
    block = AddressBlock()
    address = block.take()
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"port {port} of {address} is in use \(Address already in use\)"):
            check_port(address, port)
        check_port(block.take(), port)
    check_port(address, port)
    block.close()
