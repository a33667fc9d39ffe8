"""The tasks that remain while a rollout exchanges those of a service: its minimum and maximum percent decide.

ECS rounds the minimum up and the maximum down to a number of tasks.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html

Of a service that CodeDeploy deploys, ECS changes neither the task definition nor where its tasks run.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
"""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import applies
from colonnade.review.interruptions.revisions import exchanges
from colonnade.review.interruptions.targets import deployed_by_ecs
from colonnade.review.interruptions.world import SIDES, Side
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import SERVICE
from colonnade.review.plan.values import blocks

_DEFAULTS = {"deployment_minimum_healthy_percent": 100, "deployment_maximum_percent": 200}
_OF_CODE_DEPLOY = ("task_definition", "network_configuration", "platform_version", "load_balancer")
"""The arguments that only a deployment of CodeDeploy changes."""
_STEP = "Set deployment_minimum_healthy_percent = 100 and deployment_maximum_percent = 200 in {address}. Apply."


def rollouts(judge: Judge) -> Iterator[Interruption]:
    """Yield the rollouts that may leave a service with no task or with fewer tasks, that cannot begin, or that AWS
    refuses."""
    for service in judge.world.of(SERVICE, side=Side.AFTER):
        if deployed_by_ecs(service) and exchanges(judge.world, service):
            counts = [judge.world.value(service, side, "desired_count") for side in SIDES]
            wanted = min((each for each in counts if isinstance(each, int)), default=0)
            if wanted > 0:
                yield from _of(judge, service, wanted)
        elif service.action is Action.UPDATE and _is_of_code_deploy(service):
            yield from _refused(judge, service)


def _is_of_code_deploy(service: Change) -> bool:
    sides = (blocks((values or {}).get("deployment_controller")) for values in (service.before, service.after))
    return all(any(each.get("type") == "CODE_DEPLOY" for each in found) for found in sides)


def _refused(judge: Judge, service: Change) -> Iterator[Interruption]:
    """Yield an interruption if the plan changes what only a deployment of CodeDeploy changes."""
    before, after = ({each: judge.world.value(service, side, each) for each in _OF_CODE_DEPLOY} for side in SIDES)
    changed = [each for each in _OF_CODE_DEPLOY if before[each] != after[each]]
    if not changed:
        return
    listed, update = " and ".join(changed), applies(service.address)
    claim = Claim(
        rule="rollout-refused",
        subject=f"the update of {judge.world.index.service(service)}",
        effect=f"is refused: CodeDeploy deploys it, and ECS does not change {listed}",
        about=tuple(changed),
        concerned=(service,),
        steps=(
            f"Add {listed} to `ignore_changes` in the lifecycle of {service.address}. Apply.",
            "Start a deployment in CodeDeploy with the new values.",
        ),
    )
    trace = (
        f"{service.address} is updated in place.",
        "AWS refuses this (InvalidParameterException), and the apply stops halfway.",
    )
    yield judge.say(Level.FAILS, claim, cause=update, trace=trace, prevents_apply=True)


def _of(judge: Judge, service: Change, wanted: int) -> Iterator[Interruption]:
    minimum, maximum = (_percent(judge, service, each) for each in _DEFAULTS)
    least, most = -(-wanted * minimum // 100), wanted * maximum // 100
    if least == 0:
        level = Level.INTERRUPTS if most <= wanted else Level.MAY_INTERRUPT
        effect = f"may leave none of its {wanted} tasks running before new ones are healthy"
    elif most <= wanted and least >= wanted:
        level, effect = Level.FAILS, f"cannot begin: ECS may neither stop nor add one of its {wanted} tasks"
    elif least < wanted:
        level, effect = Level.QUESTION, f"leaves {least} of its {wanted} tasks for a time: are these enough?"
    else:
        return
    claim = Claim(
        rule="rollout-with-too-few-tasks",
        subject=f"the rollout of {judge.world.index.service(service)}",
        effect=effect,
        about=(minimum, maximum, wanted),
        concerned=(service,),
        steps=(_STEP.format(address=service.address),),
    )
    trace = (
        judge.words.happens(applies(service.address)),
        f"ECS keeps at least {minimum} % and at most {maximum} % of {wanted} running: {least} to {most}.",
    )
    yield judge.say(level, claim, cause=applies(service.address), trace=trace)


def _percent(judge: Judge, service: Change, argument: str) -> int:
    value = judge.world.value(service, Side.AFTER, argument)
    return value if isinstance(value, int) else _DEFAULTS[argument]
