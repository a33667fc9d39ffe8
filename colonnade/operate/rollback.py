"""An earlier revision of a deployed service: what changes -> question -> UpdateService -> wait -> the image's pin.

A rollback does not change the project's files, so the next apply would run the revision that they declare. Pinning the
image of the earlier revision makes the next apply keep it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.apply.identity import aws_errors
from colonnade.apply.operation import Ask, confirmed, say
from colonnade.images.pins import pins_in
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.resolved import Resolved
from colonnade.operate.image_pins import UndeclaredImage, undeclared_images, write_pins
from colonnade.operate.revisions import Revision, differences, named_revision, previous_revision, revision
from colonnade.operate.services import DeployedService
from colonnade.operate.status_text import time_text
from colonnade.operate.update import Pause, described, primary_deployment, update, wait
from colonnade.review.analysis.task_definitions import RevisionDifference
from colonnade.review.markdown.revision_lines import revision_line
from colonnade.rollouts.wait import RolloutError
from colonnade.terminal.exit_status import ExitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files that declare what a service runs."""

    environment: Environment
    pins: Path
    """The environment's file of pinned images, which may be missing."""
    deployments: Sequence[Resolved]
    """All deployments in the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """A rollback of one service, before anything is changed."""

    service: DeployedService
    current: Revision
    target: Revision
    files: Files

    @property
    def differences(self) -> tuple[RevisionDifference, ...]:
        """The differences between the revision that runs and the target."""
        return differences(self.current, self.target)

    @property
    def images(self) -> tuple[UndeclaredImage, ...]:
        """The images of the target that the environment's files do not declare."""
        return undeclared_images(self.target, self.service, self.files.environment, self.files.deployments)

    @property
    def pinned(self) -> tuple[UndeclaredImage, ...]:
        """The images that the rollback pins."""
        return tuple(each for each in self.images if each.is_pinned_in(self.files.environment))


def rollback(
    service: DeployedService,
    files: Files,
    *,
    number: int | None = None,
    yes: bool,
    ask: Ask = input,
    pause: Pause = time.sleep,
) -> int:
    """Run the previous completed revision, or the one of this number, and pin its image; return the exit status.

    `yes` skips the confirmation. Raises ConfigurationError if there is no such revision, RolloutError, or AwsError.
    """
    planned = _planned(service, files, number)
    if planned.target.arn == planned.current.arn:
        say(f"{service.name} runs revision {planned.current.number} already.")
        return ExitStatus.OK
    say("\n".join(_shown(planned)))
    if planned.pinned:
        pins_in(files.pins)  # a file that cannot be read is reported before anything is changed
    target = f"environment {files.environment.name}, account {files.environment.account_id}"
    if not confirmed(ask, f"Roll {service.name} back to revision {planned.target.number} in {target}?", yes=yes):
        say("Nothing was changed.")
        return ExitStatus.FAILED
    try:
        # Forced, so that ECS makes a new deployment even while it replaces the tasks of this revision.
        wait([(service, update(service, taskDefinition=planned.target.arn, forceNewDeployment=True))], pause=pause)
    except (RolloutError, KeyboardInterrupt):
        say("No file was changed.")
        raise
    if planned.pinned:
        write_pins(planned.pinned, files.pins, files.environment, service)
        names = ", ".join(each.name for each in planned.pinned)
        say(
            f"Pinned {names} in environments/{files.pins.name}. The next apply registers a revision with "
            f"{'this image' if len(planned.pinned) == 1 else 'these images'} and replaces the tasks once more."
        )
    return ExitStatus.OK


def _planned(service: DeployedService, files: Files, number: int | None) -> Rollback:
    (description,) = described([service])
    with aws_errors():
        current = revision(primary_deployment(description)["taskDefinition"], service.aws)
    target = previous_revision(service, current) if number is None else named_revision(service, current, number)
    return Rollback(service=service, current=current, target=target, files=files)


def _shown(planned: Rollback) -> Iterator[str]:
    current, target, environment = planned.current, planned.target, planned.files.environment
    completed = f", completed at {time_text(target.completed_at)}" if target.completed_at is not None else ""
    yield f"{planned.service.name}: revision {current.number} -> {target.number}{completed}"
    yield from (f"    {revision_line(each)}" for each in planned.differences)
    if not planned.differences:
        yield "    the two revisions do not differ"
    if environment.name == SANDBOX:
        yield "    the sandbox pulls no images: tasks of every revision run the app as it is in service_apps now"
    yield f"The next apply runs the revision that the files declare. To stay with revision {target.number}:"
    steps = [*(each.line(environment) for each in planned.images), *_other_steps(planned)]
    yield from (f"    {step}" for step in steps if step)
    if not steps:
        yield "    nothing needs to change: they declare its images"


def _other_steps(planned: Rollback) -> Iterator[str]:
    """Yield the step for differences other than images, which a pin cannot declare."""
    if any(each.field != "image" for each in planned.differences):
        service, environment = planned.service, planned.files.environment
        show = f"colonnade show {service.deployment.name} {service.service.name} -e {environment.name}"
        yield (
            "change what differs beside the image in the deployment's file or in "
            f"environments/{environment.name}.toml; `{show}` prints the source of each value"
        )
