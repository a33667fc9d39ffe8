"""The gaps of moto that the emulator closes, each tested with boto3 on a running emulator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.ecs.responses import DESCRIBE_SERVICES_TAGS, EC2ContainerServiceResponse

from colonnade_sandbox.aws_emulator.server import AwsEmulator
from colonnade_sandbox.control_plane.observations import Observations
from tests.support.terraform import emulated_account

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("emulator")]

_ACCOUNT = "210987654321"


class _Account:
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def client(self, name: str) -> Any:
        return boto3.client(
            name,
            endpoint_url=self._endpoint,
            region_name="eu-west-1",
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
        )


@pytest.fixture(scope="module")
def account() -> Iterator[_Account]:
    with emulated_account(
        account_id=_ACCOUNT, region="eu-west-1", zone_name="a.localhost", state_bucket="a-bucket"
    ) as running:
        yield _Account(running.endpoint)


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def task_definition(account: _Account) -> str:
    container = {"name": "app", "image": "app:1"}
    answer = account.client("ecs").register_task_definition(
        family="app",
        cpu="256",
        memory="512",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        containerDefinitions=[container],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


@pytest.fixture(scope="module")
def cluster(account: _Account) -> str:
    return str(account.client("ecs").create_cluster(clusterName="c")["cluster"]["clusterArn"])


def test_the_account_has_the_requested_id(account: _Account) -> None:
    assert account.client("sts").get_caller_identity()["Account"] == _ACCOUNT


def test_a_load_balancer_cannot_be_deleted_while_deletion_protection_is_enabled(account: _Account) -> None:
    ec2, elbv2 = account.client("ec2"), account.client("elbv2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    (made,) = elbv2.create_load_balancer(Name="kept", Subnets=subnets)["LoadBalancers"]
    arn = made["LoadBalancerArn"]
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection])
    with pytest.raises(ClientError) as refusal:
        elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert _code(refusal) == "OperationNotPermitted"
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{**protection, "Value": "false"}])
    elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert arn not in [each["LoadBalancerArn"] for each in elbv2.describe_load_balancers()["LoadBalancers"]]


def test_an_action_that_moto_does_not_implement_is_refused_at_once(account: _Account) -> None:
    began = time.monotonic()
    with pytest.raises(ClientError, match="cannot answer ecs DescribeServiceDeployments") as error:
        account.client("ecs").describe_service_deployments(serviceDeploymentArns=["arn:aws:ecs:a"])
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert time.monotonic() - began < 2


def test_aws_managed_policies_exist(account: _Account) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    assert account.client("iam").get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn


def test_a_certificate_is_issued_at_once(account: _Account) -> None:
    acm = account.client("acm")
    arn = acm.request_certificate(DomainName="a.localhost", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"


def test_a_service_keeps_its_tags_after_moto_omitted_them_from_a_response() -> None:
    """Run in this process, because moto stores the fields that it omits in class attributes."""
    emulator = AwsEmulator(account_id=_ACCOUNT, observations=Observations())
    moto = EC2ContainerServiceResponse()
    moto._exclude_from_response(DESCRIBE_SERVICES_TAGS)
    emulator.start()
    try:
        ecs = _Account(emulator.endpoint).client("ecs")
        ecs.create_cluster(clusterName="c")
        ecs.register_task_definition(
            family="app", containerDefinitions=[{"name": "app", "image": "app:1", "memory": 8}]
        )
        tags = [{"key": "a", "value": "b"}]
        ecs.create_service(cluster="c", serviceName="tagged", taskDefinition="app", desiredCount=1, tags=tags)
        (described,) = ecs.describe_services(cluster="c", services=["tagged"], include=["TAGS"])["services"]
    finally:
        emulator.close()
        moto._include_in_response(DESCRIBE_SERVICES_TAGS)
    assert described["tags"] == tags


def test_a_scalable_target_keeps_its_tags(account: _Account, cluster: str, task_definition: str) -> None:
    account.client("ecs").create_service(
        cluster=cluster, serviceName="tagged", taskDefinition=task_definition, desiredCount=1
    )
    autoscaling = account.client("application-autoscaling")
    arn = autoscaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/c/tagged",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"a": "1", "b": "2"},
    )["ScalableTargetARN"]
    autoscaling.tag_resource(ResourceARN=arn, Tags={"c": "3"})
    autoscaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2", "c": "3"}


def test_a_rule_that_refers_to_a_security_group_keeps_its_description(account: _Account) -> None:
    ec2 = account.client("ec2")
    group = ec2.create_security_group(GroupName="g", Description="g")["GroupId"]
    pair = {"GroupId": group, "Description": "from its own"}
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])["SecurityGroupRules"][0]
    (read,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])[
        "SecurityGroupRules"
    ]
    assert read["Description"] == "from its own"


def test_a_bucket_that_requires_tls_accepts_requests_to_the_emulator(account: _Account) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="tls", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_policy(
        Bucket="tls",
        Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",'
        ' "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}',
    )
    s3.put_object(Bucket="tls", Key="k", Body=b"state")
    assert s3.get_object(Bucket="tls", Key="k")["Body"].read() == b"state"


def _discovery_service(account: _Account) -> tuple[Any, str]:
    cloud_map = account.client("servicediscovery")
    operation = cloud_map.create_private_dns_namespace(Name="apps", Vpc="vpc-1")["OperationId"]
    namespace = cloud_map.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    config = {"NamespaceId": namespace, "DnsRecords": [{"Type": "A", "TTL": 1}]}
    return cloud_map, cloud_map.create_service(Name="orders", DnsConfig=config)["Service"]["Id"]


def test_instances_are_unique_by_id_and_prevent_the_deletion_of_their_service(account: _Account) -> None:
    cloud_map, service = _discovery_service(account)
    for address in ("127.0.1.1", "127.0.1.2"):
        cloud_map.register_instance(ServiceId=service, InstanceId="i", Attributes={"AWS_INSTANCE_IPV4": address})
    found = cloud_map.discover_instances(NamespaceName="apps", ServiceName="orders")["Instances"]
    assert [instance["Attributes"]["AWS_INSTANCE_IPV4"] for instance in found] == ["127.0.1.2"]
    with pytest.raises(ClientError) as error:
        cloud_map.delete_service(Id=service)
    assert _code(error) == "ResourceInUse"
    cloud_map.deregister_instance(ServiceId=service, InstanceId="i")
    cloud_map.delete_service(Id=service)


def test_a_service_is_described_as_it_was_created(account: _Account, cluster: str, task_definition: str) -> None:
    ecs = account.client("ecs")
    requested = {
        "availabilityZoneRebalancing": "ENABLED",
        "healthCheckGracePeriodSeconds": 10,
        "enableECSManagedTags": True,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
    }
    ecs.create_service(cluster=cluster, serviceName="echo", taskDefinition=task_definition, desiredCount=2, **requested)
    (service,) = ecs.describe_services(cluster=cluster, services=["echo"])["services"]
    assert {name: service[name] for name in requested} == requested
    assert "launchType" not in service
    assert service["runningCount"] == 0


def test_an_update_does_not_change_the_running_count(account: _Account, cluster: str, task_definition: str) -> None:
    ecs = account.client("ecs")
    ecs.create_service(cluster=cluster, serviceName="idle", taskDefinition=task_definition, desiredCount=1)
    service = ecs.update_service(cluster=cluster, service="idle", desiredCount=3)["service"]
    assert (service["desiredCount"], service["runningCount"]) == (3, 0)


def test_a_second_service_of_the_same_name_is_refused_until_the_first_is_deleted(
    account: _Account, cluster: str, task_definition: str
) -> None:
    ecs = account.client("ecs")

    def create() -> None:
        ecs.create_service(cluster=cluster, serviceName="twice", taskDefinition=task_definition, desiredCount=0)

    create()
    with pytest.raises(ClientError, match="not idempotent"):
        create()
    ecs.delete_service(cluster=cluster, service="twice")
    assert not [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if arn.endswith("/twice")]
    with pytest.raises(ClientError, match="not ACTIVE"):
        ecs.update_service(cluster=cluster, service="twice", desiredCount=1)
    create()


def test_a_deregistered_task_definition_cannot_be_deployed(account: _Account, cluster: str) -> None:
    ecs = account.client("ecs")
    arn = ecs.register_task_definition(
        family="gone", memory="512", containerDefinitions=[{"name": "app", "image": "app:1"}]
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.deregister_task_definition(taskDefinition=arn)
    with pytest.raises(ClientError, match="inactive"):
        ecs.create_service(cluster=cluster, serviceName="gone", taskDefinition=arn, desiredCount=1)


@pytest.mark.parametrize(
    ("environment", "role", "message"),
    [
        ({}, "", "must also specify a value for 'executionRoleArn'"),
        ({"KEY": "1"}, "arn:aws:iam::210987654321:role/a", "must be unique and not shared .*, such as 'KEY'"),
    ],
)
def test_secrets_without_an_execution_role_or_with_the_name_of_a_variable_are_refused(
    account: _Account, environment: dict[str, str], role: str, message: str
) -> None:
    container = {
        "name": "app",
        "image": "app:1",
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "secrets": [{"name": "KEY", "valueFrom": "/shop/key"}],
    }
    with pytest.raises(ClientError, match=message) as refusal:
        account.client("ecs").register_task_definition(
            family="refused", executionRoleArn=role, containerDefinitions=[container]
        )
    assert _code(refusal) == "ClientException"


def test_a_registered_target_is_not_healthy_before_its_first_health_check(account: _Account) -> None:
    balancing, ec2 = account.client("elbv2"), account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    arn = balancing.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][
        0
    ]["TargetGroupArn"]
    balancing.register_targets(TargetGroupArn=arn, Targets=[{"Id": "127.0.1.1", "Port": 7071}])
    requested = [{"Id": "127.0.1.1", "Port": 7071}, {"Id": "127.0.1.2", "Port": 7071}]
    answers = balancing.describe_target_health(TargetGroupArn=arn, Targets=requested)["TargetHealthDescriptions"]
    assert [answer["TargetHealth"]["State"] for answer in answers] == ["initial", "unused"]


def test_a_retry_of_a_call_whose_response_was_lost_is_not_executed_twice(account: _Account) -> None:
    def as_a_retry(request: Any, **_: Any) -> None:
        request.headers["amz-sdk-invocation-id"] = "the-same-call"

    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]
    group = {"GroupName": "twice", "Description": "requested twice", "VpcId": vpc["VpcId"]}
    ec2.meta.events.register("before-send.ec2.CreateSecurityGroup", as_a_retry)
    first = ec2.create_security_group(**group)["GroupId"]
    assert ec2.create_security_group(**group)["GroupId"] == first
    with pytest.raises(ClientError) as refusal:
        account.client("ec2").create_security_group(**group)
    assert _code(refusal) == "InvalidGroup.Duplicate"
