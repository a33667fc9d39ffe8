"""Namespaces that hide names in the VPC: refused where tasks need the names, a warning under a top-level domain."""

from __future__ import annotations

import pytest

from colonnade.model.network.namespace import public_domain_fault
from colonnade.model.network.top_level_domains import TOP_LEVEL_DOMAINS
from tests.model.test_warnings import warnings_of
from tests.support.specs import deployment, problems_of, service
from tools.top_level_domains import TARGET, module

_SUFFIXES = """
// VERSION: 2026-01-02_03-04-05_UTC
// ===BEGIN ICANN DOMAINS===
// ac : http://nic.ac/rules.htm
ac
com.ac
*.ck
!www.ck
名古屋
// ===END ICANN DOMAINS===
private.example
"""


@pytest.mark.parametrize(
    "namespace",
    [
        *("amazonaws.com", "com", "eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "aws", "on.aws", "ecr.aws"),
        *("cloudfront.net", "shop.cloudfront.net", "net"),
    ],
)
def test_a_namespace_that_hides_awss_endpoints_is_refused(namespace: str) -> None:
    (problem,) = problems_of(deployment(service(), namespace=namespace))
    assert problem.startswith(f"deployment 'shop': namespace {namespace!r} hides the endpoints of AWS: ")


@pytest.mark.parametrize(
    ("namespace", "hidden"),
    [
        ("example.org", "registry.example.org"),
        ("registry.example.org", "registry.example.org"),
        ("example.com", "example.com"),
        ("shop.example.com", "shop.example.com"),
    ],
)
def test_a_namespace_that_hides_a_name_that_tasks_need_is_refused(namespace: str, hidden: str) -> None:
    image = "registry.example.org/shop/orders"
    problems = problems_of(deployment(service(public_image=image), namespace=namespace))
    assert any(f"namespace {namespace!r} hides " in problem and repr(hidden) in problem for problem in problems)


@pytest.mark.parametrize("namespace", ["shop.internal", "internal.example.com", "a.registry.example.org"])
def test_a_namespace_that_hides_none_of_them_is_not(namespace: str) -> None:
    image = "registry.example.org/shop/orders"
    assert problems_of(deployment(service(public_image=image), namespace=namespace)) == []


@pytest.mark.parametrize("namespace", ["services", "api.services", "acme.dev", "shop"])
def test_a_namespace_under_a_public_top_level_domain_is_warned_about(namespace: str) -> None:
    (warning,) = warnings_of(deployment(service(), namespace=namespace))
    assert (warning.code, warning.subject) == ("public-namespace", "deployment 'shop'")
    assert f"hides the public names under .{namespace} " in warning.message


@pytest.mark.parametrize("namespace", ["shop.internal", "message-board", "shop.local", "internal.example.com", None])
def test_a_private_name_or_one_below_the_environments_zone_is_not(namespace: str | None) -> None:
    assert warnings_of(deployment(service(), namespace=namespace)) == ()


def test_the_fix_of_the_warning_has_no_warning() -> None:
    fault = public_domain_fault("services", "example.com")
    assert fault is not None
    assert warnings_of(deployment(service(), namespace=fault.fix.split("'")[1])) == ()


def test_the_list_has_the_top_level_domains_and_no_reserved_name() -> None:
    assert {"com", "services", "dev", "ck", "xn--p1ai"} < TOP_LEVEL_DOMAINS
    assert not {"internal", "local", "localhost", "test", "example", "invalid"} & TOP_LEVEL_DOMAINS
    assert len(TOP_LEVEL_DOMAINS) > 1400


def test_the_list_is_generated_from_the_icann_section_of_a_public_suffix_list() -> None:
    text = module(_SUFFIXES)
    assert "version 2026-01-02_03-04-05_UTC" in text
    assert "\nac ck xn--" in text
    assert "private" not in text
    assert TARGET.read_text().partition("\nSource:")[0] == text.partition("\nSource:")[0]
