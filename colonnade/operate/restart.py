"""New tasks of the same revision: UpdateService with forceNewDeployment -> wait until they are healthy."""

from __future__ import annotations

import time
from collections.abc import Sequence

from colonnade.apply.operation import Ask, confirmed, say
from colonnade.operate.services import DeployedService
from colonnade.operate.status import short_arn
from colonnade.operate.update import Pause, described, primary_deployment, update, wait
from colonnade.terminal.exit_status import ExitStatus


def restart(services: Sequence[DeployedService], *, yes: bool, ask: Ask = input, pause: Pause = time.sleep) -> int:
    """Replace the tasks of each service by new ones, as in any rollout, and return the exit status.

    `yes` skips the confirmation. Raises ConfigurationError for services that do not exist, RolloutError, or AwsError.
    """
    found = described(services)
    for service, description in zip(services, found, strict=True):
        running, revision = description["runningCount"], short_arn(primary_deployment(description)["taskDefinition"])
        say(f"{service.name}: {running} task{'' if running == 1 else 's'} of revision {revision}")
    deployment = services[0].deployment
    target = f"environment {deployment.environment}, account {deployment.account_id}"
    names = ", ".join(each.name for each in services)
    if not confirmed(ask, f"Replace the tasks of {names} in {target}?", yes=yes):
        say("Nothing was changed.")
        return ExitStatus.FAILED
    wait([(each, update(each, forceNewDeployment=True)) for each in services], pause=pause)
    return ExitStatus.OK
