"""The resources that a plan changes: each with its service and the values that somebody changed.

Change -> attributes.differences, task_definitions.revision_differences -> ResourceChange -> Counts
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
    """The service that it belongs to, or SHARED."""
    differences: tuple[Difference, ...]
    revision: tuple[RevisionDifference, ...]
    """The differences between two revisions of a task definition; empty for any other change."""

    @property
    def is_revision(self) -> bool:
        """Whether it only adds a revision of a task definition."""
        return is_revision(self.change)

    @property
    def is_noise(self) -> bool:
        """Whether it changes nothing but tags and values that AWS computes."""
        return self.change.action is Action.UPDATE and not self.differences

    @property
    def causes(self) -> tuple[Difference, ...]:
        """The differences that force a replacement."""
        return tuple(each for each in self.differences if each.replaces)

    @property
    def only_follows(self) -> bool:
        """Whether it is replaced only because another resource is."""
        return (
            self.change.action is Action.REPLACE
            and bool(self.causes)
            and all(each.after is UNKNOWN for each in self.causes)
        )

    @property
    def follows(self) -> bool:
        """Whether the replacement of another resource is among the causes."""
        return any(each.after is UNKNOWN for each in self.causes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many resources the plan changes, and how."""

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
    """Count the changes; a new revision and a change of tags alone count as such and as nothing else."""
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
