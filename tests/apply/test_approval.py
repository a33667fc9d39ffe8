"""Approval of an apply: interruptions and lost data stop it, openings and removals do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from colonnade.apply import command
from colonnade.apply.approval import Given, blocking, given, report
from colonnade.apply.stack import Stack, load_environment
from colonnade.review.analysis.findings import NO_STEPS
from colonnade.review.errors import ReviewError
from colonnade.review.plan.document import plan_of
from tests.support.plan_documents import change, document
from tests.support.small_project import SmallProject, no_question

STACK = "board"
ADDRESS = "aws_cloudwatch_log_group.orders"
REPORT = f"""\
stack 'board': its plan interrupts requests or loses data, which needs approval
    {ADDRESS}
        destroys a log group: its logs are deleted
To approve it as it is, once, run
    colonnade apply board -e dev --allow '{ADDRESS}'
or add to review-approvals.toml, with a reason:
    [[approval]]
    address = "{ADDRESS}"
    rule = "data-destroyed"
"""


def _logs(project: SmallProject, service: str) -> dict[str, Any]:
    """Return the log group of a service; tests share an account, so its name is that of the test's project."""
    return {"aws_cloudwatch_log_group": {service: {"name": f"/{project.bucket}/{service}"}}}


@pytest.mark.terraform
@pytest.mark.usefixtures("aws", "state_bucket")
def test_lost_data_stops_the_apply_until_it_is_approved(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write(STACK, _logs(project, "orders"))
    assert command.apply(STACK, "dev", yes=True) == 0
    project.write(STACK, _logs(project, "users"))
    assert command.apply(STACK, "dev", yes=True, ask=no_question) == 3
    assert REPORT in capfd.readouterr().err
    assert command.apply(STACK, "dev", yes=True, allow=["aws_cloudwatch_log_group.other"]) == 3
    assert command.apply(STACK, "dev", yes=True, allow=[ADDRESS]) == 0


@pytest.mark.terraform
@pytest.mark.usefixtures("aws", "state_bucket")
def test_a_saved_plan_is_kept_for_its_approval_and_stops_without_one(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    saved = project.root / "board.plan"
    project.write(STACK, _logs(project, "orders"))
    assert command.apply(STACK, "dev", yes=True) == 0
    project.write(STACK, _logs(project, "users"))
    with_plan = REPORT.replace("-e dev --allow", f"-e dev --plan {saved} --allow")
    assert command.plan(STACK, "dev", out=saved) == 0
    assert with_plan in capfd.readouterr().err
    assert command.apply(STACK, "dev", plan_file=saved, yes=True, ask=no_question) == 3
    printed = capfd.readouterr().err
    assert with_plan in printed
    entry = printed[printed.index("    [[approval]]") :].replace("FILL IN: why this is wanted", "the service is gone")
    (project.root / "review-approvals.toml").write_text(entry)
    assert command.apply(STACK, "dev", plan_file=saved, yes=True) == 0


def _blocking(*entries: dict[str, Any], approved: Given | None = None) -> list[str]:
    return [each.finding.address for each in blocking(plan_of(document(*entries)), approved or Given())]


def test_openings_policies_and_removed_services_block_the_review_alone() -> None:
    opening = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"}
    policy = {"policy": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'}
    assert (
        _blocking(
            change("aws_vpc_security_group_ingress_rule.https", None, opening),
            change("aws_iam_role_policy.wide", None, policy),
            change("aws_ecs_service.orders", {"desired_count": 2}, None),
            change("aws_lb_target_group.orders", {}, None),
        )
        == []
    )


def test_an_interruption_blocks_unless_its_address_is_approved() -> None:
    listener = change("aws_lb_listener.https", {}, None)
    assert _blocking(listener) == ["aws_lb_listener.https"]
    assert _blocking(listener, approved=Given(allowed=("aws_lb_listener.https",))) == []


def test_an_interruption_is_reported_with_the_advice_for_interruptions_without_steps(project: SmallProject) -> None:
    stack = Stack(name=STACK, environment=load_environment("dev", project.root), folder=project.root, document={})
    blocked = blocking(plan_of(document(change("aws_lb_listener.https", {}, None))), Given())
    text = report(stack, blocked, None, project.root)
    assert "        destroys a listener: its port refuses connections until another listener has it" in text
    assert NO_STEPS in text


def test_an_interruption_is_reported_with_the_operations_that_lead_to_it(project: SmallProject) -> None:
    stack = Stack(name=STACK, environment=load_environment("dev", project.root), folder=project.root, document={})
    record = {"name": "shop.example.com", "type": "A"}
    moved = (change("aws_route53_record.old", record, None), change("aws_route53_record.new", None, record))
    text = report(stack, blocking(plan_of(document(*moved)), Given()), None, project.root)
    assert "may interrupt: clients that use shop.example.com fail" in text
    assert "            1. The DNS record old is deleted." in text
    assert "            1. Keep the DNS record old, and make the other changes. Apply." in text


def test_approvals_come_from_the_options_and_the_projects_file(tmp_path: Path) -> None:
    blocked = blocking(plan_of(document(change("aws_lb_listener.https", {}, None))), Given())
    (tmp_path / "review-approvals.toml").write_text(blocked[0].entry.replace("FILL IN", "as planned"))
    found = given(["aws_lb.b"], tmp_path)
    assert (found.allowed, [each.address for each in found.approvals]) == (("aws_lb.b",), ["aws_lb_listener.https"])
    with pytest.raises(ReviewError, match="'b' is not a Terraform address"):
        given(["b"], tmp_path)


def test_the_file_of_earlier_versions_is_reported(project: SmallProject) -> None:
    stack = Stack(name=STACK, environment=load_environment("dev", project.root), folder=project.root, document={})
    (project.root / ".review-allow").write_text("aws_lb_listener.https\n")
    blocked = blocking(plan_of(document(change("aws_lb_listener.https", {}, None))), given((), project.root))
    last = report(stack, blocked, None, project.root).splitlines()[-1]
    assert last.startswith(".review-allow is not read any more: ")
