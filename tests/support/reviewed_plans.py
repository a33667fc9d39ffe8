"""A small shop and changes to it, planned by the real Terraform once, and reviewed.

`orders` calls `users`; the path of `stock` is below that of `orders`. Changes that synthesis refuses or has no option
for are edits of the synthesized JSON.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.service_settings import SecretSettings, ServiceSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.migration.phases import MigrationSettings
from colonnade.model.service.declaration import Service
from colonnade.review.command import review_plan
from tests.support import specs
from tests.support.followed_steps import take_over
from tests.support.joint_plans import Change, Planned, planned_together
from tests.support.plans import Base, applied
from tests.support.project import MESSAGE_BOARD
from tests.support.synth import Stack, synthesize
from tests.support.terraform import emulated_account

SECRET = "correct horse battery staple"
CLASHING_PREFIX = "/people-24493"
"""A path prefix whose computed priority is equal to that of '/users'."""

ORDERS = specs.service("orders", calls=("users",))
USERS = specs.service("users")
STOCK = specs.service("stock", path_prefix="/orders/stock")
INVOICES = specs.service("invoices", calls=("orders",))
PEOPLE = specs.service("people", path_prefix=CLASHING_PREFIX, rule_priority=34_116)
ENVIRONMENT = specs.environment(ORDERS, USERS, STOCK, INVOICES, PEOPLE, *MESSAGE_BOARD.services)

Document = dict[str, Any]
Phase = Literal["attached", "canary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The output of the command for one real plan."""

    planned: Planned
    markdown: str
    exit_status: int

    @property
    def top(self) -> list[str]:
        """The lines that are not folded, without empty ones."""
        return [line for line in self.markdown.partition("<details>")[0].splitlines() if line]

    def again(self, allow: Sequence[str]) -> Reviewed:
        """Review the same plan with approvals."""
        return reviewed(self.planned, allow)


def reviewed(planned: Planned, allow: Sequence[str] = ()) -> Reviewed:
    """Review a plan with its graph, as the command does for a saved plan, and with services that wait for tasks."""
    plan, graph = planned.shown.with_name("declared.json"), planned.shown.with_name("declared.dot")
    plan.write_text(json.dumps(planned.as_declared()), encoding="utf-8")
    graph.write_text(planned.graph, encoding="utf-8")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = review_plan(str(plan), graph=graph, allow=allow)
    return Reviewed(planned=planned, markdown=output.getvalue(), exit_status=status)


class Shop:
    """The shop's plans: those of `FEW` are made together, and later all others."""

    def __init__(self, base: Base, folder: Path) -> None:
        self._base = base
        self._folder = folder
        self._planned: dict[str, Planned] = {}

    def planned(self, request: str) -> Planned:
        """Return the plan for the request of that name in REQUESTS."""
        if request not in self._planned:
            names = FEW if request in FEW else [name for name in REQUESTS if name not in FEW]
            changes = {name: self._change(name) for name in names}
            self._planned |= planned_together(changes, self._folder / names[0])
        return self._planned[request]

    @functools.cache  # noqa: B019 - one entry per request, for one session
    def review(self, request: str) -> Reviewed:
        """Return the review of the plan for the request of that name in REQUESTS."""
        return reviewed(self.planned(request))

    def _change(self, request: str) -> Change:
        base = replace(self._base, with_state=request != "first_deployment")
        return Change(base=base, stack=REQUESTS[request]())


@contextlib.contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    """Apply the shop to an emulator that runs until the block ends."""
    looks_up = folder / "existing" / "stacks" / "shop" / "cdk.tf.json"
    looks_up.parent.mkdir(parents=True)
    looks_up.write_text(_connected().text, encoding="utf-8")
    with account(existing=[folder / "existing"]) as made:
        yield Shop(applied(made, as_it_is(), folder / "shop"), folder / "plans")


@contextlib.contextmanager
def message_board_plan(folder: Path, *, before: Phase, after: Phase) -> Iterator[Reviewed]:
    """Yield the review of a step of message_board's migration, between two phases of all its services."""
    with account() as made:
        base = applied(made, _message_board(before), folder)
        change = Change(base=base, stack=_message_board(after))
        yield reviewed(planned_together({"step": change}, folder / "plan")["step"])


def account(existing: Sequence[Path] = ()) -> Any:
    """Run an emulated account of the environment, with what stacks look up, until the block ends."""
    where = ENVIRONMENT
    return emulated_account(
        account_id=where.account_id,
        region=where.region,
        zone_name=where.zone_name,
        state_bucket=where.state_bucket,
        existing=existing,
    )


def _message_board(phase: Phase) -> Stack:
    settings = {MESSAGE_BOARD.name: MigrationSettings(phase=phase, canary_percent=10)}
    return synthesize(replace(ENVIRONMENT, migration=settings), MESSAGE_BOARD)[MESSAGE_BOARD.name]


def as_it_is() -> Stack:
    return _stack(ORDERS, USERS, STOCK)


def _stack(*services: Service, environment: Environment = ENVIRONMENT, **fields: Any) -> Stack:
    return synthesize(environment, specs.deployment(*services, **fields))["shop"]


def _edited(edit: Callable[[Document], None]) -> Stack:
    stack = as_it_is()
    document: Document = json.loads(stack.text)
    edit(document)
    return replace(stack, text=json.dumps(document))


def _one(document: Document, type_: str, id_start: str) -> Document:
    """Return the one resource of a type whose id begins with `id_start`."""
    (found,) = (body for id_, body in document["resource"][type_].items() if id_.startswith(id_start))
    body: Document = found
    return body


def _open_to_the_internet(document: Document) -> None:
    (group,) = (id_ for id_ in document["resource"]["aws_security_group"] if id_.startswith("orders_"))
    document["resource"]["aws_vpc_security_group_ingress_rule"]["orders_tasks_ingress_from_anywhere"] = {
        "security_group_id": f"${{aws_security_group.{group}.id}}",
        "ip_protocol": "tcp",
        "from_port": 8000,
        "to_port": 8100,
        "cidr_ipv4": "0.0.0.0/0",
    }


def _allow_everything(document: Document) -> None:
    policy = _one(document, "aws_iam_role_policy", "orders_")
    text = json.loads(policy["policy"])
    text["Statement"].append({"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]})
    policy["policy"] = json.dumps(text)


def _shadow(document: Document) -> None:
    rule = _one(document, "aws_lb_listener_rule", "listener_rules_orders_this_")
    rule["priority"] = 7
    rule["condition"] = [{"path_pattern": {"values": ["/orders*"]}}]


def _rename_load_balancer(document: Document) -> None:
    _one(document, "aws_lb", "ShopLB")["name"] = "another-name"


def _tag_everything(document: Document) -> None:
    document["provider"]["aws"][0]["default_tags"][0]["tags"]["Team"] = "shop"


def _hide_a_secret(document: Document) -> None:
    definition = _one(document, "aws_ecs_task_definition", "orders_")
    (container,) = json.loads(definition["container_definitions"])
    container["environment"].append({"name": "PASSWORD", "value": "${var.password}"})
    definition["container_definitions"] = json.dumps([container])
    document["variable"] = {"password": {"type": "string", "sensitive": True, "default": SECRET}}


def _set_a_variable(document: Document) -> None:
    definition = _one(document, "aws_ecs_task_definition", "orders_")
    (container,) = json.loads(definition["container_definitions"])
    container["environment"].append({"name": "FOO", "value": SECRET})
    container["image"] = container["image"].replace(":1.0.0", ":1.1.0")
    definition["container_definitions"] = json.dumps([container])


def _do_everything_wrong(document: Document) -> None:
    for edit in (_open_to_the_internet, _allow_everything, _shadow, _hide_a_secret):
        edit(document)
    _one(document, "aws_ecs_service", "users_")["desired_count"] = 0


def _renamed() -> Service:
    return specs.service("people", path_prefix="/users", image_name="users")


def _attached() -> Stack:
    """Return the first printed step of the rename."""
    step = next(iter(take_over(specs.deployment(ORDERS, USERS, STOCK), "users", _renamed())))
    return synthesize(step.environment(ENVIRONMENT), step.deployment)["shop"]


def _with_network(vpc_cidr: str) -> Environment:
    return replace(ENVIRONMENT, network=replace(ENVIRONMENT.network, vpc_cidrs={"shop": vpc_cidr}))


def _connected() -> Stack:
    """Return the shop in an environment with other settings for `orders`, which connects to three things outside."""
    connections = {
        "orders-db": ConnectionSettings(
            port=5432, host="db.example.com", security_group_id="sg-0a1b2c3d4e5f60718", manage_ingress=True
        ),
        "cache": ConnectionSettings(port=6379, host="10.9.1.1", cidr="10.9.0.0/16", variable="CACHE"),
        "mail": ConnectionSettings(port=587, host="mail.example.com", prefix_list_id="pl-0a1b2c3d4e5f60718"),
    }
    settings = ServiceSettings(
        desired_count=4,
        memory_mib=1024,
        capacity={"FARGATE": 1, "FARGATE_SPOT": 3},
        capacity_base=1,
        variables={"LOG_LEVEL": "debug"},
        secrets={"PAYMENT_KEY": SecretSettings(secrets_manager="shop/payment", json_key="key")},
        connections=tuple(connections),
    )
    own = DeploymentSettings(services={"orders": settings}, connections=connections)
    return _stack(ORDERS, USERS, STOCK, environment=replace(ENVIRONMENT, deployments={"shop": own}))


def _on_spot() -> Environment:
    return replace(ENVIRONMENT, tasks=replace(ENVIRONMENT.tasks, capacity_provider="FARGATE_SPOT"))


REQUESTS: Mapping[str, Callable[[], Stack]] = {
    "no_change": as_it_is,
    "new_service": lambda: _stack(ORDERS, USERS, STOCK, INVOICES),
    "removed_service": lambda: _stack(ORDERS, USERS),
    "image_change": lambda: _edited(_set_a_variable),
    "prefix_change": lambda: _stack(ORDERS, replace(USERS, path_prefix="/members"), STOCK),
    "priority_clash_avoided": lambda: _stack(ORDERS, USERS, STOCK, PEOPLE),
    "cpu_change": lambda: _stack(replace(ORDERS, cpu_units=512, memory_mib=1024, architecture="ARM64"), USERS, STOCK),
    "port_change": lambda: _stack(ORDERS, replace(USERS, container_port=9090), STOCK),
    "cidr_change": lambda: _stack(ORDERS, USERS, STOCK, environment=_with_network("10.9.0.0/16")),
    "no_tasks": lambda: _stack(ORDERS, replace(USERS, desired_count=0), STOCK),
    "opened_security_group": lambda: _edited(_open_to_the_internet),
    "wider_iam": lambda: _edited(_allow_everything),
    "shadowed_path": lambda: _edited(_shadow),
    "replaced_load_balancer": lambda: _edited(_rename_load_balancer),
    "spot": lambda: _stack(ORDERS, USERS, STOCK, environment=_on_spot()),
    "connections_and_settings": _connected,
    "renamed_service": lambda: _stack(replace(ORDERS, calls=("people",)), _renamed(), STOCK),
    "attached_successor": _attached,
    "swapped_prefixes": lambda: _stack(
        replace(ORDERS, path_prefix="/users"),
        replace(USERS, path_prefix="/orders"),
        replace(STOCK, path_prefix="/stock"),
    ),
    "dropped_call": lambda: _stack(replace(ORDERS, calls=()), USERS, STOCK),
    "no_namespace": lambda: _stack(replace(ORDERS, calls=()), USERS, STOCK, namespace=None),
    "no_domain": lambda: _stack(ORDERS, USERS, STOCK, subdomain=None),
    "tags_alone": lambda: _edited(_tag_everything),
    "first_deployment": as_it_is,
    "everything_wrong": lambda: _edited(_do_everything_wrong),
}
"""The changes that can be planned for the shop, by name."""
FEW = ("new_service", "everything_wrong")
"""The requests that `make test` plans; the others are slow in sum."""
