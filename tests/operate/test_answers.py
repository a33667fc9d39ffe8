"""The answer of `colonnade why`: rollbacks, deployments and healthy services, its wording and its page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colonnade.operate.why import evidence as evidence_values
from colonnade.operate.why.causes import CAUSES
from colonnade.operate.why.evidence import Event, Evidence, Target, Task
from colonnade.operate.why.report import answer_document, answer_text, judge
from tests.operate.faults import FAULTS
from tests.operate.faults_second import SECOND_FAULTS
from tests.support.why_cases import FAILED, NOW, PRIMARY, deployment, evidence, exited, first, group
from tools import causes as page


def _rolled_back(*tasks: Task) -> Evidence:
    """Return a service that ECS has rolled back from revision 2 to 1, and that is healthy again."""
    target = Target(address="10.0.1.9", state="healthy", reason="", description="")
    events = (
        "(service orders) has reached a steady state.",
        f"(service orders) (deployment {PRIMARY}) deployment completed.",
        f"(service orders) rolling back to deployment {PRIMARY}.",
        f"(service orders) (deployment {FAILED}) deployment failed: tasks failed to start.",
    )
    return evidence(
        *(replace(task, deployment_id=FAILED) for task in tasks),
        deployments=(deployment("COMPLETED", revision=1),),
        events=tuple(Event(at=NOW, message=message) for message in events),
        target_groups=(group(target, target),),
        running=2,
    )


def test_a_rolled_back_service_is_healthy_and_not_as_deployed_and_the_cause_is_of_the_failed_revision() -> None:
    answer = judge(_rolled_back(exited(1, "ModuleNotFoundError: No module named 'flask'")))
    assert (answer.evidence.healthy, answer.evidence.as_deployed, answer.well) == (True, False, False)
    assert answer.causes[0].name == "package-missing"
    assert "revision 2 was rolled back to 1" in answer_text(answer)


def test_a_rollback_whose_tasks_ecs_lists_no_more_is_the_cause_itself() -> None:
    assert first(_rolled_back()).name == "rolled-back"


def _healthy(*tasks: Task, **more: Any) -> Evidence:
    target = Target(address="10.0.1.9", state="healthy", reason="", description="")
    known = {"deployments": (deployment("COMPLETED"),), "target_groups": (group(target, target),), "running": 2, **more}
    return evidence(*tasks, **known)


def test_a_healthy_service_as_deployed_has_no_cause() -> None:
    answer = judge(_healthy())
    assert (answer.well, answer.causes) == (True, ())
    assert (
        answer_text(answer) == "shop/orders is healthy and as deployed: revision 2, 2 of 2 tasks run, 2 targets healthy"
    )


def test_a_service_that_has_recovered_is_well_and_the_cause_of_the_failed_task_is_given() -> None:
    answer = judge(_healthy(exited(137)))
    assert answer.well
    assert answer.causes[0].name == "killed"


def test_a_service_whose_tasks_fail_again_and_again_is_not_well_even_while_it_is_healthy() -> None:
    answer = judge(_healthy(*[exited(1, "KeyError: 'ORDERS_TABLE'")] * 3))
    assert not answer.well
    assert answer_text(answer).startswith(
        "shop/orders is not stable: 3 tasks have failed within 10 minutes: revision 2"
    )


def test_a_rollback_that_fails_too_has_its_own_cause() -> None:
    again = exited(1, "OSError: [Errno 28] No space left on device")
    former = replace(exited(1, "SyntaxError: invalid syntax"), deployment_id=FAILED)
    case = replace(_rolled_back(), tasks=(again, former))
    assert first(case).name == "syntax-error"  # the former revision is healthy
    assert first(replace(case, running=0)).name == "disk-full"


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "cause"),
    [
        (1, 100, 150, "deployment-blocked"),
        (1, 100, 200, "in-progress"),
        (1, 0, 100, "in-progress"),
        (3, 70, 100, "deployment-blocked"),
        (4, 70, 120, "in-progress"),
    ],
)
def test_a_deployment_without_room_is_blocked(desired: int, minimum: int, maximum: int, cause: str) -> None:
    former = deployment("COMPLETED", id_=FAILED, revision=1)
    limits = {"minimum_percent": minimum, "maximum_percent": maximum}
    case = evidence(desired=desired, running=desired, deployments=(deployment(), former), **limits)
    assert first(case).name == cause


def test_a_deployment_that_ecs_calls_blocked_is_blocked() -> None:
    words = "(service orders) was unable to stop or start tasks during a deployment because of the service deployment "
    former = deployment("COMPLETED", id_=FAILED, revision=1)
    case = evidence(running=1, deployments=(deployment(), former), events=(Event(at=NOW, message=words),))
    assert first(case).name == "deployment-blocked"


def test_a_rule_that_comes_first_is_named() -> None:
    case = _healthy(target_groups=(replace(_healthy().target_groups[0], hidden_by="7"),))
    assert (first(case).name, judge(case).well) == ("other-rule-first", False)
    assert "listener rule 7 " in first(case).sentence


def test_the_document_has_the_cause_and_the_evidence() -> None:
    document = answer_document(judge(evidence(exited(3, "panic: no config"))))
    assert document["cause"]["name"] == "exited"
    assert document["failed_tasks"][0]["containers"][0]["log"] == ["panic: no config"]
    assert (document["healthy"], document["as_deployed"]) == (False, False)


def test_the_text_has_cause_fix_and_evidence() -> None:
    assert answer_text(judge(evidence(exited(3, "panic: no config"), running=1))).splitlines() == [
        "shop/orders is being deployed: revision 2, 1 of 2 tasks run",
        "",
        "Cause: container 'orders' exited with 3: panic: no config",
        "Fix:   correct the cause in its last log lines; `colonnade logs shop/orders` prints more",
        "AWS:   https://repost.aws/knowledge-center/ecs-task-stopped",
        "",
        "Evidence:",
        "    1 task stopped, the last 60 s ago: Essential container in task exited; container 'orders' exited with 3",
        "    last log lines of container 'orders' of task 5f3c0e6d1e6f4d0c9a7b8c9d0e1f2a3b:",
        "        panic: no config",
    ]


def test_health_checks_that_have_passed_are_not_among_the_last_log_lines() -> None:
    passed, failed = ('"GET /health HTTP/1.1" 200 OK', '"GET /health HTTP/1.1" 503')
    shown = answer_text(judge(evidence(exited(3, failed, "panic", *[passed] * 20))))
    assert failed in shown
    assert passed not in shown


def test_each_cause_has_a_name_of_its_own_and_a_source_of_aws() -> None:
    names = [cause.name for cause in CAUSES]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name) for name in names)
    assert all(re.match(r"https://(docs\.aws\.amazon\.com|repost\.aws)/", cause.source) for cause in CAUSES)


def test_no_name_of_an_injected_fault_is_in_the_source() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(evidence_values.__file__).parent.glob("*.py"))
    assert [fault.name for fault in (*FAULTS, *SECOND_FAULTS) if f'"{fault.name}"' in source] == []


def test_the_page_when_something_goes_wrong_is_up_to_date() -> None:
    """If this fails, run `python -m tools.causes`."""
    assert page.PAGE.read_text(encoding="utf-8") == page.page()
