"""An account in this process, seeded with things that fit beside things that do not, and a deployment that names some.

The tests of `colonnade.verify` use it. It is seeded once, as that takes seconds.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from moto.acm.models import acm_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from colonnade.apply.identity import AwsSession
from colonnade.verify.command import checked, needs_of
from colonnade.verify.environment_needs import state_bucket
from colonnade.verify.need import Result
from colonnade.verify.reader import Reader
from colonnade_sandbox.aws_emulator.existing import ExistingResources
from tests.support.declared_in_account import (
    ACCOUNT,
    EXPIRED,
    FOREIGN_LISTENER,
    GOOD,
    GROUP,
    HTTP_LISTENER,
    IPV6_LIST,
    ISSUED,
    LIST,
    LISTENER,
    NO_DNS,
    NO_ROUTE,
    NO_VPC,
    OTHER,
    OTHER_LISTENER,
    OTHER_ZONE,
    REGION,
    SAME_ZONE,
    TAKEN,
    ZONE,
    Declared,
)

READING = re.compile(r"(Describe|Get|List|Head|BatchGet)[A-Z]|AssumeRole$")
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
CONFIGURED = json.dumps({**json.loads(MANIFEST), "config": {"digest": f"sha256:{'1' * 64}"}})


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
        self._seed_listeners()
        self._seed_roles()
        self._seed_clusters()
        self._seed_images()
        self._seed_secrets()
        self._seed_rules()

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

    def _seed_listeners(self) -> None:
        existing, own = ExistingResources(ACCOUNT, REGION), ["example.com", "*.example.com"]
        for listener, network, names in (
            (LISTENER, GOOD, own),
            (HTTP_LISTENER, GOOD, own),
            (FOREIGN_LISTENER, NO_DNS, own),
            (OTHER_LISTENER, GOOD, ["example.org"]),
        ):
            existing.put_listener(listener.arn, network.public_subnet_ids, names)
        backend = elbv2_backends[ACCOUNT][REGION]
        for balancer in backend.load_balancers.values():
            if HTTP_LISTENER.arn in balancer.listeners:
                balancer.listeners[HTTP_LISTENER.arn].protocol = "HTTP"

    def _seed_rules(self) -> None:
        for settings, host in ((LISTENER, "shop.example.com"), (TAKEN, "others.example.com")):
            (orders,) = Declared(listener=settings).deployment(self.made).services
            self._client("elbv2").create_rule(
                ListenerArn=settings.arn,
                Priority=orders.priority,
                Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}],
                Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
            )

    def _seed_roles(self) -> None:
        iam = self._client("iam")
        tags = [{"Key": "Project", "Value": "colonnade"}, {"Key": "Environment", "Value": "test"}]
        for name, given in (("orders", tags), ("billing", tags[:1])):
            role = f"colonnade-test-shop-{name}-task"
            iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}", Tags=given)
        statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.made["boundary"] = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
        self.made["no boundary"] = f"{self.made['boundary']}s"

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
