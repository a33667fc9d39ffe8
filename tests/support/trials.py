"""Services in one emulated cluster, made with boto3 and without Terraform: each can be given a fault of its own.

VPC, load balancer, namespace, roles (once) -> per trial: secret, target group, listener rule, task definition, service
"""

from __future__ import annotations

import copy
import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from colonnade_sandbox.aws_emulator import AwsEmulator
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.control_plane.reader import Reader
from colonnade_sandbox.data_plane.server import DataPlane
from colonnade_sandbox.session.control_loop import ControlLoop
from colonnade_sandbox.tasks.image_catalog import Image, ImageCatalog
from colonnade_sandbox.tasks.scheduler import TaskScheduler
from tests.support.trial_program import PROGRAM

ACCOUNT, REGION, CLUSTER, NAMESPACE = "123456789012", "eu-west-1", "trials", "trials.local"
_FIRST_PORT = 20_100


class TrialCluster:
    """The cluster, the load balancer and everything else that trials share. `client` returns any boto3 client."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.folder = folder
        observations = Observations()
        emulator = AwsEmulator(account_id=ACCOUNT, observations=observations)
        emulator.start()
        ending.callback(emulator.close)
        self.endpoint = emulator.endpoint
        self._clients: dict[str, Any] = {}
        aws = connect(endpoint=emulator.endpoint, region=REGION)
        self.data_plane = DataPlane(certificate_directory=folder / "certificates")
        self.data_plane.start()
        ending.callback(self.data_plane.close)
        images = ImageCatalog(images={"program": Image(entry_point=("python",), command=("app.py",))})
        self.scheduler = TaskScheduler(
            aws=aws, images=images, logs=observations.logs, directory=folder / "tasks", project_root=folder
        )
        ending.callback(self.scheduler.close)
        self.loop = ControlLoop(
            reader=Reader(aws, emulator.changes),
            data_plane=self.data_plane,
            scheduler=self.scheduler,
            observations=observations,
        )
        self._make_network()
        self._make_roles()
        self.loop.start()
        ending.callback(self.loop.close)

    def client(self, name: str) -> Any:
        if name not in self._clients:
            config = Config(inject_host_prefix=False, proxies={})
            keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
            self._clients[name] = boto3.client(
                name, endpoint_url=self.endpoint, region_name=REGION, config=config, **keys
            )
        return self._clients[name]

    def _make_network(self) -> None:
        ec2, elbv2 = self.client("ec2"), self.client("elbv2")
        self.vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
        groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["SecurityGroups"]
        self.security_group = groups[0]["GroupId"]
        clients = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=self.security_group, IpPermissions=[clients])
        balancer = elbv2.create_load_balancer(Name=CLUSTER, Subnets=self.subnets)["LoadBalancers"][0]
        self.listener = elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        )["Listeners"][0]["ListenerArn"]
        cloud_map = self.client("servicediscovery")
        cloud_map.create_private_dns_namespace(Name=NAMESPACE, Vpc=self.vpc)
        self.namespace = cloud_map.list_namespaces()["Namespaces"][0]["Id"]
        self.client("ecs").create_cluster(clusterName=CLUSTER)

    def _make_roles(self) -> None:
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        rights = {"Effect": "Allow", "Action": ["secretsmanager:*", "ssm:*", "ecr:*", "logs:*"], "Resource": "*"}
        for name, statement in (("execution", rights), ("task", {**rights, "Action": "s3:*"})):
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy)


class Trial:
    """One service of the cluster. `deploy` makes it, and later changes it by a rolling deployment.

    `name` is its ECS service, its task definition's family, its path prefix (`/NAME`), its container and its log group
    (`/trials/NAME`). `definition` are the arguments of RegisterTaskDefinition, `settings` those of CreateService that
    may be changed before the first `deploy`. It runs one task, with the circuit breaker and rollback enabled. Its load
    balancer requests GET /health every second; two equal results change a target's state.
    """

    def __init__(self, cluster: TrialCluster, name: str, number: int) -> None:
        self.cluster, self.name, self.port = cluster, name, _FIRST_PORT + number
        self.folder = cluster.folder / name
        self.folder.mkdir()
        self.program = self.folder / "app.py"
        self.program.write_text(PROGRAM, encoding="utf-8")
        self.log_group = f"/trials/{name}"
        self.client("logs").create_log_group(logGroupName=self.log_group)
        self.secret = self._make_secret()
        self.target_group, self.rule = self._make_load_balancing(number)
        self.discovery = self._make_discovery()
        self.definition = self._definition()
        self.settings = self._settings()
        self.created = False

    def client(self, name: str) -> Any:
        """Return a boto3 client of the account."""
        return self.cluster.client(name)

    @property
    def container(self) -> dict[str, Any]:
        """The main container in `definition`, for changes before `deploy`."""
        found: dict[str, Any] = self.definition["containerDefinitions"][0]
        return found

    def variable(self, name: str, value: str | None) -> None:
        """Set an environment variable of the main container, or remove it; takes effect with the next `deploy`."""
        kept = [each for each in self.container["environment"] if each["name"] != name]
        self.container["environment"] = [*kept, *([{"name": name, "value": value}] if value is not None else [])]

    def deploy(self, **settings: Any) -> None:
        """Register `definition` as a new revision and create or update the service with it.

        `settings` are further arguments of CreateService or UpdateService, such as desiredCount.
        """
        ecs = self.client("ecs")
        made = ecs.register_task_definition(**copy.deepcopy(self.definition))["taskDefinition"]["taskDefinitionArn"]
        if self.created:
            ecs.update_service(cluster=CLUSTER, service=self.name, taskDefinition=made, **settings)
        else:
            ecs.create_service(**{**self.settings, **settings, "taskDefinition": made})
            self.created = True

    def edit(self, old: str, new: str) -> None:
        """Replace a piece of the program; a running process keeps the old one until it is started again."""
        text = self.program.read_text(encoding="utf-8")
        assert old in text, old
        self.program.write_text(text.replace(old, new), encoding="utf-8")

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the main process of each running task."""
        for task in self.cluster.scheduler.tasks():
            if task.service_name == self.name and task.process_id is not None:
                os.kill(task.process_id, number)

    def call(self, path: str) -> int:
        """Return the status of GET /NAME + `path` through the load balancer."""
        (port,) = self.cluster.data_plane.ports().values()
        url = f"http://127.0.0.1:{port}/{self.name}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    def described(self) -> dict[str, Any]:
        """Return the service as DescribeServices does."""
        found: dict[str, Any] = self.client("ecs").describe_services(cluster=CLUSTER, services=[self.name])
        return dict(found["services"][0])

    def targets(self) -> list[dict[str, Any]]:
        """Return the health of the targets as DescribeTargetHealth does."""
        found = self.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return list(found["TargetHealthDescriptions"])

    def stopped(self) -> list[dict[str, Any]]:
        """Return the stopped tasks as DescribeTasks does."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=CLUSTER, serviceName=self.name, desiredStatus="STOPPED")["taskArns"]
        return list(ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]) if arns else []

    def healthy(self) -> bool:
        """Return True if the rollout is completed and a target is healthy."""
        primary = self.described()["deployments"][0]
        states = [each["TargetHealth"]["State"] for each in self.targets()]
        return primary["rolloutState"] == "COMPLETED" and "healthy" in states

    def rolled_back(self) -> bool:
        """Return True if a deployment failed and the former revision is complete again."""
        messages = [each["message"] for each in self.described()["events"]]
        return any("rolling back" in each for each in messages) and self.healthy()

    def _make_secret(self) -> str:
        made = self.client("secretsmanager").create_secret(Name=f"trials/{self.name}", SecretString='{"token": "t"}')
        return str(made["ARN"])

    def _make_load_balancing(self, number: int) -> tuple[str, str]:
        elbv2 = self.client("elbv2")
        group = elbv2.create_target_group(
            Name=self.name,
            Protocol="HTTP",
            Port=80,
            VpcId=self.cluster.vpc,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            Matcher={"HttpCode": "200"},
        )["TargetGroups"][0]["TargetGroupArn"]
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "0"}
        elbv2.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
        patterns = [f"/{self.name}", f"/{self.name}/*"]
        rule = elbv2.create_rule(
            ListenerArn=self.cluster.listener,
            Priority=number + 1,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": patterns}}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
        )["Rules"][0]["RuleArn"]
        return group, rule

    def _make_discovery(self) -> str:
        records = {"NamespaceId": self.cluster.namespace, "DnsRecords": [{"Type": "A", "TTL": 1}]}
        made = self.client("servicediscovery").create_service(Name=self.name, DnsConfig=records)
        return str(made["Service"]["Arn"])

    def _definition(self) -> dict[str, Any]:
        role = f"arn:aws:iam::{ACCOUNT}:role"
        options = {"awslogs-group": self.log_group, "awslogs-region": REGION, "awslogs-stream-prefix": "trial"}
        container = {
            "name": self.name,
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/program:1.0",
            "essential": True,
            "workingDirectory": str(self.folder),
            "portMappings": [{"containerPort": self.port, "protocol": "tcp"}],
            "environment": [
                {"name": "HOST", "value": "0.0.0.0"},  # noqa: S104
                {"name": "PORT", "value": str(self.port)},
                {"name": "PATH_PREFIX", "value": f"/{self.name}"},
            ],
            "secrets": [{"name": "TOKEN", "valueFrom": f"{self.secret}:token::"}],
            "stopTimeout": 2,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        return {
            "family": self.name,
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            "executionRoleArn": f"{role}/execution",
            "taskRoleArn": f"{role}/task",
            "containerDefinitions": [container],
        }

    def _settings(self) -> dict[str, Any]:
        network = {"subnets": self.cluster.subnets, "securityGroups": [self.cluster.security_group]}
        breaker = {"enable": True, "rollback": True}
        return {
            "cluster": CLUSTER,
            "serviceName": self.name,
            "desiredCount": 1,
            "launchType": "FARGATE",
            "healthCheckGracePeriodSeconds": 10,
            "networkConfiguration": {"awsvpcConfiguration": network},
            "deploymentConfiguration": {
                "deploymentCircuitBreaker": breaker,
                "minimumHealthyPercent": 100,
                "maximumPercent": 200,
            },
            "loadBalancers": [
                {"targetGroupArn": self.target_group, "containerName": self.name, "containerPort": self.port}
            ],
            "serviceRegistries": [{"registryArn": self.discovery}],
        }


@contextmanager
def trial_cluster(folder: Path) -> Iterator[TrialCluster]:
    """Yield a cluster that runs until the block ends."""
    with ExitStack() as ending:
        yield TrialCluster(folder, ending)
