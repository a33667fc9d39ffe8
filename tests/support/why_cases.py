"""Services, tasks and target groups as AWS reports them, for the causes of `colonnade why`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from colonnade.operate.why.causes import Finding, findings
from colonnade.operate.why.evidence import Deployment, Evidence, Target, TargetGroup, Task, TaskContainer

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FAMILY = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-prod-orders"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-prod-orders:1.4.0"
PRIMARY, FAILED = "ecs-svc/1111111111111111111", "ecs-svc/2222222222222222222"


def definition(revision: int, **container: Any) -> dict[str, Any]:
    app = {"name": "orders", "image": IMAGE, "environment": [], "essential": True, **container}
    return {
        "taskDefinitionArn": f"{FAMILY}:{revision}",
        "executionRoleArn": "arn:aws:iam::123456789012:role/shop-prod-orders-execution",
        "taskRoleArn": "arn:aws:iam::123456789012:role/shop-prod-orders-task",
        "containerDefinitions": [app],
    }


def deployment(state: str = "IN_PROGRESS", *, id_: str = PRIMARY, revision: int = 2) -> Deployment:
    begun = NOW - timedelta(minutes=4)
    return Deployment(id=id_, task_definition=f"{FAMILY}:{revision}", state=state, reason="", created_at=begun)


def stopped(
    reason: str,
    *,
    code: str = "TaskFailedToStart",
    exit_code: int | None = None,
    log: tuple[str, ...] = (),
    words: str = "",
) -> Task:
    """Return a task of the primary deployment that stopped a minute ago, after 30 seconds."""
    container = TaskContainer(
        name="orders", status="STOPPED", exit_code=exit_code, reason=words, health="UNKNOWN", log=log
    )
    return Task(
        id="5f3c0e6d1e6f4d0c9a7b8c9d0e1f2a3b",
        status="STOPPED",
        deployment_id=PRIMARY,
        task_definition=f"{FAMILY}:2",
        stop_code=code,
        stopped_reason=reason,
        containers=(container,),
        started_at=NOW - timedelta(seconds=90),
        stopped_at=NOW - timedelta(seconds=60),
    )


def exited(exit_code: int, *log: str, words: str = "") -> Task:
    reason = "Essential container in task exited"
    return stopped(reason, code="EssentialContainerExited", exit_code=exit_code, log=log, words=words)


def group(*targets: Target, **check: Any) -> TargetGroup:
    settings = {
        "HealthCheckPath": "/health",
        "HealthCheckPort": "traffic-port",
        "Matcher": {"HttpCode": "200"},
        **check,
    }
    return TargetGroup(name="orders", container="orders", port=8080, check=settings, targets=targets, weights=(1,))


CLOSED = (replace(group(), closed=True),)


def evidence(*tasks: Task, **more: Any) -> Evidence:
    """Return a service of two tasks whose deployment of revision 2 is in progress."""
    known = {
        "desired": 2,
        "deployments": (deployment(),),
        "definitions": {f"{FAMILY}:{revision}": definition(revision) for revision in (1, 2)},
        "target_groups": (group(),),
        **more,
    }
    return Evidence(service="shop/orders", name="shop-prod-orders", exists=True, now=NOW, tasks=tasks, **known)


def first(case: Evidence) -> Finding:
    return next(findings(case))
