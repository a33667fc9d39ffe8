"""Faults seeded into an emulated account: each is found alone, and all together, with calls that only read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.acm.models import acm_backends
from moto.ec2.models import ec2_backends
from moto.route53.models import route53_backends

from colonnade.apply.identity import AwsSession
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.domain import CertificateSettings, ZoneSettings
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment, NetworkSettings
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.resolved import Resolved
from colonnade.model.service.container import Sidecar
from colonnade.model.service.iam_actions import action_fault
from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter
from colonnade.verify.command import checked, needs_of
from colonnade.verify.environment_needs import state_bucket
from colonnade.verify.need import Result
from colonnade.verify.reader import Reader
from colonnade_sandbox.aws_emulator.existing import ExistingResources
from tests.support.service_process import ROOT
from tests.support.specs import deployment, environment, resolved, service

ACCOUNT, REGION = "123456789012", "eu-west-1"
VPC = "vpc-0a1b2c3d4e5f60001"
SUBNETS = [f"subnet-0a1b2c3d4e5f6000{number}" for number in range(1, 5)]
NETWORK = ExistingNetwork(vpc_id=VPC, public_subnet_ids=(*SUBNETS[:2],), private_subnet_ids=(*SUBNETS[2:],))
CERTIFICATE = CertificateSettings(
    arn=f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/a1b2c3d4-5678-90ab-cdef-111111111111",
    domains=("example.com", "*.example.com"),
)
CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"
GROUP, LIST = "sg-0a1b2c3d4e5f60001", "pl-0a1b2c3d4e5f60001"
CONNECTIONS = {
    "orders-db": ConnectionSettings(port=5432, host="db.example.com", security_group_id=GROUP),
    "mail": ConnectionSettings(port=587, host="mail.example.com", prefix_list_id=LIST),
}
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
DOCUMENTED = (ROOT / "docs" / "deploy-to-aws.md").read_text()
READING = re.compile(r"(Describe|Get|List|Head|BatchGet)[A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An account with everything that the deployment `shop` needs."""

    session: Any
    calls: list[str]
    denied: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        return boto3.client(name, region_name=REGION)

    @property
    def existing(self) -> ExistingResources:
        return ExistingResources(ACCOUNT, REGION)

    def seed(self) -> None:
        self.seed_bucket("colonnade-test-state", "Enabled")
        self.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
        self.existing.put_certificate(CERTIFICATE.arn, "example.com", CERTIFICATE.domains)
        self.seed_network()
        self.seed_tasks()
        acl = self.client("wafv2").create_web_acl(
            Name="ours",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"},
        )
        self.made["acl"] = acl["Summary"]["ARN"]

    def seed_bucket(self, name: str, versioning: str, region: str = REGION) -> None:
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": versioning})

    def seed_network(self) -> None:
        self.existing.put_vpc(VPC)
        for number, subnet in enumerate(SUBNETS):
            self.existing.put_subnet(subnet, VPC, number % 2)
        self.existing.put_security_group(GROUP)
        self.existing.put_prefix_list(id_=LIST, name=None)
        ec2 = self.client("ec2")
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=VPC)
        (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [VPC]}])["RouteTables"]
        ec2.create_route(RouteTableId=main["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    def seed_tasks(self) -> None:
        secrets, ecr = self.client("secretsmanager"), self.client("ecr")
        for role in ("declared", "undeclared", "parameter"):
            self.made[role] = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        secrets.create_secret(
            Name="shop/payment", SecretString='{"key": "v", "id": "w"}', KmsKeyId=self.made["declared"]
        )
        secrets.create_secret(Name="shop/plain", SecretString="v")
        self.made["arn"] = secrets.create_secret(Name="shop/whole", SecretString="v")["ARN"]
        self.client("ssm").put_parameter(Name="/shop/flags", Value="v", Type="SecureString")
        for name in ("orders", "metrics"):
            ecr.create_repository(repositoryName=f"colonnade-test-{name}")
        ecr.put_image(repositoryName="colonnade-test-orders", imageManifest=MANIFEST, imageTag="1.0.0")
        self.made["digest"] = self.put_index("amd64")

    def put_index(self, architecture: str) -> str:
        """Push an index of images for the architecture, and return its digest."""
        entries = [
            {"digest": f"sha256:{'0' * 64}", "platform": {"architecture": each}} for each in (architecture, "unknown")
        ]
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}
        pushed = self.client("ecr").put_image(
            repositoryName="colonnade-test-metrics",
            imageManifest=json.dumps(index),
            imageManifestMediaType=index["mediaType"],
        )
        return str(pushed["image"]["imageId"]["imageDigest"])

    def environment(self) -> Environment:
        settings = DeploymentSettings(ingress=IngressSettings(prefix_list=CLOUDFRONT), connections=CONNECTIONS)
        base = environment(
            account_id=ACCOUNT,
            network=NetworkSettings(existing=NETWORK),
            certificate=CERTIFICATE,
            deployments={"shop": settings},
            images={"orders": "1.0.0", "metrics": self.made["digest"]},
        )
        return replace(base, protection=replace(base.protection, web_acl_arn=self.made["acl"]))

    def deployment(self, where: Environment) -> Resolved:
        key, parameter_key = self.made["declared"], self.made["parameter"]
        orders = service(
            connections=tuple(CONNECTIONS),
            secrets={
                "PAYMENT_KEY": SecretsManagerSecret("shop/payment", json_key="key", kms_key_arn=key),
                "PAYMENT_ID": SecretsManagerSecret("shop/payment", json_key="id", kms_key_arn=key),
                "PLAIN": SecretsManagerSecret("shop/plain"),
                "FLAGS": SsmParameter("/shop/flags", kms_key_arn=parameter_key),
            },
            sidecars=(
                Sidecar(
                    name="metrics", image="metrics", secrets={"WHOLE": SecretsManagerSecret(self.made["arn"])}
                ),
            ),
        )
        return resolved(deployment(orders), where)

    def results(self, change: Callable[[Environment], Environment] = lambda found: found) -> list[Result]:
        where = change(self.environment())
        needs = [state_bucket(where), *needs_of(self.deployment(where))]
        self.calls.clear()
        return checked(needs, Reader(AwsSession(caller="test", session=self.session)))


@pytest.fixture(scope="module")
def session() -> Iterator[tuple[Any, list[str], set[str]]]:
    """Yield a session that records its calls and refuses those of a set; making one for each test takes seconds."""
    calls: list[str] = []
    denied: set[str] = set()

    def record(model: Any, **_: Any) -> None:
        calls.append(model.name)
        if model.name in denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, model.name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        made = boto3.Session(region_name=REGION)
        made.events.register("before-call", record)
        yield made, calls, denied


@pytest.fixture
def world(session: tuple[Any, list[str], set[str]]) -> Iterator[World]:
    """Yield the account, and check that every call of the checks has only read."""
    made, calls, denied = session
    with mock_aws():
        found = World(session=made, calls=calls, denied=denied)
        found.seed()
        yield found
        assert calls
        assert [each for each in calls if not READING.match(each)] == []
    denied.clear()


def _without_bucket(world: World) -> None:
    world.client("s3").delete_bucket(Bucket="colonnade-test-state")


def _without_versioning(world: World) -> None:
    suspended = {"Status": "Suspended"}
    world.client("s3").put_bucket_versioning(Bucket="colonnade-test-state", VersioningConfiguration=suspended)


def _bucket_elsewhere(world: World) -> None:
    _without_bucket(world)
    world.seed_bucket("colonnade-test-state", "Enabled", region="us-west-2")


def _without_zone(world: World) -> None:
    zones = world.client("route53")
    zones.delete_hosted_zone(Id=zones.list_hosted_zones()["HostedZones"][0]["Id"])


def _two_zones(world: World) -> None:
    world.client("route53").create_hosted_zone(Name="example.com", CallerReference="2")


def _certificates() -> dict[str, Any]:
    found: dict[str, Any] = acm_backends[ACCOUNT][REGION]._certificates
    return found


def _without_certificate(_: World) -> None:
    _certificates().clear()


def _expired_certificate(_: World) -> None:
    _certificates()[CERTIFICATE.arn].status = "EXPIRED"


def _other_certificate(world: World) -> None:
    _certificates().clear()
    world.existing.put_certificate(CERTIFICATE.arn, "example.org", ["example.org"])


def _without_web_acl(world: World) -> None:
    waf = world.client("wafv2")
    (acl,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    waf.delete_web_acl(Name=acl["Name"], Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"])


def _without_vpc(_: World) -> None:
    del ec2_backends[ACCOUNT][REGION].vpcs[VPC]


def _without_dns(world: World) -> None:
    world.client("ec2").modify_vpc_attribute(VpcId=VPC, EnableDnsHostnames={"Value": False})


def _without_subnet(world: World) -> None:
    world.client("ec2").delete_subnet(SubnetId=SUBNETS[3])


def _foreign_subnet(world: World) -> None:
    _without_subnet(world)
    world.existing.put_vpc("vpc-0a1b2c3d4e5f60009")
    world.existing.put_subnet(SUBNETS[3], "vpc-0a1b2c3d4e5f60009", 1)


def _without_route(world: World) -> None:
    ec2 = world.client("ec2")
    table = ec2.create_route_table(VpcId=VPC)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=SUBNETS[0])


def _subnets_in_one_zone(_: World) -> None:
    _move(SUBNETS[3], 0)


def _move(subnet_id: str, zone: int) -> None:
    subnets = ec2_backends[ACCOUNT][REGION].subnets
    del subnets[next(name for name, found in subnets.items() if subnet_id in found)][subnet_id]
    ExistingResources(ACCOUNT, REGION).put_subnet(subnet_id, VPC, zone)


def _without_clients(_: World) -> None:
    lists = ec2_backends[ACCOUNT][REGION].managed_prefix_lists
    for id_ in [each.id for each in lists.values() if each.prefix_list_name == CLOUDFRONT]:
        del lists[id_]


def _clients_in_ipv6(_: World) -> None:
    lists = ec2_backends[ACCOUNT][REGION].managed_prefix_lists
    next(each for each in lists.values() if each.prefix_list_name == CLOUDFRONT).address_family = "IPv6"


def _without_list(_: World) -> None:
    del ec2_backends[ACCOUNT][REGION].managed_prefix_lists[LIST]


def _without_group(world: World) -> None:
    world.client("ec2").delete_security_group(GroupId=GROUP)


def _without_image(world: World) -> None:
    world.client("ecr").batch_delete_image(repositoryName="colonnade-test-orders", imageIds=[{"imageTag": "1.0.0"}])


def _without_repository(world: World) -> None:
    world.client("ecr").delete_repository(repositoryName="colonnade-test-orders", force=True)


def _other_architecture(world: World) -> None:
    world.made["digest"] = world.put_index("arm64")


def _without_secret(world: World) -> None:
    world.client("secretsmanager").delete_secret(SecretId="shop/plain", ForceDeleteWithoutRecovery=True)


def _without_value(world: World) -> None:
    _without_secret(world)
    world.client("secretsmanager").create_secret(Name="shop/plain")


def _deleted_secret(world: World) -> None:
    world.client("secretsmanager").delete_secret(SecretId=world.made["arn"])


def _without_json_key(world: World) -> None:
    world.client("secretsmanager").put_secret_value(SecretId="shop/payment", SecretString='{"key": "v"}')


def _without_json(world: World) -> None:
    world.client("secretsmanager").put_secret_value(SecretId="shop/payment", SecretString="hunter2")


def _undeclared_key(world: World) -> None:
    _without_secret(world)
    secrets = world.client("secretsmanager")
    secrets.create_secret(Name="shop/plain", SecretString="v", KmsKeyId=world.made["undeclared"])


def _without_parameter(world: World) -> None:
    world.client("ssm").delete_parameter(Name="/shop/flags")


def _disabled_key(world: World) -> None:
    world.client("kms").disable_key(KeyId=world.made["parameter"])


def _deleted_key(world: World) -> None:
    world.client("kms").schedule_key_deletion(KeyId=world.made["declared"])


FAULTS: Mapping[str, tuple[Callable[[World], None], str]] = {
    "no bucket": (_without_bucket, "state bucket 'colonnade-test-state': it does not exist"),
    "no versioning": (_without_versioning, "state bucket 'colonnade-test-state': its versioning is off"),
    "bucket elsewhere": (_bucket_elsewhere, "state bucket 'colonnade-test-state': it is in region us-west-2"),
    "no zone": (_without_zone, "hosted zone 'example.com': there is no public hosted zone"),
    "two zones": (_two_zones, "hosted zone 'example.com': 2 public hosted zones"),
    "no certificate": (_without_certificate, f"certificate '{CERTIFICATE.arn}': it does not exist"),
    "expired certificate": (_expired_certificate, f"certificate '{CERTIFICATE.arn}': its status is EXPIRED"),
    "other certificate": (_other_certificate, f"certificate '{CERTIFICATE.arn}': it is for example.org, not for"),
    "no web ACL": (_without_web_acl, "web ACL 'arn:aws:wafv2:"),
    "no VPC": (_without_vpc, f"VPC '{VPC}': it does not exist"),
    "no DNS": (_without_dns, f"VPC '{VPC}': its attribute enableDnsHostnames is false"),
    "no subnet": (_without_subnet, f"private subnet '{SUBNETS[3]}': it does not exist"),
    "foreign subnet": (_foreign_subnet, f"private subnet '{SUBNETS[3]}': it is in VPC vpc-0a1b2c3d4e5f60009"),
    "no route": (_without_route, f"public subnet '{SUBNETS[0]}': it has no default route"),
    "one zone": (_subnets_in_one_zone, "zones of the private subnets: all are in eu-west-1a"),
    "no prefix list": (_without_clients, f"prefix list '{CLOUDFRONT}' (ingress): it does not exist"),
    "IPv6": (_clients_in_ipv6, f"prefix list '{CLOUDFRONT}' (ingress): its addresses are IPv6"),
    "no list of a connection": (_without_list, f"prefix list '{LIST}' (connection 'mail'): it does not exist"),
    "no group": (_without_group, f"security group '{GROUP}' (connection 'orders-db'): it does not exist"),
    "no image": (_without_image, "image 'colonnade-test-orders:1.0.0' (orders): 1.0.0 does not exist"),
    "no repository": (_without_repository, "image 'colonnade-test-orders:1.0.0' (orders): its repository"),
    "other architecture": (_other_architecture, "image 'colonnade-test-metrics@"),
    "no secret": (_without_secret, "secret 'shop/plain' (orders): it does not exist"),
    "no value": (_without_value, "secret 'shop/plain' (orders): it has no value"),
    "deleted secret": (_deleted_secret, "secret 'shop/whole-"),
    "no JSON key": (_without_json_key, "secret 'shop/payment' (orders): its JSON has no key 'id'"),
    "no JSON": (_without_json, "secret 'shop/payment' (orders): its value is not a JSON object"),
    "undeclared key": (_undeclared_key, "secret 'shop/plain' (orders): its KMS key"),
    "no parameter": (_without_parameter, "parameter '/shop/flags' (orders): it does not exist"),
    "disabled key": (_disabled_key, "KMS key 'arn:aws:kms:"),
    "key to be deleted": (_deleted_key, "KMS key 'arn:aws:kms:"),
}
ALTERNATIVES = {
    *("no versioning", "bucket elsewhere", "two zones", "expired certificate", "other certificate", "no VPC"),
    *("foreign subnet", "one zone", "IPv6", "no repository", "no value", "no JSON", "undeclared key"),
}
"""Faults of a thing that has another fault in the test of all together."""


def problems(results: list[Result]) -> list[str]:
    return [f"{each.subject}: {fault}" for each in results for fault in each.faults]


def test_an_account_with_everything_has_no_problem_and_nothing_is_unchecked(world: World) -> None:
    results = world.results()
    assert problems(results) == []
    assert [each.subject for each in results if each.unchecked is not None] == []
    assert len(results) == 20


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_alone(world: World, name: str) -> None:
    seed, expected = FAULTS[name]
    seed(world)
    (problem,) = problems(world.results())
    assert problem.startswith(expected)


def test_all_faults_are_found_together(world: World) -> None:
    together = [found for name, found in FAULTS.items() if name not in ALTERNATIVES]
    for seed, _ in together:
        seed(world)
    found = problems(world.results())
    assert len(found) == len(together) >= 13
    for _, expected in together:
        assert [each for each in found if each.startswith(expected)], expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda zone: zone, None),
        (lambda _: "Z0000000000000", "there is no hosted zone with the ID Z0000000000000"),
        (lambda _: "Z2222222222222", "the zone with the ID Z2222222222222 is 'example.org'"),
        (lambda _: "Z3333333333333", "the zone with the ID Z3333333333333 is private"),
    ],
)
def test_a_zone_is_found_by_its_id(world: World, change: Callable[[str], str], expected: str | None) -> None:
    zones = world.client("route53")
    id_ = zones.list_hosted_zones()["HostedZones"][0]["Id"].removeprefix("/hostedzone/")
    world.existing.put_zone("Z2222222222222", "example.org")
    zones.create_hosted_zone(
        Name="example.com",
        CallerReference="3",
        VPC={"VPCRegion": REGION, "VPCId": VPC},
        HostedZoneConfig={"PrivateZone": True},
    )
    backend = route53_backends[ACCOUNT]["aws"]
    private = next(each for each in backend.zones.values() if each.private_zone)
    backend.zones["Z3333333333333"] = private
    private.id = "Z3333333333333"
    found = problems(world.results(lambda where: replace(where, zone=ZoneSettings(id=change(id_)))))
    assert [each.removeprefix("hosted zone 'example.com': ").startswith(expected or "-") for each in found] == (
        [True] if expected else []
    )


@pytest.mark.parametrize(
    ("operation", "subject", "action"),
    [
        ("HeadBucket", "state bucket", "s3:ListBucket"),
        ("GetBucketVersioning", "state bucket", "s3:GetBucketVersioning"),
        ("DescribeSecret", "secret", "secretsmanager:DescribeSecret"),
        ("GetSecretValue", "secret 'shop/payment'", "secretsmanager:GetSecretValue"),
        ("BatchGetImage", "image", "ecr:BatchGetImage"),
        ("GetWebACL", "web ACL", "wafv2:GetWebACL"),
        ("DescribeRouteTables", "public subnet", "ec2:DescribeRouteTables"),
    ],
)
def test_a_missing_permission_is_no_fault(world: World, operation: str, subject: str, action: str) -> None:
    world.denied.add(operation)
    results = world.results()
    assert problems(results) == []
    unchecked = [each for each in results if each.unchecked is not None]
    assert {each.unchecked for each in unchecked} == {f"needs {action}"}
    assert all(each.subject.startswith(subject) for each in unchecked)
    assert str(unchecked[0]).startswith("not checked  ")


def test_the_documented_policy_allows_every_call(world: World) -> None:
    world.results()
    actions = [*re.findall(r'"(\w+:\w+)"', DOCUMENTED), "secretsmanager:GetSecretValue", "kms:Decrypt"]
    assert [fault for fault in map(action_fault, actions) if fault is not None] == []
    allowed = {action.partition(":")[2] for action in actions}
    made = {"ListBucket" if each == "HeadBucket" else each for each in world.calls}
    assert made <= allowed
