"""Claims about the order of operations, from the graph that Terraform prints and from the plan's JSON."""

from __future__ import annotations

from colonnade.review.interruptions.order import Kind, Operation, Order, applies, destroys, order_of_graph
from colonnade.review.interruptions.order_of_plan import order_of_plan
from colonnade.review.plan.document import plan_of
from tests.support.plan_documents import change, document

GRAPH = r"""
digraph {
	compound = "true"
	subgraph "root" {
		"[root] terraform_data.a" [label = "terraform_data.a", shape = "box"]
		"[root] local.l (expand)" -> "[root] terraform_data.a"
		"[root] module.m.var.in (expand)" -> "[root] terraform_data.a"
		"[root] module.m.terraform_data.i (expand)" -> "[root] module.m.var.in (expand)"
		"[root] module.m[\"k\"].terraform_data.i[\"k\"]" -> "[root] module.m.terraform_data.i (expand)"
		"[root] terraform_data.a" -> "[root] terraform_data.c[1] (destroy)"
		"[root] terraform_data.b (expand)" -> "[root] local.l (expand)"
		"[root] terraform_data.b[\"z\\\"q\"] (destroy deposed b3b887eb)" -> "[root] terraform_data.b[\"z\\\"q\"]"
		"[root] terraform_data.b[\"z\\\"q\"] (destroy deposed b3b887eb)" -> "[root] terraform_data.c[0]"
		"[root] terraform_data.b[\"z\\\"q\"]" -> "[root] terraform_data.b (expand)"
		"[root] terraform_data.c (expand)" -> "[root] terraform_data.b[\"z\\\"q\"]"
		"[root] terraform_data.c[0]" -> "[root] terraform_data.c (expand)"
	}
}
"""
"""The graph that Terraform 1.11 printed for a plan with a module, keys, a local value and replacements."""
A = applies("terraform_data.a")
B = r'terraform_data.b["z\"q"]'


def test_the_order_passes_through_modules_locals_and_keys() -> None:
    order = order_of_graph(GRAPH)
    assert order.before(A, applies(B))
    assert order.before(A, applies('module.m["k"].terraform_data.i["k"]'))
    assert order.before(applies(B), applies("terraform_data.c[0]"))
    assert not order.approximate


def test_a_replacement_that_creates_first_destroys_the_old_object_after_its_users_have_changed() -> None:
    order = order_of_graph(GRAPH)
    assert order.before(applies(B), destroys(B))
    assert order.before(applies("terraform_data.c[0]"), destroys(B))
    assert order.before(destroys("terraform_data.c[1]"), A)
    assert not order.before(applies("terraform_data.c[0]"), destroys("terraform_data.c[1]"))


def test_a_cycle_leaves_operations_in_no_order_instead_of_no_end() -> None:
    x, y = applies("x"), applies("y")
    assert Order([(x, y), (y, x)], approximate=True).before(x, applies("z")) is False


def test_a_long_chain_needs_no_recursion() -> None:
    chain = [applies(f"terraform_data.n[{n}]") for n in range(5_000)]
    order = Order(zip(chain[1:], chain, strict=False), approximate=False)
    assert order.before(chain[0], chain[-1])
    assert not order.before(chain[-1], chain[0])


def _order(*changes: dict[str, object], prior: dict[str, list[str]] | None = None, **configuration: object) -> Order:
    resources = [{"address": each, "depends_on": on} for each, on in (prior or {}).items()]
    fields = {"configuration": {"root_module": configuration}} if configuration else {}
    state = {"values": {"root_module": {"resources": resources}}}
    return order_of_plan(plan_of(document(*changes, prior_state=state, **fields)))


def _created(name: str, *references: str) -> dict[str, object]:
    return change(f"terraform_data.{name}", None, {}, expressions={"input": {"references": list(references)}})


def test_what_a_resource_refers_to_comes_first() -> None:
    order = _order(_created("a"), _created("b", "terraform_data.a.id", "terraform_data.a"))
    assert order.before(A, applies("terraform_data.b"))
    assert order.approximate


def test_the_references_of_module_inputs_and_outputs_are_followed() -> None:
    inner = {
        "resources": [
            {
                "address": "terraform_data.i",
                "type": "terraform_data",
                "expressions": {"input": {"references": ["var.in"]}},
            }
        ],
        "outputs": {"out": {"expression": {"references": ["terraform_data.i.id", "terraform_data.i"]}}},
    }
    call = {"expressions": {"in": {"references": ["terraform_data.a.id", "terraform_data.a"]}}, "module": inner}
    last = {"address": "terraform_data.b", "expressions": {"input": {"references": ["module.m.out", "module.m"]}}}
    order = _order(
        change("terraform_data.a", None, {}),
        change("terraform_data.b", None, {}),
        change("module.m.terraform_data.i", None, {}),
        resources=[{"address": "terraform_data.a"}, last],
        module_calls={"m": call},
    )
    within = applies("module.m.terraform_data.i")
    assert order.before(A, within)
    assert order.before(within, applies("terraform_data.b"))


def test_an_update_comes_after_the_destroy_of_what_it_depended_on_unless_that_creates_first() -> None:
    user, prior = change("terraform_data.u", {"input": 1}, {"input": 2}), {"terraform_data.u": ["terraform_data.a"]}
    update, destroy = applies("terraform_data.u"), destroys("terraform_data.a")
    for actions, first in ((["delete", "create"], False), (["create", "delete"], True)):
        order = _order(change("terraform_data.a", {}, {}, actions=actions), user, prior=prior)
        assert order.before(update, destroy) is first
        assert order.before(destroy, update) is not first


def test_of_a_resource_that_is_only_destroyed_the_json_shows_no_order() -> None:
    user, prior = change("terraform_data.u", {"input": 1}, {"input": 2}), {"terraform_data.u": ["terraform_data.a"]}
    order = _order(change("terraform_data.a", {}, None), user, prior=prior)
    update, destroy = applies("terraform_data.u"), destroys("terraform_data.a")
    assert not order.before(update, destroy)
    assert not order.before(destroy, update)
    assert order.at_best is not None
    assert order.at_best.before(update, destroy)


def test_two_destroys_take_the_user_first() -> None:
    prior = {"terraform_data.u": ["terraform_data.a"]}
    order = _order(change("terraform_data.a", {}, None), change("terraform_data.u", {}, None), prior=prior)
    assert order.before(destroys("terraform_data.u"), destroys("terraform_data.a"))


def test_a_node_that_only_passes_the_order_on_is_no_operation() -> None:
    assert order_of_graph(GRAPH).before(A, Operation("terraform_data.b", Kind.PASSES))
