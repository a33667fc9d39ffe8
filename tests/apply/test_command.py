"""`apply.py`: the plan that it shows, checks and asks about is the one that it applies, and some it never does.

Terraform is the real one, on stacks of a single `terraform_data` with a state beside them, so no account is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colonnade.apply import command as apply
from colonnade.model.migration.phases import ORDER
from colonnade_sandbox.terraform.environment import provider_configuration

STACK = "board"


@pytest.fixture(autouse=True)
def _emulated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without an account, and no Terraform setting of this machine but where providers are found."""
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "out"))
    monkeypatch.setenv("ENVIRONMENT", "sandbox")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    cli_config = provider_configuration(os.environ, home=Path.home(), folder=tmp_path)
    if cli_config is not None:
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(cli_config))


def synthesize(folder: Path, phase: str, *, environment: str = "sandbox") -> None:
    """A stack as synthesis writes it, as far as `apply` and Terraform without AWS read it."""
    document: dict[str, Any] = {
        "provider": {"aws": [{"default_tags": [{"tags": {"Environment": environment}}]}]},
        "terraform": {"backend": {"local": {"path": str(folder / "state" / "terraform.tfstate")}}},
        "resource": {"terraform_data": {"migration": {"input": {"order": list(ORDER), "services": {"users": phase}}}}},
    }
    path = folder / "out" / "stacks" / STACK / "cdk.tf.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def recorded(folder: Path) -> str | None:
    """The phase that the state holds."""
    state = folder / "state" / "terraform.tfstate"
    if not state.is_file():
        return None
    (resource,) = json.loads(state.read_text())["resources"]
    phase: str = resource["instances"][0]["attributes"]["input"]["value"]["services"]["users"]
    return phase


def answers(word: str, asked: list[str]) -> Callable[[str], str]:
    def answer(question: str) -> str:
        asked.append(question)
        return word

    return answer


def nobody_asks(question: str) -> str:
    raise AssertionError(question)


@pytest.mark.slow
@pytest.mark.terraform
def test_step_by_step_it_applies_what_is_legal_and_refuses_what_is_not(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    synthesize(tmp_path, "canary")
    assert apply.main([STACK], ask=answers("no", asked)) == 1
    assert recorded(tmp_path) is None
    assert asked == ["Apply board to environment sandbox, account 123456789012? (yes/no) "]
    assert apply.main([STACK], ask=answers("yes", asked)) == 0
    assert recorded(tmp_path) == "canary"
    assert apply.main([STACK], ask=nobody_asks) == 0  # nothing to change

    synthesize(tmp_path, "retired")
    capfd.readouterr()
    assert apply.main([STACK, "--yes"], ask=nobody_asks) == 3
    assert recorded(tmp_path) == "canary"
    assert "service 'users': 'canary' to 'retired' is more than one step of its migration" in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.terraform
def test_a_saved_plan_is_what_is_applied_once_and_never_when_the_state_has_changed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "board.plan"
    synthesize(tmp_path, "monolith")
    assert apply.main([STACK, "--save-plan", str(plan)], ask=nobody_asks) == 0
    assert recorded(tmp_path) is None
    (change,) = json.loads((tmp_path / "board.plan.json").read_text())["resource_changes"]
    assert change["change"]["actions"] == ["create"]

    synthesize(tmp_path, "attached")  # too late: what was approved is what is applied
    assert apply.main([STACK, "--plan", str(plan), "--yes"], ask=nobody_asks) == 0
    assert recorded(tmp_path) == "monolith"
    assert apply.main([STACK, "--plan", str(plan), "--yes"], ask=nobody_asks) == 1
    assert "Saved plan is stale" in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.terraform
def test_no_plan_is_saved_where_nothing_changes_or_the_step_is_illegal(tmp_path: Path) -> None:
    plan = tmp_path / "board.plan"
    synthesize(tmp_path, "monolith")
    assert apply.main([STACK, "--yes"]) == 0
    assert apply.main([STACK, "--save-plan", str(plan)]) == 0
    assert not plan.exists()
    synthesize(tmp_path, "cutover")
    assert apply.main([STACK, "--save-plan", str(plan)]) == 3
    assert list(tmp_path.glob("board.plan*")) == []


@pytest.mark.terraform
def test_a_failure_of_terraform_is_told_by_the_exit_status(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    synthesize(tmp_path, "canary")
    (tmp_path / "out" / "stacks" / STACK / "wrong.tf.json").write_text('{"resource": {"terraform_data": []}, "x": 1}')
    assert apply.main([STACK, "--yes"]) == 1
    assert "Error" in capfd.readouterr().err


def test_nobody_to_answer_is_a_no() -> None:
    def end(_question: str) -> str:
        raise EOFError

    assert apply.confirmed_by(end, "Apply? ") is False


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        (
            "dev",
            "environment 'dev': account_id 111122223333 is one of AWS's documentation, and nobody's\n"
            "    put your account_id, zone_name and state_bucket into environments/dev.toml\n",
        ),
        (
            "prod",
            "environment 'prod': account_id 444455556666 is one of AWS's documentation, and nobody's\n"
            "    put your account_id, zone_name and state_bucket into environments/prod.toml\n",
        ),
        (
            "nowhere",
            "environment 'nowhere': there is no such environment\n    available: dev, prod, sandbox\n",
        ),
    ],
)
def test_an_account_that_is_nobodys_is_never_applied_to(
    environment: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    synthesize(tmp_path, "canary", environment=environment)
    monkeypatch.setenv("ENVIRONMENT", environment)
    assert apply.main([STACK, "--yes"]) == 2
    assert capsys.readouterr().err == told


def test_the_sandbox_is_applied_to_an_emulator_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    synthesize(tmp_path, "canary")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert apply.main([STACK, "--yes"]) == 2
    assert capsys.readouterr().err == (
        "environment 'sandbox': it is the AWS emulator's and has no account\n"
        "    choose one with ENVIRONMENT: dev, prod; `make up` deploys this one\n"
    )


def test_a_stack_of_another_environment_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthesize(tmp_path, "canary", environment="prod")
    assert apply.main([STACK, "--yes"]) == 2
    assert capsys.readouterr().err.endswith(
        "was synthesized for environment 'prod'\n    run `make synth ENVIRONMENT=sandbox`\n"
    )


def test_an_unknown_stack_is_refused_naming_those_that_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply.main(["boad"]) == 2
    synthesize(tmp_path, "canary")
    assert apply.main(["boad"]) == 2
    assert capsys.readouterr().err == (
        "stack 'boad': there is no such stack\n    run `make synth` first\n"
        "stack 'boad': there is no such stack\n    did you mean 'board'? synthesized: board\n"
    )


def test_a_machine_without_terraform_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    synthesize(tmp_path, "canary")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert apply.main([STACK, "--yes"]) == 1
    assert capsys.readouterr().err == "terraform is not on PATH; install Terraform 1.10 or later\n"
