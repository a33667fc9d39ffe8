"""Tests of the folder that tasks see as /etc, with real resolvers in a namespace."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.private_etc import PrivateEtc
from colonnade_sandbox.tasks.process import ProcessLauncher, ProcessSpecification, namespaces_allowed

ADDRESSES = ["127.1.0.3", "127.1.0.1", "127.1.0.2"]


def run(etc: PrivateEtc, directory: Path, program: str) -> str:
    launcher = ProcessLauncher(private_etc=etc)
    process = launcher.start(
        ProcessSpecification(
            command=(sys.executable, "-c", program),
            environment={},
            host_name="ip-127-1-0-1.eu-west-1.compute.internal",
            working_directory=directory,
            log_path=directory / "log",
        )
    )
    assert process.wait(20)
    launcher.close()
    return "\n".join(process.last_lines())


@pytest.fixture
def etc(tmp_path: Path) -> PrivateEtc:
    etc = PrivateEtc(tmp_path)
    if not namespaces_allowed(etc):
        pytest.skip("this machine does not allow its users to create namespaces")
    return etc


def test_glibc_and_uvloop_return_every_address_of_a_name_in_the_order_of_the_file(
    etc: PrivateEtc, tmp_path: Path
) -> None:
    etc.write_hosts((address, "orders.services") for address in ADDRESSES)
    program = """if True:
        import asyncio, json, socket, uvloop
        arguments = ("orders.services", 80)
        glibc = socket.getaddrinfo(*arguments, type=socket.SOCK_STREAM)
        async def look_up(): return await asyncio.get_running_loop().getaddrinfo(*arguments, type=socket.SOCK_STREAM)
        print(json.dumps([[each[4][0] for each in found] for found in (glibc, uvloop.run(look_up()))]))
    """
    assert json.loads(run(etc, tmp_path, program)) == [ADDRESSES, ADDRESSES]


def test_an_unknown_name_fails_at_once_without_a_query(etc: PrivateEtc, tmp_path: Path) -> None:
    program = """if True:
        import socket, time
        began = time.monotonic()
        try: socket.getaddrinfo("parcels.services", 80)
        except socket.gaierror as error: print(error.errno == socket.EAI_NONAME, time.monotonic() - began < 0.1)
    """
    assert run(etc, tmp_path, program) == "True True"


def test_aiohttp_uses_all_addresses_and_tolerates_the_loss_of_one(etc: PrivateEtc, tmp_path: Path) -> None:
    port = 20_000 + os.getpid() % 10_000
    etc.write_hosts((address, "orders.services") for address in ADDRESSES)
    program = """if True:
        import aiohttp, asyncio, collections, json, sys, uvloop
        counts = collections.Counter()
        async def answer(reader, writer):
            await reader.readuntil(b"\\r\\n\\r\\n")
            counts[writer.get_extra_info("sockname")[0]] += 1
            writer.write(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\nok")
            await writer.drain()
            writer.close()
        async def send_requests():
            counts.clear()
            async with aiohttp.ClientSession() as session:
                for _ in range(30):
                    async with session.get("http://orders.services:PORT/") as found:
                        assert await found.text() == "ok"
            return dict(counts)
        async def main():
            servers = [await asyncio.start_server(answer, address, PORT) for address in ADDRESSES]
            whole = await send_requests()
            servers[0].close()
            print(json.dumps([whole, await send_requests()]))
        uvloop.run(main())
    """.replace("PORT", str(port)).replace("ADDRESSES", repr(ADDRESSES))
    whole, after_a_loss = json.loads(run(etc, tmp_path, program).splitlines()[-1])
    assert whole == dict.fromkeys(ADDRESSES, 10)
    assert set(after_a_loss) == set(ADDRESSES[1:])
    assert sum(after_a_loss.values()) == 30


def test_tasks_see_the_other_files_of_the_machines_etc(etc: PrivateEtc, tmp_path: Path) -> None:
    program = "import pwd, os; print(pwd.getpwuid(os.getuid()).pw_name, len(open('/etc/passwd').read()))"
    passwd = Path("/etc/passwd").read_text(encoding="utf-8")
    name, length = run(etc, tmp_path, program).split()
    assert f"\n{name}:" in f"\n{passwd}"
    assert int(length) == len(passwd)


def test_a_reader_never_sees_a_partly_written_file(tmp_path: Path) -> None:
    etc = PrivateEtc(tmp_path)
    versions = [[(f"127.1.{version}.{n % 250}", f"name-{n}.services") for n in range(2_000)] for version in (1, 2)]
    whole = set()
    for version in versions:
        etc.write_hosts(version)
        whole.add((etc.folder() / "hosts").read_text(encoding="utf-8"))
    stop = threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            for version in versions:
                etc.write_hosts(version)

    writer = threading.Thread(target=rewrite)
    writer.start()
    seen = {(etc.folder() / "hosts").read_text(encoding="utf-8") for _ in range(300)}
    stop.set()
    writer.join()
    assert seen <= whole
    assert len(whole) == 2


def test_localhost_is_the_address_of_each_task_and_all_have_the_same_other_names(tmp_path: Path) -> None:
    etc = PrivateEtc(tmp_path)
    first, second = etc.folder("127.1.0.1"), etc.folder("127.1.0.2")
    etc.write_hosts([("127.1.0.9", "orders.services")])
    assert (first / "hosts").read_text() == "127.1.0.1 localhost\n127.1.0.9 orders.services\n"
    assert (second / "hosts").read_text() == "127.1.0.2 localhost\n127.1.0.9 orders.services\n"
    etc.forget("127.1.0.1")
    etc.write_hosts([])
    assert not first.exists()
    assert (second / "hosts").read_text() == "127.1.0.2 localhost\n"


def test_the_machines_own_names_stay_unchanged(etc: PrivateEtc, tmp_path: Path) -> None:
    before = Path("/etc/hosts").read_text(encoding="utf-8")
    etc.write_hosts([("127.1.0.1", "orders.services")])
    assert "orders.services" in run(etc, tmp_path, "print(open('/etc/hosts').read())")
    assert Path("/etc/hosts").read_text(encoding="utf-8") == before
