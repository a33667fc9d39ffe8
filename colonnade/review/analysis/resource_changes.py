"""The resources that a plan changes, each with its service and the values that change.

`attributes` compares a resource before and after, `task_definitions` two revisions of a task definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.review.analysis.attributes import Difference, differences
from colonnade.review.analysis.task_definitions import (
    TYPE,
    RevisionDifference,
    is_revision,
    revision_differences,
)
from colonnade.review.plan.document import Action, Change, Plan
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceChange:
    """One resource that the plan changes."""

    change: Change
    service: str
    """The service that the resource belongs to, or SHARED."""
    differences: tuple[Difference, ...]
    revision: tuple[RevisionDifference, ...]
    """The differences between two revisions of a task definition; empty for any other change."""

    @property
    def is_revision(self) -> bool:
        """True if the change only adds a revision of a task definition."""
        return is_revision(self.change)

    @property
    def is_noise(self) -> bool:
        """True if only tags and values that AWS computes change."""
        return self.change.action is Action.UPDATE and not self.differences

    @property
    def causes(self) -> tuple[Difference, ...]:
        """The differences that force a replacement."""
        return tuple(each for each in self.differences if each.replaces)

    @property
    def only_follows(self) -> bool:
        """True if this resource is replaced only because another one is replaced."""
        return (
            self.change.action is Action.REPLACE
            and bool(self.causes)
            and all(each.after is UNKNOWN for each in self.causes)
        )

    @property
    def follows(self) -> bool:
        """True if this resource is replaced, among other causes, because another one is replaced."""
        return any(each.after is UNKNOWN for each in self.causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The number of resources that the plan changes, by kind of change."""

    added: int
    changed_in_place: int
    replaced: int
    destroyed: int
    task_definition_revisions: int
    forgotten: int
    moved: int
    imported: int
    tags_or_computed_values_only: int


def resource_changes(changes: Sequence[Change], index: ResourceIndex) -> tuple[ResourceChange, ...]:
    """Return the resources that the plan changes."""
    return tuple(
        ResourceChange(
            change=change,
            service=index.service(change),
            differences=differences(change),
            revision=revision_differences(change) if _has_revisions(change) else (),
        )
        for change in changes
        if change.action not in (Action.NONE, Action.READ)
    )


def _has_revisions(change: Change) -> bool:
    return change.type == TYPE and change.action in (Action.REPLACE, Action.UPDATE)


def count(plan: Plan, resources: Sequence[ResourceChange]) -> Counts:
    """Count the changes. A new revision, or a change of tags only, is counted once, under its own kind."""
    counted = Counter(each.change.action for each in resources if not each.is_revision and not each.is_noise)
    return Counts(
        added=counted[Action.CREATE],
        changed_in_place=counted[Action.UPDATE],
        replaced=counted[Action.REPLACE],
        destroyed=counted[Action.DESTROY],
        task_definition_revisions=sum(1 for each in resources if each.is_revision),
        forgotten=counted[Action.FORGET],
        moved=sum(1 for change in plan.changes if change.previous_address is not None),
        imported=sum(1 for change in plan.changes if change.imported),
        tags_or_computed_values_only=sum(1 for each in resources if each.is_noise),
    )
