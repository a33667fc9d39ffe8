"""The harm that the apply of a plan does to running services, by rules that share no code with the review.

plan JSON + order of the apply -> operations that take something from tasks or clients that still use it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.apply_order import ApplyOrder
from tests.support.plan_harm.changes import PlannedChanges
from tests.support.plan_harm.requests import RequestHarm
from tests.support.plan_harm.tasks import TaskHarm


def harm_of(plan: Mapping[str, Any], order: ApplyOrder) -> list[str]:
    """Return every harm in a sentence, sorted; an empty list if there is none."""
    changes = PlannedChanges(plan, order)
    return sorted({*RequestHarm(changes).found(), *TaskHarm(changes).found()})
