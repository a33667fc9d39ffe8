"""The ECS API as boto3 sees it on a running emulator, with what the scheduler has observed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from colonnade_sandbox.aws_emulator.server import AwsEmulator
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.control_plane.observations import Deployment, Observations, ServiceObservation
from colonnade_sandbox.control_plane.reader import Reader
from tests.support.ecs_snapshots import task_observation

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("emulator")]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ARN = "arn:aws:ecs:eu-west-1:123456789012:service/c/orders"


class Account:
    """An emulator in this process with the service `orders` in the cluster `c`, and what is observed of it."""

    def __init__(self, emulator: AwsEmulator, observations: Observations) -> None:
        aws = connect(endpoint=emulator.endpoint, region="eu-west-1")
        self.ecs, self.reader = aws.ecs, Reader(aws, emulator.changes)
        self._observations = observations
        self.ecs.create_cluster(clusterName="c")
        self.ecs.register_task_definition(
            family="orders", containerDefinitions=[{"name": "orders", "image": "orders:1", "memory": 64}]
        )
        self.ecs.create_service(cluster="c", serviceName="orders", taskDefinition="orders", desiredCount=2)

    def observe(self, *tasks: Any, deployments: tuple[Deployment, ...] = ()) -> None:
        """Report these tasks as the scheduler does."""
        running, pending = (sum(task.status == status for task in tasks) for status in ("RUNNING", "PENDING"))
        observed = ServiceObservation(
            deployments=deployments,
            running_count=running,
            pending_count=pending,
            events=(),
            tasks=tuple(tasks),
        )
        self._observations.services = {_ARN: observed}


@pytest.fixture
def account() -> Iterator[Account]:
    observations = Observations()
    emulator = AwsEmulator(account_id="123456789012", observations=observations)
    emulator.start()
    try:
        yield Account(emulator, observations)
    finally:
        emulator.close()


def test_a_cluster_counts_its_services_and_tasks(account: Account) -> None:
    account.observe(
        task_observation("a", "RUNNING"), task_observation("b", "PENDING"), task_observation("c", "STOPPED")
    )
    (cluster,) = account.ecs.describe_clusters(clusters=["c"])["clusters"]
    names = ("activeServicesCount", "runningTasksCount", "pendingTasksCount")
    assert [cluster[name] for name in names] == [1, 1, 1]


def test_more_than_a_hundred_tasks_are_listed_in_pages(account: Account) -> None:
    account.observe(*(task_observation(f"task-{number}", "STOPPED") for number in range(130)))
    pages = account.ecs.get_paginator("list_tasks").paginate(cluster="c", desiredStatus="STOPPED")
    found = [page["taskArns"] for page in pages]
    assert [len(arns) for arns in found] == [100, 30]
    with pytest.raises(ClientError, match="InvalidParameterException"):
        account.ecs.describe_tasks(cluster="c", tasks=[*found[0], *found[1]])


def test_the_tasks_of_an_unknown_service_are_not_listed(account: Account) -> None:
    with pytest.raises(account.ecs.exceptions.ServiceNotFoundException):
        account.ecs.list_tasks(cluster="c", serviceName="unknown")


def test_a_task_that_a_person_stops_is_to_stop_at_once(account: Account) -> None:
    account.observe(task_observation("a", "RUNNING"), task_observation("b", "RUNNING"))
    stopped = account.ecs.stop_task(cluster="c", task="a", reason="too slow")["task"]
    assert [stopped[key] for key in ("desiredStatus", "stopCode", "stoppedReason")] == [
        "STOPPED",
        "UserInitiated",
        "too slow",
    ]
    assert account.ecs.list_tasks(cluster="c", desiredStatus="STOPPED")["taskArns"] == [stopped["taskArn"]]
    assert account.reader.read().stop_requests == {"a": "too slow"}
    account.observe(task_observation("a", "STOPPED"), task_observation("b", "RUNNING"))
    account.ecs.stop_task(cluster="c", task="b")
    assert account.reader.read().stop_requests == {"b": "Task stopped by user"}
    with pytest.raises(account.ecs.exceptions.InvalidParameterException):
        account.ecs.stop_task(cluster="c", task="unknown")


def test_a_forced_deployment_reaches_the_scheduler(account: Account) -> None:
    assert account.reader.read().services[0].primary_deployment == ""
    answer = account.ecs.update_service(cluster="c", service="orders", forceNewDeployment=True)["service"]
    deployment = answer["deployments"][0]
    assert (deployment["rolloutState"], deployment["desiredCount"]) == ("IN_PROGRESS", 2)
    assert account.reader.read().services[0].primary_deployment == deployment["id"]


def test_the_times_of_tasks_are_returned(account: Account) -> None:
    account.observe(task_observation("a", "RUNNING", created_at=NOW, started_at=NOW))
    (task,) = account.ecs.describe_tasks(cluster="c", tasks=["a"])["tasks"]
    assert (task["createdAt"], task["startedAt"]) == (NOW, NOW)


def test_service_deployments_are_listed_by_status_with_their_revisions(account: Account) -> None:
    deployment = Deployment(
        id="ecs-svc/1",
        status="PRIMARY",
        task_definition_arn="arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:1",
        desired_count=2,
        running_count=2,
        pending_count=0,
        failed_tasks=0,
        rollout_state="COMPLETED",
        rollout_state_reason="",
        created_at=NOW,
        updated_at=NOW,
    )
    account.observe(deployments=(deployment,))
    request = {"cluster": "c", "service": "orders"}
    assert account.ecs.list_service_deployments(**request, status=["IN_PROGRESS"])["serviceDeployments"] == []
    (listed,) = account.ecs.list_service_deployments(**request, status=["SUCCESSFUL"])["serviceDeployments"]
    arn = listed["targetServiceRevisionArn"]
    answer = account.ecs.describe_service_revisions(serviceRevisionArns=[arn, f"{arn}0"])
    assert answer["serviceRevisions"][0]["taskDefinition"] == deployment.task_definition_arn
    assert answer["failures"] == [{"arn": f"{arn}0", "reason": "MISSING"}]
