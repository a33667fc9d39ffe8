"""Claims about reported attributes: those that the configuration changes, with old and new value, without noise."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.attributes import differences
from colonnade.review.analysis.hidden_values import masked
from colonnade.review.analysis.resource_changes import resource_changes
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes, review

EXPRESSIONS = {"name": {"constant_value": "a"}, "port": {"constant_value": 1}, "health_check": [{"path": {}}]}


def _reported(before: Any, after: Any, **more: Any) -> list[tuple[str, Any, Any, bool]]:
    (read,) = changes(change("aws_lb_target_group.this", before, after, **more))
    return [(each.name, each.before, each.after, each.replaces) for each in differences(read)]


def test_differences_have_old_and_new_values_with_causes_of_a_replacement_first() -> None:
    before, after = {"port": 1, "name": "a"}, {"port": 2, "name": "b"}
    found = _reported(before, after, actions=["create", "delete"], replace_paths=[["port"]], expressions=EXPRESSIONS)
    assert found == [("port", 1, 2, True), ("name", "a", "b", False)]


def test_value_in_a_block_is_reported_with_the_name_of_the_block() -> None:
    before, after = {"health_check": [{"path": "/a"}]}, {"health_check": [{"path": "/b"}]}
    assert _reported(before, after) == [("health_check.path", "/a", "/b", False)]
    assert _reported({"rule": []}, {"rule": [{"a": 1}]}) == [("rule", [], [{"a": 1}], False)]


@pytest.mark.parametrize(
    ("before", "after", "unknown"),
    [
        ({"tags": {"a": "1"}}, {"tags": {"a": "2"}}, {}),
        ({"tags_all": {"a": "1"}}, {"tags_all": {"a": "2"}}, {}),
        ({"arn": "x"}, {}, {"arn": True}),
        ({"timeouts": None}, {"timeouts": {"create": "5m"}}, {}),
        ({"pid_mode": ""}, {"pid_mode": None}, {}),
        ({"base": None}, {"base": 0}, {}),
    ],
)
def test_tags_computed_values_and_equivalent_values_are_noise(before: Any, after: Any, unknown: Any) -> None:
    read = changes(change("aws_vpc.this", before, after, actions=["update"], unknown=unknown))
    assert differences(read[0]) == ()
    assert all(each.is_noise for each in resource_changes(read, ResourceIndex(read)))


def test_reference_to_a_new_resource_is_not_noise() -> None:
    references = {"vpc_id": {"references": ["aws_vpc.this.id"]}}
    (read,) = changes(change("aws_subnet.this", {"vpc_id": "x"}, {}, unknown={"vpc_id": True}, expressions=references))
    assert [each.name for each in differences(read)] == ["vpc_id"]


def test_values_that_become_zero_or_false_are_reported() -> None:
    assert _reported({"desired_count": 2}, {"desired_count": 0}) == [("desired_count", 2, 0, False)]
    assert _reported({"internal": True}, {"internal": False}) == [("internal", True, False, False)]


def test_provider_default_that_a_replacement_resets_is_noise() -> None:
    before, after = {"controller": [{"type": "ECS"}], "port": 1}, {"controller": [], "port": 2}
    found = _reported(before, after, actions=["delete", "create"], replace_paths=[["port"]], expressions=EXPRESSIONS)
    assert [name for name, *_ in found] == ["port"]


@given(st.dictionaries(st.sampled_from("abcd"), st.integers() | st.text(max_size=3) | st.lists(st.integers())))
def test_equal_sides_have_no_differences(values: dict[str, Any]) -> None:
    assert _reported(values, dict(values), actions=["update"]) == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("kms_key_id", "arn:key", None),
        ("access_logs", [{"bucket": "logs", "enabled": True, "prefix": ""}], []),
        ("permissions_boundary", "arn:boundary", ""),
    ],
)
def test_argument_that_leaves_the_configuration_is_reported_on_a_replacement(
    name: str, before: Any, after: Any
) -> None:
    sides = {"name": "a", name: before}, {"name": "b", name: after}
    found = _reported(*sides, actions=["delete", "create"], replace_paths=[["name"]], expressions=EXPRESSIONS)
    assert (name, before, after, False) in found


def test_logs_that_were_off_are_no_loss_on_a_replacement() -> None:
    sides = {"name": "a", "access_logs": [{"bucket": "", "enabled": False}]}, {"name": "b", "access_logs": []}
    found = _reported(*sides, actions=["delete", "create"], replace_paths=[["name"]], expressions=EXPRESSIONS)
    assert [name for name, *_ in found] == ["name"]


def test_of_a_list_of_blocks_only_those_that_differ_are_reported() -> None:
    rules = [{"name": name, "priority": place} for place, name in enumerate("abc")]
    assert _reported({"rule": rules}, {"rule": [rules[0], rules[2]]}) == [("rule", [rules[1]], [], False)]
    assert _reported({"rule": rules}, {"rule": rules[::-1]}) == [("rule", rules, rules[::-1], False)]


LONG = json.dumps({"rules": [{"description": "x" * 200, "selection": {"countNumber": 100}}]})
ROUTES = [{"cidr_block": f"10.{n}.0.0/16", "gateway_id": "igw-1"} for n in range(9)]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (LONG, LONG.replace("100", "1"), ("100", "1}}]}")),
        (ROUTES, [*ROUTES[:8], {**ROUTES[8], "gateway_id": "igw-2"}], ("igw-1", "igw-2")),
        (ROUTES, ROUTES[:8], ("10.8.0.0/16", "[]")),
        ("a" * 300 + "b", "a" * 300 + "c", ("aab`", "aac`")),
        ("a" * 300, "a" * 300 + "c", ("aa`", "aac`")),
    ],
)
def test_of_long_values_the_part_that_differs_is_shown(before: Any, after: Any, shown: tuple[str, str]) -> None:
    report = review(change("aws_x.this", {"value": before}, {"value": after}))
    (line,) = [line for line in report.splitlines() if line.startswith("  - ")]
    old, new = line.split(" → ")
    assert shown[0] in old
    assert shown[1] in new
    assert old.partition(" ")[2] != new


SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("environment", [{"variables": {"A": "1"}}], [{"variables": {"A": SECRET}}]),
        ("environment", [], [{"variables": {"A": SECRET}}]),
        ("variables", {"A": SECRET}, {"A": "2"}),
        ("condition", [], [{"http_header": [{"http_header_name": "X", "values": [SECRET]}]}]),
        ("condition", [{"http_header": [{"values": ["1"]}]}], [{"http_header": [{"values": [SECRET]}]}]),
        ("password", "1", SECRET),
        ("master_password", SECRET, None),
        ("definition", json.dumps({"a": {"apiKey": "1"}}), json.dumps({"a": {"apiKey": SECRET}})),
        ("custom_header", [], [{"name": "X-Auth-Token", "value": SECRET}]),
        ("url", "postgres://u:p@db", f"postgres://u:{SECRET}@db"),
        ("user_data", "x", f"Authorization: Bearer {SECRET}"),
        ("container_properties", "{}", json.dumps({"environment": [{"name": "A", "value": SECRET}]})),
        ("origin", [], [{"custom_header": [{"name": "X-Origin-Verify", "value": SECRET}]}]),
        ("auth_parameters", [], [{"invocation_http_parameters": [{"header": [{"key": "X", "value": SECRET}]}]}]),
        ("request_parameters", {}, {"integration.request.header.X-Origin": SECRET}),
        ("stage_variables", {"a": "1"}, {"a": SECRET}),
        ("runtime_environment_variables", {"a": "1"}, {"a": SECRET}),
        ("environment_properties", [], [{"property_group": [{"property_map": {"a": SECRET}}]}]),
        ("search_string", "1", SECRET),
        ("user_data_base64", "1", SECRET),
        ("setting", [], [{"namespace": "aws:elasticbeanstalk:application:environment", "name": "A", "value": SECRET}]),
        ("endpoint", "x", f"https://example.com/in?token={SECRET}&a=1"),
        ("endpoint", "x", f"https://hooks.slack.com/services/T000/B000/{SECRET}"),
        ("connection", "x", f"Server=db;Password={SECRET};"),
        ("code", "x", f"var apiKey = '{SECRET}';"),
    ],
)
def test_values_of_variables_headers_and_secrets_are_not_shown(name: str, before: Any, after: Any) -> None:
    report = review(change("aws_x.this", {name: before}, {name: after}))
    assert "(hidden)" in report
    assert name in report
    assert SECRET not in report


@pytest.mark.parametrize("name", ["secret_arn", "kms_key_id", "token_endpoint_arn", "secret_id", "http_tokens"])
def test_the_name_of_a_secret_is_shown(name: str) -> None:
    assert "`one` → `two`" in review(change("aws_x.this", {name: "one"}, {name: "two"}))


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
        "secretsmanager:GetSecretValue",
        '{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:*"}}',
        "a secret of the shop",
        "secret_arn=arn:aws:ssm:eu-west-1:111122223333:parameter/db",
    ],
)
def test_what_only_mentions_a_secret_is_shown(value: str) -> None:
    assert value in review(change("aws_x.this", {"text": "x"}, {"text": value}))


@pytest.mark.parametrize("part", ["eyJ-", "://a:", "bearer ", "password", "-token", "mysql ", "--user a", "secret = "])
def test_secrets_are_searched_in_linear_time(part: str) -> None:
    value = part * (200_000 // len(part))
    started = time.process_time()
    masked(value)
    assert time.process_time() - started < 1
