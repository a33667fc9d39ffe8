"""A first deployment whose tasks never become healthy: Terraform succeeds as on AWS, the wait for rollouts fails."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.session import Session
from tests.support.changed_stacks import Changes, write_changed
from tests.support.sandbox_session import PROJECT_ROOT, write_project_stacks

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("first-deployment")]


def test_terraform_ends_successfully_and_the_wait_fails_with_the_reasons(tmp_path: Path) -> None:
    write_project_stacks(tmp_path / "synthesized")
    output = io.StringIO()
    with Session(
        synthesized=tmp_path / "synthesized",
        deployment="single_service",
        project_root=PROJECT_ROOT,
        progress=Progress(Console(file=output, width=200)),
    ) as session:
        foundation, stack = session.stacks[:-1], session.stacks[-1]
        for each in foundation:
            session.apply(each)
        broken = write_changed(stack, Changes(variables={"service3": {"PORT": "7999"}}), tmp_path / "changed")
        session.apply(broken)  # with provider 5, "Apply complete!"
        (service,) = session.aws.ecs.list_services(cluster=_cluster(session))["serviceArns"]
        (described,) = session.aws.ecs.describe_services(cluster=_cluster(session), services=[service])["services"]
        assert described["deployments"][0]["rolloutState"] == "IN_PROGRESS"
        with pytest.raises(SandboxError) as failure:
            session.wait_for_rollouts(broken)
    message = str(failure.value)
    assert "its rollout failed: ECS deployment circuit breaker: tasks failed to start." in message
    assert "last event: (service colonnade-sandbox-single-service" in message
    assert "stopped: Task failed ELB health checks" in message
    assert "container 'service3' exited with 0" in message
    assert "targets healthy" in output.getvalue()


def _cluster(session: Session) -> str:
    (cluster,) = session.aws.ecs.list_clusters()["clusterArns"]
    return str(cluster)
