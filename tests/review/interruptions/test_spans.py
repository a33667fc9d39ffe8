"""Claims about `covered`, compared with every order of the operations of small random partial orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.review.interruptions.order import Kind, Operation, Order
from colonnade.review.interruptions.spans import ALWAYS, Gap, Need, Span, covered

A, B, C, D = OPERATIONS = [Operation(f"terraform_data.{name}", Kind.APPLY) for name in "abcd"]
_FIRST, _LAST = "the need begins", "the need ends"
_Event = Operation | str
_Pair = tuple[Operation, Operation]


def _order(*pairs: _Pair) -> Order:
    """Return the order in which the first operation of each pair ends before the second one starts."""
    return Order([(later, first) for first, later in pairs], approximate=False)


def _span(starts: Sequence[Operation] = (), ends: Sequence[Operation] = ()) -> Span:
    return Span(starts=frozenset(starts), ends=frozenset(ends))


def test_a_span_hands_over_to_one_that_always_starts_before_it_ends() -> None:
    assert covered(_order((A, B)), [_span(ends=[B]), _span(starts=[A])]) is None


def test_a_span_that_ends_before_the_next_starts_leaves_a_certain_gap() -> None:
    gap = covered(_order((B, A)), [_span(ends=[B]), _span(starts=[A])])
    assert gap == Gap(certain=True, loss=B, until=A)


def test_operations_in_no_order_may_leave_a_gap() -> None:
    gap = covered(_order(), [_span(ends=[B]), _span(starts=[A])])
    assert gap == Gap(certain=False, loss=B, until=A)


def test_spans_may_end_with_both_operations_of_a_replaced_resource() -> None:
    destroyed = Operation(A.address, Kind.DESTROY)
    gap = covered(_order((destroyed, A)), [_span(ends=[A]), _span(ends=[destroyed])])
    assert gap == Gap(certain=True, loss=A, until=None)


def test_an_update_in_place_ends_one_span_and_starts_the_next_without_a_gap() -> None:
    assert covered(_order(), [_span(ends=[A]), _span(starts=[A])]) is None


def test_what_ends_after_its_need_leaves_no_gap() -> None:
    assert covered(_order((A, B)), [_span(ends=[B])], Need(last=A)) is None
    assert covered(_order(), [_span(ends=[B])], Need(last=A)) == Gap(certain=False, loss=B, until=A)


def test_a_need_that_nothing_covers_is_a_certain_gap() -> None:
    assert covered(_order(), []) == Gap(certain=True, loss=None, until=None)
    assert covered(_order(), [ALWAYS]) is None


@st.composite
def _cases(draw: st.DrawFn) -> tuple[list[_Pair], list[Span], Need]:
    pairs = draw(st.lists(st.sampled_from(list(combinations(OPERATIONS, 2))), unique=True, max_size=5))
    some = st.sets(st.sampled_from(OPERATIONS), max_size=2)
    spans = draw(st.lists(st.builds(_span, some, some), max_size=4))
    one = st.none() | st.sampled_from(OPERATIONS)
    need = Need(first=draw(one), last=draw(one))
    return pairs, spans, need


@settings(max_examples=1_000, deadline=None)
@given(_cases())
def test_the_answer_agrees_with_every_order(case: tuple[list[_Pair], list[Span], Need]) -> None:
    pairs, spans, need = case
    gap = covered(_order(*pairs), spans, need)
    gaps = [_has_gap(events, spans, need) for events in _orders(pairs, need)]
    if gap is None:
        assert not any(gaps)
    elif gap.certain:
        assert all(gaps)


def _orders(pairs: Sequence[_Pair], need: Need) -> Iterator[tuple[_Event, ...]]:
    """Yield each order of the operations' effects, with the beginning and the end of the need among them.

    The need begins after everything that ends before its first operation, and before that operation has its effect.
    """
    events: list[_Event] = [*OPERATIONS]
    rules: set[tuple[_Event, _Event]] = {*pairs}
    for _ in OPERATIONS:  # what passes through two operations
        rules |= {(a, d) for a, b in rules for c, d in rules if b == c}
    ordered = set(rules)
    if need.first is not None:
        events.append(_FIRST)
        rules |= {(a, _FIRST) for a, b in ordered if b == need.first} | {(_FIRST, need.first)}
    if need.last is not None:
        events.append(_LAST)
        rules |= {(_LAST, b) for a, b in ordered if a == need.last} | {(need.last, _LAST)}
    if need.first is not None and need.last is not None:
        rules.add((_FIRST, _LAST))
    for order in permutations(events):
        places = {event: place for place, event in enumerate(order)}
        if all(places[a] < places[b] for a, b in rules):
            yield order


def _has_gap(order: Sequence[_Event], spans: Sequence[Span], need: Need) -> bool:
    places = {event: place for place, event in enumerate(order, start=1)}
    begin, end = places.get(_FIRST, 0), places.get(_LAST, len(order) + 1)

    def holds(span: Span, moment: int) -> bool:
        starts = [begin if each == need.first else places[each] for each in span.starts]
        ends = [end if each == need.last else places[each] for each in span.ends]
        return all(each <= moment for each in starts) and all(each > moment for each in ends)

    return any(not any(holds(span, moment) for span in spans) for moment in range(begin, end))
