"""Claims of the real Terraform and AWS provider about every stack: it is valid, and its first plan makes all of it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.project import PROJECT
from tests.support.synth import STACK_NAMES, Stack, synthesized
from tests.support.terraform import EmulatedAccount, emulated_account, validation

pytestmark = [pytest.mark.synth, pytest.mark.terraform]

FIRST_PLANS = [
    *(("services", environment) for environment in PROJECT.environment_names()),
    *((stack, "prod") for stack in STACK_NAMES if stack != "services"),
]


@pytest.fixture(scope="module")
def accounts() -> Iterator[Callable[[str], EmulatedAccount]]:
    """An emulator of each environment's account, started when it is first asked for."""
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
def test_the_provider_finds_every_stack_valid(stack: str, tmp_path: Path) -> None:
    answer = validation(synthesized("prod")[stack], tmp_path)
    assert answer["diagnostics"] == []
    assert answer["valid"] is True


def test_an_argument_that_the_provider_does_not_know_is_found(tmp_path: Path) -> None:
    stack = synthesized()["image-repositories"]
    wrong = Stack(
        name=stack.name, text=stack.text.replace('"image_tag_mutability"', '"tag_mutability"'), document=stack.document
    )
    assert validation(wrong, tmp_path)["valid"] is False


@pytest.mark.parametrize(("name", "environment"), FIRST_PLANS)
def test_a_first_plan_makes_everything_and_touches_nothing_else(
    accounts: Callable[[str], EmulatedAccount], name: str, environment: str, tmp_path: Path
) -> None:
    stack = synthesized(environment)[name]
    changes = accounts(environment).plan(stack, tmp_path).changes
    assert {change.action for change in changes} == {"create"}
    assert sorted(change.address for change in changes) == _resources(stack)
