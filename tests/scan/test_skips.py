"""The skips of the security scan: which findings they match, and that each needs a use and a reason."""

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
    ("skip", "matches"),
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
def test_a_skip_matches_its_check_on_its_resources_in_its_stacks(skip: Skip, matches: bool) -> None:
    assert skip.matches(_finding()) is matches


def test_a_skip_that_matches_no_failed_check_is_reported() -> None:
    findings = [_finding(), _finding("product_user", passed=True)]
    assert list(unused([_skip()], findings)) == []
    assert list(unused([_skip("aws_vpc.*")], findings)) == ["skip of CKV_AWS_1 on 'aws_vpc.*' matches no failed check"]
    assert list(unused([_skip(stacks=("services", "product_user"))], findings)) == [
        "skip of CKV_AWS_1 on 'aws_lb.*' matches no failed check in stack 'product_user'"
    ]


def test_every_skip_of_the_project_names_one_check() -> None:
    skips = load(ROOT / FILE)
    assert len(skips) >= 10
    assert len({(skip.check, skip.resource, skip.stacks) for skip in skips}) == len(skips)
    assert [skip.check for skip in skips if not skip.check.startswith("CKV")] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[skip]]\n", "skip 1 has no string 'check'"),
        (f'[[skip]]\ncheck = "C"\nresource = "*"\nreason = "{REASON}"\nuntil = 1\n', "has an unknown key 'until'"),
        ('[[skip]]\ncheck = "C"\nresource = "*"\nreason = "no"\n', "has too short a reason to be reviewed: 'no'"),
        (f'[[skip]]\ncheck = "C"\nresource = "*"\nreason = "{REASON}"\nstacks = "a"\n', "not a list of strings"),
        ("[skips]\n", "unknown key 'skips'"),
        ("[[skip", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "skips.toml"
    path.write_text(text)
    with pytest.raises(ScanError, match=r"skips\.toml") as refused:
        load(path)
    assert fault in str(refused.value)


def test_a_project_without_the_file_has_no_skips(tmp_path: Path) -> None:
    assert load(tmp_path / FILE) == ()
