"""Claims of the real Terraform and AWS provider about every stack: it is valid, and its first plan makes all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import environments
from tests.support.synth import Stack, synthesized
from tests.support.terraform import EmulatedAccount, emulated_account, validation

pytestmark = [pytest.mark.synth, pytest.mark.terraform]

STACKS = ("services", "state-backend", "image-repositories")


@pytest.fixture(params=environments.available(), scope="module")
def account(request: pytest.FixtureRequest) -> Iterator[tuple[str, EmulatedAccount]]:
    """Each environment by name, with an emulator of its account."""
    environment = environments.load(request.param)
    with emulated_account(
        account_id=environment.account_id,
        region=environment.region,
        zone_name=environment.zone_name,
        state_bucket=environment.state_bucket,
    ) as emulated:
        yield environment.name, emulated


def _resources(stack: Stack) -> list[str]:
    return [address for address in stack.addresses() if not address.startswith("data.")]


@pytest.mark.parametrize("stack", STACKS)
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


def test_a_first_plan_makes_the_deployment_and_touches_nothing_else(
    account: tuple[str, EmulatedAccount], tmp_path: Path
) -> None:
    environment, emulated = account
    stack = synthesized(environment)["services"]
    changes = emulated.plan(stack, tmp_path).changes
    assert {change.action for change in changes} == {"create"}
    assert sorted(change.address for change in changes) == _resources(stack)


@pytest.mark.parametrize("name", ["state-backend", "image-repositories"])
def test_a_first_plan_makes_what_deployments_stand_on(name: str, tmp_path: Path) -> None:
    environment = environments.load("prod")
    stack = synthesized("prod")[name]
    with emulated_account(
        account_id=environment.account_id,
        region=environment.region,
        zone_name=environment.zone_name,
        state_bucket=environment.state_bucket,
    ) as emulated:
        changes = emulated.plan(stack, tmp_path).changes
    assert {change.action for change in changes} == {"create"}
    assert sorted(change.address for change in changes) == _resources(stack)
