"""Tests of the domain: the zone lookup, one certificate for the name and its wildcard, and one validation record."""

from __future__ import annotations

import pytest

from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_the_hosted_zone_is_looked_up_by_name_and_not_created() -> None:
    stack = synthesized("prod")["services"]
    (zone,) = stack.document["data"]["aws_route53_zone"].values()
    assert zone == {"name": "example.com", "private_zone": False}
    assert stack.resources("aws_route53_zone") == {}


def test_one_certificate_covers_the_name_and_its_subdomains() -> None:
    certificate = synthesized("prod")["services"].only("aws_acm_certificate")
    assert certificate["domain_name"] == "services.example.com"
    assert certificate["subject_alternative_names"] == ["*.services.example.com"]
    assert certificate["validation_method"] == "DNS"
    assert certificate["lifecycle"] == {"create_before_destroy": True}


def test_the_certificate_is_validated_by_a_single_record() -> None:
    stack = synthesized()["services"]
    certificate = stack.address("aws_acm_certificate")
    record = stack.only("aws_route53_record", "domain_validation_record")
    option = f"tolist({certificate}.domain_validation_options).0"
    assert record["name"] == f"${{{option}.resource_record_name}}"
    assert record["type"] == f"${{{option}.resource_record_type}}"
    assert record["records"] == [f"${{{option}.resource_record_value}}"]
    assert "for_each" not in record
    validation = stack.only("aws_acm_certificate_validation")
    record_address = stack.address("aws_route53_record", "domain_validation_record")
    assert validation["validation_record_fqdns"] == [f"${{{record_address}.fqdn}}"]
