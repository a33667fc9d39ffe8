"""The fixes that problems propose: each proposed value is accepted in its turn."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model import naming
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.environment.document import parse
from colonnade.model.migration.phases import Migration, MigrationSettings
from colonnade.model.network.layout import NetworkLayout
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from tests.support.specs import deployment, environment, problems_of, problems_raised, service
from tests.support.toml_documents import changed

NUMBERS = st.integers(min_value=-10, max_value=400)
NAMES = st.text(st.sampled_from("aZ9-_. é/"), max_size=70)
LABELS = st.text(st.sampled_from("ab"), min_size=1, max_size=40)
ADDRESSES = st.tuples(st.sampled_from([8, 10, 172, 192]), st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
BLOCKS = st.tuples(ADDRESSES.map(lambda parts: ".".join(map(str, parts))), st.integers(0, 32)).map(
    lambda block: f"{block[0]}/{block[1]}"
) | ADDRESSES.map(lambda parts: ".".join(map(str, parts)))
PREFIXES = st.lists(
    st.sampled_from(["/", "//", "a", "..", ".", "https://x", "?", "#", " ", "é", "b", "&"]), max_size=8
).map("".join)

VALUE = re.compile(
    r"^(?:use |write the size too, such as |nearest: |did you mean )(?:a [\w.]+ of )?"
    r"(?:'(?P<text>[^']+)'|(?P<number>\d+)(?! to))"
)


def proposed(fix: str) -> str | int | None:
    """Return the value that a fix proposes for the field of its problem; None if it proposes none."""
    found = VALUE.search(fix)
    if found is None:
        return None
    return found["text"] if found["text"] is not None else int(found["number"])


def mended(check: Callable[[Any], list[str]], value: object, field: str) -> None:
    """Fail if a check refuses a value of the field and, in the same field, the value that its fix proposes."""
    for problem in check(value):
        message, fix = problem.split("\n    ")
        instead = proposed(fix)
        if (
            message.split(": ", 1)[1].startswith(f"{field} ")
            and instead is not None
            and " of " not in fix.split(" or ")[0]
        ):
            left = [each for each in check(instead) if f": {field} " in each]
            assert left == [], f"{problem} leads to {left}"


def of_document(key: str) -> Callable[[Any], list[str]]:
    return lambda value: problems_raised(lambda: parse("colonnade", "dev", changed(key, value)))


@pytest.mark.parametrize(
    "key",
    [
        "tasks.drain_seconds", "tasks.stop_timeout_seconds", "tasks.log_retention_days", "timing.dns_ttl_seconds",
        "timing.health_check_timeout_seconds", "timing.health_check_interval_seconds",
        "timing.steady_state_timeout_minutes", "timing.health_check_grace_seconds",
    ],
)  # fmt: skip
@given(number=NUMBERS)
@settings(max_examples=60)
def test_a_number_that_is_proposed_for_a_setting_is_accepted(key: str, number: int) -> None:
    mended(of_document(key), number, key)


@given(BLOCKS)
def test_a_block_that_is_proposed_is_accepted(block: str) -> None:
    mended(of_document("network.vpc_cidrs.shop"), block, "network.vpc_cidrs.shop")


@given(BLOCKS)
def test_a_block_that_is_proposed_for_a_subnet_is_accepted(block: str) -> None:
    def check(value: str) -> list[str]:
        layout = NetworkLayout(
            zones=("a", "b"), vpc_cidr="10.0.0.0/16", nat="single",
            public_cidrs=("10.0.0.0/24", "10.0.1.0/24"), private_cidrs=("10.0.2.0/24", value),
        )  # fmt: skip
        return [each for each in problems_of(deployment(service(), network=layout)) if "overlaps" not in each]

    mended(check, block, "network.private_cidrs")


@given(PREFIXES)
def test_a_prefix_that_is_proposed_is_accepted(prefix: str) -> None:
    mended(lambda value: problems_of(deployment(service("orders", value))), prefix, "path prefix")


@given(NAMES)
def test_a_name_that_is_proposed_is_accepted(name: str) -> None:
    mended(lambda value: problems_of(deployment(service(value, "/orders"))), name, "name")
    mended(lambda value: problems_of(deployment(service(), name=value)), name, "name")
    mended(lambda value: problems_of(deployment(service(), subdomain=value)), name, "subdomain")
    fault = naming.project_name_fault(name)
    instead = proposed(fault.fix) if fault is not None else None
    assert instead is None or naming.project_name_fault(str(instead)) is None


@given(NUMBERS, NUMBERS)
def test_a_timeout_that_is_proposed_for_a_service_is_accepted(interval: int, timeout: int) -> None:
    def check(value: int) -> list[str]:
        own = HealthCheck(interval_seconds=interval, timeout_seconds=value, healthy_threshold=2, unhealthy_threshold=2)
        return problems_of(deployment(service(health_check=own)))

    mended(check, timeout, "health_check.timeout_seconds")


@given(LABELS, st.lists(LABELS, max_size=3), LABELS)
def test_a_service_that_is_proposed_is_accepted(name: str, calls: list[str], callee: str) -> None:
    def check(value: str) -> list[str]:
        caller = service(f"{name}s", calls=(*calls, value))
        return problems_of(deployment(caller, service(f"{name}z"), default_action=ForwardTo(service=f"{name}z")))

    for problem in check(callee):
        instead = proposed(problem.split("\n    ")[1])
        if f"calls {callee!r}, which" in problem and instead is not None:
            assert not any(f"calls {instead!r}" in each or "calls itself" in each for each in check(str(instead)))


def test_a_microservice_that_is_proposed_is_not_the_monolith() -> None:
    declared = deployment(
        service("api"), service("users", "/api/users"), migration=Migration(monolith="api", microservices=("apj",))
    )

    assert not any("did you mean 'api'" in each for each in problems_of(declared))


def test_a_long_drain_is_shortened_as_no_longer_stop_timeout_is_allowed() -> None:
    def fixes(key: str, value: int) -> list[str]:
        return [each.split("\n    ")[1] for each in of_document(key)(value)]

    assert fixes("tasks.drain_seconds", 130) == ["use a drain time of 29 or less"]
    assert fixes("timing.dns_ttl_seconds", 300) == ["use a timing.dns_ttl_seconds of 17 or less"]


@given(drain=NUMBERS, stop_timeout=NUMBERS, ttl=NUMBERS)
def test_times_are_accepted_after_all_their_fixes_were_followed_once(drain: int, stop_timeout: int, ttl: int) -> None:
    times = {"tasks.drain_seconds": drain, "tasks.stop_timeout_seconds": stop_timeout, "timing.dns_ttl_seconds": ttl}
    others = {"timing.steady_state_timeout_minutes": 60}
    check = _check_of(others)
    for problem in (problems := check(times)):
        times |= _followed(problem, times)
    assert check(times) == [], problems


def _check_of(others: dict[str, int]) -> Callable[[dict[str, int]], list[str]]:
    def check(times: dict[str, int]) -> list[str]:
        document: Any = changed("tasks.desired_count", 2)
        for key, value in (times | others).items():
            table, _, name = key.partition(".")
            document[table][name] = value
        return problems_raised(lambda: parse("colonnade", "dev", document))

    return check


def _followed(problem: str, times: dict[str, int]) -> dict[str, int]:
    """Return the times that a fix proposes; of two stop timeouts, the longer one."""
    message, fix = problem.split("\n    ")
    key = message.split()[2]
    found = {name: int(number) for name, number in re.findall(r"a ((?:tasks|timing)\.\w+) of (\d+)", fix)}
    for words, name in (("drain time", "drain_seconds"), ("stop timeout", "stop_timeout_seconds")):
        found |= {f"tasks.{name}": int(number) for number in re.findall(rf"a {words} of (\d+)", fix)}
    if ttl := re.search(r"a TTL of (\d+)", fix):
        found["timing.dns_ttl_seconds"] = int(ttl[1])
    if own := re.match(r"use (\d+)", fix):
        found[key] = int(own[1])
    if allowed := re.match(r"allowed: (\d+) to (\d+)", fix):
        found[key] = min(max(times[key], int(allowed[1])), int(allowed[2]))
    stop = "tasks.stop_timeout_seconds"
    if stop in found and times[stop] <= 120:
        found[stop] = max(found[stop], times[stop])
    return found


def test_a_block_of_a_network_that_is_proposed_has_room_for_its_subnets() -> None:
    subnets = {"public_cidrs": ("10.0.0.0/27", "10.0.0.32/27"), "private_cidrs": ("10.0.0.64/28", "10.0.0.80/28")}
    for vpc in ("10.0.0.0/30", "10.0.0.0/8", "10.0.0.1/25", "10.0.0.0", "8.8.0.0/24", "x"):
        layout = NetworkLayout(zones=("a", "b"), vpc_cidr=vpc, nat="single", **subnets)
        (problem,) = problems_of(deployment(service(), network=layout))
        instead = proposed(problem.split("\n    ")[1])
        assert problems_of(deployment(service(), network=replace(layout, vpc_cidr=str(instead)))) == []


def test_an_action_that_is_proposed_beside_an_undeclared_monolith_is_accepted() -> None:
    services = (service("api"), service("users", "/api/users"), service("posts", "/api/posts"))
    where = replace(environment(*services), migration={"shop": MigrationSettings(phase="monolith")})
    wrong = Migration(monolith="apj", microservices=("users", "posts"))
    problems = problems_of(deployment(*services, default_action=ForwardTo(service="users"), migration=wrong), where)
    assert [problem.split("\n    ")[1] for problem in problems] == [
        "did you mean 'api'? declared: api, posts, users",
        "forward it to the monolith",
    ]
    right = replace(wrong, monolith="api")
    assert problems_of(deployment(*services, default_action=ForwardTo(service="api"), migration=right), where) == []


def test_a_zone_that_leaves_no_room_for_a_subdomain_is_named() -> None:
    zone = f"{'z' * 60}.com"

    (problem,) = problems_of(deployment(service()), replace(environment(service()), zone_name=zone))
    assert problem.endswith("use a zone_name of 62 characters or fewer")


def test_a_prefix_keeps_its_meaning_when_it_is_corrected() -> None:
    def fix(prefix: str) -> str:
        return problems_of(deployment(service("orders", prefix)))[0].split("\n    ")[1].split(";")[0]

    assert fix("https://shop.example.com/orders") == "use '/orders'"
    assert fix("/a/../b") == "use '/b'"


def test_a_thousand_services_are_refused_at_once() -> None:
    many = deployment(
        *(service(f"s{number}", desired_count=0) for number in range(1000)), default_action=ForwardTo(service="s0")
    )
    start = time.process_time()

    assert len(problems_of(many)) == 2
    assert time.process_time() - start < 5


def test_a_name_with_control_characters_is_printed_escaped() -> None:
    evil = service("\x1b[31mred\n", "/red")

    problems = problems_of(deployment(evil, service("orders", calls=("missing",))))
    assert len(problems) > 1
    assert all(line.isprintable() for problem in problems for line in problem.splitlines())
    assert all(len(problem.splitlines()) == 2 for problem in problems)


def test_the_wrong_entry_of_a_long_table_is_shown() -> None:
    images: dict[str, object] = {f"image-{number}": "1.0.0" for number in range(50)}

    assert of_document("images")({**images, "image-31": 7}) == [
        "environment 'dev': images.image-31 7 is not a string\n    write it in quotes"
    ]


def test_every_problem_of_a_service_names_its_deployment() -> None:
    wrong = Service(name="orders", path_prefix="/orders*", container_port=0, cpu_units=1, calls=("x",), rule_priority=0)
    answer = FixedResponse(status_code=404, content_type="text/plain", message_body="")
    declared = Deployment(name="mart", services=(wrong, replace(wrong, name="users")), default_action=answer)

    problems = problems_of(declared, environment())
    assert len(problems) > 8
    assert all(problem.startswith("deployment 'mart', service '") for problem in problems)
