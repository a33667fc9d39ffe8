"""The reader of the evidence: ECS, Elastic Load Balancing, CloudWatch Logs and Cloud Map -> `Evidence`.

DescribeServices -> tasks, task definitions, target groups, callees (at once) -> log lines of failed and running tasks
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

from colonnade.apply.identity import aws_errors, error_code
from colonnade.operate.why.evidence import (
    Callee,
    Deployment,
    Event,
    Evidence,
    Target,
    TargetGroup,
    Task,
    TaskContainer,
)
from colonnade.operate.why.rules import hidden_by, listener_rules, weights
from colonnade.rollouts.status import described_services
from colonnade.security_groups.network import allows
from colonnade.security_groups.reader import read_network

_AT_ONCE = 8
_FAILED_TASKS, _RUNNING_TASKS = 3, 2
"""The newest failed and running tasks whose log lines are read."""
_LOG_LINES, _FIRST_LOG_LINES = 60, 20
_TASKS_OF_A_STATUS = 50
"""DescribeTasks takes 100 tasks: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html"""
_TIMED_OUT = "Request timed out"
_NOT_ALLOWED = "UnauthorizedOperation"
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
_UNKNOWN = {"ClusterNotFoundException", "ServiceNotFoundException"}


class Clients(Protocol):
    """The boto3 clients that are used."""

    @property
    def ec2(self) -> Any: ...
    @property
    def ecs(self) -> Any: ...
    @property
    def elbv2(self) -> Any: ...
    @property
    def logs(self) -> Any: ...
    @property
    def servicediscovery(self) -> Any: ...


def read_evidence(aws: Clients, *, cluster: str, name: str, service: str) -> Evidence:
    """Return the evidence about the ECS service `name`; `service` is its name in sentences. Raises AwsError."""
    with aws_errors():
        return _evidence(aws, cluster, name, service)


def _evidence(aws: Clients, cluster: str, name: str, service: str) -> Evidence:
    described = _described(aws, cluster, name)
    now = datetime.now(UTC)
    if described is None:
        return Evidence(service=service, name=name, exists=False, now=now)
    limits = described.get("deploymentConfiguration", {})
    balancers = [each for each in described["loadBalancers"] if "targetGroupArn" in each]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        tasks = threads.submit(_tasks, aws, cluster, name)
        groups = threads.map(lambda each: _target_group(aws, described, each), balancers)
        definitions = _definitions(aws, {each["taskDefinition"] for each in described["deployments"]})
        found = tasks.result()
        definitions |= _definitions(aws, {each["taskDefinitionArn"] for each in found} - definitions.keys())
        evidence = Evidence(
            service=service,
            name=name,
            exists=True,
            now=now,
            desired=described["desiredCount"],
            running=described["runningCount"],
            pending=described["pendingCount"],
            grace_seconds=described.get("healthCheckGracePeriodSeconds", 0),
            minimum_percent=limits.get("minimumHealthyPercent", 100),
            maximum_percent=limits.get("maximumPercent", 200),
            deployments=tuple(_deployments(described)),
            events=tuple(Event(at=each["createdAt"], message=each["message"]) for each in described["events"]),
            tasks=tuple(_task(each, definitions) for each in found),
            definitions=definitions,
            target_groups=tuple(groups),
        )
        return _with_logs_and_callees(aws, evidence, threads.map)


def _described(aws: Clients, cluster: str, name: str) -> Mapping[str, Any] | None:
    from botocore.exceptions import ClientError

    try:
        return next((each for each in described_services(cluster, [name], aws) if each["status"] == "ACTIVE"), None)
    except ClientError as error:
        if error_code(error) in _UNKNOWN:
            return None
        raise


def _deployments(described: Mapping[str, Any]) -> Iterator[Deployment]:
    for each in sorted(described["deployments"], key=lambda each: each["status"] != "PRIMARY"):
        yield Deployment(
            id=each["id"],
            task_definition=each["taskDefinition"],
            state=each.get("rolloutState", "COMPLETED"),
            reason=each.get("rolloutStateReason", ""),
            created_at=each["createdAt"],
        )


def _tasks(aws: Clients, cluster: str, name: str) -> list[Mapping[str, Any]]:
    """Return the tasks of the service, the newest first. ECS lists a stopped task for an hour."""
    arns = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in aws.ecs.list_tasks(
            cluster=cluster, serviceName=name, desiredStatus=status, maxResults=_TASKS_OF_A_STATUS
        )["taskArns"]
    ]
    found = aws.ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    return sorted(found, key=_begun, reverse=True)


def _begun(task: Mapping[str, Any]) -> datetime:
    begun: datetime = task.get("createdAt", datetime.min.replace(tzinfo=UTC))
    return begun


def _definitions(aws: Clients, arns: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    return {arn: aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in arns}


def _task(task: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]]) -> Task:
    definition = definitions[task["taskDefinitionArn"]]
    essential = {each["name"]: each.get("essential", True) for each in definition["containerDefinitions"]}
    containers = [
        TaskContainer(
            name=each["name"],
            status=each.get("lastStatus", ""),
            exit_code=each.get("exitCode"),
            reason=each.get("reason", ""),
            health=each.get("healthStatus", "UNKNOWN"),
            essential=essential.get(each["name"], True),
        )
        for each in task["containers"]
    ]
    interfaces = [each for container in task["containers"] for each in container.get("networkInterfaces", [])]
    return Task(
        id=task["taskArn"].rpartition("/")[2],
        status=task["lastStatus"],
        deployment_id=task.get("startedBy", ""),
        task_definition=task["taskDefinitionArn"],
        stop_code=task.get("stopCode", ""),
        stopped_reason=task.get("stoppedReason", ""),
        containers=tuple(containers),
        address=next((each["privateIpv4Address"] for each in interfaces if "privateIpv4Address" in each), ""),
        created_at=task.get("createdAt"),
        started_at=task.get("startedAt"),
        stopped_at=task.get("stoppedAt", task.get("stoppingAt")),
    )


def _target_group(aws: Clients, service: Mapping[str, Any], load_balancer: Mapping[str, Any]) -> TargetGroup:
    arn = load_balancer["targetGroupArn"]
    (check,) = aws.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    targets = aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    listeners = [rules for each in check["LoadBalancerArns"] for rules in listener_rules(aws.elbv2, each)]
    group = TargetGroup(
        name=check["TargetGroupName"],
        container=load_balancer["containerName"],
        port=load_balancer["containerPort"],
        check=check,
        targets=tuple(_target(each) for each in targets),
        weights=tuple(weight for rules in listeners for rule in rules for weight in weights(rule, arn)),
        hidden_by=hidden_by(listeners, arn),
    )
    said = [*(each.description for each in group.targets), *(each["message"] for each in service["events"])]
    return replace(group, closed=_is_closed(aws, service, group)) if any(_TIMED_OUT in each for each in said) else group


def _is_closed(aws: Clients, service: Mapping[str, Any], group: TargetGroup) -> bool:
    """Return True if no load balancer of the group may connect to the port that it checks.

    Without the right to read EC2 the answer is False, as then nothing is known.
    """
    from botocore.exceptions import ClientError

    tasks = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    arns = group.check["LoadBalancerArns"]
    balancers = aws.elbv2.describe_load_balancers(LoadBalancerArns=arns)["LoadBalancers"] if arns else []
    sides = [
        (each.get("SecurityGroups", []), [zone["SubnetId"] for zone in each["AvailabilityZones"]]) for each in balancers
    ]
    own = (tasks.get("securityGroups", []), tasks.get("subnets", []))
    if not sides or not all(groups for groups, _ in (own, *sides)):
        return False
    ids = [[each for side in (own, *sides) for each in side[kind]] for kind in (0, 1)]
    try:
        network = read_network(aws.ec2, group_ids=ids[0], subnet_ids=ids[1])
    except ClientError as error:
        if error_code(error) == _NOT_ALLOWED:
            return False
        raise
    task = network.interface(*own)
    return not any(allows(network.interface(*side), task, group.checked_port) for side in sides)


def _target(described: Mapping[str, Any]) -> Target:
    health = described["TargetHealth"]
    return Target(
        address=described["Target"]["Id"],
        state=health["State"],
        reason=health.get("Reason", ""),
        description=health.get("Description", ""),
    )


def _with_logs_and_callees(aws: Clients, evidence: Evidence, run: Callable[..., Iterable[Any]]) -> Evidence:
    read = [*evidence.failures[:_FAILED_TASKS], *evidence.running_tasks[:_RUNNING_TASKS]]
    with_log = {task.id: task for task in run(lambda task: _with_log(aws, task, evidence.definitions), read)}
    tasks = tuple(with_log.get(task.id, task) for task in evidence.tasks)
    evidence = replace(evidence, tasks=tasks)
    if evidence.healthy and not evidence.failures:
        return evidence
    return replace(evidence, callees=tuple(_callees(aws, evidence)))


def _with_log(aws: Clients, task: Task, definitions: Mapping[str, Mapping[str, Any]]) -> Task:
    options = {
        each["name"]: each.get("logConfiguration", {}).get("options", {})
        for each in definitions[task.task_definition]["containerDefinitions"]
    }
    containers = [replace(each, log=_log(aws, task, each.name, options.get(each.name, {}))) for each in task.containers]
    return replace(task, containers=tuple(containers))


def _log(aws: Clients, task: Task, container: str, options: Mapping[str, str]) -> tuple[str, ...]:
    """Return the last lines of a container's log stream, after its first ones if it has more.

    The first lines of an app say where it listens. There are no lines if it has logged nothing.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    """
    from botocore.exceptions import ClientError

    if "awslogs-group" not in options or "awslogs-stream-prefix" not in options:
        return ()
    stream = f"{options['awslogs-stream-prefix']}/{container}/{task.id}"
    try:
        read = partial(aws.logs.get_log_events, logGroupName=options["awslogs-group"], logStreamName=stream)
        events = read(limit=_LOG_LINES, startFromHead=False)["events"]
        if len(events) == _LOG_LINES:
            first = read(limit=_FIRST_LOG_LINES, startFromHead=True)["events"]
            events = [*(each for each in first if each["timestamp"] < events[0]["timestamp"]), *events]
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return ()
        raise
    return tuple(line for event in events for line in event["message"].splitlines())


def _callees(aws: Clients, evidence: Evidence) -> Iterator[Callee]:
    """Yield the services in Cloud Map that URLs in the containers' environment name."""
    hosts = {
        host: entry["name"]
        for container in evidence.definition.get("containerDefinitions", [])
        for entry in container.get("environment", [])
        if re.match(r"https?://", entry["value"]) and (host := urlsplit(entry["value"]).hostname)
    }
    if not hosts:
        return
    pages = aws.servicediscovery.get_paginator("list_namespaces").paginate()
    namespaces = {each["Name"]: each["Id"] for page in pages for each in page["Namespaces"]}
    for host, variable in hosts.items():
        name, _, namespace = host.partition(".")
        if namespace in namespaces:
            healthy = _healthy_instances(aws, namespaces[namespace], name)
            yield Callee(variable=variable, host=host, exists=healthy is not None, healthy=healthy or 0)


def _healthy_instances(aws: Clients, namespace: str, name: str) -> int | None:
    """Return the number of a service's instances that are not unhealthy; None if the namespace has no such service."""
    filters = [{"Name": "NAMESPACE_ID", "Values": [namespace], "Condition": "EQ"}]
    pages = aws.servicediscovery.get_paginator("list_services").paginate(Filters=filters)
    service: str | None = next(
        (each["Id"] for page in pages for each in page["Services"] if each["Name"] == name), None
    )
    if service is None:
        return None
    health: Mapping[str, str] = aws.servicediscovery.get_instances_health_status(ServiceId=service).get("Status", {})
    return sum(status != "UNHEALTHY" for status in health.values())
