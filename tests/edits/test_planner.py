"""The planner of tests: what it plans for small changes of a synthesized document, and what it refuses to guess.

tests/edits/test_edits.py compares its plans of every edit with Terraform's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.edits import BASES
from tests.support.planner.changes import Planner
from tests.support.planner.configuration import Configuration
from tests.support.planner.document import plan_document
from tests.support.planner.graph import plan_graph
from tests.support.planner.resource_types import UnknownToThePlanner, managed_types
from tests.support.planner.values import State
from tests.support.synth import Stack
from tests.support.terraform import initialize, run_terraform

pytestmark = pytest.mark.synth

Document = dict[str, Any]


@pytest.fixture(scope="module")
def shop() -> str:
    return BASES["shop"]().text


def _planner(before: str, change: Callable[[Document], None]) -> Planner:
    document: Document = json.loads(before)
    change(document)
    return Planner(State(Configuration(before)), Configuration(json.dumps(document)))


def _only(document: Document, type_: str, start: str = "") -> Document:
    """Return the only resource of a type whose name begins with `start`."""
    (body,) = (body for name, body in document["resource"][type_].items() if name.startswith(start))
    found: Document = body
    return found


def _actions(planner: Planner) -> dict[str, tuple[str, ...]]:
    return {
        address.split(".")[0]: each.actions for address, each in planner.changes.items() if each.actions != ("no-op",)
    }


def test_plan_of_an_equal_document_changes_nothing(shop: str) -> None:
    assert _actions(_planner(shop, lambda _: None)) == {}


def test_replacement_changes_everything_that_refers_to_the_new_object(shop: str) -> None:
    def change(document: Document) -> None:
        _only(document, "aws_route_table", "network_public")["vpc_id"] = "vpc-2"

    planner = _planner(shop, change)
    assert _actions(planner) == {
        "aws_route": ("create", "delete"),  # forced on it: the public subnets' load balancer is created first
        "aws_route_table": ("create", "delete"),
        "aws_route_table_association": ("update",),
    }
    (route,) = (each for address, each in planner.changes.items() if address.startswith("aws_route.network_public"))
    assert route.replace_paths == (("route_table_id",),)


def test_values_that_aws_assigns_are_equal_on_both_ends_of_a_reference(shop: str) -> None:
    document = plan_document(_planner(shop, lambda _: None))
    before = {each["address"]: each["change"]["before"] for each in document["resource_changes"]}
    (listener,) = (values for address, values in before.items() if address.startswith("aws_lb_listener.ShopLB_https"))
    (balancer,) = (values for address, values in before.items() if address.startswith("aws_lb."))
    assert listener["load_balancer_arn"] == balancer["arn"]


@pytest.mark.parametrize(
    ("peer", "actions"),
    [
        ({"referenced_security_group_id": "sg-2"}, ("update",)),
        ({"referenced_security_group_id": None, "cidr_ipv4": "10.0.0.0/16"}, ("create", "delete")),
    ],
)
def test_rule_of_a_group_is_replaced_if_its_peer_is_of_another_type(
    shop: str, peer: Document, actions: tuple[str, ...]
) -> None:
    def change(document: Document) -> None:
        _only(document, "aws_vpc_security_group_ingress_rule", "stock_tasks_ingress_from_load_balancer").update(peer)

    assert _actions(_planner(shop, change))["aws_vpc_security_group_ingress_rule"] == actions


def test_resource_is_replaced_with_the_one_that_triggers_it(shop: str) -> None:
    def change(document: Document) -> None:
        (group,) = (each for each in document["resource"]["aws_lb_target_group"] if each.startswith("users"))
        _only(document, "aws_lb_target_group", "users").update(port=8080, lifecycle={})
        rule = _only(document, "aws_lb_listener_rule", "listener_rules_users")
        rule["lifecycle"] = {"replace_triggered_by": [f"aws_lb_target_group.{group}"]}

    actions = _actions(_planner(shop, change))
    assert actions["aws_lb_target_group"] == actions["aws_lb_listener_rule"] == ("delete", "create")


def test_type_that_the_table_does_not_have_is_an_error(shop: str) -> None:
    with pytest.raises(UnknownToThePlanner, match=r"type 'aws_sqs_queue' is not in resource_types.toml"):
        _planner(shop, lambda document: document["resource"].update(aws_sqs_queue={"mail": {"name": "mail"}}))


def test_argument_that_the_table_does_not_have_is_an_error_even_without_a_change(shop: str) -> None:
    def change(document: Document) -> None:
        _only(document, "aws_lb")["ip_address_type"] = "dualstack"

    with pytest.raises(UnknownToThePlanner, match=r"aws_lb: argument 'ip_address_type' is not in resource_types.toml"):
        _planner(shop, change)


def test_every_type_of_the_table_has_its_source() -> None:
    for each in managed_types():
        schema = each.source.startswith("internal/service/") and each.source.endswith(".go")
        assert schema or each.source.startswith("https://developer.hashicorp.com/"), each.name


def test_graph_orders_a_task_definition_before_its_service(shop: str) -> None:
    def change(document: Document) -> None:
        _only(document, "aws_ecs_task_definition", "stock")["cpu"] = "512"

    lines = [line for line in plan_graph(_planner(shop, change)).splitlines() if "aws_ecs_service.stock" in line]
    assert any(" (expand)" in line.split(" -> ")[0] and "aws_ecs_task_definition.stock" in line for line in lines)


@pytest.mark.slow
@pytest.mark.terraform
def test_table_agrees_with_the_schema_of_the_provider(shop: str, tmp_path: Path) -> None:
    required = {"required_providers": json.loads(shop)["terraform"]["required_providers"]}
    folder, environment = initialize(
        Stack(name="shop", text=json.dumps({"terraform": required}), document={}), tmp_path
    )
    schemas = json.loads(run_terraform(folder, environment, "providers", "schema", "-json"))["provider_schemas"]
    for type_ in managed_types():
        if type_.name != "terraform_data":
            block = schemas["registry.terraform.io/hashicorp/aws"]["resource_schemas"][type_.name]["block"]
            assert _paths(block) >= type_.forces | type_.updates, type_.name
            optional = {name for name, each in block["attributes"].items() if each.get("optional")}
            computed = {name for name, each in block["attributes"].items() if each.get("computed")}
            arguments = {path.split(".")[0] for path in type_.forces | type_.updates}
            assert type_.kept == optional & computed & arguments, type_.name
            assert type_.tagged == ("tags_all" in computed), type_.name


def _paths(block: Document) -> set[str]:
    """Return the path of each argument of a block in a schema, and of those of its nested blocks."""
    nested = {f"{name}.{path}" for name, each in block.get("block_types", {}).items() for path in _paths(each["block"])}
    return nested | set(block.get("attributes", {}))
