"""New tasks of the same revision: the question, the update, and the wait for exactly the deployment that ECS made."""

from __future__ import annotations

import pytest

from colonnade.model.errors import ConfigurationError
from colonnade.operate.restart import restart
from colonnade.rollouts.wait import RolloutError
from tests.support.ecs_service import Ecs, container
from tests.support.small_project import answers, no_question


def _ecs(outcome: str = "COMPLETED") -> Ecs:
    return Ecs({7: [container(7)]}, current=7, outcome=outcome)


def _no_pause(_seconds: float) -> None:
    pass


def test_a_restart_forces_a_deployment_and_waits_until_it_is_completed(capfd: pytest.CaptureFixture[str]) -> None:
    ecs = _ecs()
    pauses: list[float] = []
    assert restart([ecs.service], yes=True, ask=no_question, pause=pauses.append) == 0
    assert ecs.updates == [{"forceNewDeployment": True}]
    assert len(pauses) > 1
    shown = capfd.readouterr().err
    assert shown.startswith("services/service1: 3 tasks of revision colonnade-prod-services-service1:7\n")
    assert "Every service runs healthy tasks" in shown


def test_only_yes_restarts(capfd: pytest.CaptureFixture[str]) -> None:
    ecs = _ecs()
    questions: list[str] = []
    assert restart([ecs.service], yes=False, ask=answers("no", questions), pause=_no_pause) == 1
    assert questions == ["Replace the tasks of services/service1 in environment prod, account 444455556666? (yes/no) "]
    assert ecs.updates == []
    assert capfd.readouterr().err.endswith("Nothing was changed.\n")
    assert restart([ecs.service], yes=False, ask=answers("yes", questions), pause=_no_pause) == 0


def test_a_restart_that_ecs_rolls_back_fails_with_the_reasons_of_its_own_tasks() -> None:
    with pytest.raises(RolloutError) as error:
        restart([_ecs("ROLLED_BACK").service], yes=True, pause=_no_pause)
    lines = str(error.value).splitlines()
    assert lines[0] == (
        "service 'colonnade-prod-services-service1': ECS runs deployment ecs-svc/99 instead of ecs-svc/2: "
        "ECS deployment circuit breaker: tasks failed to start."
    )
    assert lines[1] == "    1 task stopped: Essential container in task exited; container 'service1' exited with 3"


def test_an_interruption_says_that_ecs_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restart([_ecs().service], yes=True, pause=interrupted)
    assert "ECS goes on with the rollout of service1; `colonnade status services -e prod` shows it\n" in (
        capfd.readouterr().err
    )


def test_a_service_that_ecs_does_not_have_is_not_restarted() -> None:
    ecs = Ecs({}, current=7, exists=False)
    with pytest.raises(ConfigurationError, match="'services/service1': ECS has no active service"):
        restart([ecs.service], yes=True, pause=_no_pause)
    assert ecs.updates == []
