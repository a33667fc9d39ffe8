"""Spans of time between operations, and the gap in which none of them holds.

Each fact that a request relies on holds for a span. Several spans together cover the time for which it is needed, or
leave a gap in some order of the operations, or in every order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from colonnade.review.interruptions.order import Operation, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time from the end of all `starts` to the start of the first of `ends`.

    Without `starts` it begins before the apply; without `ends` it lasts after the apply. An operation that ends one
    span and starts another one leaves no gap between them: it is an update in place.
    """

    starts: frozenset[Operation] = frozenset()
    ends: frozenset[Operation] = frozenset()

    def __and__(self, other: Span) -> Span:
        """Return the time in which both hold."""
        return Span(starts=self.starts | other.starts, ends=self.ends | other.ends)


ALWAYS = Span()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The time for which something is needed: from the start of `first` to the end of `last`.

    None: from the beginning of the apply, or to its end.
    """

    first: Operation | None = None
    last: Operation | None = None


WHOLE_APPLY = Need()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which nothing covers a need."""

    certain: bool
    """True if there is a gap in every order, False if there is one in some orders."""
    loss: Operation | None
    """The operation that begins the gap; None if nothing covers the need from its beginning."""
    until: Operation | None
    """The operation that ends the gap; None if nothing ends it."""


def covered(order: Order, spans: Iterable[Span], need: Need = WHOLE_APPLY) -> Gap | None:
    """Return None if in every order of the operations some span holds at each moment of the need; else a gap.

    A chain of spans covers the need if the first one holds at its beginning, each next one starts before the one before
    ends, and the last one lasts to the end. The answer None is right in every order, and so is a certain gap. A gap
    that is not certain may be a false alarm: in rare cases, one chain covers some orders and another chain the others.
    """
    distinct = sorted(set(spans), key=lambda each: (sorted(map(str, each.starts)), sorted(map(str, each.ends))))
    reached = [each for each in distinct if all(_begun(order, start, need.first) for start in each.starts)]
    if not reached:
        return _nothing_yet(order, distinct, need)
    losses: list[Gap] = []
    for span in reached:  # grows
        loss = _loss(order, span, need.last)
        if loss is None:
            return None
        losses.append(loss)
        reached.extend(each for each in distinct if each not in reached and _handover(order, span, each) is None)
    missed = [each for each in distinct if each not in reached]
    handovers = [gap for span in reached for each in missed for gap in [_handover(order, span, each)] if gap]
    certain = all(gap.certain for gap in (*losses, *handovers)) and all(_late(order, each, need) for each in missed)
    return _clearest(certain, handovers, losses)


def _begun(order: Order, start: Operation, first: Operation | None) -> bool:
    return first is not None and order.until(start, first)


def _late(order: Order, span: Span, need: Need) -> bool:
    """Return True if the span always starts after the need has begun."""
    return need.first is None or any(order.before(need.first, start) for start in span.starts)


def _nothing_yet(order: Order, spans: Sequence[Span], need: Need) -> Gap:
    late = [start for each in spans[:1] for start in each.starts if not _begun(order, start, need.first)]
    certain = all(_late(order, each, need) for each in spans)
    return Gap(certain=certain, loss=None, until=_extreme(order, late, last=True) if late else None)


def _loss(order: Order, span: Span, last: Operation | None) -> Gap | None:
    """Return the gap that the end of a span leaves; None if it lasts to the end of the need."""
    early = [each for each in sorted(span.ends, key=str) if last is None or not order.until(last, each)]
    if not early:
        return None
    certain = [each for each in early if last is None or order.before(each, last)]
    return Gap(certain=bool(certain), loss=_extreme(order, certain or early, last=False), until=last)


def _handover(order: Order, span: Span, successor: Span) -> Gap | None:
    """Return the gap between a span and its successor; None if the successor always starts before the span ends."""
    late = [(end, start) for end in span.ends for start in successor.starts if not order.until(start, end)]
    if not late:
        return None
    certain = [pair for pair in late if order.before(*pair)]
    pairs = certain or late
    end = _extreme(order, [end for end, _ in pairs], last=False)
    start = _extreme(order, [start for other, start in pairs if other == end], last=True)
    return Gap(certain=bool(certain), loss=end, until=start)


def _extreme(order: Order, among: Sequence[Operation], *, last: bool) -> Operation:
    """Return an operation that none of the others is always after; before, if `last` is False."""
    found = min(among, key=str)
    for each in sorted(set(among), key=str):
        if order.before(found, each) if last else order.before(each, found):
            found = each
    return found


def _clearest(certain: bool, handovers: Sequence[Gap], losses: Sequence[Gap]) -> Gap:
    """Return the gap that explains the answer best: one between two operations, as certain as the answer."""
    found = next((each for each in (*handovers, *losses) if each.certain == certain), losses[0])
    return Gap(certain=certain, loss=found.loss, until=found.until)
