"""The status of services from recorded answers of ECS and ELB: values, the table, the JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from colonnade.model.resolved import Resolved
from colonnade.operate.services import Clients, Reached
from colonnade.operate.status import DeploymentStatus, ServiceStatus, read_status
from colonnade.operate.status_text import short_image, status_document, status_text, time_text
from tests.support.project import PROJECT

_ACCOUNT = "arn:aws:ecs:eu-west-1:123456789012"
_NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/services-service1-0a1b2c/0123456789abcdef"


@dataclass
class Aws:
    """ECS and ELB with the given answers; a service that is not given does not exist."""

    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    targets: Sequence[Mapping[str, str]] = ()
    clusters: bool = True

    def describe_services(self, *, cluster: str, services: list[str]) -> Any:
        if not self.clusters:
            error = {"Error": {"Code": "ClusterNotFoundException", "Message": f"Cluster not found: {cluster}"}}
            raise ClientError(error, "DescribeServices")
        found = {name.rpartition("-")[2]: name for name in services}
        return {
            "services": [
                {**answer, "serviceName": found[name]} for name, answer in self.services.items() if name in found
            ]
        }

    def describe_target_health(self, *, TargetGroupArn: str) -> Any:  # noqa: N803
        assert TargetGroupArn == _GROUP
        return {"TargetHealthDescriptions": [{"TargetHealth": each} for each in self.targets]}

    def describe_task_definition(self, *, taskDefinition: str) -> Any:  # noqa: N803
        family, _, revision = taskDefinition.rpartition("/")[2].rpartition(":")
        image = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{family}:1.0.{revision}"
        proxy = {"name": "proxy", "image": "public.ecr.aws/envoy:1"}
        return {
            "taskDefinition": {
                "containerDefinitions": [proxy, {"name": family.rpartition("-")[2], "image": image}],
            }
        }


def _described(
    name: str, *, revision: int = 7, replaced: int | None = None, rollout: str = "COMPLETED", running: int = 2
) -> dict[str, Any]:
    primary = {
        "status": "PRIMARY",
        "taskDefinition": f"{_ACCOUNT}:task-definition/colonnade-{name}:{revision}",
        "rolloutState": rollout,
        "rolloutStateReason": f"ECS deployment ecs-svc/1 {rollout.lower()}.",
    }
    active = {
        **primary,
        "status": "ACTIVE",
        "taskDefinition": f"{_ACCOUNT}:task-definition/colonnade-{name}:{replaced}",
    }
    return {
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": running,
        "pendingCount": 2 - running,
        "deployments": [*([active] if replaced is not None else []), primary],
        "loadBalancers": [{"targetGroupArn": _GROUP}] if name == "service1" else [],
        "events": [
            {"createdAt": _NOW, "message": f"(service {name}) registered 2 targets in (target-group {_GROUP})"},
            {"createdAt": _NOW - timedelta(seconds=20), "message": f"(service {name}) has started 2 tasks."},
        ],
    }


HEALTHY = {"State": "healthy"}
FAILING = {
    "State": "unhealthy",
    "Reason": "Target.ResponseCodeMismatch",
    "Description": "Health checks failed with these codes: [404]",
}
ALL = {name: _described(name) for name in ("service1", "service2", "service3")}


@pytest.fixture(scope="module")
def services() -> Resolved:
    return next(each for each in PROJECT.resolve("sandbox") if each.name == "services")


def _clients(aws: Aws) -> Clients:
    return Clients(ec2=None, ecs=aws, elbv2=aws, logs=None, ecr=None, servicediscovery=None)


def _read(aws: Aws, deployment: Resolved) -> DeploymentStatus:
    (status,) = read_status(Reached(deployments=(deployment,), aws=_clients(aws)))
    return status


def _service(aws: Aws, deployment: Resolved, name: str = "service1") -> ServiceStatus:
    return next(each for each in _read(aws, deployment).services if each.name == name)


def test_services_that_run_healthy_tasks_of_one_revision_are_as_desired(services: Resolved) -> None:
    status = _read(Aws(ALL, targets=[HEALTHY, HEALTHY, {"State": "draining"}]), services)
    assert status.as_desired
    first = status.services[0]
    assert (first.revision, first.replaced, first.image.rpartition(":")[2]) == ("colonnade-service1:7", (), "1.0.7")
    assert first.targets == {"healthy": 2, "draining": 1}
    assert status.services[1].targets is None


def test_unhealthy_targets_are_a_problem_with_the_answer_of_the_health_check(services: Resolved) -> None:
    status = _service(Aws(ALL, targets=[HEALTHY, FAILING, FAILING]), services)
    assert status.problems == (
        "1 of 2 targets are healthy: unhealthy: Target.ResponseCodeMismatch: "
        "Health checks failed with these codes: [404]",
    )


@pytest.mark.parametrize(
    ("described", "problems"),
    [
        (
            _described("service2", rollout="IN_PROGRESS", replaced=6, running=1),
            ("its rollout is in progress: ECS deployment ecs-svc/1 in_progress.", "1 of 2 desired tasks run"),
        ),
        (_described("service2", rollout="FAILED"), ("its rollout has failed: ECS deployment ecs-svc/1 failed.",)),
        (_described("service2") | {"status": "INACTIVE"}, ("ECS has no active service of this name",)),
    ],
)
def test_what_is_not_as_desired_is_a_problem(
    services: Resolved, described: dict[str, Any], problems: tuple[str, ...]
) -> None:
    aws = Aws({**ALL, "service2": described}, targets=[HEALTHY, HEALTHY])
    assert _service(aws, services, "service2").problems == problems
    assert not _read(aws, services).as_desired


def test_a_deployment_without_a_cluster_is_not_applied(services: Resolved) -> None:
    status = _read(Aws(clusters=False), services)
    assert (status.applied, status.as_desired) == (False, False)
    environment = PROJECT.environment("sandbox")
    assert status_text([status], environment) == ("services in environment sandbox, account 123456789012: not applied")


def test_the_table_has_a_line_for_each_service_and_fits_80_columns(services: Resolved) -> None:
    changed = _described("service2", rollout="IN_PROGRESS", replaced=6, running=1)
    aws = Aws({"service1": ALL["service1"], "service2": changed}, targets=[HEALTHY, FAILING])
    text = status_text([_read(aws, services)], PROJECT.environment("sandbox"))
    at, before = time_text(_NOW), time_text(_NOW - timedelta(seconds=20))
    assert text.splitlines() == [
        "services in environment sandbox, account 123456789012",
        "",
        "Service   Tasks           Revision  Image  Rollout      Targets",
        "service1  2/2             7         1.0.7  completed    1 healthy, 1 unhealthy",
        "service2  1/2, 1 pending  6 -> 7    1.0.7  in progress  -",
        "service3  -               -         -      -            -",
        "",
        "Not as desired:",
        "    service1  1 of 2 targets are healthy: unhealthy: Target.ResponseCodeMismatch: "
        "Health checks failed with these codes: [404]",
        "    service2  its rollout is in progress: ECS deployment ecs-svc/1 in_progress.",
        "    service2  1 of 2 desired tasks run",
        "    service3  ECS has no active service of this name",
        "",
        "Last events:",
        f"    {before}  service1  has started 2 tasks.",
        f"    {before}  service2  has started 2 tasks.",
        f"    {at}  service1  registered 2 targets in (target-group services-service1-0a1b2c)",
        f"    {at}  service2  registered 2 targets in (target-group services-service1-0a1b2c)",
    ]
    assert max(map(len, text.splitlines()[:6])) <= 80


def test_the_document_is_json_with_whole_names_and_times(services: Resolved) -> None:
    document = status_document([_read(Aws(ALL, targets=[HEALTHY]), services)], PROJECT.environment("sandbox"))
    (deployment,) = json.loads(json.dumps(document))["deployments"]
    first = deployment["services"][0]
    assert (deployment["as_desired"], first["problems"]) == (False, ["1 of 2 targets are healthy"])
    assert (first["targets"], first["revision"]) == ({"healthy": 1}, "colonnade-service1:7")
    assert first["events"][0]["message"].endswith(f"(target-group {_GROUP})")
    assert datetime.fromisoformat(first["events"][0]["at"]) == _NOW


@pytest.mark.parametrize(
    ("image", "short"),
    [
        ("registry.example.com:5000/team/app:1.0.0", "1.0.0"),
        ("registry.example.com:5000/team/app", "latest"),
        (f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:{'0123456789abcdef' * 4}", "sha256:0123456789ab"),
    ],
)
def test_an_image_is_shown_by_its_tag_or_the_start_of_its_digest(image: str, short: str) -> None:
    assert short_image(image) == short


def test_the_weights_of_a_migration_are_shown_by_rule() -> None:
    board = next(each for each in PROJECT.resolve("sandbox", migration_phase="canary") if each.name == "message_board")
    migrating = Migrating({name: _described(name) for name in ("api", "users", "threads", "posts")})
    status = _read(migrating, board)
    assert [(rule.paths, dict(rule.percent)) for rule in status.weights] == [
        (("/api/users", "/api/users/*"), {"users": 10.0, "api": 90.0}),
    ]
    shown = status_text([status], PROJECT.environment("sandbox"))
    assert "Shared requests:\n    /api/users, /api/users/*  10 % users, 90 % api\n" in shown
    (document,) = status_document([status], PROJECT.environment("sandbox"))["deployments"]
    assert document["weights"][0]["percent"] == {"users": 10.0, "api": 90.0}


class Migrating(Aws):
    """A deployment whose service `users` takes a tenth of the monolith's requests."""

    def describe_services(self, *, cluster: str, services: list[str]) -> Any:
        found = super().describe_services(cluster=cluster, services=services)["services"]
        balanced = ("api", "users")
        return {
            "services": [
                {**each, "loadBalancers": [{"targetGroupArn": name}] if name in balanced else []}
                for each in found
                for name in [each["serviceName"].rpartition("-")[2]]
            ]
        }

    def describe_target_health(self, *, TargetGroupArn: str) -> Any:  # noqa: N803
        return {"TargetHealthDescriptions": [{"TargetHealth": HEALTHY} for _ in TargetGroupArn[:2]]}

    def describe_target_groups(self, *, TargetGroupArns: list[str]) -> Any:  # noqa: N803
        return {"TargetGroups": [{"TargetGroupArn": arn, "LoadBalancerArns": ["balancer"]} for arn in TargetGroupArns]}

    def describe_listeners(self, *, LoadBalancerArn: str) -> Any:  # noqa: N803
        return {"Listeners": [{"ListenerArn": f"{LoadBalancerArn}/443"}]}

    def describe_rules(self, *, ListenerArn: str) -> Any:  # noqa: N803
        assert ListenerArn == "balancer/443"
        paths = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/users", "/api/users/*"]}}
        shared = [{"TargetGroupArn": "users", "Weight": 10}, {"TargetGroupArn": "api", "Weight": 90}]
        return {
            "Rules": [
                {"Conditions": [paths], "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": shared}}]},
                {"Conditions": [], "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": shared[1:]}}]},
                {"Conditions": [], "Actions": [{"Type": "fixed-response"}]},
            ]
        }
