"""CloudWatch Logs as boto3 sees it on a running emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from colonnade_sandbox.aws_emulator.logs import matcher
from colonnade_sandbox.aws_emulator.server import AwsEmulator
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.control_plane.observations import Observations

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("emulator")]

_GROUP = "/ecs/shop"


class Account:
    """An emulator with a log group, and the store in which tasks write."""

    def __init__(self, emulator: AwsEmulator, observations: Observations) -> None:
        self.emulator, self.store = emulator, observations.logs
        self.logs: Any = connect(endpoint=emulator.endpoint, region="eu-west-1").logs
        self.logs.create_log_group(logGroupName=_GROUP)

    def write(self, stream: str, *events: tuple[int, str]) -> None:
        """Create a stream with these events, as a task does."""
        self.logs.create_log_stream(logGroupName=_GROUP, logStreamName=stream)
        self.store.append(_GROUP, stream, events)

    def filtered(self, **filters: Any) -> list[str]:
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=_GROUP, **filters)
        return [event["message"] for page in pages for event in page["events"]]


@pytest.fixture
def account() -> Iterator[Account]:
    observations = Observations()
    emulator = AwsEmulator(account_id="123456789012", observations=observations)
    emulator.start()
    try:
        yield Account(emulator, observations)
    finally:
        emulator.close()


def test_the_events_of_a_prefix_are_merged_by_time(account: Account) -> None:
    account.write("shop/shop/a", (1000, "one"), (3000, "three"))
    account.write("shop/shop/b", (2000, "two"))
    account.write("cart/cart/c", (1500, "of another service"))
    assert account.filtered(logStreamNamePrefix="shop/shop/") == ["one", "two", "three"]
    assert account.filtered(logStreamNames=["shop/shop/b"]) == ["two"]
    assert account.filtered(startTime=1500, endTime=2000) == ["of another service", "two"]
    (event, *_) = account.logs.filter_log_events(logGroupName=_GROUP)["events"]
    assert (event["logStreamName"], event["timestamp"], event["message"]) == ("shop/shop/a", 1000, "one")


def test_many_events_are_read_in_pages_of_a_limited_size(account: Account) -> None:
    account.write("shop/shop/a", *((number, f"{number:04d} {'x' * 995}") for number in range(3000)))
    pages = list(account.logs.get_paginator("filter_log_events").paginate(logGroupName=_GROUP))
    assert [len(page["events"]) for page in pages] == [1048, 1048, 904]
    assert account.filtered(limit=7, startTime=2990) == [f"{number:04d} {'x' * 995}" for number in range(2990, 3000)]
    ids = [event["eventId"] for page in pages for event in page["events"]]
    assert len(set(ids)) == 3000


def test_one_stream_is_read_from_its_end_and_followed(account: Account) -> None:
    account.write("shop/shop/a", *((number, f"line {number}") for number in range(1, 6)))
    request = {"logGroupName": _GROUP, "logStreamName": "shop/shop/a", "limit": 2}
    answer = account.logs.get_log_events(**request)
    assert [event["message"] for event in answer["events"]] == ["line 4", "line 5"]
    earlier = account.logs.get_log_events(**request, nextToken=answer["nextBackwardToken"])
    assert [event["message"] for event in earlier["events"]] == ["line 2", "line 3"]
    account.store.append(_GROUP, "shop/shop/a", [(6, "line 6")])
    later = account.logs.get_log_events(**request, nextToken=answer["nextForwardToken"])
    assert [event["message"] for event in later["events"]] == ["line 6"]
    at_the_end = account.logs.get_log_events(**request, nextToken=later["nextForwardToken"])
    assert (at_the_end["events"], at_the_end["nextForwardToken"]) == ([], later["nextForwardToken"])
    first = account.logs.get_log_events(**request, startFromHead=True)["events"]
    assert [event["message"] for event in first] == ["line 1", "line 2"]


def test_streams_are_described_with_their_times_in_the_requested_order(account: Account) -> None:
    account.write("shop/shop/a", (1000, "one"), (9000, "two"))
    account.write("shop/shop/b", (2000, "three"))
    account.write("shop/shop/empty")
    found = account.logs.describe_log_streams(logGroupName=_GROUP, orderBy="LastEventTime", descending=True)
    assert [each["logStreamName"][-1] for each in found["logStreams"]] == ["a", "b", "y"]
    (first, *_, empty) = found["logStreams"]
    assert (first["firstEventTimestamp"], first["lastEventTimestamp"]) == (1000, 9000)
    assert "lastEventTimestamp" not in empty
    pages = account.logs.get_paginator("describe_log_streams").paginate(
        logGroupName=_GROUP, logStreamNamePrefix="shop/", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["logStreams"]) for page in pages] == [2, 1]


def test_a_client_can_write_events_of_its_own(account: Account) -> None:
    account.write("own")
    account.logs.put_log_events(
        logGroupName=_GROUP, logStreamName="own", logEvents=[{"timestamp": 5, "message": "hello"}]
    )
    assert account.filtered() == ["hello"]


def test_an_unknown_group_or_stream_and_a_wrong_token_are_refused(account: Account) -> None:
    with pytest.raises(account.logs.exceptions.ResourceNotFoundException):
        account.logs.filter_log_events(logGroupName="/ecs/unknown")
    with pytest.raises(account.logs.exceptions.ResourceNotFoundException):
        account.logs.get_log_events(logGroupName=_GROUP, logStreamName="unknown")
    with pytest.raises(ClientError, match="nextToken is invalid"):
        account.logs.filter_log_events(logGroupName=_GROUP, nextToken="wrong")


def test_a_deleted_group_has_no_events_when_it_is_created_again(account: Account) -> None:
    account.write("shop/shop/a", (1, "old"))
    account.logs.delete_log_group(logGroupName=_GROUP)
    account.logs.create_log_group(logGroupName=_GROUP)
    assert account.filtered() == []


def test_reading_logs_changes_nothing(account: Account) -> None:
    before = account.emulator.changes("logs")
    account.filtered()
    assert account.emulator.changes("logs") == before


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["GET /a 200", "GET /health 200", "POST /a 500"]),
        ("GET", ["GET /a 200", "GET /health 200"]),
        ("GET /a", ["GET /a 200"]),
        ('"GET /a"', ["GET /a 200"]),
        ("-GET", ["POST /a 500"]),
        ('GET -"/health 200"', ["GET /a 200"]),
        ("?POST ?/health", ["GET /health 200", "POST /a 500"]),
    ],
)
def test_a_filter_pattern_has_required_excluded_and_optional_terms(pattern: str, found: list[str]) -> None:
    lines = ["GET /a 200", "GET /health 200", "POST /a 500"]
    assert list(filter(matcher(pattern), lines)) == found


def test_a_filter_pattern_that_the_emulator_does_not_know_is_refused(account: Account) -> None:
    with pytest.raises(ClientError, match="only filter patterns with terms"):
        account.filtered(filterPattern="{ $.status = 500 }")
