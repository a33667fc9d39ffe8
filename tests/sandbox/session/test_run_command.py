"""The command `colonnade sandbox run`: its child reaches only the emulator, and leaves no process running."""

from __future__ import annotations

import json
import signal

import pytest

from tests.support.sandbox_cli import LONG_SECONDS, SandboxCli

pytestmark = pytest.mark.sandbox  # a session runs `terraform version`

_LOOK_AROUND = """
import json, os, pathlib, subprocess, sys, urllib.request
subprocess.Popen(["sleep", "600"], start_new_session=True)
print(json.dumps({
    "here": sorted(path.name for path in pathlib.Path().iterdir()),
    "stack": json.loads(pathlib.Path("cdktf.out/stacks/small/cdk.tf.json").read_text())["provider"]["aws"][0]["region"],
    "aws": urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/").status,
    "profile": os.environ.get("AWS_PROFILE"),
}), flush=True)
pathlib.Path("terraform.state-backend.sandbox.tfstate").write_text("its own")
sys.exit(7)
"""


def test_a_command_runs_in_a_linked_project_with_the_emulator_as_its_aws(
    cli: SandboxCli, small: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    state = cli.root / "terraform.state-backend.sandbox.tfstate"
    state.write_text("the user's")
    (cli.root / "look_around.py").write_text(_LOOK_AROUND)
    code, output = cli.run("run", *small, "--", "python3", "look_around.py")
    assert code == 7, output
    seen = json.loads(next(line for line in output.splitlines() if line.startswith("{")))
    assert seen == {
        "here": [
            ".sandbox",
            "cdktf.json",
            "cdktf.out",
            "look_around.py",
            "output-0",
            "sandbox_secrets.toml",
            "service_apps",
        ],
        "stack": "eu-west-1",
        "aws": 200,
        "profile": None,
    }
    assert state.read_text() == "the user's"
    cli.assert_nothing_is_left()


def test_an_interruption_ends_the_command_and_its_children_in_other_process_sessions(
    cli: SandboxCli, small: list[str]
) -> None:
    (cli.root / "two_sessions.sh").write_text("setsid sleep 600 &\necho started\nwait\n")
    run = cli.start("run", *small, "--", "sh", "two_sessions.sh")
    run.wait_for("started")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(LONG_SECONDS) == 130
    assert "Failed" not in run.output()
    cli.assert_nothing_is_left()


def test_a_second_interruption_does_not_wait_for_a_command_that_ignores_the_first(
    cli: SandboxCli, small: list[str]
) -> None:
    (cli.root / "stubborn.sh").write_text("trap 'echo noticed' INT\necho started\nwhile :; do sleep 1; done\n")
    run = cli.start("run", *small, "--", "sh", "stubborn.sh")
    run.wait_for("started")
    run.process.send_signal(signal.SIGINT)
    run.wait_for("noticed")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(15) == 130  # the first one gives it 20 s
    cli.assert_nothing_is_left()


def test_a_command_that_does_not_exist_is_reported_with_its_name(cli: SandboxCli, small: list[str]) -> None:
    code, output = cli.run("run", *small, "--", "no-such-command")
    assert code == 1
    assert "no-such-command cannot be run: No such file or directory" in output
    cli.assert_nothing_is_left()
