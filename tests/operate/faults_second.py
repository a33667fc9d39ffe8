"""Faults of services by a second author, who did not know the causes in `colonnade` when writing them.

They are what people ask about Amazon ECS on Fargate. The format is that of `faults`.
"""

from __future__ import annotations

import os
import platform
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import trustme

from tests.support.injections import Fault, at_health_check, at_start, container, secret_from, target_group
from tests.support.trials import ACCOUNT, Trial

_OTHER_MACHINE = {"x86_64": 183}.get(platform.machine(), 62)
"""The ELF number of a CPU that this machine does not have: AArch64, or x86-64."""
_HELD_OPEN: list[socket.socket] = []
"""Sockets that stay open until the end of the tests."""


def _file(name: str, content: bytes, run: Callable[[Trial], None]) -> Callable[[Trial], None]:
    """Return an injection of an executable file beside the program."""

    def inject(trial: Trial) -> None:
        path = trial.folder / name
        path.write_bytes(content)
        path.chmod(0o755)
        run(trial)

    return inject


def _variable(name: str, value: Callable[[], str], *statements: str) -> Callable[[Trial], None]:
    """Return an injection of a variable, and of statements that use it before the program listens."""

    def inject(trial: Trial) -> None:
        trial.variable(name, value())
        at_start(*statements)(trial)

    return inject


def _program_of_another_cpu() -> bytes:
    identity = b"\x7fELF\x02\x01\x01" + bytes(9)
    return identity + struct.pack("<HHIQQQIHHHHHH", 2, _OTHER_MACHINE, 1, 0x400000, 64, 0, 0, 64, 56, 0, 0, 0, 0)


def _silent_address() -> str:
    """Return the address of a port where no connection is ever made, as behind a security group without the rule."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    callers = [socket.socket() for _ in range(3)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex(listener.getsockname())
    _HELD_OPEN.extend([listener, *callers])
    return f"127.0.0.1:{listener.getsockname()[1]}"


def _private_https() -> str:
    """Return the URL of a server whose certificate is issued by a certificate authority that no client trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://127.0.0.1:{server.server_port}/keys"


def _marked_for_deletion(trial: Trial) -> None:
    trial.client("secretsmanager").delete_secret(SecretId=trial.secret, RecoveryWindowInDays=7)
    trial.deploy()


def _renamed_role(trial: Trial) -> None:
    trial.definition["executionRoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/execution-of-last-year"
    trial.deploy()


def _without_log_group(trial: Trial) -> None:
    trial.client("logs").delete_log_group(logGroupName=trial.log_group)
    trial.deploy()


def _without_task_role(trial: Trial) -> None:
    del trial.definition["taskRoleArn"]
    at_start("import boto3", "print(boto3.client('s3').list_buckets()['Buckets'])")(trial)


def _folder_of_another_user(trial: Trial) -> None:
    folder = trial.folder / "data"
    folder.mkdir(mode=0o500)
    if folder.owner() == "root":  # who may write everywhere, but not into a folder of a user that the task lacks
        os.chown(folder, 54321, 54321)
    at_start("open('data/cache.db', 'w').close()")(trial)


def _few_files(trial: Trial) -> None:
    trial.container["ulimits"] = [{"name": "nofile", "softLimit": 32, "hardLimit": 32}]
    at_start("import socket", "pool = [socket.socket() for _ in range(64)]")(trial)


def _port_in_words(trial: Trial) -> None:
    trial.variable("PORT", "http")
    trial.deploy()


def _behind_proxy(trial: Trial) -> None:
    """Make the app wait for a second container to be healthy, whose health check always fails."""
    proxy = {
        **{key: trial.container[key] for key in ("image", "workingDirectory", "logConfiguration")},
        "name": "proxy",
        "essential": True,
        "command": ["-c", "import time; time.sleep(900)"],
        "healthCheck": {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2},
        "startTimeout": 20,
        "stopTimeout": 2,
    }
    trial.definition["containerDefinitions"].append(proxy)
    trial.container["dependsOn"] = [{"containerName": "proxy", "condition": "HEALTHY"}]
    trial.deploy()


def _other_check_port(trial: Trial) -> None:
    target_group(HealthCheckPort=str(trial.port + 700))(trial)


def _no_room(trial: Trial) -> None:
    percents = {"minimumHealthyPercent": 100, "maximumPercent": 150}
    breaker = {"enable": True, "rollback": True}
    trial.deploy(deploymentConfiguration={"deploymentCircuitBreaker": breaker, **percents})


def _without_breaker(trial: Trial) -> None:
    del trial.settings["deploymentConfiguration"]["deploymentCircuitBreaker"]
    at_start("raise RuntimeError('the licence of this installation ended on 1 November')")(trial)


def _in_front(trial: Trial) -> None:
    """Answer the requests of the service by another rule, which comes first."""
    elbv2 = trial.client("elbv2")
    old = elbv2.describe_rules(RuleArns=[trial.rule])["Rules"][0]["Priority"]
    elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": trial.rule, "Priority": 1000 + int(old)}])
    elbv2.create_rule(
        ListenerArn=trial.cluster.listener,
        Priority=int(old),
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{trial.name}*"]}}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "MessageBody": "Back soon"}}],
    )


def _unhealthy(trial: Trial) -> bool:
    """Return True if a task has been stopped because of its health checks."""
    return any("health checks" in str(each["stoppedReason"]) for each in trial.stopped())


def _ended(times: int, trial: Trial) -> bool:
    """Return True if that many tasks have ended by themselves."""
    return sum(1 for each in trial.stopped() if each["stopCode"] == "EssentialContainerExited") >= times


def _stands_still(trial: Trial) -> bool:
    """Return True if the newest deployment is in progress for half a minute, without a task."""
    newest = trial.described()["deployments"][0]
    waits = time.time() - newest["createdAt"].timestamp() > 30
    return bool(waits and newest["rolloutState"] == "IN_PROGRESS" and not newest["runningCount"])


SECOND_FAULTS = (
    Fault(
        name="dockerignore",
        truth="The program reads a file at its start that is not in the image.",
        inject=at_start("rules = open('config/production.yaml').read()"),
    ),
    Fault(
        name="apple-silicon",
        truth="The image is built for another CPU architecture than the task's.",
        inject=_file("server", _program_of_another_cpu(), container(entryPoint=["./server"], command=[])),
    ),
    Fault(
        name="from-windows",
        truth="The start script has Windows line endings, so that its interpreter 'bash\\r' is not found.",
        inject=_file(
            "start.sh",
            b"#!/usr/bin/env bash\r\nexec python app.py\r\n",
            container(entryPoint=["./start.sh"], command=[]),
        ),
    ),
    Fault(
        name="by-its-name",
        truth="`valueFrom` has the secret's name and not its ARN, so that ECS looks for a parameter of that name.",
        inject=secret_from(lambda trial: f"trials/{trial.name}"),
    ),
    Fault(
        name="two-colons",
        truth="`valueFrom` is an ARN with an incomplete tail: after the JSON key two colons are missing.",
        inject=secret_from(lambda trial: f"{trial.secret}:token"),
    ),
    Fault(
        name="seven-days",
        truth="The secret is scheduled for deletion and cannot be read.",
        inject=_marked_for_deletion,
    ),
    Fault(
        name="last-year",
        truth="ECS cannot assume the execution role: it does not exist (or does not trust ecs-tasks).",
        inject=_renamed_role,
    ),
    Fault(
        name="tidy-logs",
        truth="The log group of the task definition does not exist, so that no container is started.",
        inject=_without_log_group,
    ),
    Fault(
        name="next-door",
        truth="The target group's health check has a port of its own, at which the app does not listen.",
        inject=_other_check_port,
        shown=_unhealthy,
    ),
    Fault(
        name="encrypted",
        truth="The target group's health check speaks HTTPS, and the app HTTP.",
        inject=target_group(HealthCheckProtocol="HTTPS"),
        shown=_unhealthy,
    ),
    Fault(
        name="no-probe",
        truth="The container's health check fails: its command is a program that is not in the image.",
        inject=container(
            healthCheck={"command": ["CMD-SHELL", "grpc_health_probe -addr=:50051"], "interval": 5, "retries": 2}
        ),
    ),
    Fault(
        name="wait-for-it",
        truth="The start script waits for the database, which never answers, so that the app never listens.",
        inject=container(
            entryPoint=["sh", "-c"],
            command=[
                "until python -c \"import socket; socket.create_connection(('localhost', 5432), 1)\" 2>/dev/null; "
                "do echo 'Waiting for postgres at localhost:5432 ...'; sleep 2; done; exec python app.py"
            ],
        ),
    ),
    Fault(
        name="renamed-host",
        truth="The host name of the database in a variable does not exist in DNS.",
        inject=_variable(
            "DB_HOST",
            lambda: "orders-db.cluster-c1example.eu-west-1.rds.amazonaws.com",
            "import socket",
            "database = socket.create_connection((os.environ['DB_HOST'], 5432), timeout=3)",
        ),
    ),
    Fault(
        name="closed-gate",
        truth="Connections to the database time out: a security group (or route) between the two lets nothing through.",
        inject=_variable(
            "DB_ADDRESS",
            _silent_address,
            "import socket",
            "host, port = os.environ['DB_ADDRESS'].split(':')",
            "database = socket.create_connection((host, int(port)), timeout=3)",
        ),
    ),
    Fault(
        name="unknown-authority",
        truth="The program does not trust the certificate of the server that it calls at its start.",
        inject=_variable(
            "KEYS_URL", _private_https, "keys = urllib.request.urlopen(os.environ['KEYS_URL'], timeout=5).read()"
        ),
    ),
    Fault(
        name="not-migrated",
        truth="A table is missing in the database: the migration of its schema has not run.",
        inject=at_start(
            "import sqlite3", "known = sqlite3.connect(':memory:').execute('SELECT id FROM orders').fetchall()"
        ),
    ),
    Fault(
        name="folder-of-root",
        truth="The user of the container may not write to the folder in which the program creates a file.",
        inject=_folder_of_another_user,
    ),
    Fault(
        name="many-files",
        truth="The program opens more files than the container's limit `nofile` allows.",
        inject=_few_files,
    ),
    Fault(
        name="port-in-words",
        truth="A variable has a value that the program cannot read: PORT is not a number.",
        inject=_port_in_words,
    ),
    Fault(
        name="upgraded",
        truth="The version of a package does not fit: a name that the program imports is no longer in it.",
        inject=at_start("from werkzeug.urls import url_quote"),
    ),
    Fault(
        name="slim-image",
        truth="A shared library is not in the image.",
        inject=at_start("import ctypes", "driver = ctypes.CDLL('libmysqlclient.so.21')"),
    ),
    Fault(
        name="asgi",
        truth="The command names a module that does not exist in the container's working directory.",
        inject=container(command=["-m", "uvicorn", "--host", "0.0.0.0", "main:app"]),  # noqa: S104
    ),
    Fault(
        name="no-credentials",
        truth="The task has no task role, so that the AWS SDK finds no credentials.",
        inject=_without_task_role,
    ),
    Fault(
        name="no-bucket",
        truth="The S3 bucket that the program reads does not exist.",
        inject=at_start("import boto3", "boto3.client('s3').list_objects_v2(Bucket='reports-of-the-trial')"),
    ),
    Fault(
        name="localhost",
        truth="The program connects to Redis at localhost, where none runs: the address is not set.",
        inject=_file(
            "server.js",
            b"const redis = require('node:net').connect(6379, 'localhost');\n"
            b"redis.on('connect', () => require('node:http').createServer().listen(process.env.PORT));\n",
            container(entryPoint=["node"], command=["server.js"]),
        ),
    ),
    Fault(
        name="no-room",
        truth="The deployment cannot begin: with one task, 100 % to 150 % allow neither start nor stop.",
        inject=_no_room,
        shown=_stands_still,
    ),
    Fault(
        name="proxy-not-ready",
        truth="The app's container waits for its sidecar to be healthy, which it never is.",
        inject=_behind_proxy,
    ),
    Fault(
        name="without-a-word",
        truth="The program ends itself with exit code 3 and writes no reason.",
        inject=at_start("sys.exit(3)"),
    ),
    Fault(
        name="no-breaker",
        truth="The program ends at its start with an error of its own (its licence); ECS starts it again without end.",
        inject=_without_breaker,
        shown=partial(_ended, 3),
        first=True,
    ),
    Fault(
        name="poison",
        truth="Some seconds after each start the program ends with an error of its own: a KeyError in its consumer.",
        inject=at_start(
            "import threading, time, traceback",
            "def consume():",
            "    time.sleep(15)",
            "    try:",
            "        print({'id': 7}['order_id'])",
            "    except KeyError:",
            "        traceback.print_exc()",
            "        os._exit(1)",
            "threading.Thread(target=consume).start()",
        ),
        shown=partial(_ended, 3),
    ),
    Fault(
        name="back-soon",
        truth="Another listener rule comes first and answers the requests of the service itself.",
        inject=_in_front,
        shown=lambda trial: trial.call("/hello") == 503,
    ),
    Fault(
        name="counted",
        truth="The app answers health checks with 429: its rate limit counts them.",
        inject=at_health_check("status = 429"),
    ),
    Fault(
        name="no-answer",
        truth="The app's handler of the health check raises an AttributeError and closes the connection unanswered.",
        inject=at_health_check("status = 200 if self.database.ping() else 503"),
    ),
    Fault(
        name="settings-class",
        truth="An environment variable that the program requires is not set: DATABASE_URL.",
        inject=at_start(
            "from pydantic_settings import BaseSettings",
            "class Settings(BaseSettings):",
            "    database_url: str",
            "Settings()",
        ),
    ),
)
