"""The plans of `make bench` are plans that the review reads, and the graphs are theirs."""

from __future__ import annotations

from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from tools.bench.review_plans import services_plan


def test_a_plan_of_services_is_judged_with_its_graph() -> None:
    large = services_plan(3, 27)
    plan = read_plan(large.text, large.graph)
    judgement = interruptions(plan, ResourceIndex(plan.changes), plan.graph)
    assert not judgement.approximate
    assert len(plan.changes) >= 27
