"""The command line `python -m colonnade_sandbox`: exit codes, reasons, and no process left running."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from colonnade_sandbox.synthesized import read_stack
from tests.support.sandbox_cli import LONG_SECONDS, Running, SandboxCli
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("arguments", [[], ["rise"], ["up", "--deployment", "services"], ["run", "services"]])
def test_wrong_usage_exits_with_2(cli: SandboxCli, arguments: list[str]) -> None:
    code, output = cli.run(*arguments)
    assert code == 2
    assert "Usage: python -m colonnade_sandbox" in output


def test_help_lists_every_command(cli: SandboxCli) -> None:
    code, output = cli.run("--help")
    assert code == 0
    for command in ("demo", "up", "run", "status", "ask", "down", "migrate"):
        assert f"  {command} " in output


@pytest.mark.parametrize("command", ["demo", "up", "run", "status", "ask", "down", "migrate"])
def test_the_help_of_every_command_has_an_example(cli: SandboxCli, command: str) -> None:
    code, output = cli.run(command, "--help")
    assert code == 0
    assert f"Example: colonnade sandbox {command}" in output


def test_outside_of_a_project_the_missing_cdktf_json_is_reported(cli: SandboxCli) -> None:
    (cli.root / "cdktf.json").unlink()
    code, output = cli.run("status")
    assert code == 2
    assert str(cli.root) in output
    assert "cdktf.json" in output


def test_a_missing_synthesis_is_reported_with_the_command_to_run(cli: SandboxCli) -> None:
    assert cli.run("demo") == (2, f"{cli.root}/cdktf.out has no stack 'state-backend'; run `colonnade synth` first\n")


def test_only_the_sandbox_environment_is_deployed(cli: SandboxCli, tmp_path: Path) -> None:
    folder = write_small_stacks(tmp_path / "prod", environment="prod")
    code, output = cli.run("up", DEPLOYMENT, "--synthesized", str(folder))
    assert code == 2
    assert "was synthesized for environment 'prod', account 123456789012" in output


def test_a_demo_without_requests_ends_before_anything_starts(cli: SandboxCli, small: list[str]) -> None:
    code, output = cli.run("demo", *small)
    assert (code, output.splitlines()[0]) == (2, "deployment 'small' has no requests for the demo")
    cli.assert_nothing_is_left()


def test_status_and_down_report_that_nothing_runs(cli: SandboxCli) -> None:
    assert cli.run("status") == (1, "Nothing is running.\n")
    code, document = cli.run("status", "--json")
    assert (code, json.loads(document)) == (1, {"version": 1, "running": {}})
    assert cli.run("down") == (0, "Nothing is running.\n")


@pytest.mark.sandbox
def test_up_stays_until_down_ends_it(cli: SandboxCli, small: list[str]) -> None:
    up = cli.start("up", *small)
    up.wait_for("Applying state-backend ...")
    shutil.rmtree(small[-1])
    write_small_stacks(Path(small[-1]), environment="prod")  # a synthesis beside the session
    up.wait_for("Applying small ...")
    starting = json.loads((cli.root / ".sandbox/small.json").read_text())
    assert starting["aws_endpoint_url"].startswith("http://127.0.0.1:")
    assert (starting["region"], starting["account_id"]) == ("eu-west-1", "123456789012")
    assert "endpoints" not in starting
    up.wait_for("Running until Ctrl-C")
    code, shown = cli.run("status")
    assert code == 0
    assert f"small: process {up.process.pid}" in shown
    assert "RUNNING healthy 127." in shown
    code, document = cli.run("status", "--json")
    running = json.loads(document)["running"]["small"]
    assert (code, running["process_id"]) == (0, up.process.pid)
    assert starting.items() <= running.items()
    authority = Path(running["certificate_authority"])
    applied = authority.parents[1] / "cdktf.out/stacks/small/cdk.tf.json"
    assert read_stack(applied.parents[2], "small").environment == "sandbox"
    _update(cli, up, small)
    assert cli.run("down") == (0, "small has stopped.\n")
    assert up.process.wait(LONG_SECONDS) == 0
    assert "Applying small: 8 resources" in up.output()
    assert "Destroying small: 8 resources" in up.output()
    cli.assert_nothing_is_left()


def _update(cli: SandboxCli, up: Running, small: list[str]) -> None:
    """Update the running deployment, refuse another environment, and roll a change back; then it runs as before."""
    runs_on = "The sandbox of 'small' runs on."
    assert "was synthesized for environment 'prod'" in cli.run("up", *small)[1]
    _synthesize(small, level="debug")
    code, output = cli.run("up", *small)
    assert (code, runs_on in output) == (0, False), output
    assert '      container_definitions.app.environment.LEVEL nothing -> "debug"\n' in output
    assert "small is up to date: updated in " in output
    _synthesize(small, command=["/bin/sh", "-c", "exit 3"])
    code, output = cli.run("up", *small)
    assert (code, runs_on in output) == (1, True), output
    up.wait_for("small: rolled back to revision 2; last: container app exited with 3")
    interrupted = cli.start("up", *small)
    interrupted.wait_for("Planning small ...")
    interrupted.process.send_signal(signal.SIGINT)
    assert interrupted.process.wait(LONG_SECONDS) == 130
    _synthesize(small, level="debug")
    assert cli.run("up", *small)[0] == 0


def _synthesize(small: list[str], *, level: str = "debug", command: Sequence[str] = ()) -> None:
    folder = Path(small[-1])
    shutil.rmtree(folder)
    write_small_stacks(folder, secrets={"FLAGS": "/small/flags"}, container_environment={"LEVEL": level})
    path = read_stack(folder, "small").path
    document = json.loads(path.read_text())
    task = document["resource"]["aws_ecs_task_definition"]["small"]
    (container,) = json.loads(task["container_definitions"])
    task["container_definitions"] = json.dumps([container | ({"entryPoint": list(command)} if command else {})])
    path.write_text(json.dumps(document))


@pytest.mark.sandbox
def test_an_interruption_in_the_middle_of_an_apply_leaves_nothing(cli: SandboxCli, small: list[str]) -> None:
    up = cli.start("up", "--verbose", *small)
    up.wait_for("aws_vpc.small: created")
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(30) == 143
    assert "Failed" not in up.output()
    cli.assert_nothing_is_left()


@pytest.mark.sandbox
def test_a_second_interruption_does_not_wait_for_the_first(cli: SandboxCli, small: list[str]) -> None:
    up = cli.start("up", *small)
    up.wait_for("Running until Ctrl-C")
    up.process.send_signal(signal.SIGINT)
    up.wait_for("Destroying small ...")
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(10) == 130
    cli.assert_nothing_is_left()


@pytest.mark.slow
def test_up_destroys_and_ends_when_the_reader_of_its_output_has_gone(cli: SandboxCli, small: list[str]) -> None:
    command = [sys.executable, "-m", "colonnade_sandbox", "up", *small]
    up = subprocess.Popen(command, cwd=cli.root, env=cli.environment, stdout=subprocess.PIPE, text=True)
    assert up.stdout is not None
    assert any(line.startswith("Running until Ctrl-C") for line in up.stdout)
    up.stdout.close()
    assert up.wait(LONG_SECONDS) == 141
    cli.assert_nothing_is_left()


@pytest.mark.sandbox
def test_a_task_that_fails_at_start_ends_up_early_with_its_last_log_lines(cli: SandboxCli, tmp_path: Path) -> None:
    folder = write_small_stacks(tmp_path / "dying", container_environment={"PATH_PREFIX": "/bad*"}, needs_health=True)
    code, output = cli.run("up", DEPLOYMENT, "--synthesized", str(folder))
    assert code == 1
    assert re.search(r"service small: its deployment failed|service 'small': its rollout failed", output)
    assert "PATH_PREFIX='/bad*'" in output
    kept = re.search(r"last log lines \((.*)\)", output)
    assert kept is not None
    assert kept[1].startswith(".sandbox/small.failed/")
    assert "PATH_PREFIX='/bad*'" in (cli.root / kept[1]).read_text()
    assert cli.run("demo", DEPLOYMENT, "--synthesized", str(folder))[0] == 2
    up = cli.start("up", DEPLOYMENT, "--synthesized", str(folder))
    up.wait_for("Applying")
    up.process.send_signal(signal.SIGINT)
    up.process.wait(30)
    cli.assert_nothing_is_left()


@pytest.mark.sandbox
def test_a_port_that_is_taken_is_reported(cli: SandboxCli, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104  (every address, so every task's, too)
        taken.listen()
        port = taken.getsockname()[1]
        folder = write_small_stacks(tmp_path / "taken", container_port=port)
        code, output = cli.run("up", DEPLOYMENT, "--synthesized", str(folder))
    assert code == 1
    assert re.search(rf"port {port} of 127\.\d+\.\d+\.\d+ is in use", output)
    cli.assert_nothing_is_left()
