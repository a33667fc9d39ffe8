"""Programs beside a sandbox: they are ready before the deployment, end with it, and say why they cannot run."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import pytest

from colonnade_sandbox.errors import SandboxError, WrongInputError
from colonnade_sandbox.session.outside import OutsideProgram, read_outside, start_outside

SERVER = "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); sys.stdin.read()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def program(code: str) -> OutsideProgram:
    port = free_port()
    return OutsideProgram(name="database", command=("python", "-c", code, str(port)), host="127.0.0.1", port=port)


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_program_accepts_connections_until_it_is_ended(tmp_path: Path) -> None:
    database = program(SERVER)
    end = start_outside(database, root=tmp_path, log=tmp_path / "log", pause=time.sleep)
    assert accepts(database.port)
    end()
    assert not accepts(database.port)


def test_a_program_that_ends_is_an_error_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="database ended with exit code 1\n    no space left"):
        start_outside(
            program("import sys; sys.exit('no space left')"), root=tmp_path, log=tmp_path / "log", pause=time.sleep
        )


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    database = program(SERVER)
    with (
        socket.create_server(("127.0.0.1", database.port)),
        pytest.raises(SandboxError, match=f"port {database.port} of 127.0.0.1 is in use"),
    ):
        start_outside(database, root=tmp_path, log=tmp_path / "log", pause=time.sleep)


def test_every_problem_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "shop.outside.toml"
    path.write_text('[a]\ncommand = "x"\nhost = "127.0.0.1"\nprot = 1\n[b]\ncommand = ["x"]\nhost = ""\nport = 1\n')
    with pytest.raises(WrongInputError) as raised:
        read_outside(path)
    starts = ("[a] has an unknown key 'prot'", "[a] command 'x'", "[a] has no port", "[b] host ''")
    assert all(start in str(raised.value) for start in starts)
    assert len(str(raised.value).splitlines()) == len(starts)


def test_a_file_names_programs_and_no_file_names_none(tmp_path: Path) -> None:
    path = tmp_path / "shop.outside.toml"
    assert read_outside(path) == ()
    path.write_text(f'[database]\ncommand = ["{sys.executable}"]\nhost = "127.0.0.1"\nport = 5432\n')
    assert read_outside(path) == (
        OutsideProgram(name="database", command=(sys.executable,), host="127.0.0.1", port=5432),
    )
