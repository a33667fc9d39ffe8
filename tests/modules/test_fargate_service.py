"""Tests of each service: failed deployments are reported, dependencies are complete, and the task definition."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.service.declaration import Service
from tests.support.project import PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.synth import Stack, every_public_service, every_service, synthesize, synthesized

pytestmark = pytest.mark.synth


def _group(stack: Stack, id_start: str) -> str:
    return f"${{{stack.address('aws_security_group', id_start)}.id}}"


def _rules_needed_by(stack: Stack, service: Service) -> set[str]:
    """Return the rules that connect the service's group with another one or with the internet, at both ends."""
    own = _group(stack, f"{service.name}_tasks_")
    return {
        f"{kind}.{id_}"
        for kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
        for id_, rule in stack.resources(kind).items()
        if own in (rule["security_group_id"], rule.get("referenced_security_group_id"))
    }


def _task_access(stack: Stack) -> set[str]:
    kinds = ("aws_route", "aws_route_table_association", "aws_nat_gateway", "aws_vpc_endpoint")
    return {f"{kind}.{id_}" for kind in kinds for id_ in stack.resources(kind)}


def _forwarders(stack: Stack, service: Service) -> set[str]:
    """Return the listeners and listener rules that forward to the service's target group."""
    group = f"${{{stack.address('aws_lb_target_group', f'{service.name}_service_')}.arn}}"
    rules = {
        f"aws_lb_listener_rule.{id_}": body["action"] for id_, body in stack.resources("aws_lb_listener_rule").items()
    }
    listeners = {
        f"aws_lb_listener.{id_}": body["default_action"] for id_, body in stack.resources("aws_lb_listener").items()
    }
    return {
        address
        for address, actions in {**rules, **listeners}.items()
        if any(group in json.dumps(action) for action in actions)
    }


@every_public_service
def test_it_depends_on_everything_that_its_tasks_need_and_no_reference_implies(
    deployment: Deployment, service: Service
) -> None:
    stack = synthesized()[deployment.name]
    ecs_service = stack.only("aws_ecs_service", f"{service.name}_service_")
    rules = _rules_needed_by(stack, service)
    forwarders, own = _forwarders(stack, service), f"{service.name}_service_"
    assert len(rules) >= 3
    assert forwarders
    assert set(ecs_service["depends_on"]) == {
        *forwarders,
        *(f"aws_iam_role_policy.{id_}" for id_ in stack.resources("aws_iam_role_policy") if id_.startswith(own)),
        stack.address("aws_ecs_cluster_capacity_providers"),
        *rules,
        *_task_access(stack),
    }


@every_service
def test_an_apply_waits_for_healthy_tasks_and_fails_after_a_rollback(deployment: Deployment, service: Service) -> None:
    stack = synthesized()[deployment.name]
    ecs_service = stack.only("aws_ecs_service", f"{service.name}_service_")
    definition = stack.address("aws_ecs_task_definition", f"{service.name}_service_")
    assert ecs_service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    assert ecs_service["wait_for_steady_state"] is True
    (postcondition,) = ecs_service["lifecycle"]["postcondition"]
    assert postcondition["condition"] == f"${{(self.task_definition == {definition}.arn)}}"
    assert f"service '{service.name}' rolled back" in postcondition["error_message"]


@every_service
def test_new_tasks_are_healthy_before_old_ones_stop_and_spread_over_the_zones(
    deployment: Deployment, service: Service
) -> None:
    ecs_service = synthesized()[deployment.name].only("aws_ecs_service", f"{service.name}_service_")
    assert ecs_service["deployment_minimum_healthy_percent"] == 100
    assert ecs_service["deployment_maximum_percent"] == 200
    assert ecs_service["availability_zone_rebalancing"] == "ENABLED"


@pytest.mark.parametrize(
    ("environment", "provider", "count", "grace", "limit"),
    [("sandbox", "FARGATE", 2, 20, "5m"), ("dev", "FARGATE_SPOT", 1, 60, "15m")],
)
def test_capacity_task_count_and_timeouts_are_those_of_the_environment(
    environment: str, provider: str, count: int, grace: int, limit: str
) -> None:
    for ecs_service in synthesized(environment)["services"].resources("aws_ecs_service").values():
        assert ecs_service["capacity_provider_strategy"] == [{"capacity_provider": provider, "weight": 1}]
        assert "launch_type" not in ecs_service
        assert ecs_service["desired_count"] == count
        assert "desired_count" not in ecs_service["lifecycle"].get("ignore_changes", [])
        assert ecs_service["health_check_grace_period_seconds"] == grace
        assert ecs_service["timeouts"] == {"create": limit, "update": limit, "delete": limit}


def test_weights_of_capacity_providers_apply_to_one_service_which_aws_then_changes_in_place() -> None:
    first, *others = DEPLOYMENT.services
    mixed = replace(first, capacity={"FARGATE": 1, "FARGATE_SPOT": 3}, capacity_base=2)
    stack = synthesize(PROJECT.environment("sandbox"), replace(DEPLOYMENT, services=(mixed, *others)))["services"]
    service1 = stack.only("aws_ecs_service", "service1_service_")
    assert service1["capacity_provider_strategy"] == [
        {"base": 2, "capacity_provider": "FARGATE", "weight": 1},
        {"capacity_provider": "FARGATE_SPOT", "weight": 3},
    ]
    assert service1["force_new_deployment"] is True
    assert "ignore_changes" not in service1["lifecycle"]
    service2 = stack.only("aws_ecs_service", "service2_service_")
    assert "force_new_deployment" not in service2
    assert service2["lifecycle"]["ignore_changes"] == ["force_new_deployment"]


def test_a_service_may_have_no_tasks() -> None:
    first, *others = DEPLOYMENT.services
    without_tasks = replace(DEPLOYMENT, services=(replace(first, desired_count=0), *others))
    stack = synthesize(PROJECT.environment("sandbox"), without_tasks)["services"]
    assert stack.only("aws_ecs_service", "service1_service_")["desired_count"] == 0


@pytest.mark.parametrize("environment", PROJECT.environment_names())
def test_a_declared_task_count_applies_in_every_environment(environment: str) -> None:
    services = synthesized(environment)["product_user"].resources("aws_ecs_service").values()
    assert [ecs_service["desired_count"] for ecs_service in services] == [2, 2]


@every_service
def test_tasks_run_in_private_subnets_behind_their_own_security_group(deployment: Deployment, service: Service) -> None:
    stack = synthesized()[deployment.name]
    network = stack.only("aws_ecs_service", f"{service.name}_service_")["network_configuration"]
    private = sorted(id_ for id_ in stack.resources("aws_subnet") if id_.startswith("network_private_"))
    assert network == {
        "subnets": [f"${{aws_subnet.{id_}.id}}" for id_ in private],
        "security_groups": [f"${{{stack.address('aws_security_group', f'{service.name}_tasks_')}.id}}"],
        "assign_public_ip": False,
    }


@every_public_service
def test_tasks_are_registered_with_the_containers_port(deployment: Deployment, service: Service) -> None:
    stack = synthesized()[deployment.name]
    ecs_service = stack.only("aws_ecs_service", f"{service.name}_service_")
    target_group = stack.address("aws_lb_target_group", f"{service.name}_service_")
    assert ecs_service["load_balancer"] == [
        {
            "target_group_arn": f"${{{target_group}.arn}}",
            "container_name": service.name,
            "container_port": service.container_port,
        }
    ]


@every_service
def test_the_task_definition_is_kept_for_rollbacks(deployment: Deployment, service: Service) -> None:
    definition = synthesized()[deployment.name].only("aws_ecs_task_definition", f"{service.name}_service_")
    assert definition["skip_destroy"] is True


@every_service
def test_the_task_runs_on_fargate_with_a_read_only_root(deployment: Deployment, service: Service) -> None:
    definition = synthesized("dev")[deployment.name].only("aws_ecs_task_definition", f"{service.name}_service_")
    assert definition["requires_compatibilities"] == ["FARGATE"]
    assert definition["network_mode"] == "awsvpc"
    assert (definition["cpu"], definition["memory"]) == (str(service.cpu_units), str(service.memory_mib))
    assert definition["runtime_platform"] == {"cpu_architecture": "X86_64", "operating_system_family": "LINUX"}
    containers = definition["container_definitions"]
    assert containers[0]["name"] == service.name
    assert all(container["readonlyRootFilesystem"] is True for container in containers)


@pytest.mark.parametrize(
    ("deployment", "service", "image"),
    [
        ("services", "service1", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/colonnade-dev-service1@sha256:"),
        ("single_service", "service3", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/colonnade-dev-service3@sha256:"),
        ("product_user", "product-svc", "registry.example.com/colonnade/hello:1.0.0"),
        ("product_user", "user-svc", "registry.example.com/colonnade/hello:1.0.0"),
    ],
)
def test_the_image_is_pinned_in_the_environments_repository_or_public(
    deployment: str, service: str, image: str
) -> None:
    definition = synthesized("dev")[deployment].only("aws_ecs_task_definition", f"{service}_service_")
    (container,) = definition["container_definitions"]
    assert container["image"].startswith(image)


@every_service
def test_the_containers_log_to_the_services_own_log_group(deployment: Deployment, service: Service) -> None:
    stack = synthesized("prod")[deployment.name]
    containers = stack.only("aws_ecs_task_definition", f"{service.name}_service_")["container_definitions"]
    group = stack.only("aws_cloudwatch_log_group", f"{service.name}_service_")
    assert {each["logConfiguration"]["options"]["awslogs-group"] for each in containers} == {group["name"]}
    assert group["retention_in_days"] == PROJECT.environment("prod").tasks.log_retention_days


def test_containers_have_variables_for_port_prefix_drain_time_and_callee() -> None:
    variables = {}
    for id_, definition in synthesized()["services"].resources("aws_ecs_task_definition").items():
        (container,) = definition["container_definitions"]
        name = re.sub("_service_.*", "", id_)
        variables[name] = {variable["name"]: variable["value"] for variable in container["environment"]}
    for number in (1, 2, 3):
        expected = {"PORT": f"707{number}", "PATH_PREFIX": f"/service{number}", "DRAIN_SECONDS": "4"}
        assert expected.items() <= variables[f"service{number}"].items()
        assert variables[f"service{number}"]["HOST"] == "0.0.0.0"  # noqa: S104 - a task has an interface of its own
    assert variables["service1"]["SERVICE_URL"] == "http://service2.services:7072"
    assert variables["service2"]["SERVICE_URL"] == "http://service1.services:7071"
    assert "SERVICE_URL" not in variables["service3"]
