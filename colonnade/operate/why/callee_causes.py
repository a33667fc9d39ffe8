"""The causes outside of a program that its log names: what it calls, such as a database, a service or AWS.

They come before the causes that only an exit code shows.
"""

from __future__ import annotations

import re

from colonnade.operate.why.cause import EXIT_CODES, Cause, Values, in_log, settled
from colonnade.operate.why.evidence import Evidence

_UNREACHED = re.compile(
    r"Name or service not known|Temporary failure in name resolution|No address associated|nodename nor servname|"
    r"getaddrinfo|ENOTFOUND|EAI_AGAIN|no such host|UnknownHost|Could not resolve|"
    r"[Cc]onnection refused|ECONNREFUSED|timed out|ETIMEDOUT|No route to host|unreachable",
)


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


CALLEE_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="database-password",
        sign="the log has `password authentication failed` or `Access denied for user`",
        sentence="the database does not accept the user or the password of container {container!r}: {line}",
        fix="correct the secret, then run `colonnade restart {service}`, as tasks read secrets at their start",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
        find=in_log(r"(?i)password authentication failed|access denied for user|authentication failed|no pg_hba.conf"),
    ),
    Cause(
        name="schema-missing",
        sign="the log has `relation ... does not exist`, `no such table`, `Unknown column` or the like",
        sentence="the database of container {container!r} lacks a table, a column or itself: {line}",
        fix="run the migrations of its schema, for example with `before_start`, or correct the database's name",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html",
        find=in_log(
            r"(?i)no such (?:table|column)|(?:relation|table|column|schema|database) \S+ (?:does not|doesn't) exist|"
            r"UndefinedTable|UndefinedColumn|Unknown (?:column|database)|Invalid object name"
        ),
    ),
    Cause(
        name="task-role-missing",
        sign="the log has `Unable to locate credentials`, `Could not load credentials from any providers`",
        sentence="the AWS SDK in container {container!r} finds no credentials; the task role is {task_role}: {line}",
        fix="give the task a task role: declare the app's actions in `permissions` of the service, then apply",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
        find=in_log(
            r"(?i)unable to locate credentials|NoCredentials|could not load credentials|unable to load credentials|"
            r"no EC2 IMDS role found|failed to (?:refresh|retrieve) (?:cached )?credentials|CredentialsProviderError"
        ),
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
        name="resource-missing",
        sign="the log has `NoSuchBucket`, `ResourceNotFoundException`, `QueueDoesNotExist` or the like",
        sentence="container {container!r} calls a resource of AWS that does not exist: {line}",
        fix="correct the resource's name, account and region in the service's `variables`, or create it",
        source="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
        find=in_log(r"NoSuchBucket|NoSuchKey|ResourceNotFound|NonExistentQueue|QueueDoesNotExist|ParameterNotFound"),
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
        find=in_log(r"[Cc]onnection refused|ECONNREFUSED|could not connect to server|Is the server running"),
    ),
    Cause(
        name="connection-timeout",
        sign="the log has `timed out` or `ETIMEDOUT` of a connection",
        sentence="a connection of container {container!r} gets no answer: {line}",
        fix="declare it in `calls` or `connections`, which make the security groups' rules",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
        find=in_log(
            r"[Cc]onnect(?:ion)?\b.*timed out|ETIMEDOUT|[Cc]onnect ?[Tt]imeout|No route to host|timeout expired|"
            r"i/o timeout|TimeoutError|socket\.timeout|SocketTimeoutException|urlopen error timed out|"
            r"time(?:d ?|)out (?:occurred )?(?:after |while )?waiting"
        ),
    ),
    Cause(
        name="certificate-not-trusted",
        sign="the log has `certificate verify failed` or `self-signed certificate`",
        sentence="container {container!r} does not trust the certificate of the other side: {line}",
        fix="add the authority's certificate to the image, such as the bundle of Amazon RDS",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
        find=in_log(r"(?i)certificate verify failed|self.signed certificate|unable to get local issuer"),
    ),
)
