"""Zones and certificates that exist, and the names of a deployment: tables, rules and resolved values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.environment.document import parse
from colonnade.model.environment.domain import CertificateSettings, ZoneSettings
from colonnade.model.environment.settings import DeploymentSettings, Environment
from colonnade.model.resolve import resolve
from colonnade.model.resolved import Resolved
from tests.support.specs import deployment, environment, problems_raised, resolved, service
from tests.support.toml_documents import document

ARN = "arn:aws:acm:eu-west-1:999988887777:certificate/a1b2c3d4-5678-90ab-cdef-111111111111"
WILDCARD = CertificateSettings(arn=ARN, domains=("*.example.com",))
SHOP = deployment(service())


def parsed(**tables: Any) -> Environment:
    return parse("colonnade", "dev", {**document(), **tables})


def in_environment(shop: DeploymentSettings | None = None, **fields: Any) -> Resolved:
    deployments = {"shop": shop} if shop is not None else {}
    where = replace(environment(service()), deployments=deployments, **fields)
    return resolve((SHOP,), lambda: where)[0]


def messages(problems: list[str]) -> list[str]:
    return [each.splitlines()[0].partition(": ")[2] for each in problems]


def test_without_tables_a_deployment_has_its_subdomain_and_its_own_certificate() -> None:
    found = resolved(SHOP)
    assert (found.domain_name, found.other_domain_names, found.certificate) == ("shop.example.com", (), None)
    assert found.zone == ZoneSettings()
    assert resolved(deployment(service(), subdomain=None)).domain_name is None


def test_the_tables_are_read_with_their_sources() -> None:
    role = "arn:aws:iam::111122223333:role/team/dns"
    where = parsed(
        zone={"id": "Z0123456789ABC", "role_arn": role},
        certificate={"arn": ARN, "domains": ["*.example.com"]},
        deployments={"shop": {"domain_names": ["shop.example.com", "www.example.com"]}},
    )
    (found,) = resolve((SHOP,), lambda: where)
    assert found.zone == ZoneSettings(id="Z0123456789ABC", role_arn=role)
    assert (found.domain_name, found.other_domain_names) == ("shop.example.com", ("www.example.com",))
    assert found.certificate == WILDCARD
    file = "environments/dev.toml"
    assert [found.sources[key] for key in ("zone", "certificate", "domain_name", "other_domain_names")] == [
        f"{file} [zone]",
        f"{file} [certificate]",
        f"{file} [deployments.shop]",
        f"{file} [deployments.shop]",
    ]


def test_the_apex_of_the_zone_is_a_name_and_a_deployment_without_a_subdomain_gets_one_here() -> None:
    names = DeploymentSettings(domain_names=("example.com",))
    assert in_environment(names).domain_name == "example.com"
    where = replace(environment(service()), deployments={"shop": names})
    (found,) = resolve((deployment(service(), subdomain=None),), lambda: where)
    assert found.domain_name == "example.com"


def test_the_certificate_of_a_deployment_comes_before_that_of_the_environment() -> None:
    own = replace(WILDCARD, domains=("shop.example.com",))
    assert in_environment(DeploymentSettings(certificate=own), certificate=WILDCARD).certificate == own
    (http_only,) = resolve(
        (deployment(service(), subdomain=None),), lambda: replace(environment(service()), certificate=WILDCARD)
    )
    assert http_only.certificate is None


def test_every_fault_of_every_table_is_reported_at_once() -> None:
    found = problems_raised(
        lambda: parsed(
            zone={"id": "zone", "role_arn": "arn:aws:iam::1:role/dns"},
            certificate={"arn": ARN.replace("eu-west-1", "us-east-1"), "domains": []},
            deployments={
                "shop": {"domain_names": ["example.org", "Shop.example.com", "a.example.com", "a.example.com"]},
                "mart": {"certificate": {"arn": "arn", "domains": ["*.*.example.com"]}},
                "long": {"domain_names": [f"{'a' * 60}.example.com", *(f"n{each}.example.com" for each in range(9))]},
            },
        )
    )
    assert messages(found) == [
        "zone.id 'zone' is not the ID of a hosted zone",
        "zone.role_arn 'arn:aws:iam::1:role/dns' is not the ARN of a role",
        f"certificate.arn '{ARN.replace('eu-west-1', 'us-east-1')}' is not in the environment's region 'eu-west-1' and "
        "account '999988887777'",
        "certificate.domains is empty",
        "deployments.mart.certificate.arn 'arn' is not the ARN of a certificate of ACM",
        "deployments.mart.certificate.domains: the name '*.example.com' is not a domain name",
        "deployments.shop.domain_names: 'example.org' is not in the zone 'example.com'",
        "deployments.shop.domain_names: the name 'Shop.example.com' is not a domain name",
        "deployments.shop.domain_names lists 'a.example.com' twice",
        "deployments.long.domain_names has 10 names; a certificate has room for 9",
        f"deployments.long.domain_names: the first name '{'a' * 60}.example.com' has 72 characters; a certificate's "
        "domain name has at most 64",
    ]


@pytest.mark.parametrize(
    ("domains", "names", "missing"),
    [
        (("*.example.com",), ("shop.example.com",), []),
        (("example.com", "*.example.com"), ("example.com", "www.example.com"), []),
        (("*.example.com",), ("example.com",), ["example.com"]),
        (("*.example.com",), ("a.b.example.com", "c.example.com"), ["a.b.example.com"]),
        (("example.com",), ("shop.example.com",), ["shop.example.com"]),
    ],
)
def test_a_certificate_covers_its_names_and_one_label_for_a_wildcard(
    domains: tuple[str, ...], names: tuple[str, ...], missing: list[str]
) -> None:
    settings = DeploymentSettings(domain_names=names, certificate=replace(WILDCARD, domains=domains))
    found = problems_raised(lambda: in_environment(settings))
    assert [each.partition("its name '")[2].partition("'")[0] for each in found] == missing


def test_a_name_of_two_deployments_is_a_problem_of_the_later_one() -> None:
    where = replace(
        environment(service()), deployments={"board": DeploymentSettings(domain_names=("shop.example.com",))}
    )
    board = deployment(service(), name="board", subdomain="board")
    (problem,) = problems_raised(lambda: resolve((SHOP, board), lambda: where))
    assert "deployment 'board': domain name 'shop.example.com' is taken by deployment 'shop'" in problem


def test_a_namespace_that_hides_a_further_name_is_refused() -> None:
    names = DeploymentSettings(domain_names=("shop.example.com", "www.shop.example.com"))
    where = replace(environment(service()), deployments={"shop": names})
    declared = deployment(service(), namespace="www.shop.example.com")
    (problem,) = problems_raised(lambda: resolve((declared,), lambda: where))
    assert "hides its own domain name 'www.shop.example.com'" in problem
