"""The choice of a forward action's target group for the next request."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade_sandbox.control_plane.snapshot import WeightedTargetGroup


class WeightedChoice:
    """Smooth weighted round robin: at any time, the number of requests of each group differs from its weight's share by
    less than two.

    A group of weight 0 is never chosen. AWS chooses at random with the same shares; this choice can be verified with
    few requests.
    """

    def __init__(self, groups: Iterable[WeightedTargetGroup]) -> None:
        self._weights = {group.target_group_arn: group.weight for group in groups if group.weight > 0}
        self._total = sum(self._weights.values())
        self._credit = dict.fromkeys(self._weights, 0)

    def choose(self) -> str | None:
        """Return the ARN of the next target group; None if every weight is 0."""
        if not self._weights:
            return None
        for arn, weight in self._weights.items():
            self._credit[arn] += weight
        chosen = max(self._credit, key=self._credit.__getitem__)
        self._credit[chosen] -= self._total
        return chosen
