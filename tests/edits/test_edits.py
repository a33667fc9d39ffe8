"""Real plans of every kind of edit: what running tasks and clients use is never taken away before they have left it.

The order of an apply is read from `terraform graph -plan`. Each protection that is taken out again is noticed. The
review and `colonnade apply` block an edit if, and only if, no order makes it harmless.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from colonnade.review.analysis.analysis import Analysis, analyze
from colonnade.review.analysis.findings import Kind
from colonnade.review.plan.document import plan_of
from tests.support.edits import CAUTIOUS, EDITS, UNSAFE
from tests.support.planned_edits import Case, Document, Mutation, Plans, plans
from tests.support.planner.against_terraform import differences_from
from tests.support.recorded_plans import recorded

pytestmark = [
    pytest.mark.synth,
    pytest.mark.terraform,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("edits_planned"),
]

OFTEN = ("port", "domain added", "call removed", "service removed", "service renamed")
"""Edits that `make test` plans; the others are slow in sum."""
SELDOM = tuple(edit for edit in EDITS if edit not in OFTEN)
OFTEN_PLANNED, SELDOM_PLANNED = (tuple(Case(edit=edit) for edit in edits) for edits in (OFTEN, SELDOM))


def _without_create_before_destroy(*kinds: str) -> Mutation:
    def change(document: Document) -> None:
        for kind in kinds:
            for body in document["resource"][kind].values():
                body["lifecycle"].pop("create_before_destroy")

    return Mutation(name=f"not created first: {kinds[0]}", change=change)


def _unordered_rules(document: Document) -> None:
    for body in document["resource"]["aws_ecs_service"].values():
        body["depends_on"] = [each for each in body["depends_on"] if "security_group" not in each]


def _unordered_redirect(document: Document) -> None:
    for body in document["resource"]["aws_lb_listener"].values():
        body.pop("depends_on", None)


def _ports_in_description(document: Document) -> None:
    for id_, body in document["resource"]["aws_security_group"].items():
        if id_.startswith("ShopLB"):
            body["description"] = (
                f"Ports {sorted(each['port'] for each in document['resource']['aws_lb_listener'].values())}"
            )
            body.pop("lifecycle")


def _keyed_by_service(document: Document) -> None:
    rules = document["resource"]["aws_lb_listener_rule"]
    orders, users = (
        next(id_ for id_ in rules if id_.startswith(f"listener_rules_{name}_this")) for name in ("orders", "users")
    )
    rules[orders], rules[users] = rules[users], rules[orders]


SECURITY_GROUP_RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
MUTATIONS = (
    ("port", _without_create_before_destroy(*SECURITY_GROUP_RULES), "is destroyed while ecs_service.stock"),
    (
        "port",
        Mutation(name="services do not depend on rules", change=_unordered_rules),
        "is destroyed while ecs_service.stock",
    ),
    ("call removed", _without_create_before_destroy(*SECURITY_GROUP_RULES), "is destroyed while ecs_service.orders"),
    (
        "domain added",
        _without_create_before_destroy("aws_lb_listener_rule"),
        "is destroyed before lb_listener.ShopLB_http",
    ),
    ("domain added", Mutation(name="redirect without an order", change=_unordered_redirect), "redirects before"),
    (
        "domain added",
        # AWS and the emulator refuse to apply this mutation to the base: its group is in use.
        Mutation(name="ports in a description", change=_ports_in_description, in_base=False),
        "is changed in place",
    ),
    (
        "prefixes exchanged",
        Mutation(name="rules keyed by service", change=_keyed_by_service, in_base=False),
        "takes the priority",
    ),
)


MUTATED = tuple(Case(edit=edit, mutation=mutation) for edit, mutation, _ in MUTATIONS)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Plans]:
    with plans(tmp_path_factory.mktemp("edits")) as made:
        made.apply_bases("shop", "http")
        yield made
        if pytestconfig.option.update_snapshots:
            made.record()


def _judged(analysis: Analysis) -> set[tuple[str, str, str]]:
    """Return what the apply interrupts, without identifiers that differ from account to account."""
    return {(each.level.value, each.rule, each.address) for each in analysis.judgement.found}


def _check(planned: Plans, case: Case, among: tuple[Case, ...]) -> None:
    plan, harm = planned.of(case, among)
    edit = case.edit
    analysis = analyze(plan_of(plan.as_declared(), plan.graph))
    assert _judged(analysis) == _judged(analyze(recorded(planned.stack(case), case.name)))
    blocked = [each for each in analysis.findings if each.kind is Kind.INTERRUPTION]
    if edit in UNSAFE:
        assert UNSAFE[edit] in "\n".join(harm)
        assert blocked
    else:
        assert harm == []
        assert bool(blocked) is (edit in CAUTIOUS)
        assert {each.rule for each in blocked} <= {"network-destroyed", "route-destroyed"}


@pytest.mark.parametrize("edit", OFTEN)
def test_an_edit_harms_nothing_or_is_listed(planned: Plans, edit: str) -> None:
    _check(planned, Case(edit=edit), OFTEN_PLANNED)


@pytest.mark.slow
@pytest.mark.parametrize("edit", SELDOM)
def test_every_other_edit_harms_nothing_or_is_listed(planned: Plans, edit: str) -> None:
    _check(planned, Case(edit=edit), SELDOM_PLANNED)


@pytest.mark.parametrize(("edit", "mutation", "harm"), MUTATIONS, ids=lambda each: getattr(each, "name", None))
def test_a_protection_that_is_taken_out_is_noticed(planned: Plans, edit: str, mutation: Mutation, harm: str) -> None:
    assert harm in "\n".join(planned.of(Case(edit=edit, mutation=mutation), MUTATED)[1])


@pytest.mark.parametrize("case", [*OFTEN_PLANNED, *MUTATED], ids=lambda each: each.name)
def test_the_planner_plans_an_edit_as_terraform_does(planned: Plans, case: Case) -> None:
    assert differences_from(planned.planned(case, OFTEN_PLANNED if case in OFTEN_PLANNED else MUTATED)) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", SELDOM_PLANNED, ids=lambda each: each.name)
def test_the_planner_plans_every_other_edit_as_terraform_does(planned: Plans, case: Case) -> None:
    assert differences_from(planned.planned(case, SELDOM_PLANNED)) == []
