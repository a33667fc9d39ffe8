"""The needs of tasks that start and run: their roles with their policies, and their log groups.

ECS pulls the image and opens the log stream with the execution role; without one of them no task starts. Without the
task role, calls of AWS from the tasks are refused.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import destroys
from colonnade.review.interruptions.revisions import Revision, needed, revisions
from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.values import blocks

_EFFECTS = {"execution_role_arn": "cannot start", "task_role_arn": "lose their permissions"}
_POLICIES = ("aws_iam_role_policy", "aws_iam_role_policy_attachment")
_LOG_GROUP = "aws_cloudwatch_log_group"


def starts(judge: Judge) -> Iterator[Interruption]:
    """Yield what keeps the tasks of a service from starting, or takes their permissions, for a time."""
    for revision in revisions(judge.world):
        definition = revision.task_definition(judge.world)
        if definition is not None:
            for argument in _EFFECTS:
                yield from _role(judge, revision, definition, argument)
            yield from _log_groups(judge, revision, definition)
            yield from _no_rollback(judge, revision, definition)


def _role(judge: Judge, revision: Revision, definition: Change, argument: str) -> Iterator[Interruption]:
    for role in judge.world.links(definition, revision.side, argument).objects:
        claim = _claim(judge, revision, f"{_EFFECTS[argument]}: their role is gone", "tasks-without-role")
        only_starts = argument == "execution_role_arn"
        spans = [judge.world.lasts(role, revision.side)]
        yield from needed(judge, claim, spans, revision, only_starts=only_starts)
        claim = _claim(judge, revision, f"{_EFFECTS[argument]}: a policy of their role is gone", "tasks-without-policy")
        for policy in _policies(judge.world, role, revision):
            spans = [judge.world.exists(policy, side) for side in SIDES if judge.world.values(policy, side) is not None]
            yield from needed(judge, claim, spans, revision, only_starts=only_starts)


def _policies(world: World, role: Object, revision: Revision) -> Iterator[Change]:
    """Yield the policies of a role that the tasks of a revision have had and keep.

    A policy that is removed from a role of tasks that stay is a change of their permissions, not an interruption.
    """
    for policy in world.of(*_POLICIES, side=revision.side):
        removed = policy.after is None and revision.need.last is None
        if policy.before is not None and not removed and role in world.links(policy, revision.side, "role"):
            yield policy


def _log_groups(judge: Judge, revision: Revision, definition: Change) -> Iterator[Interruption]:
    claim = _claim(judge, revision, "cannot start: their log group is gone", "tasks-without-logs")
    for group, spans in _logs(judge.world, revision, definition):
        if group.action is not Action.NONE:
            yield from needed(judge, claim, spans, revision, only_starts=True)


def _logs(world: World, revision: Revision, definition: Change) -> Iterator[tuple[Change, list[Span]]]:
    """Yield the log groups of a task definition, each with the time for which its name exists."""
    containers = world.value(definition, revision.side, "container_definitions")
    names = set(_log_names(containers)) if isinstance(containers, str) else set[str]()
    if not names:  # known after the apply
        linked = (
            world.change(each) for each in world.links(definition, revision.side, "container_definitions").objects
        )
        names = {world.value(each, revision.side, "name") for each in linked if each is not None}
    by_name = {
        side: {world.value(each, side, "name"): each for each in world.of(_LOG_GROUP, side=side)} for side in SIDES
    }
    for name in sorted(each for each in names if isinstance(each, str)):
        own = [(side, by_name[side][name]) for side in SIDES if name in by_name[side]]
        if own:
            yield own[-1][1], [world.exists(change, side) for side, change in own]


def _log_names(containers: str) -> Iterator[str]:
    try:
        parsed: Any = json.loads(containers)
    except ValueError:
        return
    for container in blocks(parsed):
        options = (container.get("logConfiguration") or {}).get("options") or {}
        if options.get("awslogs-create-group") != "true" and isinstance(options.get("awslogs-group"), str):
            yield options["awslogs-group"]


def _no_rollback(judge: Judge, revision: Revision, definition: Change) -> Iterator[Interruption]:
    """Yield a question if the former task definition is deregistered before a rollout that ECS may roll back.

    A service whose task definition is inactive keeps running and scaling, so this interrupts nothing by itself.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
    """
    breakers = blocks((revision.service.after or {}).get("deployment_circuit_breaker"))
    rolls_back = any(each.get("rollback") is True for each in breakers)
    if revision.sides != (Side.BEFORE,) or not rolls_back or not judge.world.exists(definition, Side.BEFORE).ends:
        return
    name = judge.world.index.service(revision.service)
    cause = destroys(definition.address)
    claim = Claim(
        rule="rollback-lost",
        subject=f"a failed rollout of {name}",
        effect="may not be rolled back: its former task definition is deregistered",
        concerned=(revision.service,),
        steps=(f"Set `skip_destroy = true` in {definition.address}. Apply, then apply this change.",),
    )
    yield judge.say(Level.QUESTION, claim, cause=cause, trace=(judge.words.happens(cause),))


def _claim(judge: Judge, revision: Revision, effect: str, rule: str) -> Claim:
    name = judge.world.index.service(revision.service)
    return Claim(rule=rule, subject=f"tasks of {name}", effect=effect, concerned=(revision.service,))
