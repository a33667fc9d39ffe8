"""Physical names: unique, stable and within the limits; and the rules for declared names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model import naming

ENVIRONMENTS = st.from_regex(r"[a-z][a-z0-9]{0,15}", fullmatch=True)
LABELS = st.from_regex(r"[a-z][a-z0-9]{0,12}(-[a-z0-9]{1,8}){0,4}", fullmatch=True)
PROJECT = "colonnade"
PARTS = st.tuples(ENVIRONMENTS, LABELS, LABELS)


def _ambiguous(one: str, other: str) -> bool:
    """Return True if two deployments must not have these names (`deployment.rules`)."""
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(f"{shorter}-")


@given(PARTS, PARTS, st.sampled_from([32, 64, 255]))
@settings(deadline=None)
def test_two_roles_never_share_a_physical_name(
    one: tuple[str, str, str], other: tuple[str, str, str], max_length: int
) -> None:
    if one != other and not _ambiguous(one[1], other[1]):
        names = {naming.physical_name(PROJECT, *each, max_length=max_length) for each in (one, other)}
        assert len(names) == 2


@given(PARTS, st.sampled_from([32, 64, 255]))
@settings(deadline=None)
def test_a_physical_name_fits_its_limit_and_is_made_of_letters_digits_and_inner_hyphens(
    parts: tuple[str, str, str], max_length: int
) -> None:
    name = naming.physical_name(PROJECT, *parts, max_length=max_length)

    assert len(name) <= max_length
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


def test_a_name_within_the_limit_is_not_shortened() -> None:
    assert naming.physical_name(PROJECT, "dev", "services", "lb", max_length=32) == "colonnade-dev-services-lb"


def test_a_name_that_is_too_long_keeps_its_start_and_ends_with_a_stable_hash() -> None:
    name = naming.physical_name(PROJECT, "production", "services", "load-balancer", max_length=32)

    assert name == "colonnade-production-se-0aab2e80"


@given(PARTS, PARTS, st.sampled_from(["10.0.0.0/16", "10.1.0.0/16"]))
@settings(deadline=None)
def test_two_target_groups_never_share_a_name(
    one: tuple[str, str, str], other: tuple[str, str, str], vpc_cidr: str
) -> None:
    first = naming.target_group_name(PROJECT, *one, vpc="10.0.0.0/16")
    second = naming.target_group_name(PROJECT, *other, vpc=vpc_cidr)
    assert (first == second) == ((one, "10.0.0.0/16") == (other, vpc_cidr))
    assert len(first) <= 32
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", first)


@pytest.mark.parametrize(
    ("deployment", "service", "start"),
    [
        ("services", "service1", "services-service1-"),
        ("message_board", "users", "message-board-users-"),
        ("a-very-long-deployment-name", "users", "a-very-long-deplo-users-"),
        ("shop", "a-service-with-a-long-name", "a-service-with-a-long-n-"),
    ],
)
def test_a_target_groups_name_begins_with_its_deployment_and_keeps_its_service(
    deployment: str, service: str, start: str
) -> None:
    name = naming.target_group_name(PROJECT, "dev", deployment, service, vpc="10.0.0.0/16")
    assert name[:-8] == start


@pytest.mark.parametrize(
    ("name", "prefix"), [("service1", "servi-"), ("api", "api-"), ("user-svc", "user-"), ("a", "a-")]
)
def test_a_name_prefix_ends_in_one_hyphen_and_fits(name: str, prefix: str) -> None:
    assert naming.name_prefix(name, max_length=6) == prefix


@pytest.mark.parametrize(
    ("name", "title"), [("services", "Services"), ("product-user", "ProductUser"), ("product_user", "ProductUser")]
)
def test_a_title_is_in_camel_case(name: str, title: str) -> None:
    assert naming.title(name) == title


def test_underscores_of_a_deployments_name_are_hyphens_in_physical_names_and_stay_in_the_states() -> None:
    assert naming.physical_name(PROJECT, "dev", "product_user", "lb", max_length=32) == "colonnade-dev-product-user-lb"
    assert naming.log_group_name(PROJECT, "dev", "product_user", "user-svc") == "/colonnade/dev/product-user/user-svc"
    assert naming.state_key("dev", "product_user") == "dev/product_user/terraform.tfstate"


@pytest.mark.parametrize("name", ["shop", "product_user", "a-b_c1"])
def test_a_deployment_may_have_single_underscores_in_its_name(name: str) -> None:
    assert naming.deployment_name_fault(name) is None


@pytest.mark.parametrize("name", ["", "a__b", "a_-b", "_a", "a_", "1a", "A_b"])
def test_any_other_name_of_a_deployment_is_refused(name: str) -> None:
    fault = naming.deployment_name_fault(name)

    assert fault is not None
    assert repr(name) in fault.message


def test_names_that_other_stacks_compute_do_not_change() -> None:
    repository = naming.repository_name(PROJECT, "sandbox", "service1")

    assert repository == "colonnade-sandbox-service1"
    assert (
        naming.repository_url(account_id="123456789012", region="eu-west-1", repository=repository)
        == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/colonnade-sandbox-service1"
    )
    assert (
        naming.repository_arn(account_id="123456789012", region="eu-west-1", repository=repository)
        == "arn:aws:ecr:eu-west-1:123456789012:repository/colonnade-sandbox-service1"
    )
    assert naming.state_key("dev", "services") == "dev/services/terraform.tfstate"
    assert naming.log_group_name(PROJECT, "dev", "services", "service1") == "/colonnade/dev/services/service1"
    assert naming.flow_log_group_name(PROJECT, "dev", "services") == "/colonnade/dev/services/network/flow-logs"


@given(LABELS)
def test_a_label_of_letters_digits_and_single_hyphens_passes(label: str) -> None:
    assert naming.label_fault("name", label) is None


@pytest.mark.parametrize("label", ["", "Orders", "1st", "a_b", "a--b", "-a", "a-", "a.b", "a b", "é", "a\n", "a" * 64])
def test_any_other_label_is_refused(label: str) -> None:
    fault = naming.label_fault("name", label)

    assert fault is not None
    assert repr(label) in fault.message
    assert "1 to 63 lower-case letters, digits and single hyphens, a letter first" in fault.fix


def test_a_string_that_is_not_a_label_is_reported_with_a_similar_one() -> None:
    assert naming.label_fault("image", "Order_API") == (
        "image 'Order_API' is not a valid name in DNS and image repositories",
        "use 'order-api': 1 to 63 lower-case letters, digits and single hyphens, a letter first",
    )
    long = naming.label_fault("image", "a" * 64)
    assert long is not None
    assert long.message.endswith("has 64 characters; a DNS label has at most 63")


@given(st.text(max_size=80))
@settings(deadline=None)
def test_a_suggested_name_is_valid(label: str) -> None:
    fault = naming.label_fault("name", label)
    suggested = re.match(r"use '(.*?)':", fault.fix) if fault is not None else None

    if suggested is not None:
        assert naming.label_fault("name", suggested[1]) is None


@pytest.mark.parametrize("domain", ["services", "example.com", "a.localhost", "xn--bcher-kva.example", "1.2.a"])
def test_a_domain_name_passes(domain: str) -> None:
    assert naming.domain_name_fault("zone_name", domain) is None


@pytest.mark.parametrize(
    "domain", ["", "example.com.", ".com", "a..b", "Example.com", "a b", "-a.b", "a." * 127 + "aa"]
)
def test_an_invalid_domain_name_is_refused(domain: str) -> None:
    fault = naming.domain_name_fault("zone_name", domain)

    assert fault is not None
    assert fault.message == f"zone_name {domain!r} is not a domain name"
