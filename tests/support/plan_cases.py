"""Resources of small plans, for tables of plans that a review must block or let pass.

Each function returns an entry of `resource_changes`, or a list of them.
"""

from __future__ import annotations

import json
from typing import Any

from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.plan.document import read_plan
from tests.support.plan_documents import change, text

Entry = dict[str, Any]
OWN, OTHER = "111122223333", "999988887777"
LB = f"arn:aws:elasticloadbalancing:eu-west-1:{OWN}:loadbalancer/app/shop/1"
HTTPS = f"arn:aws:elasticloadbalancing:eu-west-1:{OWN}:listener/app/shop/1/443"
HTTP = f"arn:aws:elasticloadbalancing:eu-west-1:{OWN}:listener/app/shop/1/80"
WORLD = "0.0.0.0/0"
OIDC = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}
SUB = "token.actions.githubusercontent.com:sub"


def findings(entries: list[Entry], **fields: Any) -> tuple[Finding, ...]:
    """Return the findings of the plan with these entries; `fields` are others of its document."""
    return analyze(read_plan(text(*entries, **fields))).findings


def interruption_findings(*entries: Entry) -> dict[str, Finding]:
    """Return the findings about interruptions by address."""
    return {each.address: each for each in findings(list(entries)) if each.kind is Kind.INTERRUPTION}


def blocked(entries: list[Entry], **fields: Any) -> list[str]:
    """Return the findings of the plan with these entries in words; empty if it passes."""
    return [f"{each.address} {each.rule}: {each.reason}" for each in findings(entries, **fields)]


def is_found(rule: str, entries: list[Entry]) -> bool:
    """Return True if the rule finds the change, and finds nothing in the same resources without it."""
    unchanged = [
        {**each, "change": {**each["change"], "actions": ["no-op"], "before": side, "after": side}}
        for each in entries
        for side in [each["change"]["before"] or each["change"]["after"]]
    ]
    found, without = ({each.rule for each in findings(case)} for case in (entries, unchanged))
    return rule in found and rule not in without


def edited(address: str, before: Entry, after: Entry, **fields: Any) -> Entry:
    """Return an update of some arguments of a resource with an id."""
    return change(address, {"id": "x", **before}, {"id": "x", **after}, **fields)


def destroyed(type_: str, **values: Any) -> Entry:
    return change(f"{type_}.this", {"id": "x", **values}, None)


def created(type_: str, **values: Any) -> Entry:
    return change(f"{type_}.this", None, values)


def there(address: str, **values: Any) -> Entry:
    return change(address, values, values)


def group_arn(service: str) -> str:
    return f"arn:aws:elasticloadbalancing:eu-west-1:{OWN}:targetgroup/{service}/1"


def service(name: str, before: Entry | None = None, after: Entry | None = None) -> list[Entry]:
    """Return the ECS service, target group and security group of a service, unchanged unless values are given."""
    values = {"desired_count": 2, "load_balancer": [{"target_group_arn": group_arn(name), "container_port": 8080}]}
    container = {"name": name, "image": "a", "portMappings": [{"containerPort": 8080}]}
    definition = {"container_definitions": json.dumps([container])}
    return [
        change(
            f"aws_ecs_service.{name}_service_this_0A1B2C3D", {**values, **(before or {})}, {**values, **(after or {})}
        ),
        there(
            f"aws_lb_target_group.{name}_service_target_group_this_0A1B2C3D", id=group_arn(name), arn=group_arn(name)
        ),
        there(f"aws_security_group.{name}_tasks_this_0A1B2C3D", id=f"sg-{name}"),
        there(f"aws_ecs_task_definition.{name}_service_task_definition_0A1B2C3D", **definition),
    ]


def removed(name: str) -> list[Entry]:
    """Return the service with all of its resources destroyed, without its listener rule."""
    return [change(each["address"], each["change"]["before"], None) for each in service(name)]


def listener(port: int = 443, before: Entry | None = None, after: Entry | None = None) -> Entry:
    """Return the HTTPS or HTTP listener of the load balancer, unchanged unless values are given."""
    name, arn = ("https", HTTPS) if port == 443 else ("http", HTTP)
    values = {
        "id": arn,
        "arn": arn,
        "load_balancer_arn": LB,
        "port": port,
        "protocol": name.upper(),
        "default_action": [NOT_FOUND],
    }
    values |= {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"} if port == 443 else {}
    return change(f"aws_lb_listener.{name}", {**values, **(before or {})}, {**values, **(after or {})})


NOT_FOUND = {"type": "fixed-response", "fixed_response": [{"status_code": "404"}]}
BALANCER = there("aws_lb.this", id=LB, arn=LB, security_groups=["sg-lb"])
BALANCER_GROUP = there("aws_security_group.balancer", id="sg-lb")
FRONT = [BALANCER, BALANCER_GROUP, listener()]


def forward(name: str) -> Entry:
    return {"type": "forward", "target_group_arn": group_arn(name)}


def redirect(**parts: Any) -> Entry:
    return {"type": "redirect", "redirect": [{"protocol": "HTTPS", "port": "443", "host": "#{host}", **parts}]}


def login(**parts: Any) -> Entry:
    oidc = {"issuer": "https://login.example.com", "client_id": "shop", "on_unauthenticated_request": "authenticate"}
    return {"type": "authenticate-oidc", "authenticate_oidc": [{**oidc, **parts}]}


def paths(*patterns: str) -> Entry:
    return {"path_pattern": [{"values": list(patterns)}]}


def hosts(*names: str) -> Entry:
    return {"host_header": [{"values": list(names)}]}


def sources(*blocks: str) -> Entry:
    return {"source_ip": [{"values": list(blocks)}]}


def rule_values(priority: int, conditions: list[Entry], *actions: Entry, listener_arn: str = HTTPS) -> Entry:
    return {"listener_arn": listener_arn, "priority": priority, "condition": conditions, "action": list(actions)}


def rule(name: str, before: Entry | None, after: Entry | None) -> Entry:
    return change(f"aws_lb_listener_rule.{name}", before, after)


def orders_rule(*conditions: Entry, actions: tuple[Entry, ...] = (), priority: int = 10, **fields: Any) -> Entry:
    """Return the values of the rule for /orders, unless other conditions or actions are given."""
    found = list(conditions) or [paths("/orders", "/orders/*")]
    return rule_values(priority, found, *(actions or (forward("orders"),)), **fields)


def opening(cidrs: list[str], before: list[str] | None = None, **fields: Any) -> Entry:
    """Return a rule of a security group for port 443 from address blocks."""
    values = {"type": "ingress", "security_group_id": "sg-x", "protocol": "tcp", "from_port": 443, "to_port": 443}
    former = {**values, "cidr_blocks": before} if before is not None else None
    return change("aws_security_group_rule.this", former, {**values, "cidr_blocks": cidrs}, **fields)


def ingress(name: str, **values: Any) -> Entry:
    """Return the values of a rule of a service's security group for its port."""
    return {"security_group_id": f"sg-{name}", "ip_protocol": "tcp", "from_port": 8080, "to_port": 8080, **values}


def statement(action: Any, resource: Any = None, principal: Any = None, **more: Any) -> Entry:
    found = {"Effect": "Allow", "Action": action, **more}
    if resource is not None:
        found["Resource"] = resource
    return found | ({"Principal": principal} if principal is not None else {})


def policy(type_: str, *statements: Entry, argument: str = "policy", **values: Any) -> list[Entry]:
    """Return a policy that gains statements, in an account that the plan shows."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    topic = f"arn:aws:sns:eu-west-1:{OWN}:own"
    return [there("aws_sns_topic.own", id=topic, arn=topic), created(type_, **values, **{argument: document})]


def trust(action: str, principal: Any, **condition: Any) -> list[Entry]:
    more = {"Condition": condition} if condition else {}
    return policy("aws_iam_role", statement(action, principal=principal, **more), argument="assume_role_policy")


def tasks(before: Entry | None, after: Entry, **values: Any) -> Entry:
    """Return a task definition whose one container has other fields."""
    log = {"logConfiguration": {"logDriver": "awslogs"}}
    sides = [
        {"container_definitions": json.dumps([{"name": "a", "image": "a", **log, **fields}]), **extra}
        if fields is not None
        else None
        for fields, extra in ((before, {}), (after, values))
    ]
    return change("aws_ecs_task_definition.a", *sides)
