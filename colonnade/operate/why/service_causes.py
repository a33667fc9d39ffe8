"""The causes in the service itself and around it: not deployed, desired count, listener rules, rollback, progress."""

from __future__ import annotations

from http import HTTPStatus

from colonnade.operate.why.cause import EVENTS, Cause, Values, in_events
from colonnade.operate.why.evidence import Evidence
from colonnade.operate.why.log_lines import request

_ROLLBACK = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"
_RULES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"


_said_blocked = in_events(r"unable to stop or start tasks during a deployment")


def _not_deployed(evidence: Evidence) -> Values | None:
    return None if evidence.exists else {"name": evidence.name}


def _no_tasks(evidence: Evidence) -> Values | None:
    return {} if evidence.exists and evidence.desired == 0 else None


def _no_rule(evidence: Evidence) -> Values | None:
    return next(({"group": group.name} for group in evidence.target_groups if not group.weights), None)


def _no_weight(evidence: Evidence) -> Values | None:
    aside = (group for group in evidence.target_groups if group.weights and not any(group.weights))
    return next(({"group": group.name} for group in aside), None)


def _other_rule(evidence: Evidence) -> Values | None:
    """Find a target group that gets no request, because each of its rules comes after one that matches as much."""
    for group in evidence.target_groups:
        if group.hidden_by:
            return {"group": group.name, "first": group.hidden_by}
    return None


def _ignores_prefix(evidence: Evidence) -> Values | None:
    """Find requests to the service's prefix that a healthy app answers with 404 alone, in its own log."""
    for task in evidence.running_tasks:
        for container in task.containers:
            prefix = evidence.variables(container.name).get("PATH_PREFIX", "")
            found = [each for line in container.log if (each := request(line)) is not None]
            under = [each for each in found if prefix and f"{each.path}/".startswith(f"{prefix}/")]
            if under and all(each.status == HTTPStatus.NOT_FOUND for each in under):
                return {"prefix": prefix, "path": under[-1].path, "container": container.name}
    return None


def _alarm(evidence: Evidence) -> Values | None:
    failed = evidence.failed_deployment
    return {"deployment": failed[0]} if failed is not None and "alarm" in failed[1] else None


def _rolled_back(evidence: Evidence) -> Values | None:
    if evidence.failed_deployment is None:
        return None
    deployment, reason = evidence.failed_deployment
    return {"deployment": deployment, "reason": reason if reason else "no reason is listed any more"}


def _failed(evidence: Evidence) -> Values | None:
    primary = evidence.primary
    return {"reason": primary.reason} if primary is not None and primary.state == "FAILED" else None


def _blocked(evidence: Evidence) -> Values | None:
    """Find a deployment without a task of its own that has room neither for a start nor for a stop."""
    primary = evidence.primary
    if primary is None or primary.state != "IN_PROGRESS" or len(evidence.deployments) == 1:
        return None
    most = evidence.desired * evidence.maximum_percent // 100
    least = -(-evidence.desired * evidence.minimum_percent // 100)
    begun = any(task.deployment_id == primary.id for task in evidence.tasks)
    room = evidence.running + evidence.pending < most or evidence.running > least
    if _said_blocked(evidence) is None and (begun or room):
        return None
    return {"desired": evidence.desired, "minimum": evidence.minimum_percent, "maximum": evidence.maximum_percent}


def _in_progress(evidence: Evidence) -> Values | None:
    primary = evidence.primary
    if primary is None or primary.state != "IN_PROGRESS" or evidence.failures:
        return None
    seconds = round((evidence.now - primary.created_at).total_seconds())
    return {"seconds": seconds, "running": evidence.running, "pending": evidence.pending, "desired": evidence.desired}


def _too_few(evidence: Evidence) -> Values | None:
    if evidence.healthy:
        return None
    last = evidence.events[0].message if evidence.events else "ECS has recorded none"
    return {"running": evidence.running, "desired": evidence.desired, "event": last}


FIRST_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="not-deployed",
        sign="DescribeServices has no active service of this name",
        sentence="ECS has no active service {name!r}",
        fix="run `colonnade apply` of its deployment, or `colonnade sandbox up`",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html",
        find=_not_deployed,
    ),
    Cause(
        name="desired-count-0",
        sign="`desiredCount` is 0",
        sentence="the service's desired count is 0, so ECS runs no task",
        fix="set `desired_count` and apply, or correct the limits of its autoscaling",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html",
        find=_no_tasks,
    ),
    Cause(
        name="no-listener-rule",
        sign="targets are `unused` with `Target.NotInUse`",
        sentence="no listener rule forwards to the service's target group {group}",
        fix="run `colonnade apply`, which makes its listener rule again",
        source=_RULES,
        find=_no_rule,
    ),
)

LAST_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="weight-0",
        sign="the listener rule's weight for the target group is 0",
        sentence="every listener rule gives the service's target group {group} a weight of 0, so it gets no requests",
        fix="go on with `colonnade migration`, or run `colonnade apply` to restore the weights",
        source=_RULES,
        find=_no_weight,
    ),
    Cause(
        name="other-rule-first",
        sign="a listener rule with a lower number matches every request of the service's own rule",
        sentence="listener rule {first} comes first and takes every request for the service's target group {group}",
        fix="delete that rule, give it narrower conditions, or a higher number than the service's own rule",
        source=_RULES,
        find=_other_rule,
    ),
    Cause(
        name="ignores-prefix",
        sign="targets are healthy, and the app's log has 404 for every request to its path prefix",
        sentence="the app is healthy and answers 404 to requests for its path prefix, such as {path}",
        fix="serve below PATH_PREFIX ({prefix}): load balancers do not remove it from the path",
        source=_RULES,
        find=_ignores_prefix,
    ),
    Cause(
        name="alarm",
        sign="event `deployment failed: alarm detected`",
        sentence="deployment {deployment} was rolled back, because a CloudWatch alarm of the service went off",
        fix="correct what the alarm measures, then deploy again",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html",
        find=_alarm,
    ),
    Cause(
        name="rolled-back",
        sign="event `rolling back to deployment`, and ECS lists no stopped task of the failed one any more",
        sentence="deployment {deployment} failed and was rolled back: {reason}; ECS does not list its tasks any more",
        fix="look into the log group, or deploy again and run `colonnade why {service}` within the hour",
        source=_ROLLBACK,
        find=_rolled_back,
        general=True,
    ),
    Cause(
        name="deployment-failed",
        sign="`rolloutState` is FAILED",
        sentence="the deployment failed, and ECS has no completed one to roll back to: {reason}",
        fix="look into the log group, correct the cause and apply again",
        source=_ROLLBACK,
        find=_failed,
        general=True,
    ),
    Cause(
        name="deployment-blocked",
        sign="event `was unable to stop or start tasks during a deployment because of the service deployment "
        "configuration`",
        sentence="the deployment can neither start nor stop a task: with {desired} desired tasks, at least {minimum} % "
        "must be healthy and at most {maximum} % may exist",
        fix="set 100 % and 200 %, or a minimum that lets ECS stop a task first; percents of tasks are rounded",
        source=EVENTS,
        find=_blocked,
    ),
    Cause(
        name="in-progress",
        sign="`rolloutState` is IN_PROGRESS, and no task has failed",
        sentence="nothing has failed: the deployment is in progress for {seconds} s, with {running} running and "
        "{pending} pending tasks ({desired} desired)",
        fix="wait, for example with `colonnade wait`",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html",
        find=_in_progress,
        general=True,
    ),
    Cause(
        name="too-few-tasks",
        sign="fewer healthy tasks than desired, and no task has failed within the last hour",
        sentence="{running} of {desired} desired tasks run, and not all are healthy; the last event: {event}",
        fix="wait some seconds and ask again; ECS's list of service events explains the event",
        source=EVENTS,
        find=_too_few,
        general=True,
    ),
)
