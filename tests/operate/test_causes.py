"""The first cause for what AWS reports, in AWS's words, where the sandbox cannot produce the fault."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colonnade.operate.why.evidence import Callee, Event, Evidence, Target, Task, TaskContainer
from tests.support.why_cases import CLOSED, FAMILY, NOW, definition, evidence, exited, first, group, stopped

REASONS = tomllib.loads(Path(__file__).with_name("stopped_reasons.toml").read_text(encoding="utf-8"))["reason"]


@pytest.mark.parametrize(("cause", "reason"), [(each["cause"], each["words"]) for each in REASONS])
def test_a_stopped_reason_of_aws_has_its_cause(cause: str, reason: str) -> None:
    assert first(evidence(stopped(reason))).name == cause


@pytest.mark.parametrize(
    ("cause", "task"),
    [
        ("out-of-memory", exited(137, words="OutOfMemoryError: Container killed due to memory usage")),
        ("out-of-memory", exited(1, "Exception in thread main", "java.lang.OutOfMemoryError: Java heap space")),
        ("image-architecture", exited(1, "exec /usr/local/bin/python: exec format error")),
        ("not-executable", exited(126, "sh: ./start.sh: Permission denied")),
        ("command-not-found", exited(127, "sh: uvicorn: not found")),
        ("killed", exited(137, "INFO listening on 0.0.0.0:8080")),
        ("crashed", exited(139)),
        ("ended-by-sigterm", exited(143)),
        ("ended-by-itself", exited(0, "done")),
        ("exited", exited(3, "panic: no config")),
        ("wrong-command", exited(1, "Error: Unable to access jarfile /app/app.jar")),
        ("wrong-command", exited(1, "/usr/local/bin/python: No module named shop.serve")),
        ("variable-missing", exited(1, "Error: environment variable DATABASE_URL is not set")),
        ("variable-missing", exited(1, "KeyError: 'ORDERS_TABLE'")),
        ("certificate-not-trusted", exited(1, "ssl.SSLCertVerificationError: certificate verify failed: self-signed")),
        ("connection-timeout", exited(1, "Error: connect ETIMEDOUT 10.0.3.17:5432")),
        ("connection-refused", exited(1, "Error: connect ECONNREFUSED 10.0.3.17:5432")),
        ("connection-refused", exited(1, "Is the server running locally and accepting connections on that socket?")),
        ("name-not-found", exited(1, "Error: getaddrinfo ENOTFOUND db.example.com")),
        (
            "connection-timeout",
            exited(1, 'connection to server at "db" (10.0.3.17), port 5432 failed: timeout expired'),
        ),
        ("connection-timeout", exited(124, "wait-for-it.sh: timeout occurred after waiting 15 seconds for db:5432")),
        ("connection-timeout", exited(1, "dial tcp 10.0.3.17:5432: i/o timeout")),
        ("connection-timeout", exited(1, "    sock.connect(address)", "TimeoutError: timed out")),
        ("schema-missing", exited(1, 'psycopg.errors.UndefinedTable: relation "orders" does not exist')),
        ("schema-missing", exited(1, "ERROR 1146 (42S02): Table 'shop.orders' doesn't exist")),
        ("schema-missing", exited(1, 'FATAL:  database "shop" does not exist')),
        ("task-role-missing", exited(1, "CredentialsProviderError: Could not load credentials from any providers")),
        ("resource-missing", exited(1, "QueueDoesNotExist: The specified queue does not exist.")),
        ("package-version", exited(1, "ImportError: cannot import name 'escape' from 'jinja2' (/app/jinja2.py)")),
        (
            "package-version",
            exited(1, "./server: /lib/libc.so.6: version `GLIBC_2.34' not found (required by ./server)"),
        ),
        ("package-version", exited(1, "SyntaxError: The requested module 'x' does not provide an export named 'y'")),
        ("package-missing", exited(1, "ImportError: libGL.so.1: cannot open shared object file: No such file or dir")),
        ("too-many-files", exited(1, "Error: EMFILE: too many open files, open '/app/views/index.html'")),
        ("permission-denied", exited(1, "Error: EACCES: permission denied, open '/var/log/app.log'")),
        ("permission-denied", exited(1, "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)")),
        ("file-missing", exited(1, "Error: ENOENT: no such file or directory, open '/app/config.json'")),
        ("file-missing", exited(2, "panic: open config.yaml: no such file or directory")),
        ("line-endings", exited(127, "/usr/bin/env: 'bash\\r': No such file or directory")),
        ("line-endings", exited(126, "/bin/sh^M: bad interpreter: No such file or directory")),
        ("command-not-found", exited(127, "/usr/bin/env: 'bash': No such file or directory")),
        ("exited", exited(1, "ERROR: permission denied for table orders")),
        ("spot-interruption", stopped("Your Spot Task was interrupted.", code="SpotInterruption")),
    ],
)
def test_the_end_of_a_container_has_its_cause(cause: str, task: Task) -> None:
    assert first(evidence(task)).name == cause


@pytest.mark.parametrize(
    "line",
    [
        "ValueError: invalid literal for int() with base 10: 'many'",
        'strconv.Atoi: parsing "many": invalid syntax',
        'java.lang.NumberFormatException: For input string: "many"',
        "  Input should be a valid integer [type=int_parsing, input_value='many', input_type=str]",
    ],
)
def test_a_value_that_cannot_be_read_is_a_variables_if_one_has_it(line: str) -> None:
    definitions = {f"{FAMILY}:2": definition(2, environment=[{"name": "WORKERS", "value": "many"}])}
    found = first(evidence(exited(1, line), definitions=definitions))
    assert (found.name, "WORKERS" in found.sentence) == ("variable-invalid", True)
    assert first(evidence(exited(1, line))).name == "exited"


def test_an_incomplete_reference_to_a_secret_is_named() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf"
    secrets = [{"name": each, "valueFrom": each} for each in (arn, f"{arn}:token::", f"{arn}:token")]
    words = (
        "ResourceInitializationError: unable to pull secrets or registry auth: unexpected ARN format with parameters"
    )
    case = evidence(stopped(words), definitions={f"{FAMILY}:2": definition(2, secrets=secrets)})
    assert first(case).sentence.endswith(f": {arn}:token")


def test_a_container_that_waits_for_an_unhealthy_one_names_that_one() -> None:
    waits = definition(2, dependsOn=[{"containerName": "proxy", "condition": "HEALTHY"}])
    check = {"command": ["CMD-SHELL", "curl -f localhost:9901/ready"]}
    waits["containerDefinitions"].append({"name": "proxy", "image": "proxy:1", "healthCheck": check})
    blocked = exited(
        143, words="dependency graph: container ordering dependency [proxy] for target [orders] has timed out."
    )
    proxy = TaskContainer(name="proxy", status="STOPPED", exit_code=137, reason="", health="UNHEALTHY")
    case = evidence(replace(blocked, containers=(*blocked.containers, proxy)), definitions={f"{FAMILY}:2": waits})
    assert (first(case).name, "curl -f" in first(case).sentence) == ("dependency-unhealthy", True)


def test_an_indented_line_of_the_log_is_shown_after_the_line_above_it_if_no_other_line_has_the_words() -> None:
    missing = exited(1, "1 validation error for Settings", "database_url", "  Field required [type=missing]")
    assert first(evidence(missing)).sentence.endswith(": database_url Field required [type=missing]")
    refused = exited(
        1, "Error: connect ECONNREFUSED 10.0.3.17:5432", "    at connect (node:net) {", "  code: 'ECONNREFUSED'"
    )
    assert first(evidence(refused)).sentence.endswith(": Error: connect ECONNREFUSED 10.0.3.17:5432")


def test_the_second_task_may_name_the_cause_that_the_newest_does_not() -> None:
    assert first(evidence(exited(1), exited(1, "OSError: [Errno 28] No space left on device"))).name == "disk-full"


def _unhealthy(answer: str, **more: Any) -> Evidence:
    """Return a service whose task failed its health checks with this answer, in the words of ECS's event."""
    task = stopped("Task failed ELB health checks in (target-group orders)", code="ServiceSchedulerInitiated")
    target_group = more.pop("target_groups", (group(),))
    words = (
        f"(service shop) (task {task.id}) (port 8080) is unhealthy in (target-group orders) due to (reason {answer})"
    )
    log = more.pop("log", ())
    task = replace(task, containers=(replace(task.containers[0], log=log),))
    return evidence(task, events=(Event(at=NOW, message=words),), target_groups=target_group, **more)


@pytest.mark.parametrize(
    ("cause", "case"),
    [
        ("health-path", _unhealthy("Health checks failed with these codes: [404]")),
        ("health-needs-login", _unhealthy("Health checks failed with these codes: [403]")),
        ("health-redirect", _unhealthy("Health checks failed with these codes: [302]")),
        ("health-bad-request", _unhealthy("Health checks failed with these codes: [400]")),
        ("health-error", _unhealthy("Health checks failed with these codes: [500]")),
        ("health-matcher", _unhealthy("Health checks failed with these codes: [204]")),
        ("health-timeout", _unhealthy("Request timed out", log=("Listening at: http://0.0.0.0:8080 (1)",))),
        (
            "port-closed",
            _unhealthy("Request timed out", target_groups=CLOSED, log=("Listening at: http://0.0.0.0:8080",)),
        ),
        ("port-closed", _unhealthy("Request timed out", target_groups=CLOSED, log=("loading the model",))),
        ("listens-on-localhost", _unhealthy("Health checks failed", log=("Listening at: http://127.0.0.1:8080 (1)",))),
        ("listens-on-localhost", _unhealthy("Health checks failed", log=(" * Running on http://localhost:8080",))),
        ("wrong-port", _unhealthy("Health checks failed", log=("Uvicorn running on http://0.0.0.0:8000",))),
        ("wrong-port", _unhealthy("Health checks failed", log=("server listening on [::]:3000",))),
        ("no-http-answer", _unhealthy("Health checks failed", log=("listening on https://0.0.0.0:8080",))),
        (
            "health-handler",
            _unhealthy("Health checks failed", log=("listening on 0.0.0.0:8080", "  at x", "TypeError: db is None")),
        ),
        ("waits-for-callee", _unhealthy("Health checks failed", log=("Postgres is unavailable - sleeping",))),
        ("waits-for-callee", _unhealthy("Health checks failed", log=("waiting for db:5432 ...",))),
        ("slow-start", _unhealthy("Health checks failed", log=("INFO:  Waiting for application startup.",))),
        ("slow-start", _unhealthy("Health checks failed", log=("loading the model",))),
        ("slow-start", _unhealthy("Request timed out", log=("loading the model",))),
    ],
)
def test_an_answer_to_health_checks_has_its_cause(cause: str, case: Evidence) -> None:
    assert first(case).name == cause


def test_the_variable_port_shows_the_wrong_port_of_an_app_that_logs_none() -> None:
    definitions = {f"{FAMILY}:2": definition(2, environment=[{"name": "PORT", "value": "3000"}])}
    assert first(_unhealthy("Health checks failed", definitions=definitions)).name == "wrong-port"


def test_a_health_check_that_fails_with_a_callee_down_names_the_callee() -> None:
    callee = Callee(variable="USERS_URL", host="users.shop.local", exists=True, healthy=0)
    case = _unhealthy("Health checks failed with these codes: [503]", callees=(callee,))
    assert first(case).name == "callee-down"
    assert "users.shop.local" in first(case).sentence


def test_a_callee_that_is_up_is_not_blamed() -> None:
    callee = Callee(variable="USERS_URL", host="users.shop.local", exists=True, healthy=1)
    assert first(_unhealthy("Health checks failed with these codes: [503]", callees=(callee,))).name == "health-error"


def test_an_error_in_the_log_of_an_app_that_answers_404_is_not_the_cause() -> None:
    log = ("Error: environment variable SENTRY_DSN is not set", "listening on 0.0.0.0:8080")
    assert first(_unhealthy("Health checks failed with these codes: [404]", log=log)).name == "health-path"
    assert first(_unhealthy("Health checks failed with these codes: [500]", log=log)).name == "variable-missing"


@pytest.mark.parametrize(
    "warning",
    [
        "WARNING: environment variable SENTRY_DSN is not set",
        '{"level":"warn","event":"environment variable SENTRY_DSN is not set"}',
        "2026-03-02 12:00:00 INFO retry: connection refused",
    ],
)
def test_a_warning_in_the_log_is_not_the_cause(warning: str) -> None:
    assert first(evidence(exited(3, warning, "panic: no config"))).name == "exited"


def test_a_new_task_is_given_its_grace_period_before_nothing_listens() -> None:
    running = replace(exited(0), status="RUNNING", stop_code="", stopped_reason="", address="10.0.1.5")
    target = Target(
        address="10.0.1.5", state="unhealthy", reason="Target.FailedHealthChecks", description="Health checks failed"
    )
    case = evidence(running, target_groups=(group(target),), running=1, grace_seconds=120)
    assert first(case).name == "in-progress"
    assert first(replace(case, grace_seconds=60)).name == "slow-start"
