"""The causes of tasks that ECS cannot start: image, secrets, log group, network, capacity, order of the containers.

ECS's words are those of its documentation of stopped tasks; a task that was not started has no log lines.
"""

from __future__ import annotations

from colonnade.operate.why.cause import (
    CANNOT_PULL,
    CANNOT_START,
    EVENTS,
    RESOURCE_INITIALIZATION,
    STOPPED_TASKS,
    Cause,
    Values,
    container_values,
    first_of,
    in_events,
    in_log,
    in_reasons,
    reason_of,
    with_exit_code,
)
from colonnade.operate.why.evidence import Evidence

_PULL = r"CannotPull(?:Container|ImageManifest|ECRContainer)?Error"
_INITIALIZATION = r"ResourceInitializationError.*?"
_SECRET_COLONS = (6, 9)
"""The colons of a secret's ARN without and with JSON key, version stage and version id."""
_NO_NETWORK = r"i/o timeout|dial tcp|connection timed out|context deadline exceeded|RequestCanceled|request canceled"


def _needed(evidence: Evidence, *conditions: str) -> set[tuple[str, str]]:
    """Return the pairs of a container and the one that waits for it with one of these conditions."""
    return {
        (order["containerName"], each["name"])
        for each in evidence.definition.get("containerDefinitions", [])
        for order in each.get("dependsOn", [])
        if order["condition"] in conditions
    }


def _dependency(evidence: Evidence) -> Values | None:
    """Find a container that had to succeed before another one starts, and that ended with another code than 0."""
    needed = _needed(evidence, "SUCCESS", "COMPLETE")
    for task in evidence.failures:
        for container in task.containers:
            waiting = [name for before, name in needed if before == container.name]
            if waiting and container.exit_code not in (None, 0):
                return {**container_values(evidence, container), "waiting": waiting[0]}
    return None


def _dependency_unhealthy(evidence: Evidence) -> Values | None:
    """Find a container that another one waits for, and that is not healthy at the end of its task."""
    needed = _needed(evidence, "HEALTHY")
    for task in evidence.failures:
        blocked = "dependency graph" in reason_of(task)
        for container in task.containers:
            waiting = [name for before, name in needed if before == container.name]
            if waiting and (container.health == "UNHEALTHY" or (blocked and container.health != "HEALTHY")):
                return {**container_values(evidence, container), "waiting": waiting[0]}
    return None


def _secret_reference(evidence: Evidence) -> Values | None:
    """Find the secret's reference with more than an ARN has, and less than ECS requires after it."""
    found = in_reasons(r"unexpected ARN format")(evidence)
    if found is None:
        return None
    references = (
        each["valueFrom"]
        for container in evidence.definition.get("containerDefinitions", [])
        for each in container.get("secrets", [])
    )
    wrong = (each for each in references if ":secretsmanager:" in each and each.count(":") not in _SECRET_COLONS)
    return {**found, "reference": next(wrong, "the stopped reason does not name it")}


def _cannot_start(evidence: Evidence) -> Values | None:
    failed = (task for task in evidence.failures if task.stop_code == "TaskFailedToStart")
    return next(({"reason": task.stopped_reason} for task in failed), None)


START_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="image-architecture",
        sign="`image Manifest does not contain descriptor matching platform`, `exec format error`",
        sentence="the image {image} is for another CPU architecture than the task definition's",
        fix="build the image for the service's `architecture` and push it, or change `architecture`",
        source=CANNOT_PULL,
        find=first_of(
            in_reasons(r"descriptor matching platform|exec format error"),
            in_log(r"exec format error|Exec format error"),
        ),
    ),
    Cause(
        name="image-pull-limit",
        sign="`CannotPullContainerError: ... toomanyrequests`",
        sentence="the registry limits how often the image {image} may be pulled",
        fix="copy the image to the account's own registry and pin it there",
        source=CANNOT_PULL,
        find=in_reasons(rf"{_PULL}.*(?:toomanyrequests|rate limit)"),
    ),
    Cause(
        name="image-too-large",
        sign="`CannotPullContainerError: ... no space left on device`",
        sentence="the image {image} does not fit on the task's disk",
        fix="make the image smaller, or set `ephemeral_storage_gib` of the service",
        source=CANNOT_PULL,
        find=in_reasons(rf"{_PULL}.*no space left on device"),
    ),
    Cause(
        name="image-pull-rights",
        sign="`CannotPullContainerError: ... 403 Forbidden`, `... is not authorized to perform: ecr:...`",
        sentence="the execution role {execution_role} may not pull the image {image}",
        fix="run `colonnade apply` to restore the role's policies; for an image of another account, allow this account "
        "in the policy of its repository",
        source=CANNOT_PULL,
        find=in_reasons(rf"{_PULL}.*(?:forbidden|access ?denied|not authorized|unauthorized|no basic auth)"),
    ),
    Cause(
        name="no-network-at-start",
        sign="`ResourceInitializationError` or `CannotPullContainerError` with `i/o timeout`, `dial tcp`, "
        "`context deadline exceeded`",
        sentence="the task cannot reach AWS's APIs or the registry from its subnet",
        fix="check the subnets' route to a NAT gateway, or their VPC endpoints, and the egress rule to port 443; "
        "run `colonnade verify` and `colonnade apply`",
        source=RESOURCE_INITIALIZATION,
        find=in_reasons(rf"(?:{_PULL}|ResourceInitializationError).*(?:{_NO_NETWORK})"),
    ),
    Cause(
        name="image-missing",
        sign="`CannotPullContainerError: ... not found`, `repository does not exist`",
        sentence="ECS cannot pull the image {image}, which the registry does not have",
        fix="push it with `colonnade images push`, or correct its version in the environment's files",
        source=CANNOT_PULL,
        find=in_reasons(_PULL),
    ),
    Cause(
        name="secret-key-missing",
        sign="`ResourceInitializationError: ... did not contain json key`",
        sentence="a secret's JSON has no key {key!r}",
        fix="add the key to the secret's value, or correct `json_key`; then run `colonnade restart {service}`",
        source=RESOURCE_INITIALIZATION,
        find=in_reasons(rf"{_INITIALIZATION}did not contain json key (?P<key>[^\s,;]+)"),
    ),
    Cause(
        name="secret-not-json",
        sign="`ResourceInitializationError: ... invalid character ... looking for beginning of value`",
        sentence="a secret's value is no JSON object, and the task definition requests a key of it",
        fix="store a JSON object with the declared keys, or remove `json_key`",
        source=RESOURCE_INITIALIZATION,
        find=in_reasons(rf"{_INITIALIZATION}invalid character .*beginning of value"),
    ),
    Cause(
        name="secret-reference",
        sign="`ResourceInitializationError: ... unexpected ARN format`",
        sentence="`valueFrom` of a secret is not an ARN that ECS can read: {reference}",
        fix="after the secret's ARN write a JSON key, a version stage and a version id, each with its colon, also if "
        "it is empty: `ARN:KEY::`",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
        find=_secret_reference,
    ),
    Cause(
        name="secret-missing",
        sign="`ResourceInitializationError: ... ResourceNotFoundException: Secrets Manager can't find the specified "
        "secret`, `marked for deletion`",
        sentence="the secret {secret} does not exist or is being deleted",
        fix="create it with `aws secretsmanager create-secret`, restore it with `restore-secret`, or correct its name",
        source=RESOURCE_INITIALIZATION,
        find=in_reasons(
            rf"{_INITIALIZATION}(?:secret:(?P<secret>[^\s:]+)\S* from secrets manager.*)?"
            r"(?:can't find the specified secret|marked for deletion|marked deleted|scheduled for deletion)"
        ),
    ),
    Cause(
        name="parameter-missing",
        sign="`ResourceInitializationError: ... invalid ssm parameters`",
        sentence="the SSM parameter {parameter} does not exist",
        fix="create it with `aws ssm put-parameter --type SecureString`, or correct its name; to read a secret of "
        "Secrets Manager, write its whole ARN, because ECS takes a name for a parameter",
        source=RESOURCE_INITIALIZATION,
        find=in_reasons(rf"{_INITIALIZATION}(?:invalid ssm parameters|ParameterNotFound):?\s*(?P<parameter>[^\s;]*)"),
    ),
    Cause(
        name="log-group-missing",
        sign="`ResourceInitializationError: failed to validate logger args`, `The specified log group does not exist`",
        sentence="ECS cannot write to the container's log group",
        fix="run `colonnade apply`, which makes the log group and the execution role's right to write to it",
        source=RESOURCE_INITIALIZATION,
        find=in_reasons(r"validate logger args|specified log group does not exist|logs:CreateLogStream"),
    ),
    Cause(
        name="role-not-assumed",
        sign="`ECS was unable to assume the role`",
        sentence="ECS cannot assume the role {role!r}: it does not exist, or its trust policy does not name "
        "ecs-tasks.amazonaws.com",
        fix="run `colonnade apply`, which makes the role with its trust policy again, or correct the role's ARN",
        source=STOPPED_TASKS,
        find=in_reasons(r"unable to assume the role(?: '[^']*/(?P<role>[^'/]+)')?"),
    ),
    Cause(
        name="execution-role-rights",
        sign="`ResourceInitializationError: ... AccessDeniedException`",
        sentence="the execution role {execution_role} may not read what the task needs at its start",
        fix="run `colonnade apply` to restore its policies; a secret with a KMS key of its own needs `kms_key_arn`",
        source=RESOURCE_INITIALIZATION,
        find=in_reasons(
            rf"{_INITIALIZATION}(?:access ?denied|not authorized|NoSuchEntity|unable to pull secrets.*role)"
        ),
    ),
    Cause(
        name="no-addresses",
        sign="`insufficient free addresses` in a stopped reason or an event",
        sentence="the service's subnets have no free address for another task",
        fix="stop other tasks, or give the environment larger subnets with `vpc_cidrs`",
        source=EVENTS,
        find=first_of(in_reasons(r"free (?:IP )?addresses"), in_events(r"free (?:IP )?addresses")),
    ),
    Cause(
        name="no-capacity",
        sign="`Capacity is unavailable at this time`, `You've reached the limit on the number of ... vCPUs`",
        sentence="Fargate has no capacity for the task, or the account has reached its quota",
        fix="try again later, run on-demand tasks in place of Spot, or request a higher quota of Fargate's vCPUs",
        source=EVENTS,
        find=first_of(
            in_reasons(r"capacity is unavailable|reached the limit on"),
            in_events(r"capacity is unavailable|reached the limit on|unable to place a task"),
        ),
    ),
    Cause(
        name="dependency-failed",
        sign="a container of `before_start` has an exit code other than 0",
        sentence="container {container!r}, which must succeed before {waiting!r} starts, exited with {code}: {line}",
        fix="correct the cause in its log; no task starts before it exits with 0",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html",
        find=_dependency,
    ),
    Cause(
        name="dependency-unhealthy",
        sign="`dependsOn` with HEALTHY, and the other container is UNHEALTHY or does not become healthy in time",
        sentence="container {waiting!r} does not start, because it waits for container {container!r} to be healthy, "
        "and its health check fails: {check}",
        fix="run the health check's command in its image: its program must exist there, and its port must be right",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html",
        find=_dependency_unhealthy,
    ),
    Cause(
        name="line-endings",
        sign="the log has `env: 'bash\\r': No such file or directory` or `^M: bad interpreter`",
        sentence="a script in the image of container {container!r} has Windows line endings: {line}",
        fix="store it with Unix line endings (`*.sh text eol=lf` in `.gitattributes`), then build and push the image",
        source=CANNOT_START,
        find=in_log(r"(?:bash|sh|python3?|node)\\r|\^M|\$'\\r'|env: (?:can't execute )?'[a-z0-9]+$"),
    ),
    Cause(
        name="not-executable",
        sign="`CannotStartContainerError: ... permission denied`, exit code 126",
        sentence="container {container!r} may not execute its command: {command}",
        fix="give the file the permission in the image: `RUN chmod +x FILE`",
        source=CANNOT_START,
        find=first_of(in_reasons(r"CannotStartContainerError.*permission denied"), with_exit_code(126)),
    ),
    Cause(
        name="command-not-found",
        sign="`CannotStartContainerError: ... no such file or directory`, exit code 127",
        sentence="the image of container {container!r} does not have the program of its command: {command}",
        fix="correct `command` or `entry_point`, or add the program to the image",
        source=CANNOT_START,
        find=first_of(
            in_reasons(r"CannotStartContainerError.*(?:no such file or directory|executable file not found)"),
            with_exit_code(127),
        ),
    ),
    Cause(
        name="cannot-start",
        sign="any other `TaskFailedToStart`",
        sentence="ECS cannot start the task: {reason}",
        fix="look the reason up in AWS's list of stopped task errors",
        source=STOPPED_TASKS,
        find=_cannot_start,
        general=True,
    ),
)
