"""Claims about the reviews of real plans, one for each kind of change in a pull request."""

from __future__ import annotations

import json

import pytest
from syrupy.assertion import SnapshotAssertion

from colonnade.model.errors import ConfigurationError
from tests.support import specs
from tests.support.apply_order import Operation
from tests.support.reviewed_plans import (
    CLASHING_PREFIX,
    ENVIRONMENT,
    ORDERS,
    PEOPLE,
    REQUESTS,
    SECRET,
    STOCK,
    USERS,
    Shop,
)
from tests.support.synth import synthesize

pytestmark = [
    pytest.mark.synth,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.xdist_group("review"),
    pytest.mark.timeout(1200),
]

STATUSES = {
    "port_change": 3,
    "prefix_change": 3,
    "renamed_service": 3,
    "swapped_prefixes": 3,
    "no_namespace": 3,
    "removed_service": 3,
    "cidr_change": 3,
    "no_tasks": 3,
    "opened_security_group": 3,
    "wider_iam": 3,
    "replaced_load_balancer": 3,
    "no_domain": 3,
    "first_deployment": 3,
    "everything_wrong": 3,
    "shadowed_path": 3,
}
"""The exit statuses of the blocked requests; the others have 0."""


@pytest.mark.parametrize("request_", REQUESTS)
def test_visible_part_of_each_review(shop: Shop, request_: str, snapshot: SnapshotAssertion) -> None:
    review = shop.review(request_)
    assert "\n".join(review.top) == snapshot
    assert review.exit_status == STATUSES.get(request_, 0)


def _summary(shop: Shop, request_: str) -> str:
    return "\n".join(shop.review(request_).top)


def test_plan_without_changes_has_a_one_line_review(shop: Shop) -> None:
    assert shop.review("no_change").markdown == "**No changes.**\n"


def test_removal_of_a_service_is_blocked_by_its_ecs_service_and_target_group(shop: Shop) -> None:
    summary = _summary(shop, "removed_service")
    assert "destroys an ECS service" in summary
    assert "destroys a target group" in summary
    assert "**stock** removed" in summary
    assert "closed load balancer → stock:8080" in summary
    assert "- `/orders/stock/*`: stock → orders" in shop.review("removed_service").markdown


def test_renamed_service_is_blocked_with_the_steps_of_a_migration_and_its_first_step_passes(shop: Shop) -> None:
    review = shop.review("renamed_service")
    assert "interrupts: requests to /users get 503" in _summary(shop, "renamed_service")
    trace_and_steps = [line.split(".")[0].strip() for line in review.top if line.startswith("  ")]
    of_requests, of_calls = [*"123", "Instead:", *"12345"], [*"1234", "Instead:", *"12"]
    assert trace_and_steps == [*of_requests, *of_calls]
    assert shop.review("attached_successor").exit_status == 0


def test_swapped_prefixes_are_blocked_at_both_services(shop: Shop) -> None:
    summary = _summary(shop, "swapped_prefixes")
    assert "interrupts /users: orders serves /orders" in summary
    assert "interrupts /orders: users serves /users" in summary


def test_dropped_call_closes_its_rules_after_the_callers_new_revision(shop: Shop) -> None:
    review = shop.review("dropped_call")
    assert "closed orders → users:8080" in "\n".join(review.top)
    changes = json.loads(review.planned.shown.read_text())["resource_changes"]
    destroyed = [each["address"] for each in changes if each["change"]["actions"] == ["delete"]]
    (caller,) = (each["address"] for each in changes if each["address"].startswith("aws_ecs_service.orders_"))
    assert len(destroyed) == 2
    order = shop.planned("dropped_call").order
    revision = Operation(caller, "apply")
    assert [order.before(revision, Operation(each, "destroy")) for each in destroyed] == [True, True]


def test_dropped_namespace_interrupts_calls(shop: Shop) -> None:
    assert "destroys a namespace: calls to names in it fail" in _summary(shop, "no_namespace")


def test_image_is_reported_by_tag_and_variable_only_by_name(shop: Shop) -> None:
    review = shop.review("image_change")
    assert "**orders** image `1.0.0` → `1.1.0`; environment + `FOO`" in review.markdown
    assert "1 new task definition revision**" in review.markdown
    assert "0 replaced" in review.markdown
    assert SECRET not in review.markdown


def test_changed_prefix_is_reported_with_the_new_owner_of_the_old_paths(shop: Shop) -> None:
    review = shop.review("prefix_change")
    assert "Paths `/members`, `/members/*` go to users" in review.markdown
    assert "Paths `/users`, `/users/*` no longer go to users" in review.markdown
    assert "- `/users`: users → fixed response 404" in review.markdown


def test_priority_clash_fails_the_synthesis_and_the_next_free_priority_is_reported(shop: Shop) -> None:
    clashing = specs.service("people", path_prefix=CLASHING_PREFIX)
    with pytest.raises(ConfigurationError, match="is taken by service 'users'"):
        synthesize(ENVIRONMENT, specs.deployment(ORDERS, USERS, STOCK, clashing))
    review = shop.review("priority_clash_avoided")
    assert f"| {PEOPLE.rule_priority} | `{CLASHING_PREFIX}`" in review.markdown
    assert "| 34115 | `/users`, `/users/*` | users | users |  |" in review.markdown


def test_changed_size_is_reported_with_its_cost(shop: Shop) -> None:
    summary = _summary(shop, "cpu_change")
    assert "CPU units `256` → `512`" in summary
    assert "architecture `X86_64` → `ARM64`" in summary
    # Two x86 tasks, and two ARM tasks of twice the size: 2 * 730 * (vCPU + GB).
    x86 = 2 * 730 * (0.25 * 0.04048 + 0.5 * 0.004445)
    arm = 2 * 730 * (0.5 * 0.03238 + 1 * 0.00356)
    assert f"{arm - x86:+.2f}" in summary


def test_changed_port_opens_and_closes_connections_from_callers_and_the_load_balancer(shop: Shop) -> None:
    summary = _summary(shop, "port_change")
    assert "opened load balancer → users:9090, orders → users:9090" in summary
    assert "closed load balancer → users:8080, orders → users:8080" in summary


def test_changed_cidr_block_is_reported_as_cause_and_other_replacements_as_dependents(shop: Shop) -> None:
    review = shop.review("cidr_change")
    assert "**replaces** VPC (`cidr_block` `10.0.0.0/16` → `10.9.0.0/16`)" in review.markdown
    assert "**orders** **replaces** dependents of replaced resources: target group" in review.markdown
    assert "replaces a namespace" in review.markdown
    assert "to the internet" not in _summary(shop, "cidr_change")


def test_change_to_spot_is_reported_as_an_update_with_a_lower_cost(shop: Shop) -> None:
    summary = _summary(shop, "spot")
    assert "0 added, 3 changed in place, 0 replaced, 0 destroyed" in summary
    assert "`FARGATE` → `FARGATE_SPOT`" in summary
    assert "-37.84" in summary


def test_listeners_are_replaced_with_their_load_balancer(shop: Shop) -> None:
    summary = _summary(shop, "replaced_load_balancer")
    assert summary.count("replaces a listener") == 1
    assert "interrupts: connections to port 80 are refused" in summary
    assert "replaces a load balancer" in summary


def test_removed_domain_destroys_the_https_listener_and_the_certificate(shop: Shop) -> None:
    summary = _summary(shop, "no_domain")
    assert "destroys a listener" in summary
    assert "destroys a certificate" in summary
    assert "closed the internet → load balancer:443" in summary


def test_shadowed_path_is_reported_with_the_shadowing_rule(shop: Shop) -> None:
    summary = _summary(shop, "shadowed_path")
    assert (
        "**Shadowed:** `/orders/stock`, `/orders/stock/*` of stock by orders, "
        "whose rule for `/orders*` is evaluated first" in summary
    )


def test_changes_of_only_tags_are_folded(shop: Shop) -> None:
    review = shop.review("tags_alone")
    assert "0 changed in place" in review.top[0]
    assert "with only tags or computed values changed" in review.top[0]
    assert len(review.top) <= 4


def test_first_deployment_is_blocked_only_by_its_public_ports(shop: Shop) -> None:
    review = shop.review("first_deployment")
    blocking = [line for line in review.top if line.startswith("- `aws_")]
    assert [line.rpartition(" on ")[2] for line in blocking] == ["443 `port-opened`", "80 `port-opened`"]
    assert all("opens load balancer to the internet" in line for line in blocking)
    assert "0.00 → 107.50 USD a month" in "\n".join(review.top)
