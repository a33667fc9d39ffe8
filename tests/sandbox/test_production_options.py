"""The options of production, an internal service and a worker, applied by real Terraform and destroyed in a sandbox."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.environment.tables import ProtectionSettings, TrafficLogSettings
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.service.declaration import Service
from colonnade.terminal.progress import Progress
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import read_stack
from tests.support.project import PROJECT, SINGLE_SERVICE
from tests.support.sandbox_session import PROJECT_ROOT, ask
from tests.support.synth import synthesize

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.xdist_group("production_options")]

SANDBOX = PROJECT.environment("sandbox")
_LISTENS = "import os, socket; socket.create_connection((os.environ['HOST'], int(os.environ['PORT'])), 1)"
_WORKS = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit()); print('at work'); signal.pause()"
DEPLOYMENT = replace(
    SINGLE_SERVICE,
    namespace="services.internal",
    default_action=ForwardTo(service="service1"),
    services=(
        Service(name="service1", container_port=7071, calls=("service2",), health_check_matcher="200-299"),
        Service(
            name="service2",
            container_port=7072,
            container_health_check=ContainerHealthCheck(command=("python", "-c", _LISTENS), interval_seconds=5),
        ),
        Service(name="service3", container_port=None, command=("python", "-u", "-c", _WORKS)),
    ),
)
PROTECTED = ProtectionSettings(
    deletion_protection=True,
    locked_default_security_group=True,
    log_key=True,
    web_acl_arn="arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/not-made-yet/00000000-0000-0000-0000-000000000000",
)


def _write(folder: Path, protection: ProtectionSettings) -> Path:
    environment = replace(
        SANDBOX, protection=protection, traffic_logs=TrafficLogSettings(access_log_days=30, flow_logs=True)
    )
    for stack in synthesize(environment, DEPLOYMENT).values():
        path = folder / "stacks" / stack.name / "cdk.tf.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(stack.text)
    return folder


def _client(session: Session, service: str) -> Any:
    return boto3.client(
        service,
        region_name=SANDBOX.region,
        endpoint_url=session.aws.s3.meta.endpoint_url,
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )


def _web_acl_of_the_account(session: Session) -> str:
    metrics = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "account"}
    made = _client(session, "wafv2").create_web_acl(
        Name="account", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=metrics
    )
    arn: str = made["Summary"]["ARN"]
    return arn


def test_the_production_options_apply_at_once_and_are_destroyed_in_two_steps(tmp_path: Path) -> None:
    progress = Progress(Console(file=io.StringIO(), width=200))
    folder = _write(tmp_path, PROTECTED)
    with Session(
        synthesized=folder, deployment=DEPLOYMENT.name, project_root=PROJECT_ROOT, progress=progress
    ) as session:
        web_acl_arn = _web_acl_of_the_account(session)
        _write(folder, replace(PROTECTED, web_acl_arn=web_acl_arn))
        stack = read_stack(folder, DEPLOYMENT.name)  # the session's own copy has the web ACL of before
        for each in (*session.stacks[:-1], stack):
            session.apply(each)
        session.wait_for_rollouts(stack)
        assert ask(session, "/", scheme="http").status == 200
        assert session.plan(stack).empty, session.plan(stack).changes
        _assert_that_each_kind_of_service_works(session)
        bucket = _assert_that_all_is_on(session, web_acl_arn)
        session.aws.s3.put_object(Bucket=bucket, Key="AWSLogs/123456789012/a-log", Body=b"a request")

        _write(folder, replace(PROTECTED, web_acl_arn=web_acl_arn, deletion_protection=False))
        session.apply(stack)
        session.destroy(stack)
        assert session.addresses(stack) == ()
        assert bucket not in [each["Name"] for each in session.aws.s3.list_buckets()["Buckets"]]


def _assert_that_each_kind_of_service_works(session: Session) -> None:
    """Check that the routed service reaches the internal one, and that the worker works and is reached by nothing."""
    fetched = json.loads(ask(session, "/fetch", scheme="http").body)
    assert fetched["detail"] == "http://service2.services.internal:7072/service2 answered 404."
    tasks = {task.service_name.rpartition("-")[2]: task for task in session.scheduler.tasks()}
    assert {name: task.health for name, task in tasks.items()} == dict.fromkeys(
        ("service1", "service2", "service3"), "healthy"
    )
    assert tasks["service3"].log_path.read_text() == "at work\n"
    named = _client(session, "servicediscovery").list_services()["Services"]
    assert {each["Name"] for each in named} == {"service1", "service2"}
    (group,) = _client(session, "elbv2").describe_target_groups()["TargetGroups"]
    assert (group["TargetGroupName"].split("-")[:2], group["Matcher"]) == (
        ["single", "service"],
        {"HttpCode": "200-299"},
    )


def _assert_that_all_is_on(session: Session, web_acl_arn: str) -> str:
    """Check the options with the AWS API, and return the name of the access logs' bucket."""
    elbv2, ec2, logs = (_client(session, service) for service in ("elbv2", "ec2", "logs"))
    (load_balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    arn, vpc_id = load_balancer["LoadBalancerArn"], load_balancer["VpcId"]
    described = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    attributes = {each["Key"]: each["Value"] for each in described}
    assert attributes["deletion_protection.enabled"] == attributes["access_logs.s3.enabled"] == "true"
    with pytest.raises(ClientError, match="deletion protection"):
        elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert _client(session, "wafv2").get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["ARN"] == web_acl_arn
    (flow_log,) = ec2.describe_flow_logs()["FlowLogs"]
    assert (flow_log["ResourceId"], flow_log["TrafficType"]) == (vpc_id, "ALL")
    groups = logs.describe_log_groups()["logGroups"]
    assert flow_log["LogDestination"] in [group["arn"].removesuffix(":*") for group in groups]
    assert [group.get("kmsKeyId") for group in groups] == [groups[0]["kmsKeyId"]] * 5
    filters = [{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc_id]}]
    (default,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert (default["IpPermissions"], default["IpPermissionsEgress"]) == ([], [])
    bucket: str = attributes["access_logs.s3.bucket"]
    return bucket
