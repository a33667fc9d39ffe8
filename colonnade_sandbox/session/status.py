"""The status of a session as plain JSON for its session file: its AWS API, endpoints, tasks, target health."""

from __future__ import annotations

from typing import Any

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.endpoints import Endpoints
from colonnade_sandbox.session.session import Session


def aws_facts(session: Session) -> dict[str, str]:
    """Return the address, region and account of the session's AWS API, and its folder, from its start on."""
    deployment = session.stacks[-1]
    return {
        "aws_endpoint_url": session.environment["AWS_ENDPOINT_URL"],
        "region": deployment.region,
        "account_id": deployment.account_id,
        "scratch": str(session.scratch),
    }


def session_status(session: Session) -> dict[str, Any]:
    """Return the current status. Without exactly one load balancer, the endpoints have no listeners."""
    health = session.observations.target_health
    return {
        **aws_facts(session),
        "turns": session.loop.turns,
        "endpoints": _endpoints(session).as_facts(),
        "certificate_authority": str(session.data_plane.certificate_authority_path),
        "tasks": [
            {
                "service": task.service_name,
                "task": task.task_id,
                "status": task.status,
                "health": task.health,
                "address": f"{task.address}:{task.port}",
                "process_id": task.process_id,
                "log": str(task.log_path),
                "containers": [
                    {"name": each.name, "status": each.status, "health": each.health, "log": str(each.log_path)}
                    for each in task.containers
                ],
            }
            for task in session.scheduler.tasks()
        ],
        "target_groups": {
            group.name: [f"{each.address}:{each.port} {each.state}" for each in health.get(arn, ())]
            for arn, group in session.loop.snapshot.target_groups.items()
        },
    }


def _endpoints(session: Session) -> Endpoints:
    try:
        return session.endpoints()
    except SandboxError:
        return Endpoints(host="", listeners=())
