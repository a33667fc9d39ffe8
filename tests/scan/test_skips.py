"""Claims about the skips of the security scan: what one forgives, and that none stays without a use or a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.scan.findings import Finding, ScanError
from colonnade.scan.skips import FILE, Skip, load, unused

ROOT = Path(__file__).parents[2]
REASON = "a reason that a reader can judge"


def _finding(stack: str = "services", address: str = "aws_lb.ServicesLB_this_1", *, passed: bool = False) -> Finding:
    return Finding(stack=stack, check="CKV_AWS_1", address=address, claim="Ensure it is safe", passed=passed)


def _skip(resource: str = "aws_lb.*", stacks: tuple[str, ...] = ()) -> Skip:
    return Skip(check="CKV_AWS_1", resource=resource, stacks=stacks, reason=REASON)


@pytest.mark.parametrize(
    ("skip", "forgives"),
    [
        (_skip(), True),
        (_skip("*"), True),
        (_skip("aws_lb.ServicesLB_*", ("product_user", "services")), True),
        (_skip("aws_lb"), False),
        (_skip("aws_lb_listener.*"), False),
        (_skip(stacks=("product_user",)), False),
        (Skip(check="CKV_AWS_11", resource="*", stacks=(), reason=REASON), False),
    ],
)
def test_a_skip_forgives_its_check_on_its_resources_in_its_stacks(skip: Skip, forgives: bool) -> None:
    assert skip.forgives(_finding()) is forgives


def test_a_skip_that_forgives_no_failed_check_is_told() -> None:
    findings = [_finding(), _finding("product_user", passed=True)]
    assert list(unused([_skip()], findings)) == []
    assert list(unused([_skip("aws_vpc.*")], findings)) == ["skip of CKV_AWS_1 on 'aws_vpc.*' forgives nothing"]
    assert list(unused([_skip(stacks=("services", "product_user"))], findings)) == [
        "skip of CKV_AWS_1 on 'aws_lb.*' forgives nothing in stack 'product_user'"
    ]


def test_every_skip_of_the_project_is_of_one_check_and_says_why() -> None:
    skips = load(ROOT / FILE)
    assert len(skips) >= 10
    assert len({(skip.check, skip.resource, skip.stacks) for skip in skips}) == len(skips)
    assert [skip.check for skip in skips if not skip.check.startswith("CKV")] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[skip]]\n", "skip 1 has no text 'check'"),
        (f'[[skip]]\ncheck = "C"\nresource = "*"\nreason = "{REASON}"\nuntil = 1\n', "has an unknown key 'until'"),
        ('[[skip]]\ncheck = "C"\nresource = "*"\nreason = "no"\n', "gives no reason that a reader could judge: 'no'"),
        (f'[[skip]]\ncheck = "C"\nresource = "*"\nreason = "{REASON}"\nstacks = "a"\n', "not a list of texts"),
        ("[skips]\n", "unknown key 'skips'"),
        ("[[skip", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "skips.toml"
    path.write_text(text)
    with pytest.raises(ScanError, match=r"skips\.toml") as refused:
        load(path)
    assert told in str(refused.value)


def test_a_project_without_the_file_has_no_skips(tmp_path: Path) -> None:
    assert load(tmp_path / FILE) == ()
