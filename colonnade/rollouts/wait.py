"""The wait for rollouts: services -> the state of each, repeatedly -> all completed, or an error with the reasons."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from colonnade.rollouts.applied import AppliedService
from colonnade.rollouts.reasons import reasons
from colonnade.rollouts.status import Clients, Rollout, read_rollouts
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.progress import Progress, Step

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
Pause = Callable[[float], None]


class RolloutError(ColonnadeError):
    """A rollout that is not completed, or targets that are not healthy.

    The message has the service's last event and the reasons why its tasks stopped.
    """


def wait_for_rollouts(
    services: Sequence[AppliedService], aws: Clients, progress: Progress, *, pause: Pause = time.sleep
) -> None:
    """Wait until every service's rollout is completed and its targets are healthy.

    Raises RolloutError as soon as a rollout has failed, or when the largest limit of the services is over. `pause` is
    called with the seconds until the services are read again. It may raise an exception to end the wait.
    """
    _wait(services, aws, progress, pause, ended=lambda rollout: rollout.completed, longest=_LONGEST_PAUSE_SECONDS)


def wait_until_served(
    services: Sequence[AppliedService], aws: Clients, progress: Progress, *, pause: Pause = time.sleep
) -> None:
    """Wait until every request goes to healthy tasks of the new deployments; former tasks may still drain.

    The services are read every half second, which suits an AWS API on this machine. Otherwise as `wait_for_rollouts`.
    """
    _wait(services, aws, progress, pause, ended=lambda rollout: rollout.serves, longest=_FIRST_PAUSE_SECONDS)


def _wait(
    services: Sequence[AppliedService],
    aws: Clients,
    progress: Progress,
    pause: Pause,
    *,
    ended: Callable[[Rollout], bool],
    longest: float,
) -> None:
    if not services:
        return
    with progress.step("Waiting for healthy tasks", counted="services") as step:
        _Wait(services, aws, progress, step, ended).run(pause, longest)
        step.close_with(f"Every service runs healthy tasks: {step.seconds():.0f} s")


class _Wait:
    def __init__(
        self,
        services: Sequence[AppliedService],
        aws: Clients,
        progress: Progress,
        step: Step,
        ended: Callable[[Rollout], bool],
    ) -> None:
        self._waiting, self._aws, self._now, self._step = list(services), aws, progress.now, step
        self._ended = ended
        self._limit = max(service.limit_seconds for service in services)
        self._shown: dict[str, str] = {}
        step.expect(len(services))

    def run(self, pause: Pause, longest: float) -> None:
        deadline, seconds = self._now() + self._limit, _FIRST_PAUSE_SECONDS
        while True:
            rollouts = read_rollouts(self._waiting, self._aws)
            self._show(rollouts)
            failed = [each for each in rollouts if each.failure]
            if failed:
                raise RolloutError(self._message(failed))
            waiting = [each for each in rollouts if not self._ended(each)]
            self._waiting = [each.service for each in waiting]
            if not waiting:
                return
            if self._now() >= deadline:
                raise RolloutError(self._message(waiting))
            pause(seconds)
            seconds = min(2 * seconds, longest)

    def _show(self, rollouts: Sequence[Rollout]) -> None:
        for each in rollouts:
            name, progress = each.service.name, "" if self._ended(each) else each.progress
            if self._shown.get(name) == progress:
                continue
            self._shown[name] = progress
            if self._ended(each):
                self._step.end(name, "completed", counted_as="completed")
            else:
                self._step.begin(name, "rolling out", progress)

    def _message(self, rollouts: Sequence[Rollout]) -> str:
        late = f"its rollout is not completed after {self._limit / 60:.0f} minutes"
        return "\n".join(reasons(each, each.failure or f"{late}: {each.progress}", self._aws) for each in rollouts)
