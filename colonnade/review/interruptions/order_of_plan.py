"""The order of operations from a plan's JSON alone: an approximation of the order in the graph, marked as such.

references of the configuration, dependencies of the state -> pairs of a later and an earlier operation

The JSON shows neither what a local value refers to nor `create_before_destroy` of a resource that is only destroyed.
Such a destroy is in no order with the updates of what used the resource.
Terraform's rules: https://github.com/hashicorp/terraform/blob/main/docs/destroying.md
"""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.interruptions.order import Kind, Operation, Order, applies, destroys
from colonnade.review.plan.addresses import without_keys
from colonnade.review.plan.configuration import Instances
from colonnade.review.plan.document import Action, Change, Plan

_APPLIED = (Action.CREATE, Action.UPDATE, Action.REPLACE)
_DESTROYED = (Action.DESTROY, Action.REPLACE)

Pairs = Iterator[tuple[Operation, Operation]]


def order_of_plan(plan: Plan) -> Order:
    """Return the order as far as the plan's JSON shows it."""
    likely = Order(_Pairs(plan, destroyed_last=True).all(), approximate=True)
    return Order(_Pairs(plan, destroyed_last=None).all(), approximate=True, at_best=likely)


class _Pairs:
    """The pairs of a later and an earlier operation of one plan."""

    def __init__(self, plan: Plan, *, destroyed_last: bool | None) -> None:
        """Read a plan.

        `destroyed_last`: True to assume `create_before_destroy` of each resource that is only destroyed, None to
        assume nothing.
        """
        self._plan = plan
        self._destroyed_last = destroyed_last
        self._changes = {each.address: each for each in plan.changes if not each.deposed}
        self._instances = Instances(self._changes)
        self._first = self._creates_first()

    def _creates_first(self) -> frozenset[str]:
        """Return the blocks that create before they destroy: those of such replacements, and all they depend on."""
        blocks = {without_keys(each.address) for each in self._changes.values() if each.creates_first}
        forced = {other for each in blocks for other in self._dependencies_of_block(each)}
        return frozenset(blocks | forced)

    def _dependencies_of_block(self, block: str) -> Iterator[str]:
        for each in self._instances.of(block):
            yield from map(without_keys, self._plan.dependencies.get(each, ()))

    def all(self) -> Pairs:
        """Yield every pair."""
        yield from self._of_configuration()
        for change in self._changes.values():
            address = change.address
            if change.action is Action.REPLACE:
                later, earlier = destroys(address), applies(address)
                yield (later, earlier) if change.creates_first else (earlier, later)
            if change.action in (*_APPLIED, *_DESTROYED):
                yield from self._of_state(change)

    def _of_configuration(self) -> Pairs:
        """Yield the pairs that follow from references and `depends_on`.

        A block passes the order on, so that a resource with many instances has as many pairs as instances.
        """
        for block, declared in self._plan.configuration.declared.items():
            passes = Operation(block, Kind.PASSES)
            yield from ((applies(each), passes) for each in self._instances.of(block))
            expression = [declared.expressions, declared.for_each, {"references": list(declared.depends_on)}]
            reference = self._plan.configuration.references(block, expression)
            for other in reference.addresses:
                yield passes, Operation(without_keys(other), Kind.PASSES)
                yield from ((passes, applies(each)) for each in self._instances.of(other))
            if not reference.complete:
                yield from self._of_hidden(block, passes, {without_keys(each) for each in reference.addresses})

    def _of_hidden(self, block: str, passes: Operation, shown: set[str]) -> Pairs:
        """Yield the pairs for references to local values, which the state has without the keys of instances."""
        for other in set(self._dependencies_of_block(block)) - shown:
            instances = self._instances.of(other)
            if len(instances) == 1:
                yield passes, applies(instances[0])

    def _of_state(self, change: Change) -> Pairs:
        """Yield the pairs of an operation with the destroys of what the resource depended on, and the reverse."""
        for block in self._plan.dependencies.get(change.address, ()):
            for other in map(self._changes.__getitem__, self._instances.of(block)):
                yield from self._of_two(change, other)

    def _of_two(self, user: Change, used: Change) -> Pairs:
        """Yield the pairs of a resource and one that it depends on by the state."""
        if user.action in _DESTROYED and used.action in _DESTROYED:
            yield destroys(used.address), destroys(user.address)
        user_first, used_first = self._order_of(user), self._order_of(used)
        if user.action in _DESTROYED and used.action in _APPLIED and user_first is False:
            yield applies(used.address), destroys(user.address)
        if user.action in _APPLIED and used.action in _DESTROYED:
            if used_first or user_first:
                yield destroys(used.address), applies(user.address)
            elif used_first is False:
                yield applies(user.address), destroys(used.address)

    def _order_of(self, change: Change) -> bool | None:
        """Return True if the resource creates first, False if not; for one that is only destroyed, the assumption."""
        if without_keys(change.address) in self._first:
            return True
        return self._destroyed_last if change.action is Action.DESTROY else False
