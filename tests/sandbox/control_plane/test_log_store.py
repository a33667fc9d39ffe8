"""The store of log events: the order of times over streams, places to go on from, and the limit of memory."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade_sandbox.control_plane.log_store import LogStore

pytestmark = pytest.mark.sandbox


def _messages(store: LogStore, *streams: str, **place: Any) -> list[str]:
    return [event.message for event in store.read("g", lambda name: name in streams, **place)]


def test_events_of_several_streams_are_read_in_the_order_of_their_times() -> None:
    store = LogStore()
    store.append("g", "a", [(10, "first"), (30, "third")])
    store.append("g", "b", [(20, "second"), (30, "fourth"), (5, "late, but the oldest")])
    store.append("other", "a", [(15, "of another group")])
    assert _messages(store, "a", "b") == ["late, but the oldest", "first", "second", "third", "fourth"]
    assert _messages(store, "b") == ["late, but the oldest", "second", "fourth"]
    assert _messages(store, "a", "b", start=20) == ["second", "third", "fourth"]


def test_reading_goes_on_after_an_event_also_among_events_of_the_same_time() -> None:
    store = LogStore()
    store.append("g", "a", [(10, "one"), (10, "two"), (10, "three")])
    events = list(store.read("g", lambda _: True))
    assert _messages(store, "a", after=(events[0].timestamp, events[0].id)) == ["two", "three"]
    store.append("g", "a", [(10, "four")])
    assert _messages(store, "a", after=(events[-1].timestamp, events[-1].id)) == ["four"]


def test_beyond_the_limit_the_largest_stream_loses_its_oldest_events() -> None:
    store = LogStore(limit_bytes=100_000)
    store.append("g", "quiet", [(1, "kept")])
    for number in range(5000):
        store.append("g", "loud", [(number, f"line {number} {'x' * 100}")])
    loud = _messages(store, "loud")
    assert _messages(store, "quiet") == ["kept"]
    assert loud[-1].startswith("line 4999 ")
    assert 200 < len(loud) < 350


def test_the_summary_of_a_stream_has_its_times_and_bytes_until_it_is_deleted() -> None:
    store = LogStore()
    assert store.summary("g", "a") is None
    store.append("g", "a", [(10, "12345"), (20, "12345")])
    assert store.summary("g", "a") == (10, 20, 10)
    store.delete("g", "a")
    assert store.summary("g", "a") is None
