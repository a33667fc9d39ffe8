"""The lock file of the AWS provider: every stack is initialized with it, and Terraform refuses another provider."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import main
from colonnade.modules.provider import PROVIDER_SOURCE, PROVIDER_VERSION
from colonnade.synthesis import LOCK_FILE, copy_lock_file
from tests.support.project import PROJECT, SERVICES
from tests.support.synth import synthesized
from tests.support.terraform import initialize

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / LOCK_FILE).read_text(encoding="utf-8")


def _project(folder: Path, lock: str, copy: str | None) -> Path:
    """Write a project with this lock file and one synthesized stack, which may have a copy already."""
    stack = folder / "cdktf.out" / "stacks" / "shop"
    stack.mkdir(parents=True)
    (stack / "cdk.tf.json").write_text("{}")
    (folder / LOCK_FILE).write_text(lock)
    if copy is not None:
        (stack / LOCK_FILE).write_text(copy)
    copy_lock_file(folder, folder / "cdktf.out")
    return stack / LOCK_FILE


def test_it_locks_the_provider_that_the_stacks_require() -> None:
    assert re.findall(r'^provider "registry\.terraform\.io/(.+)" {$', LOCK, re.MULTILINE) == [PROVIDER_SOURCE]
    assert f'constraints = "{PROVIDER_VERSION}"' in LOCK
    assert 'version     = "5.100.0"' in LOCK


@pytest.mark.synth
def test_every_synthesized_stack_has_it(tmp_path: Path) -> None:
    main.synthesize(PROJECT.environment("sandbox"), PROJECT.resolve("sandbox"), tmp_path)
    stacks = [path.parent for path in tmp_path.glob("stacks/*/cdk.tf.json")]
    assert len(stacks) >= 3
    assert {(stack / LOCK_FILE).read_text(encoding="utf-8") for stack in stacks} == {LOCK}


def test_a_copy_to_which_terraform_added_checksums_stays_and_another_one_is_replaced(tmp_path: Path) -> None:
    lock = 'version = "1"\nhashes = [\n"zh:1",\n]\n'
    more = 'version = "1"\nhashes = [\n"h1:2",\n"zh:1",\n]\n'
    assert _project(tmp_path / "more", lock, more).read_text() == more
    assert _project(tmp_path / "other", lock, 'version = "0"\n').read_text() == lock
    assert _project(tmp_path / "none", lock, None).read_text() == lock


def test_a_project_without_one_is_synthesized_without_it(tmp_path: Path) -> None:
    copy_lock_file(tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.synth
@pytest.mark.terraform
def test_terraform_accepts_the_provider_with_it(tmp_path: Path) -> None:
    initialize(synthesized()[SERVICES.name], tmp_path, lock=LOCK)


@pytest.mark.synth
@pytest.mark.terraform
def test_terraform_refuses_a_provider_with_other_checksums(tmp_path: Path) -> None:
    other = re.sub(r'"(h1|zh):..', r'"\1:00', LOCK)
    with pytest.raises(AssertionError, match="checksums previously recorded"):
        initialize(synthesized()[SERVICES.name], tmp_path, lock=other)
