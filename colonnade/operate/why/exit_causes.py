"""The causes of containers that end by themselves or are ended: a person, memory, files, settings, callees, exit codes.

A cause that the log names comes before one that only the exit code shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from colonnade.operate.why.cause import (
    EXIT_CODES,
    STOPPED_TASKS,
    Cause,
    Find,
    Values,
    container_values,
    first_of,
    in_log,
    in_reasons,
    settled,
    with_exit_code,
)
from colonnade.operate.why.evidence import Evidence, Task

_UNREACHED = re.compile(
    r"Name or service not known|Temporary failure in name resolution|No address associated|nodename nor servname|"
    r"getaddrinfo|ENOTFOUND|EAI_AGAIN|no such host|UnknownHost|Could not resolve|"
    r"[Cc]onnection refused|ECONNREFUSED|timed out|ETIMEDOUT|No route to host|unreachable",
)


def _by_code(code: str) -> Find:
    """Return a search for a task that was stopped with this stop code."""

    def find(evidence: Evidence) -> Values | None:
        for task in evidence.failures:
            if task.stop_code == code:
                return {"task": task.id, "reason": task.stopped_reason}
        return None

    return find


def _exited(accept: Callable[[Task], bool]) -> Find:
    def find(evidence: Evidence) -> Values | None:
        for task in evidence.failures:
            if task.stop_code == "EssentialContainerExited" and accept(task):
                return container_values(evidence, task.culprit)
        return None

    return find


def _callee(evidence: Evidence) -> Values | None:
    """Find a callee without a healthy instance, if the log or a failing health check shows that it matters."""
    down = [each for each in evidence.callees if not each.exists or each.healthy == 0]
    if not down or settled(evidence):
        return None
    logged = [line for _, line in evidence.log_lines() if _UNREACHED.search(line)]
    named = [each for each in down if any(each.host in line for line in logged)]
    answers = any(re.search(r"\[5\d\d\]", answer) for _, answer in evidence.answers())
    if not named and not (logged or answers):
        return None
    callee = (named if named else down)[0]
    state = "has no healthy task in Cloud Map" if callee.exists else "does not exist in Cloud Map"
    return {"callee": callee.host, "variable": callee.variable, "state": state}


def _sidecar(evidence: Evidence) -> Values | None:
    """Find an essential container that ended and is not the one that the load balancer forwards to."""
    main = {group.container for group in evidence.target_groups}
    for task in evidence.failures:
        culprit = task.culprit
        if task.stop_code == "EssentialContainerExited" and main and culprit.name not in main:
            return container_values(evidence, culprit)
    return None


EXIT_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="stopped-by-a-person",
        sign="stop code `UserInitiated`",
        sentence="someone stopped task {task} with StopTask: {reason}",
        fix="nothing to correct: ECS starts another task; CloudTrail has the caller of StopTask",
        source=STOPPED_TASKS,
        find=_by_code("UserInitiated"),
    ),
    Cause(
        name="spot-interruption",
        sign="stop code `SpotInterruption` or `TerminationNotice`",
        sentence="AWS took back the capacity of task {task}: {reason}",
        fix="nothing to correct: ECS starts another task; `capacity_base` sets how many tasks run on demand",
        source=STOPPED_TASKS,
        find=first_of(_by_code("SpotInterruption"), _by_code("TerminationNotice")),
    ),
    Cause(
        name="out-of-memory",
        sign="`OutOfMemoryError: Container killed due to memory usage`; the log has `heap out of memory`, "
        "`MemoryError`, `java.lang.OutOfMemoryError`",
        sentence="container {container!r} needs more memory than it has: {line}",
        fix="set a higher `memory_mib`, a lower limit of the runtime's heap, or find what keeps the memory",
        source=EXIT_CODES,
        find=first_of(
            in_reasons(r"OutOfMemory"),
            in_log(r"heap out of memory|\bMemoryError\b|OutOfMemoryError|Cannot allocate memory|out of memory"),
        ),
    ),
    Cause(
        name="disk-full",
        sign="the log has `No space left on device` or `ENOSPC`",
        sentence="container {container!r} writes to a full file system: {line}",
        fix="set `ephemeral_storage_gib` of the service, enlarge its `tmpfs_mib`, or write less",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html",
        find=in_log(r"No space left on device|ENOSPC|[Dd]isk quota exceeded"),
    ),
    Cause(
        name="read-only-root",
        sign="the log has `Read-only file system` or `EROFS`",
        sentence="container {container!r} writes to its root file system, which is read-only: {line}",
        fix="declare the path in `writable_paths` or `tmpfs_mib` of the service",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        find=in_log(r"[Rr]ead-only file ?system|EROFS"),
    ),
    Cause(
        name="port-in-use",
        sign="the log has `Address already in use` or `EADDRINUSE`",
        sentence="container {container!r} cannot listen, because its port is in use within the task: {line}",
        fix="give each container of the task a port of its own; they share one network interface",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html",
        find=in_log(r"[Aa]ddress (?:is )?already in use|EADDRINUSE|port is already allocated"),
    ),
    Cause(
        name="wrong-command",
        sign="the log has `can't open file`, `Cannot find module '/...'`, `Unable to access jarfile`",
        sentence="the command of container {container!r} names a file that its image does not have: {line}",
        fix="correct `command`, or the path of the file in the image",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        find=in_log(
            r"can't open file|Cannot find module '/|Unable to access jarfile|Could not find or load main class|"
            r"python\S*: No module named|Could not import module|can't find '__main__'"
        ),
    ),
    Cause(
        name="package-missing",
        sign="the log has `ModuleNotFoundError`, `Cannot find module`, `ClassNotFoundException`",
        sentence="the image of container {container!r} lacks a package that the app imports: {line}",
        fix="add the package to the app's requirements, then build and push the image",
        source=EXIT_CODES,
        find=in_log(
            r"ModuleNotFoundError|ImportError|Cannot find (?:module|package)|ClassNotFoundException|"
            r"NoClassDefFoundError|cannot load such file|error while loading shared libraries"
        ),
    ),
    Cause(
        name="syntax-error",
        sign="the log has `SyntaxError` or `IndentationError`",
        sentence="the app of container {container!r} has a syntax error: {line}",
        fix="correct the source, then build and push the image",
        source=EXIT_CODES,
        find=in_log(r"\b(?:SyntaxError|IndentationError|TabError)\b"),
    ),
    Cause(
        name="variable-missing",
        sign="the log has `KeyError: 'NAME'`, `environment variable NAME is not set` or the like",
        sentence="container {container!r} needs an environment variable that it does not have: {line}",
        fix="declare it in `variables` or `secrets` of the service, then apply",
        source=EXIT_CODES,
        find=first_of(
            in_log(r"KeyError: '[A-Z][A-Z0-9_]+'"),
            in_log(
                r"(?i)(?:environment |env(?:ironment)? ?var\w* |variable |setting ).*(?:not set|missing|required|not "
                r"defined|undefined|must be set|empty)|missing (?:required )?(?:environment|env)|Field required"
            ),
        ),
    ),
    Cause(
        name="database-password",
        sign="the log has `password authentication failed` or `Access denied for user`",
        sentence="the database does not accept the user or the password of container {container!r}: {line}",
        fix="correct the secret, then run `colonnade restart {service}`, as tasks read secrets at their start",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
        find=in_log(r"(?i)password authentication failed|access denied for user|authentication failed|no pg_hba.conf"),
    ),
    Cause(
        name="task-role-rights",
        sign="the log has `AccessDenied` or `is not authorized to perform`",
        sentence="the task role {task_role} may not do what the app does: {line}",
        fix="declare the action in `permissions` of the service, then apply",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
        find=in_log(r"is not authorized to perform|AccessDenied|UnauthorizedOperation"),
    ),
    Cause(
        name="callee-down",
        sign="calls or health checks fail, and Cloud Map has no healthy instance of the service called",
        sentence="the service needs {callee} ({variable}), which {state}",
        fix="run `colonnade why` for that service, and correct it first; a health check should not depend on callees",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html",
        find=_callee,
    ),
    Cause(
        name="name-not-found",
        sign="the log has `Name or service not known`, `ENOTFOUND`, `no such host`",
        sentence="container {container!r} calls a host name that does not resolve: {line}",
        fix="correct the host's name in the service's settings, or check the namespace and the VPC's DNS",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html",
        find=in_log(
            r"Name or service not known|name resolution|nodename nor servname|ENOTFOUND|EAI_AGAIN|no such host|"
            r"UnknownHostException|Could not resolve host|could not translate host name"
        ),
    ),
    Cause(
        name="connection-refused",
        sign="the log has `Connection refused` or `ECONNREFUSED`",
        sentence="nothing listens where container {container!r} connects to, such as its database: {line}",
        fix="start the database or service, or correct its host and port",
        source=EXIT_CODES,
        find=in_log(r"[Cc]onnection refused|ECONNREFUSED|could not connect to server"),
    ),
    Cause(
        name="connection-timeout",
        sign="the log has `timed out` or `ETIMEDOUT` of a connection",
        sentence="a connection of container {container!r} gets no answer: {line}",
        fix="declare it in `calls` or `connections`, which make the security groups' rules",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
        find=in_log(r"[Cc]onnect(?:ion)?\b.*timed out|ETIMEDOUT|ConnectTimeout|connect timeout|No route to host"),
    ),
    Cause(
        name="certificate-not-trusted",
        sign="the log has `certificate verify failed` or `self-signed certificate`",
        sentence="container {container!r} does not trust the certificate of the other side: {line}",
        fix="add the authority's certificate to the image, such as the bundle of Amazon RDS",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
        find=in_log(r"(?i)certificate verify failed|self.signed certificate|unable to get local issuer"),
    ),
    Cause(
        name="sidecar-ended",
        sign="an essential container beside the service's own has ended",
        sentence="the essential container {container!r} beside the app exited with {code}, which ends the task: {line}",
        fix="correct the cause in its log, or declare the sidecar with `essential=False`",
        source=EXIT_CODES,
        find=_sidecar,
        general=True,
    ),
    Cause(
        name="killed",
        sign="exit code 137 without `OutOfMemoryError`",
        sentence="container {container!r} was ended by SIGKILL (137), not by ECS",
        fix="look for what kills it: more memory than the task has, a child process or a person",
        source=EXIT_CODES,
        find=with_exit_code(137),
        general=True,
    ),
    Cause(
        name="crashed",
        sign="exit code 134, 135, 136 or 139",
        sentence="container {container!r} crashed in native code ({code}: SIGABRT, SIGBUS, SIGFPE or SIGSEGV): {line}",
        fix="run the image locally with the same input; a library for another system or architecture is a usual cause",
        source=EXIT_CODES,
        find=with_exit_code(134, 135, 136, 139),
        general=True,
    ),
    Cause(
        name="ended-by-itself",
        sign="exit code 0",
        sentence="container {container!r} ended by itself with 0, and a service must run on: {line}",
        fix="keep the server in the foreground; run a job that ends as a scheduled or single task",
        source=EXIT_CODES,
        find=with_exit_code(0),
        general=True,
    ),
    Cause(
        name="ended-by-sigterm",
        sign="exit code 143",
        sentence="container {container!r} was ended by SIGTERM (143), not by ECS",
        fix="look for what sends the signal, such as a supervisor in the image",
        source=EXIT_CODES,
        find=with_exit_code(143),
        general=True,
    ),
    Cause(
        name="exited",
        sign="any other exit code",
        sentence="container {container!r} exited with {code}: {line}",
        fix="correct the cause in its last log lines; `colonnade logs {service}` prints more",
        source=EXIT_CODES,
        find=_exited(lambda task: task.culprit.exit_code is not None),
        general=True,
    ),
)
