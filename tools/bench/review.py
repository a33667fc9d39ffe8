"""A benchmark of the plan review: large plans, against Python reading the largest of them as JSON.

Ratios within one run are comparable between machines. On a machine that reads the largest plan in 0.05 s, the targets
are 3 s for 5,000 resources of which 4,700 change, 3 s for the interruptions of their apply, 1 s for a listener with the
100 rules of AWS's quota, each with five patterns, and 0.2 s for the interruptions of 60 services.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from colonnade.review.analysis.analysis import analyze
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.verdict import judge
from tools.bench.review_plans import LargePlan, rules_plan, services_plan

_RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One measurement and its target."""

    name: str
    work: Callable[[], object]
    most: float
    """The target, as a multiple of the time for reading the largest plan as JSON."""


def benchmark() -> int:
    """Print the measurements; return the exit status."""
    large = services_plan(500, 4700)
    reading = _seconds(lambda: json.loads(large.text))
    sys.stdout.write(f"review: 5,000 resources are {len(large.text) / 1e6:.1f} MB, read as JSON in {reading:.3f} s\n")
    missed = 0
    for target in _targets(large):
        seconds = _seconds(target.work)
        ratio = seconds / reading
        sys.stdout.write(f"review: {target.name} {seconds:.2f} s, ratio {ratio:.1f} (target: at most {target.most})\n")
        if ratio > target.most:
            sys.stdout.write(f"review: target missed, {ratio:.1f} is more than {target.most}\n")
            missed = 1
    return missed


def _targets(large: LargePlan) -> tuple[Target, ...]:
    rules, services = rules_plan(100, 5), services_plan(60, 600)
    return (
        Target(name="5,000 resources, 4,700 changes", work=lambda: _review(large), most=60),
        Target(name="100 rules of five patterns", work=lambda: _review(rules), most=20),
        Target(name="interruptions of 5,000 resources", work=_interruptions(large), most=60),
        Target(name="interruptions of 60 services", work=_interruptions(services), most=4),
    )


def _review(plan: LargePlan) -> None:
    analysis = analyze(read_plan(plan.text))
    markdown(analysis, judge(analysis))


def _interruptions(large: LargePlan) -> Callable[[], object]:
    plan = read_plan(large.text, large.graph)
    index = ResourceIndex(plan.changes)
    return lambda: interruptions(plan, index, large.graph)


def _seconds(work: Callable[[], object]) -> float:
    """Return the least time on the CPU of several runs: other programs on the machine do not count."""
    times = []
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    raise SystemExit(benchmark())
