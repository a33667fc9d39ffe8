"""Claims about the approvals file: its entries, every problem with its line, and the entry that a review prints."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.analysis import analyze
from colonnade.review.approvals import Approval, approvals, checked_address, entry
from colonnade.review.errors import ApprovalError
from colonnade.review.plan.document import read_plan
from colonnade.review.verdict import judge
from tests.support.plan_documents import change, text
from tests.support.sandbox_session import PROJECT_ROOT

VALUE = "0123456789abcdef"
GOOD = f"""\
# Reviewed by the network's owners
[[approval]]
address = "aws_lb.this"
rule = "port-opened"
value = "{VALUE}"
reason = "the public HTTPS port"
expires = 2027-06-30
"""


def test_an_entry_binds_address_rule_and_value_until_it_expires() -> None:
    (found,) = approvals(GOOD)
    assert (found.address, found.rule, found.value, found.expires) == (
        *("aws_lb.this", "port-opened", VALUE),
        date(2027, 6, 30),
    )
    assert not found.has_expired(date(2027, 6, 30))
    assert found.has_expired(date(2027, 7, 1))
    assert not Approval(address="a", rule="b", value="c", reason="d").has_expired(date.max)


def test_all_problems_are_reported_at_once_with_line_and_fix() -> None:
    wrong = f"""\
approvals = 1
[[approval]]
address = "all of them"
rule = "port-open"
value = "*"
reason = " "
expires = "2027-06-30"

[[approval]]
adress = "aws_lb.this"
rule = "port-opened"
value = "{VALUE}"
"""
    with pytest.raises(ApprovalError) as refusal:
        approvals(wrong, name="file")
    lines = str(refusal.value).splitlines()
    assert [line.rpartition("; ")[0] for line in lines if "rule 'port-open'" not in line] == [
        "file: unknown key 'approvals'",
        "file: line 3: address 'all of them' is not a Terraform address",
        "file: line 5: value '*' is not a value of a finding",
        "file: line 6: reason is ' '",
        "file: line 7: expires is '2027-06-30'",
        "file: line 10: unknown key 'adress'",
        "file: line 9: has no address",
        "file: line 9: has no reason",
    ]
    (rule,) = [line for line in lines if "rule 'port-open'" in line]
    assert rule.startswith("file: line 4: rule 'port-open' is not a rule of this review; did you mean 'port-opened'?")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[approval]\n", r"is not TOML: .*line 1"),
        ("approval = 1\n", "'approval' is no list of tables"),
        ("approval = [1]\n", "'approval' is no list of tables"),
        ("approval = [{rule = 'port-opened'}]\n", "approval 1: has no address"),
        (GOOD.replace("2027-06-30", "2027-06-30T00:00:00"), "line 7: expires is '2027-06-30 00:00:00'"),
        (GOOD + GOOD, "line 10: approves port-opened of aws_lb.this with the same value again; delete one entry"),
    ],
)
def test_a_wrong_file_is_rejected(content: str, message: str) -> None:
    with pytest.raises(ApprovalError, match=message):
        approvals(content)


def test_the_documented_entries_approve_the_ports_of_a_load_balancer() -> None:
    page = (PROJECT_ROOT / "docs" / "plan-review.md").read_text(encoding="utf-8")
    documented = approvals(page.partition("```toml\n")[2].partition("```")[0])
    ports = {"ip_protocol": "tcp", "cidr_ipv4": "0.0.0.0/0"}
    entries = [
        change(each.address, None, {**ports, "from_port": port, "to_port": port})
        for each, port in zip(documented, (443, 80), strict=True)
    ]
    plan = analyze(read_plan(text(*entries)))
    assert not judge(plan, approvals=documented, today=date(2027, 6, 30)).blocked


@given(st.text(max_size=30))
def test_a_printed_entry_is_read_again_for_any_key_and_holds_no_markup(key: str) -> None:
    address = f'module.a["{key}"].aws_lb.this'
    printed = entry(address=address, rule="port-opened", value=VALUE)
    (found,) = tomllib.loads(printed)["approval"]
    assert found["address"] == address
    assert len(printed.splitlines()) == 5
    assert not set(printed) & set("`<>&")


@pytest.mark.parametrize("key", ["]", "a]b", " # x", r"\"]", "a.b"])
def test_a_key_may_contain_any_character(key: str) -> None:
    assert checked_address(f'module.a["{key}"].aws_lb.this["{key}"]')


@pytest.mark.parametrize("address", ["aws_lb", "*", "aws_lb.*", "aws_lb.this because", "aws_lb.this,aws_lb.that"])
def test_an_option_that_is_not_a_resource_address_is_rejected(address: str) -> None:
    with pytest.raises(ApprovalError, match="is not a Terraform address"):
        checked_address(address)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ApprovalError, match="nested too deeply"):
        approvals(f"approval = {'[' * 5000}")


def test_an_address_may_have_letters_of_any_language() -> None:
    (found,) = approvals(GOOD.replace("aws_lb.this", "module.größe.aws_lb.übersicht"))
    assert found.address == "module.größe.aws_lb.übersicht"
