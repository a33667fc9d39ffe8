"""Faults seeded into an emulated account: each is found alone, and all together, with calls that only read.

The account is seeded once, with things that fit beside things that do not; a test declares some of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.acm.models import acm_backends
from moto.ec2.models import ec2_backends

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
from colonnade.verify.environment_needs import hosted_zones, state_bucket
from colonnade.verify.need import Result
from colonnade.verify.reader import Reader
from colonnade_sandbox.aws_emulator.existing import ExistingResources
from tests.support.service_process import ROOT
from tests.support.specs import deployment, environment, resolved, service

ACCOUNT, REGION = "123456789012", "eu-west-1"
DOCUMENTED = (ROOT / "docs" / "deploy-to-aws.md").read_text()
READING = re.compile(r"(Describe|Get|List|Head|BatchGet)[A-Z]")
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
CONFIGURED = json.dumps({**json.loads(MANIFEST), "config": {"digest": f"sha256:{'1' * 64}"}})
CONFIGURATION = 'data:application/json,{"architecture":"arm64"}'
CLOUDFRONT = "com.amazonaws.global.cloudfront.origin-facing"


def _id(kind: str, number: int) -> str:
    return f"{kind}-0a1b2c3d4e5f6{number:04}"


def _network(vpc: int) -> ExistingNetwork:
    """Return the network of a seeded VPC: two public and two private subnets."""
    public, private = ((_id("subnet", vpc * 10 + at), _id("subnet", vpc * 10 + at + 1)) for at in (1, 3))
    return ExistingNetwork(vpc_id=_id("vpc", vpc), public_subnet_ids=public, private_subnet_ids=private)


def _certificate(number: int, *domains: str) -> CertificateSettings:
    arn = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/a1b2c3d4-5678-90ab-cdef-{number:012}"
    return CertificateSettings(arn=arn, domains=domains or ("example.com", "*.example.com"))


GOOD, NO_VPC, NO_DNS = (_network(number) for number in (1, 2, 3))
NO_ROUTE, SAME_ZONE = _id("subnet", 16), _id("subnet", 17)  # in the first VPC and its first zone
PUBLIC, PRIVATE = GOOD.public_subnet_ids, GOOD.private_subnet_ids
MISSING_SUBNET, FOREIGN_SUBNET = _id("subnet", 99), NO_DNS.private_subnet_ids[1]
GROUP, LIST, IPV6_LIST, MISSING_LIST = _id("sg", 1), _id("pl", 1), _id("pl", 2), _id("pl", 9)
ISSUED, EXPIRED, OTHER, MISSING = (_certificate(number) for number in range(1, 5))
ZONE, OTHER_ZONE = "Z1111111111111", "Z2222222222222"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The things that a deployment names in the account; values of `made` are given by their keys."""

    bucket: str = "colonnade-test-state"
    zone_name: str = "example.com"
    zone: str | None = None
    zone_role: str | None = None
    certificate: CertificateSettings | None = ISSUED
    acl: str = "acl"
    network: ExistingNetwork = GOOD
    cluster: str = "platform"
    clients: str = CLOUDFRONT
    prefix_list: str = LIST
    group: str = GROUP
    version: str = "1.0.0"
    sidecar: str = "amd64"
    secrets: Mapping[str, tuple[str, str | None, str | None]] = field(
        default_factory=lambda: {"PAYMENT": ("shop/payment", "key", "key"), "PLAIN": ("shop/plain", None, None)}
    )
    parameter: str = "/shop/flags"
    parameter_key: str = "key"

    def environment(self, made: Mapping[str, str]) -> Environment:
        connections = {
            "orders-db": ConnectionSettings(port=5432, host="db.example.com", security_group_id=self.group),
            "mail": ConnectionSettings(port=587, host="mail.example.com", prefix_list_id=self.prefix_list),
        }
        settings = DeploymentSettings(
            ingress=IngressSettings(prefix_list=self.clients), connections=connections, cluster_name=self.cluster
        )
        base = environment(
            account_id=ACCOUNT,
            state_bucket=self.bucket,
            zone_name=self.zone_name,
            zone=ZoneSettings(id=made.get(self.zone, self.zone) if self.zone else None, role_arn=self.zone_role),
            network=NetworkSettings(existing=self.network),
            certificate=self.certificate,
            deployments={"shop": settings},
            images={"orders": self.version, "metrics": made[self.sidecar]},
        )
        return replace(base, protection=replace(base.protection, web_acl_arn=made[self.acl]))

    def deployment(self, made: Mapping[str, str]) -> Resolved:
        secrets = {
            variable: SecretsManagerSecret(
                made.get(name, name), json_key=json_key, kms_key_arn=made[key] if key is not None else None
            )
            for variable, (name, json_key, key) in self.secrets.items()
        }
        flags = SsmParameter(self.parameter, kms_key_arn=made[self.parameter_key])
        orders = service(
            connections=("orders-db", "mail"),
            secrets=secrets,
            sidecars=(Sidecar(name="metrics", image="metrics", secrets={"FLAGS": flags}),),
        )
        return resolved(deployment(orders), self.environment(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The seeded account."""

    session: Any
    calls: list[str] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)

    def verify(self, declared: Declared) -> list[Result]:
        """Return the results for a deployment, and check that every call has only read."""
        where = declared.environment(self.made)
        needs = [state_bucket(where), *needs_of(declared.deployment(self.made))]
        self.calls.clear()
        results = checked(needs, Reader(AwsSession(caller="test", session=self.session)))
        assert self.calls
        assert [each for each in self.calls if not READING.match(each)] == []
        return results

    def seed(self) -> None:
        self._seed_buckets()
        self._seed_domain()
        self._seed_networks()
        self._seed_clusters()
        self._seed_images()
        self._seed_secrets()

    def _client(self, name: str) -> Any:
        return self.session.client(name)

    def _seed_buckets(self) -> None:
        for name, region, status in (
            ("colonnade-test-state", REGION, "Enabled"),
            ("colonnade-suspended", REGION, "Suspended"),
            ("colonnade-elsewhere", "us-west-2", "Enabled"),
        ):
            s3 = self.session.client("s3", region_name=region)
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})

    def _seed_domain(self) -> None:
        existing = ExistingResources(ACCOUNT, REGION)
        existing.put_zone(ZONE, "example.com")
        existing.put_zone(OTHER_ZONE, "example.org")
        zones, config = self._client("route53"), {"PrivateZone": True}
        vpc = {"VPCRegion": REGION, "VPCId": self._client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]}
        private = zones.create_hosted_zone(Name="example.com", CallerReference="1", VPC=vpc, HostedZoneConfig=config)
        self.made["private zone"] = private["HostedZone"]["Id"].removeprefix("/hostedzone/")
        for reference in "23":
            zones.create_hosted_zone(Name="example.net", CallerReference=reference)
        certificates = acm_backends[ACCOUNT][REGION]._certificates
        for each, status in ((ISSUED, "ISSUED"), (EXPIRED, "EXPIRED")):
            existing.put_certificate(each.arn, "example.com", each.domains)
            certificates[each.arn].status = status
        existing.put_certificate(OTHER.arn, "example.org", ["example.org"])
        certificates[OTHER.arn].status = "ISSUED"
        self._seed_web_acl()

    def _seed_web_acl(self) -> None:
        metrics = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
        settings = {"Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": metrics}
        self.made["acl"] = self._client("wafv2").create_web_acl(Name="ours", **settings)["Summary"]["ARN"]
        self.made["no acl"] = f"{self.made['acl'][:-36]}00000000-0000-0000-0000-000000000000"

    def _seed_networks(self) -> None:
        existing, ec2 = ExistingResources(ACCOUNT, REGION), self._client("ec2")
        for network in (GOOD, NO_VPC, NO_DNS):
            existing.put_vpc(network.vpc_id)
            for number, subnet in enumerate((*network.public_subnet_ids, *network.private_subnet_ids)):
                existing.put_subnet(subnet, network.vpc_id, number % 2)
            gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
            of_vpc = [{"Name": "vpc-id", "Values": [network.vpc_id]}]
            main = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"]
            ec2.create_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        for subnet in (NO_ROUTE, SAME_ZONE):
            existing.put_subnet(subnet, GOOD.vpc_id, 0)
        table = ec2.create_route_table(VpcId=GOOD.vpc_id)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=NO_ROUTE)
        ec2.modify_vpc_attribute(VpcId=NO_DNS.vpc_id, EnableDnsHostnames={"Value": False})
        existing.put_security_group(GROUP)
        for id_ in (LIST, IPV6_LIST):
            existing.put_prefix_list(id_=id_, name=None)
        backend = ec2_backends[ACCOUNT][REGION]
        backend.managed_prefix_lists[IPV6_LIST].address_family = "IPv6"
        del backend.vpcs[NO_VPC.vpc_id]

    def _seed_clusters(self) -> None:
        ecs = self._client("ecs")
        ecs.create_cluster(clusterName="platform", capacityProviders=["FARGATE", "FARGATE_SPOT"])
        ecs.create_cluster(clusterName="spot", capacityProviders=["FARGATE_SPOT"])

    def _seed_images(self) -> None:
        ecr = self._client("ecr")
        for name in ("orders", "metrics"):
            ecr.create_repository(repositoryName=f"colonnade-test-{name}")
        ecr.put_image(repositoryName="colonnade-test-orders", imageManifest=MANIFEST, imageTag="1.0.0")
        ecr.put_image(repositoryName="colonnade-test-orders", imageManifest=CONFIGURED, imageTag="1.0.0-arm64")
        kind = "application/vnd.oci.image.index.v1+json"
        for architecture in ("amd64", "arm64"):
            names = (architecture, "unknown")
            entries = [{"digest": f"sha256:{'0' * 64}", "platform": {"architecture": name}} for name in names]
            index = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": entries})
            pushed = ecr.put_image(
                repositoryName="colonnade-test-metrics",
                imageManifest=index,
                imageManifestMediaType=kind,
                imageTag=architecture,
            )
            self.made[architecture] = pushed["image"]["imageId"]["imageDigest"]

    def _seed_secrets(self) -> None:
        secrets, kms = self._client("secretsmanager"), self._client("kms")
        for name in ("key", "other", "disabled", "pending"):
            self.made[name] = kms.create_key()["KeyMetadata"]["Arn"]
        kms.disable_key(KeyId=self.made["disabled"][-36:])
        kms.schedule_key_deletion(KeyId=self.made["pending"][-36:])
        self.made["no key"] = f"{self.made['key'][:-36]}00000000-0000-0000-0000-000000000000"
        value = '{"key": "hunter2", "id": "w"}'
        secrets.create_secret(Name="shop/payment", SecretString=value, KmsKeyId=self.made["key"])
        for name in ("shop/plain", "shop/gone"):
            self.made[f"{name} by ARN"] = secrets.create_secret(Name=name, SecretString="hunter2")["ARN"]
        secrets.create_secret(Name="shop/empty")
        secrets.delete_secret(SecretId="shop/gone")
        self._client("ssm").put_parameter(Name="/shop/flags", Value="hunter2", Type="SecureString")


@pytest.fixture(scope="module")
def seeded() -> Iterator[Account]:
    """Yield the account, in this process, and a session that records its calls and refuses those of a set."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        made = Account(session=boto3.Session(region_name=REGION))
        made.seed()

        def record(model: Any, **_: Any) -> Any:
            made.calls.append(model.name)
            if model.name in made.denied:
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, model.name)
            # moto does not have this operation.
            layer = model.name == "GetDownloadUrlForLayer"
            return (SimpleNamespace(status_code=200), {"downloadUrl": CONFIGURATION}) if layer else None

        made.session.events.register("before-call", record)
        yield made


@pytest.fixture
def account(seeded: Account) -> Iterator[Account]:
    yield seeded
    seeded.denied.clear()


def _secret(name: str, json_key: str | None = None, key: str | None = None) -> dict[str, Any]:
    return {"secrets": {"SECRET": (name, json_key, key)}}


def _subnets(**ids: Any) -> dict[str, Any]:
    return {"network": replace(GOOD, **ids)}


FAULTS: Mapping[str, tuple[dict[str, Any], str]] = {
    "no bucket": ({"bucket": "colonnade-none"}, "state bucket 'colonnade-none': it does not exist"),
    "no versioning": ({"bucket": "colonnade-suspended"}, "state bucket 'colonnade-suspended': its versioning is off"),
    "bucket elsewhere": ({"bucket": "colonnade-elsewhere"}, "state bucket 'colonnade-elsewhere': it is in region us-"),
    "no zone": ({"zone_name": "example.dev", "certificate": None}, "hosted zone 'example.dev': there is no public"),
    "two zones": ({"zone_name": "example.net", "certificate": None}, "hosted zone 'example.net': 2 public hosted"),
    "no zone of the ID": ({"zone": "Z0000000000000"}, "hosted zone 'example.com': there is no hosted zone with the ID"),
    "zone of another name": (
        {"zone": OTHER_ZONE},
        f"hosted zone 'example.com': the zone with the ID {OTHER_ZONE} is 'e",
    ),
    "private zone": ({"zone": "private zone"}, "hosted zone 'example.com': the zone with the ID "),
    "no certificate": ({"certificate": MISSING}, f"certificate '{MISSING.arn}': it does not exist"),
    "expired certificate": ({"certificate": EXPIRED}, f"certificate '{EXPIRED.arn}': its status is EXPIRED"),
    "other certificate": ({"certificate": OTHER}, f"certificate '{OTHER.arn}': it is for example.org, not for"),
    "other order of names": (
        {"certificate": replace(ISSUED, domains=("*.example.com", "example.com"))},
        f"certificate '{ISSUED.arn}': its domain name is 'example.com'",
    ),
    "no web ACL": ({"acl": "no acl"}, "web ACL 'arn:aws:wafv2:"),
    "no VPC": ({"network": NO_VPC}, f"VPC '{NO_VPC.vpc_id}': it does not exist"),
    "no DNS": ({"network": NO_DNS}, f"VPC '{NO_DNS.vpc_id}': its attribute enableDnsHostnames is false"),
    "no subnet": (
        _subnets(private_subnet_ids=(PRIVATE[0], MISSING_SUBNET)),
        f"private subnet '{MISSING_SUBNET}': it does not exist",
    ),
    "foreign subnet": (
        _subnets(private_subnet_ids=(PRIVATE[0], FOREIGN_SUBNET)),
        f"private subnet '{FOREIGN_SUBNET}': it is in VPC {NO_DNS.vpc_id}",
    ),
    "no route": (_subnets(public_subnet_ids=(NO_ROUTE, PUBLIC[1])), f"public subnet '{NO_ROUTE}': it has no default"),
    "one zone": (_subnets(private_subnet_ids=(PRIVATE[0], SAME_ZONE)), "zones of the private subnets: all are in"),
    "two in one zone": (_subnets(public_subnet_ids=(*PUBLIC, SAME_ZONE)), "zones of the public subnets: several are"),
    "no cluster": ({"cluster": "none"}, "ECS cluster 'none': it does not exist"),
    "no capacity provider": ({"cluster": "spot"}, "ECS cluster 'spot': it has no capacity provider FARGATE"),
    "no clients": ({"clients": MISSING_LIST}, f"prefix list '{MISSING_LIST}' (ingress): it does not exist"),
    "IPv6 clients": ({"clients": IPV6_LIST}, f"prefix list '{IPV6_LIST}' (ingress): its addresses are IPv6"),
    "no list": ({"prefix_list": _id("pl", 8)}, f"prefix list '{_id('pl', 8)}' (connection 'mail'): it does not exist"),
    "no group": ({"group": _id("sg", 9)}, f"security group '{_id('sg', 9)}' (connection 'orders-db'): it does not"),
    "no image": ({"version": "2.0.0"}, "image 'colonnade-test-orders:2.0.0' (orders): 2.0.0 does not exist"),
    "other architecture": ({"sidecar": "arm64"}, "image 'colonnade-test-metrics@"),
    "other architecture without an index": (
        {"version": "1.0.0-arm64"},
        "image 'colonnade-test-orders:1.0.0-arm64' (orders): it is for arm64, not for amd64",
    ),
    "no secret": (_secret("shop/none"), "secret 'shop/none' (orders): it does not exist"),
    "no value": (_secret("shop/empty"), "secret 'shop/empty' (orders): it has no value"),
    "deleted secret": (_secret("shop/gone by ARN"), "secret 'shop/gone-"),
    "no JSON key": (
        _secret("shop/payment", "other", "key"),
        "secret 'shop/payment' (orders): its JSON has no key 'oth",
    ),
    "no JSON": (_secret("shop/plain", "key"), "secret 'shop/plain' (orders): its value is not a JSON object"),
    "undeclared key": (
        {**_secret("shop/payment", "key"), "parameter_key": "other"},
        "secret 'shop/payment' (orders): its KMS key 'arn:",
    ),
    "no parameter": ({"parameter": "/shop/none"}, "parameter '/shop/none' (orders): it does not exist"),
    "no key": ({"parameter_key": "no key"}, "KMS key 'arn:aws:kms:"),
    "disabled key": ({"parameter_key": "disabled"}, "KMS key 'arn:aws:kms:"),
    "key to be deleted": ({"parameter_key": "pending"}, "KMS key 'arn:aws:kms:"),
}
SECRETS = ("no secret", "no value", "deleted secret", "no JSON key", "no JSON")
TOGETHER = {
    **FAULTS["no versioning"][0],
    **FAULTS["private zone"][0],
    **FAULTS["expired certificate"][0],
    **FAULTS["no web ACL"][0],
    **FAULTS["no capacity provider"][0],
    **FAULTS["no clients"][0],
    **FAULTS["no list"][0],
    **FAULTS["no group"][0],
    **FAULTS["no image"][0],
    **FAULTS["other architecture"][0],
    **FAULTS["no parameter"][0],
    **FAULTS["disabled key"][0],
    "network": replace(
        NO_DNS, public_subnet_ids=(NO_DNS.public_subnet_ids), private_subnet_ids=(PRIVATE[0], MISSING_SUBNET)
    ),
    "secrets": {f"SECRET_{at}": FAULTS[name][0]["secrets"]["SECRET"] for at, name in enumerate(SECRETS)},
}


def problems(results: list[Result]) -> list[str]:
    return [f"{each.subject}: {fault}" for each in results for fault in each.faults]


def test_an_account_with_everything_has_no_problem_and_nothing_is_unchecked(account: Account) -> None:
    results = account.verify(Declared(zone=ZONE))
    assert [str(each) for each in results if not str(each).startswith("ok           ")] == []
    assert len(results) == 21
    assert problems(account.verify(Declared(secrets={"PLAIN": ("shop/plain by ARN", None, None)}))) == []


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_alone(account: Account, name: str) -> None:
    changes, expected = FAULTS[name]
    (problem,) = problems(account.verify(Declared(**changes)))
    assert problem.startswith(expected)
    assert "hunter2" not in problem


def test_all_faults_are_found_together(account: Account) -> None:
    found = problems(account.verify(Declared(**TOGETHER)))
    expected = [
        FAULTS[name][1]
        for name in (
            *("no versioning", "private zone", "expired certificate", "no web ACL", "no DNS", "no subnet"),
            *("no capacity provider", "no clients", "no list", "no group", "no image", "other architecture", *SECRETS),
            *("no parameter", "disabled key"),
        )
    ]
    unexpected = f"private subnet '{PRIVATE[0]}': it is in VPC {GOOD.vpc_id}"
    assert len(found) == len(expected) + 1 >= 13
    for start in (*expected, unexpected):
        assert [each for each in found if each.startswith(start)], start


@pytest.mark.parametrize(
    ("operation", "subject", "action"),
    [
        ("HeadBucket", "state bucket", "s3:ListBucket"),
        ("DescribeSecret", "secret", "secretsmanager:DescribeSecret"),
        ("GetSecretValue", "secret 'shop/payment'", "secretsmanager:GetSecretValue"),
        ("BatchGetImage", "image", "ecr:BatchGetImage"),
        ("GetWebACL", "web ACL", "wafv2:GetWebACL"),
        ("DescribeRouteTables", "public subnet", "ec2:DescribeRouteTables"),
    ],
)
def test_a_missing_permission_is_no_problem(account: Account, operation: str, subject: str, action: str) -> None:
    account.denied.add(operation)
    results = account.verify(Declared())
    assert problems(results) == []
    unchecked = [each for each in results if each.unchecked is not None]
    assert {each.unchecked for each in unchecked} == {f"needs {action}"}
    assert all(str(each).startswith(f"not checked  {subject}") for each in unchecked)


def test_the_documented_policy_allows_every_call_and_names_actions_of_aws(account: Account) -> None:
    account.verify(Declared())
    made = set(account.calls)
    account.verify(Declared(zone=ZONE, version="1.0.0-arm64"))
    actions = [*re.findall(r'"(\w+:\w+)"', DOCUMENTED), "secretsmanager:GetSecretValue", "kms:Decrypt"]
    assert [fault for fault in map(action_fault, actions) if fault is not None] == []
    allowed = {action.partition(":")[2] for action in actions}
    assert {"ListBucket" if each == "HeadBucket" else each for each in made | set(account.calls)} <= allowed


def test_a_call_that_does_not_only_read_is_refused(account: Account) -> None:
    reader = Reader(AwsSession(caller="test", session=account.session))
    with pytest.raises(ValueError, match="s3 delete_bucket does not only read"):
        reader.read("s3", "delete_bucket", Bucket="colonnade-test-state")


def test_a_zone_of_another_account_is_read_with_its_role(account: Account) -> None:
    role = "arn:aws:iam::111122223333:role/dns"
    declared = Declared(zone_role=role).deployment(account.made)
    needs = tuple(hosted_zones(declared))
    reader = Reader(AwsSession(caller="test", session=account.session))
    (result,) = checked(needs, reader)
    assert "there is no public hosted zone" in str(result)  # the other account has none
    account.denied.add("AssumeRole")
    (result,) = checked(needs, reader)
    assert result.unchecked == f"needs sts:AssumeRole of {role}"
