"""Terraform is started, read, stopped, and its failures are reported. Only its built-in resource is used."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colonnade_sandbox.terraform.events import Event, ResourceEvent
from colonnade_sandbox.terraform.runner import Terraform, TerraformError, TerraformStoppedError
from tests.support.waiting import wait_until

pytestmark = pytest.mark.terraform


def _terraform(folder: Path, resources: dict[str, Any], **options: Any) -> Terraform:
    document = {"resource": {"terraform_data": resources}, "output": {"answer": {"value": 42}}}
    (folder / "main.tf.json").write_text(json.dumps(document))
    terraform = Terraform(folder=folder, environment={"PATH": os.environ["PATH"]}, **options)
    terraform.init()
    return terraform


def _running(seconds: int, marker: Path) -> dict[str, Any]:
    """Return a resource that touches `marker` when it is created and then takes `seconds`."""
    return {"slow": {"provisioner": [{"local-exec": {"command": f"touch {marker}; exec sleep {seconds}"}}]}}


def _working_in(folder: Path) -> list[str]:
    """Return the command lines of the processes that run in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # ended, or a zombie
            if (entry / "cwd").readlink() == folder:
                found.append((entry / "cmdline").read_text())
    return found


def _pid_of_terraform(folder: Path) -> int:
    """Return the process that `Terraform` started in the folder."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder and (entry / "cmdline").read_text().startswith("terraform\0apply"):
                return int(entry.name)
    raise AssertionError("no Terraform runs there")


def _once(marker: Path, act: Callable[[], None]) -> None:
    """Call `act` in another thread as soon as `marker` exists."""

    def wait_and_act() -> None:
        wait_until(marker.exists, seconds=30)
        act()

    threading.Thread(target=wait_and_act).start()


def test_a_stack_is_planned_applied_planned_again_and_destroyed(tmp_path: Path) -> None:
    events: list[Event] = []
    terraform = _terraform(tmp_path, {"one": {"input": "1"}}, on_event=events.append)
    before = terraform.plan()
    assert [(change.action, change.address) for change in before.changes] == [("create", "terraform_data.one")]
    assert not before.empty
    terraform.apply()
    assert ("complete", "terraform_data.one") in [(e.phase, e.address) for e in events if isinstance(e, ResourceEvent)]
    assert terraform.plan().empty
    assert terraform.outputs() == {"answer": 42}
    assert terraform.addresses() == ("terraform_data.one",)
    terraform.destroy()
    assert terraform.addresses() == ()


def test_a_failure_is_reported_with_terraforms_message(tmp_path: Path) -> None:
    terraform = _terraform(tmp_path, {"one": {"input": "1"}})
    (tmp_path / "more.tf.json").write_text(json.dumps({"resource": {"terraform_data": {"two": {"nonsense": 1}}}}))
    with pytest.raises(TerraformError, match=r"(?s)terraform apply failed:.*nonsense"):
        terraform.apply()


def test_a_stop_reason_interrupts_terraform_within_seconds(tmp_path: Path) -> None:
    reasons: list[str] = []
    marker = tmp_path / "marker"
    terraform = _terraform(tmp_path, _running(60, marker), stop_reason=lambda: reasons[0] if reasons else None)
    _once(marker, lambda: reasons.append("enough"))
    began = time.monotonic()
    with pytest.raises(TerraformStoppedError, match="enough"):
        terraform.apply()
    assert time.monotonic() - began < 15
    # Terraform ended in order: the state is unlocked and holds the unfinished resource.
    assert terraform.addresses() == ("terraform_data.slow",)


def test_a_kill_from_another_thread_ends_terraform_at_once(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    terraform = _terraform(tmp_path, _running(60, marker))
    _once(marker, terraform.kill)
    began = time.monotonic()
    with pytest.raises(TerraformError):
        terraform.apply()
    assert time.monotonic() - began < 10


def test_a_killed_terraform_leaves_no_process_that_could_still_write_a_file(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    terraform = _terraform(tmp_path, _running(60, marker))
    left: list[str] = []

    def kill_and_look() -> None:
        terraform.kill()
        left.extend(_working_in(tmp_path))

    _once(marker, kill_and_look)
    with pytest.raises(TerraformError):
        terraform.apply()
    assert left == []


def test_a_terraform_that_another_program_kills_is_reported_and_its_children_end(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    terraform = _terraform(tmp_path, _running(60, marker))
    _once(marker, lambda: os.kill(_pid_of_terraform(tmp_path), signal.SIGKILL))
    with pytest.raises(TerraformError, match="terraform apply was killed by SIGKILL"):
        terraform.apply()
    assert _working_in(tmp_path) == []


def test_a_failure_to_print_an_event_ends_terraform_and_its_children(tmp_path: Path) -> None:
    def reader_is_gone(_event: Event) -> None:
        raise BrokenPipeError

    terraform = _terraform(tmp_path, {"one": {"input": "1"}}, on_event=reader_is_gone)
    with pytest.raises(BrokenPipeError):
        terraform.apply()
    assert _working_in(tmp_path) == []


def test_terraform_and_its_children_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    _terraform(tmp_path, _running(60, marker))
    code = (
        "import os; from pathlib import Path; from colonnade_sandbox.terraform.runner import Terraform; "
        "Terraform(folder=Path(os.environ['FOLDER']), environment={'PATH': os.environ['PATH']}).apply()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "FOLDER": str(tmp_path)})
    wait_until(marker.exists, seconds=30)
    assert len(_working_in(tmp_path)) >= 2
    process.kill()
    process.wait()
    wait_until(lambda: _working_in(tmp_path) == [], seconds=5)


def test_no_command_starts_after_a_kill(tmp_path: Path) -> None:
    terraform = _terraform(tmp_path, {"one": {"input": "1"}})
    terraform.kill()
    for command in (terraform.apply, terraform.outputs):
        with pytest.raises(TerraformStoppedError, match="Terraform was killed"):
            command()
    assert not (tmp_path / "terraform.tfstate").exists()


def test_a_missing_terraform_is_reported_with_the_required_version(tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match=r"not on PATH; install Terraform 1\.10 or later"):
        Terraform(folder=tmp_path, environment={"PATH": str(tmp_path)}).init()


def test_a_terraform_that_is_too_old_is_refused_with_both_versions(tmp_path: Path) -> None:
    fake = tmp_path / "terraform"
    fake.write_text('#!/bin/sh\necho \'{"terraform_version": "1.9.8"}\'\n')
    fake.chmod(0o755)
    terraform = Terraform(folder=tmp_path, environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    with pytest.raises(TerraformError, match=r"Terraform 1\.9\.8 is too old; 1\.10 or later"):
        terraform.require_version()


def test_a_broken_terraform_is_reported_in_one_sentence(tmp_path: Path) -> None:
    fake = tmp_path / "terraform"
    fake.write_text("#!/bin/sh\necho nonsense\n")
    fake.chmod(0o755)
    terraform = Terraform(folder=tmp_path, environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    with pytest.raises(TerraformError, match=r"`terraform version` cannot be read; install Terraform 1\.10 or later"):
        terraform.require_version()


def test_the_installed_terraform_is_recent_enough(tmp_path: Path) -> None:
    Terraform(folder=tmp_path, environment={"PATH": os.environ["PATH"]}).require_version()
