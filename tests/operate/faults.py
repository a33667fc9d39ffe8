"""Faults of services, injected by the AWS API or into a process. This file knows nothing of the causes in `colonnade`.

Each begins with a healthy service (revision 1 of `Trial`), except those that are `first`: their first deployment has
the fault. `truth` is the true cause, in words. `test_faults` states which answers of `colonnade why` are right.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.support.injections import (
    LISTENING,
    Fault,
    at_health_check,
    at_start,
    beside,
    changed,
    container,
    secret_from,
    target_group,
)
from tests.support.trials import ACCOUNT, CLUSTER, NAMESPACE, REGION, Trial


def _without_right(trial: Trial) -> None:
    iam, role = trial.client("iam"), f"{trial.name}-execution"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [logs]})
    iam.put_role_policy(RoleName=role, PolicyName="logs", PolicyDocument=document)
    trial.definition["executionRoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    trial.deploy()


def _deleted_secret(trial: Trial) -> None:
    trial.client("secretsmanager").delete_secret(SecretId=trial.secret, ForceDeleteWithoutRecovery=True)
    trial.deploy()


def _other_port(trial: Trial) -> None:
    trial.variable("PORT", str(trial.port + 500))
    trial.deploy()


def _peer(trial: Trial) -> None:
    trial.variable("PEER_URL", f"http://{trial.name}-peer.{NAMESPACE}:8080/status")


def _needs_absent_peer(trial: Trial) -> None:
    _peer(trial)
    at_start("sys.exit(0 if peer_status() == 200 else 1)")(trial)


def _health_needs_peer(trial: Trial) -> None:
    records = {"NamespaceId": trial.cluster.namespace, "DnsRecords": [{"Type": "A", "TTL": 1}]}
    trial.client("servicediscovery").create_service(Name=f"{trial.name}-peer", DnsConfig=records)
    _peer(trial)
    at_health_check("status = peer_status()")(trial)


def _not_executable(trial: Trial) -> None:
    script = trial.folder / "start.sh"
    script.write_text("#!/bin/sh\nexec python app.py\n", encoding="utf-8")
    container(entryPoint=[str(script)], command=[])(trial)


def _without_rule(trial: Trial) -> None:
    made = trial.client("ec2").create_security_group(GroupName=trial.name, Description="Tasks", VpcId=trial.cluster.vpc)
    trial.settings["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = [made["GroupId"]]
    trial.deploy()


def _read_only(trial: Trial) -> None:
    trial.container["readonlyRootFilesystem"] = True
    at_start('open("state.json", "w")')(trial)


def _long_start(trial: Trial) -> None:
    trial.edit(LISTENING, f"__import__('time').sleep(600)\n{LISTENING}")
    trial.deploy(healthCheckGracePeriodSeconds=900)


def _ignores_prefix(trial: Trial) -> None:
    changed('f"{PREFIX}/hello"', '"/hello"')(trial)


def _called(trial: Trial) -> bool:
    """Return True when the new revision runs alone and three requests have been answered."""
    deployed = trial.described()
    revised = str(deployed["taskDefinition"]).endswith(":2") and len(deployed["deployments"]) == 1
    return bool(revised and trial.healthy()) and [trial.call("/hello") for _ in range(3)] == [404, 404, 404]


def _no_weight(trial: Trial) -> None:
    elbv2 = trial.client("elbv2")
    other = elbv2.create_target_group(
        Name=f"{trial.name}-old", Protocol="HTTP", Port=80, VpcId=trial.cluster.vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    groups = [{"TargetGroupArn": trial.target_group, "Weight": 0}, {"TargetGroupArn": other, "Weight": 1}]
    elbv2.modify_rule(RuleArn=trial.rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}])


def _stopped_by_hand(trial: Trial) -> None:
    ecs = trial.client("ecs")
    (task,) = ecs.list_tasks(cluster=CLUSTER, serviceName=trial.name)["taskArns"]
    ecs.stop_task(cluster=CLUSTER, task=task, reason="cost saving")


def _some(states: str, count: int = 1) -> Callable[[Trial], bool]:
    return lambda trial: [each["TargetHealth"]["State"] for each in trial.targets()].count(states) >= count


def _stops(count: int) -> Callable[[Trial], bool]:
    return lambda trial: sum(each["lastStatus"] == "STOPPED" for each in trial.stopped()) >= count


def _always(_trial: Trial) -> bool:
    return True


def _starting(trial: Trial) -> bool:
    described = trial.described()
    return int(described["pendingCount"]) + int(described["runningCount"]) >= 2


FAULTS: tuple[Fault, ...] = (
    Fault(
        name="misspelled-file",
        truth="The container's command names a Python file that the image does not have; python exits with 2.",
        inject=container(command=["ap.py"]),
    ),
    Fault(
        name="no-such-binary",
        truth="The entry point is a program that the image does not have.",
        inject=container(entryPoint=["gunicorn-of-another-image"], command=["app"]),
    ),
    Fault(
        name="shell-finds-nothing",
        truth="A shell is the entry point, and the program in its line does not exist: 127.",
        inject=container(entryPoint=["/bin/sh", "-c", "uvicorn-of-another-image app:app"], command=[]),
    ),
    Fault(
        name="script-without-x",
        truth="The entry point is a script without the permission to execute it.",
        inject=_not_executable,
    ),
    Fault(
        name="requirement-forgotten",
        truth="A Python package that the new version imports is not in the image.",
        inject=changed("import http.server", "import a_package_of_nowhere\nimport http.server"),
    ),
    Fault(
        name="node-module",
        truth="A Node package is not in the image.",
        inject=at_start(
            'print("node:internal/modules/cjs/loader:1148\\n  throw err;\\n  ^\\n", file=sys.stderr)',
            "print(\"Error: Cannot find module 'express'\\nRequire stack:\\n- /app/index.js\", file=sys.stderr)",
            "sys.exit(1)",
        ),
        first=True,
        shown=_stops(2),
    ),
    Fault(
        name="new-setting",
        truth="The new version reads the environment variable ORDERS_TABLE, which the task definition does not set.",
        inject=changed('TOKEN = os.environ["TOKEN"]', 'TOKEN = os.environ["TOKEN"], os.environ["ORDERS_TABLE"]'),
    ),
    Fault(
        name="half-an-edit",
        truth="The program has a syntax error.",
        inject=changed("def peer_status():", "def peer_status(:"),
    ),
    Fault(
        name="off-by-five-hundred",
        truth="The program listens on another port than the one that the load balancer checks.",
        inject=_other_port,
    ),
    Fault(
        name="only-for-me",
        truth="The program listens on 127.0.0.1, which no load balancer reaches.",
        inject=changed('HOST, PORT = os.environ["HOST"]', 'HOST, PORT = "127.0.0.1"'),
    ),
    Fault(
        name="healthz",
        truth="The program answers /healthz, the load balancer requests /health: 404.",
        inject=changed('HEALTH_PATH = "/health"', 'HEALTH_PATH = "/healthz"'),
    ),
    Fault(
        name="check-moved",
        truth="The health check path of the target group was changed to one that the program does not serve.",
        inject=target_group(HealthCheckPath="/ready"),
        shown=_stops(1),
    ),
    Fault(
        name="two-hundred-and-four",
        truth="The target group expects 204, the program answers its health checks with 200.",
        inject=target_group(Matcher={"HttpCode": "204"}),
        shown=_stops(1),
    ),
    Fault(
        name="guarded-door",
        truth="The health check path requires a login: 401.",
        inject=at_health_check("status = 401"),
        first=True,
        shown=_some("unhealthy"),
    ),
    Fault(
        name="no-rule",
        truth="The security group of the tasks has no rule that lets the load balancer in.",
        inject=_without_rule,
        first=True,
        shown=_some("unhealthy"),
    ),
    Fault(
        name="over-there",
        truth="The health check path redirects: 301.",
        inject=at_health_check("status = 301"),
    ),
    Fault(
        name="its-own-fault",
        truth="The program's health check fails inside it: 500.",
        inject=at_health_check('print("ERROR health: no such table: orders", flush=True)', "status = 500"),
    ),
    Fault(
        name="deep-thought",
        truth="An answer to a health check takes longer than its timeout of two seconds.",
        inject=at_health_check("__import__('time').sleep(8)", "status = 200"),
    ),
    Fault(
        name="big-model",
        truth="The program needs ten minutes before it listens, and the grace period is 10 s.",
        inject=at_start('print("INFO loading the model", flush=True)', "__import__('time').sleep(600)"),
        shown=_stops(2),
    ),
    Fault(
        name="unmounted",
        truth="The program is healthy and does not serve its path prefix: 404.",
        inject=_ignores_prefix,
        shown=_called,
    ),
    Fault(
        name="strict-host",
        truth="A framework accepts only known Host headers, and answers 400 to those of the health checks.",
        inject=at_health_check(
            'print("ERROR Invalid HTTP_HOST header: you may need to add it to ALLOWED_HOSTS.", flush=True)',
            "status = 400",
        ),
    ),
    Fault(
        name="only-arguments",
        truth="The entry point holds only arguments, so that the container engine looks for a program of that name.",
        inject=container(entryPoint=["-url"], command=["http://ci.example.com"]),
    ),
    Fault(
        name="native-code",
        truth="The program ends with a segmentation fault: 139.",
        inject=at_start('__import__("ctypes").string_at(0)'),
    ),
    Fault(
        name="root-is-not-health",
        truth="The health check requests /, which the program does not serve: 404.",
        inject=target_group(HealthCheckPath="/"),
        shown=_stops(1),
    ),
    Fault(
        name="secret-gone",
        truth="The secret was deleted.",
        inject=_deleted_secret,
    ),
    Fault(
        name="wrong-key",
        truth="The secret exists, and its JSON has no key `tokken`.",
        inject=secret_from(lambda trial: f"{trial.secret}:tokken::"),
    ),
    Fault(
        name="no-parameter",
        truth="The SSM parameter does not exist.",
        inject=secret_from(lambda trial: f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/trials/{trial.name}/none"),
    ),
    Fault(
        name="right-taken-away",
        truth="The execution role may not read the secret.",
        inject=_without_right,
    ),
    Fault(
        name="never-pushed",
        truth="The registry does not have the image.",
        inject=container(image=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/nothing-here:1.0"),
    ),
    Fault(
        name="shot",
        truth="Someone or something killed the process with SIGKILL.",
        inject=Trial.kill,
        shown=_stops(1),
    ),
    Fault(
        name="heap",
        truth="A Node program reached its heap limit, out of memory, and aborted: 134.",
        inject=at_start(
            'print("<--- Last few GCs --->", file=sys.stderr)',
            'print("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", '
            "file=sys.stderr, flush=True)",
            "os.abort()",
        ),
    ),
    Fault(
        name="full",
        truth="The program writes to a file system without free space.",
        inject=at_start('open("/dev/full", "w", buffering=1).write("cache\\n")'),
    ),
    Fault(
        name="stone-tablet",
        truth="The program writes into its folder, and the root file system is read-only.",
        inject=_read_only,
    ),
    Fault(
        name="lonely",
        truth="The program calls another service at its start, whose name does not exist in Cloud Map.",
        inject=_needs_absent_peer,
    ),
    Fault(
        name="sick-friend",
        truth="The health check of the program depends on another service, which has no running task: 503.",
        inject=_health_needs_peer,
    ),
    Fault(
        name="database-away",
        truth="Nothing listens at the database's address: connection refused.",
        inject=at_start('__import__("socket").create_connection(("127.0.0.1", 9), timeout=2)'),
    ),
    Fault(
        name="old-password",
        truth="The database does not accept the password.",
        inject=at_start(
            'sys.exit(\'psycopg.OperationalError: connection failed: connection to server at "10.0.3.17", port 5432 '
            'failed: FATAL:  password authentication failed for user "orders"\')'
        ),
    ),
    Fault(
        name="not-my-table",
        truth="The task role may not read a DynamoDB table.",
        inject=at_start(
            'sys.exit("botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the '
            "GetItem operation: User: arn:aws:sts::123456789012:assumed-role/task/1 is not authorized to perform: "
            'dynamodb:GetItem on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/orders")'
        ),
    ),
    Fault(
        name="companion",
        truth="An essential container beside the program exits with 3, and takes the task with it.",
        inject=beside("proxy", "-c", "raise SystemExit(3)", essential=True),
    ),
    Fault(
        name="schema",
        truth="The container that must succeed before the program starts exits with 4.",
        inject=beside("migrate", "-c", "print('relation exists'); raise SystemExit(4)", essential=False, first=True),
    ),
    Fault(
        name="pulse",
        truth="The container's own health check command fails.",
        inject=container(healthCheck={"command": ["CMD-SHELL", "exit 1"], "interval": 5, "timeout": 2, "retries": 1}),
    ),
    Fault(
        name="job-done",
        truth="The program ends by itself with 0, as a job does; a service must run on.",
        inject=at_start('print("INFO 42 orders were exported", flush=True)', "sys.exit(0)"),
    ),
    Fault(
        name="twice",
        truth="The port is already in use in the task: two servers of it listen on one port.",
        inject=at_start("first = http.server.HTTPServer((HOST, PORT), Handler)"),
    ),
    Fault(
        name="weekend",
        truth="The desired count of the service is 0.",
        inject=lambda trial: trial.deploy(desiredCount=0),
        shown=lambda trial: trial.described()["runningCount"] == 0,
    ),
    Fault(
        name="by-hand",
        truth="A person stopped the task.",
        inject=_stopped_by_hand,
        shown=_stops(1),
    ),
    Fault(
        name="turned-aside",
        truth="The listener rule gives the service's target group a weight of 0.",
        inject=_no_weight,
        shown=_always,
    ),
    Fault(
        name="unlisted",
        truth="No listener rule forwards to the service any more.",
        inject=lambda trial: trial.client("elbv2").delete_rule(RuleArn=trial.rule),
        shown=_always,
    ),
    Fault(
        name="patience",
        truth="Nothing is wrong: the deployment is in progress.",
        inject=_long_start,
        shown=_starting,
    ),
)
