"""A finding: one reason why a change needs approval, its kind, and the steps that avoid it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from colonnade.review.plan.values import Fact


class Kind(enum.Enum):
    """The kind of a finding. It decides which commands block."""

    INTERRUPTION = "interruption"
    """Requests or tasks fail for a time, or the apply fails halfway."""
    LOSS = "loss"
    """Data, or an address that others rely on, is lost for good."""
    REMOVAL = "removal"
    """A running service or another resource is removed, because it is no longer declared, or a service has no tasks
    left."""
    EXPOSURE = "exposure"
    """A port opens to the internet, or a policy widens."""
    PROTECTION = "protection"
    """Protection, encryption, logging or authentication is taken away or weakened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason why the change of the resource at `address` needs approval."""

    address: str
    rule: str
    """The name of the rule that found it: a key of `rules.RULES`."""
    reason: str
    kind: Kind
    trace: tuple[str, ...] = ()
    """The operations that lead to an interruption, in order; empty if the finding does not follow from their order."""
    judged: tuple[Fact, ...] = ()
    """The facts that an approval binds, without words of a report and without ids; by default, the values of the change
    that differ."""
    steps: tuple[str, ...] = ()
    """The steps that reach the same result without an interruption, in order; empty if none are known."""

    @property
    def blocks_apply(self) -> bool:
        """True if the finding blocks `colonnade apply` too. Every finding blocks the review."""
        return self.kind in (Kind.INTERRUPTION, Kind.LOSS)

    @property
    def is_unavoidable(self) -> bool:
        """True for an interruption without steps that avoid it."""
        return self.kind is Kind.INTERRUPTION and not self.steps


NO_STEPS = (
    "An interruption without steps is not avoided by any sequence of applies: approve it, and apply at a quiet hour."
)
"""The advice for interruptions that are unavoidable."""
