"""Tests of the stack of a deployment: addresses, the effect of an added service, and settings."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.model import naming
from colonnade.model.environment.tables import IamSettings
from colonnade.model.service.declaration import Service
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.synth import DEPLOYMENT_NAMES, STACK_NAMES, Stack, synthesize, synthesized

pytestmark = pytest.mark.synth

SANDBOX = PROJECT.environment("sandbox")
ADDRESSES = Path(__file__).parent / "addresses"
ENVIRONMENTS = PROJECT.environment_names()
_CONNECTION = re.compile(r"_tasks_egress_to_\d")
"""The rule of a connection, whose address contains the block that an environment gives it."""


def _with_fourth(*, calls: tuple[str, ...] = ()) -> Stack:
    fourth = Service(name="service4", path_prefix="/service4", container_port=7074, calls=calls)
    environment = replace(SANDBOX, images={**SANDBOX.images, "service4": "1.0.0"})
    return synthesize(environment, replace(DEPLOYMENT, services=(*DEPLOYMENT.services, fourth)))["services"]


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_addresses_are_a_contract(stack: str) -> None:
    golden = (ADDRESSES / f"{stack}.txt").read_text().splitlines()
    assert synthesized()[stack].addresses() == golden, (
        f"a changed address replaces its resource: if that is intended, change {stack}.txt and add a line "
        "to CHANGELOG.md under 'Address changes'"
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_addresses_differ_between_environments_only_in_nat_gateways_and_options(
    deployment: str, environment: str
) -> None:
    here, sandbox = (
        {each for each in synthesized(name)[deployment].addresses() if _CONNECTION.search(each) is None}
        for name in (environment, "sandbox")
    )
    missing = {re.sub("_[0-9A-F]{8}$", "", address) for address in sandbox - here}
    insights = {f"aws_cloudwatch_log_group.{naming.title(deployment)}_insights"}
    assert missing == (insights if environment == "dev" else set())
    added = {re.sub("_[0-9A-F]{8}$", "", address) for address in here - sandbox}
    gateways = {address for address in added if address.startswith(("aws_nat_gateway.", "aws_eip."))}
    load_balancer = f"{naming.title(deployment)}LB"
    options = {
        "aws_default_security_group.network_default_security_group",
        "aws_kms_alias.log_key_alias",
        "aws_kms_key.log_key_this",
        "aws_cloudwatch_log_group.flow_logs_group",
        "aws_flow_log.flow_logs_this",
        "aws_iam_role.flow_logs_role",
        "aws_iam_role_policy.flow_logs_policy",
        "aws_s3_bucket.access_logs_this",
        "aws_s3_bucket_lifecycle_configuration.access_logs_lifecycle",
        "aws_s3_bucket_ownership_controls.access_logs_ownership",
        "aws_s3_bucket_policy.access_logs_policy",
        "aws_s3_bucket_public_access_block.access_logs_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration.access_logs_encryption",
        f"aws_wafv2_web_acl_association.{load_balancer}_web_acl",
    }
    assert added - gateways == (options if environment == "prod" else set())


def test_a_fourth_service_adds_only_addresses_of_its_own() -> None:
    before, after = synthesized()["services"], _with_fourth()
    added = set(after.addresses()) - set(before.addresses())
    assert set(before.addresses()) <= set(after.addresses())
    assert len(added) == 13
    assert [address for address in added if "service4_" not in address] == []
    assert "aws_lb_listener_rule.listener_rules_service4_this" in {address.rpartition("_")[0] for address in added}


def test_a_fourth_service_changes_no_existing_resource() -> None:
    before, after = synthesized()["services"], _with_fourth()
    redirect = after.address("aws_lb_listener", "ServicesLB_http_")
    rule = after.address("aws_lb_listener_rule", "listener_rules_service4_")
    after.body(redirect)["depends_on"].remove(rule)  # an order, not a change: HTTP redirects after all rules exist
    assert {address: after.body(address) for address in before.addresses() if "data." not in address} == {
        address: before.body(address) for address in before.addresses() if "data." not in address
    }
    assert after.document["data"] == before.document["data"]


def test_a_fourth_service_that_calls_another_adds_a_rule_to_each_security_group() -> None:
    added = set(_with_fourth(calls=("service3",)).addresses()) - set(_with_fourth().addresses())
    assert {re.sub("_[0-9A-F]{8}$", "", address) for address in added} == {
        "aws_vpc_security_group_egress_rule.service4_tasks_egress_to_service3_7073",
        "aws_vpc_security_group_ingress_rule.service3_tasks_ingress_from_service4_7073",
    }


def test_a_service_may_have_the_name_of_a_part_of_the_stack() -> None:
    names = ("network", "domain", "namespace", "aws", "url", "this")
    services = tuple(Service(name=name, path_prefix=f"/{name}", container_port=8000) for name in names)
    environment = replace(SANDBOX, images=dict.fromkeys(names, "1.0.0"))
    stacks = synthesize(environment, replace(DEPLOYMENT, services=services))
    assert len(stacks["services"].resources("aws_ecs_service")) == len(names)
    assert len(stacks["image-repositories"].resources("aws_ecr_repository")) == len(names)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("stack", [*DEPLOYMENT_NAMES, "image-repositories"])
def test_the_state_is_encrypted_in_the_environments_bucket_under_its_own_key(environment: str, stack: str) -> None:
    assert synthesized(environment)[stack].document["terraform"]["backend"] == {
        "s3": {
            "bucket": f"colonnade-{environment}-terraform-state",
            "key": f"{environment}/{stack}/terraform.tfstate",
            "region": "eu-west-1",
            "encrypt": True,
            "use_lockfile": True,
        }
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_provider_allows_only_the_environments_account(environment: str, stack: str) -> None:
    (provider,) = synthesized(environment)[stack].document["provider"]["aws"]
    own = {"Deployment": stack} if stack in DEPLOYMENT_NAMES else {}
    assert provider == {
        "region": "eu-west-1",
        "allowed_account_ids": [PROJECT.environment(environment).account_id],
        "default_tags": [{"tags": {"Project": "colonnade", "Environment": environment, **own}}],
    }


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_versions_of_terraform_and_provider_are_required(stack: str) -> None:
    terraform = synthesized()[stack].document["terraform"]
    assert terraform["required_version"] == ">= 1.10"
    assert terraform["required_providers"] == {"aws": {"source": "hashicorp/aws", "version": "~> 5.100"}}


def test_outputs_have_the_urls_of_the_deployment() -> None:
    stack = synthesized("prod")["services"]
    outputs = stack.document["output"]
    assert outputs["url"]["value"] == "https://services.example.com"
    assert outputs["alb_dns_name"]["value"] == f"${{{stack.address('aws_lb')}.dns_name}}"
    assert outputs["service_urls"]["value"] == {
        f"service{number}": f"https://services.example.com/service{number}" for number in (1, 2, 3)
    }


@pytest.mark.parametrize(
    ("deployment", "paths"),
    [("single_service", {"service3": ""}), ("product_user", {"product-svc": "/product-svc", "user-svc": "/user-svc"})],
)
def test_without_a_domain_the_urls_have_the_dns_name_of_the_load_balancer(
    deployment: str, paths: dict[str, str]
) -> None:
    stack = synthesized("prod")[deployment]
    dns_name = f"${{{stack.address('aws_lb')}.dns_name}}"
    outputs = {name: output["value"] for name, output in stack.document["output"].items()}
    assert outputs["url"] == f"http://{dns_name}"
    assert outputs["alb_dns_name"] == dns_name
    assert outputs["service_urls"] == {service: f"http://{dns_name}{path}" for service, path in paths.items()}
    assert "namespace_id" not in outputs


def test_outputs_are_a_contract() -> None:
    stack = synthesized()["services"]
    outputs = {name: output["value"] for name, output in stack.document["output"].items()}
    kinds = {
        "alb_arn": "aws_lb",
        "alb_dns_name": "aws_lb",
        "alb_security_group_id": "aws_security_group",
        "cluster_arn": "aws_ecs_cluster",
        "cluster_name": "colonnade-sandbox-services-cluster",
        "listener_arn": "aws_lb_listener",
        "namespace_id": "aws_service_discovery_private_dns_namespace",
        "private_subnet_ids": "aws_subnet",
        "public_subnet_ids": "aws_subnet",
        "service_urls": "https://services.colonnade.localhost/service1",
        "services": "aws_lb_target_group",
        "url": "https://services.colonnade.localhost",
        "vpc_id": "aws_vpc",
    }
    assert outputs.keys() == kinds.keys()
    assert [name for name, text in kinds.items() if text not in str(outputs[name])] == []
    assert outputs["services"].keys() == {"service1", "service2", "service3"}
    assert outputs["services"]["service1"].keys() == {
        "ecs_service_name",
        "security_group_id",
        "task_role_arn",
        "execution_role_arn",
        "log_group_name",
        "target_group_arn",
    }


def test_the_resources_of_a_service_have_its_tag_and_tasks_have_those_of_ecs() -> None:
    stack = synthesized("prod")["services"]
    tagged = {
        (kind, body["tags"]["Service"])
        for kind, bodies in stack.document["resource"].items()
        for body in bodies.values()
        if "Service" in body.get("tags", {})
    }
    kinds = {
        "aws_cloudwatch_log_group",
        "aws_ecs_service",
        "aws_ecs_task_definition",
        "aws_iam_role",
        "aws_lb_target_group",
        "aws_security_group",
        "aws_service_discovery_service",
    }
    assert tagged == {(kind, f"service{number}") for kind in kinds for number in (1, 2, 3)}
    for service in stack.resources("aws_ecs_service").values():
        assert (service["enable_ecs_managed_tags"], service["propagate_tags"]) == (True, "SERVICE")


def test_every_role_has_the_path_and_the_boundary_of_the_environment() -> None:
    boundary = "arn:aws:iam::444455556666:policy/workloads"
    iam = IamSettings(path="/colonnade/", permissions_boundary_arn=boundary)
    roles = synthesize(replace(PROJECT.environment("prod"), iam=iam), DEPLOYMENT)["services"].resources("aws_iam_role")
    assert len(roles) == 7
    assert {(role["path"], role["permissions_boundary"]) for role in roles.values()} == {("/colonnade/", boundary)}
    assert all("path" not in role for role in synthesized("prod")["services"].resources("aws_iam_role").values())


@pytest.mark.parametrize("deployment", ["single_service", "product_user"])
def test_without_a_domain_and_a_namespace_no_resource_of_either_exists(deployment: str) -> None:
    stack = synthesized()[deployment]
    made = {address.removeprefix("data.").split(".")[0] for address in stack.addresses()}
    assert not {kind for kind in made if kind.startswith(("aws_route53_", "aws_acm_", "aws_service_discovery_"))}
    for ecs_service in stack.resources("aws_ecs_service").values():
        assert "service_registries" not in ecs_service


@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_physical_names_contain_no_underscore(deployment: str) -> None:
    stack = synthesized()[deployment]
    kinds = ("aws_lb", "aws_ecs_cluster", "aws_ecs_service", "aws_iam_role", "aws_security_group")
    bodies = [body for kind in kinds for body in stack.resources(kind).values()]
    names = [body.get("name", body.get("name_prefix")) for body in bodies]
    assert len(names) >= len(kinds)
    assert [name for name in names if "_" in name] == []


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_output_has_a_description(stack: str) -> None:
    outputs = synthesized()[stack].document["output"]
    assert outputs
    assert all(output["description"] for output in outputs.values())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_file_contains_a_path_of_the_local_machine(environment: str) -> None:
    for stack in synthesized(environment).values():
        assert str(Path.cwd()) not in stack.text
        assert str(Path.home()) not in stack.text
        assert re.search(r'"(/(root|home|Users|tmp|var|opt|usr|work)/|[A-Z]:\\\\)', stack.text) is None


def test_the_same_input_gives_the_same_bytes() -> None:
    again = synthesize(SANDBOX, *DEPLOYMENTS, migration_phase="canary")
    assert {name: stack.text for name, stack in again.items()} == {
        name: stack.text for name, stack in synthesized().items()
    }
