"""Tests of every stack with the real Terraform and AWS provider: it is valid, and its first plan creates all of it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.terraform_files import terraform_file_problems
from tests.support.project import PROJECT
from tests.support.synth import STACK_NAMES, Stack, synthesized
from tests.support.terraform import EmulatedAccount, documented_files, emulated_account, validation

pytestmark = [pytest.mark.synth, pytest.mark.terraform]

FIRST_PLANS = [
    *(("services", environment) for environment in PROJECT.environment_names()),
    *((stack, "prod") for stack in STACK_NAMES if stack != "services"),
]


@pytest.fixture(scope="module")
def accounts() -> Iterator[Callable[[str], EmulatedAccount]]:
    """Yield a function that returns the emulator of an environment's account, started on first use."""
    with contextlib.ExitStack() as running:

        @functools.cache
        def account(name: str) -> EmulatedAccount:
            environment = PROJECT.environment(name)
            return running.enter_context(
                emulated_account(
                    account_id=environment.account_id,
                    region=environment.region,
                    zone_name=environment.zone_name,
                    state_bucket=environment.state_bucket,
                )
            )

        yield account


def _resources(stack: Stack) -> list[str]:
    return [address for address in stack.addresses() if not address.startswith("data.")]


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_stack_is_valid(stack: str, tmp_path: Path) -> None:
    result = validation(synthesized("prod")[stack], tmp_path)
    assert result["diagnostics"] == []
    assert result["valid"] is True


def test_the_terraform_files_of_the_documents_are_valid_beside_their_stack(tmp_path: Path) -> None:
    files = documented_files()
    assert files.keys() == {"invoices.tf", "alarms.tf", "scaling.tf"}
    folder = tmp_path / "project" / "deployments" / "single_service.tf"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert list(terraform_file_problems(tmp_path / "project", ["single_service"])) == []
    result = validation(replace(synthesized("prod")["single_service"], files=files), tmp_path)
    assert result["diagnostics"] == []


def test_an_argument_that_the_provider_does_not_know_is_found(tmp_path: Path) -> None:
    stack = synthesized()["image-repositories"]
    wrong = Stack(
        name=stack.name, text=stack.text.replace('"image_tag_mutability"', '"tag_mutability"'), document=stack.document
    )
    assert validation(wrong, tmp_path)["valid"] is False


@pytest.mark.parametrize(("name", "environment"), FIRST_PLANS)
def test_the_first_plan_creates_every_resource_and_changes_no_other(
    accounts: Callable[[str], EmulatedAccount], name: str, environment: str, tmp_path: Path
) -> None:
    stack = synthesized(environment)[name]
    changes = accounts(environment).plan(stack, tmp_path).changes
    assert {change.action for change in changes} == {"create"}
    assert sorted(change.address for change in changes) == _resources(stack)
