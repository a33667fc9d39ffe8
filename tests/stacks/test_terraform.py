"""Every stack with the real Terraform and AWS provider: its first plan has no warning and creates all of it."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.terraform_files import terraform_file_problems
from colonnade_sandbox.terraform.events import Diagnostic, Event
from colonnade_sandbox.terraform.runner import TerraformError
from tests.support.project import PROJECT
from tests.support.synth import STACK_NAMES, Stack, synthesized
from tests.support.terraform import EmulatedAccount, account_of, documented_files

pytestmark = [pytest.mark.synth, pytest.mark.terraform]

Accounts = Callable[[str], EmulatedAccount]
FIRST_PLANS = [
    *(("services", environment) for environment in PROJECT.environment_names()),
    *((stack, "prod") for stack in STACK_NAMES if stack not in {"services", "single_service"}),
]
"""The planned stacks; another test plans single_service with Terraform files."""


@pytest.fixture(scope="module")
def accounts() -> Iterator[Accounts]:
    """Yield a function that returns the emulator of an environment's account, started on first use."""
    with contextlib.ExitStack() as running:

        @functools.cache
        def account(name: str) -> EmulatedAccount:
            environment = PROJECT.environment(name)
            return running.enter_context(account_of(environment))

        yield account


def _resources(stack: Stack) -> list[str]:
    return [address for address in stack.addresses() if not address.startswith("data.")]


def _diagnostics(events: Iterable[Event]) -> list[Diagnostic]:
    return [each for each in events if isinstance(each, Diagnostic)]


@pytest.mark.parametrize(("name", "environment"), FIRST_PLANS)
def test_the_first_plan_creates_every_resource_changes_no_other_and_has_no_warning(
    accounts: Accounts, name: str, environment: str, tmp_path: Path
) -> None:
    _assert_created(accounts(environment), synthesized(environment)[name], tmp_path)


def _assert_created(account: EmulatedAccount, stack: Stack, folder: Path) -> None:
    events = list[Event]()
    changes = account.plan(stack, folder, events.append).changes
    assert {change.action for change in changes} == {"create"}
    assert sorted(change.address for change in changes) == _resources(stack)
    assert _diagnostics(events) == []


def test_the_terraform_files_of_the_documents_are_planned_with_their_stack(accounts: Accounts, tmp_path: Path) -> None:
    files = documented_files()
    assert files.keys() == {"invoices.tf", "alarms.tf", "scaling.tf"}
    folder = tmp_path / "project" / "deployments" / "single_service.tf"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert list(terraform_file_problems(tmp_path / "project", ["single_service"])) == []
    stack = replace(synthesized("prod")["single_service"], files=files)
    assert {"aws_s3_bucket.invoices", "aws_cloudwatch_metric_alarm.errors"} <= set(_resources(stack))
    _assert_created(accounts("prod"), stack, tmp_path)


def test_an_unknown_argument_fails_and_a_deprecated_one_is_a_warning(accounts: Accounts, tmp_path: Path) -> None:
    stack = synthesized()["image-repositories"]
    unknown = replace(stack, text=stack.text.replace('"image_tag_mutability"', '"tag_mutability"'))
    with pytest.raises(TerraformError, match="tag_mutability"):
        accounts("sandbox").plan(unknown, tmp_path / "unknown")

    document, events = json.loads(stack.text), list[Event]()
    document["resource"]["aws_eip"] = {"deprecated": {"vpc": True}}
    deprecated = replace(stack, text=json.dumps(document))
    accounts("sandbox").plan(deprecated, tmp_path / "deprecated", events.append)
    assert "warning" in {each.severity for each in _diagnostics(events)}
