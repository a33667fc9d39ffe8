"""The rules for an environment's values, one by one."""

from __future__ import annotations

import pytest

from colonnade.model.environment.document import parse
from colonnade.model.environment.timing_rules import RESOLVER_CACHE_SECONDS
from colonnade.model.errors import out_of_range
from colonnade.model.naming import label_fault
from colonnade.model.network.cidr_plan import cidr_fault
from service_apps.kit import peer
from tests.support.specs import problems_raised
from tests.support.toml_documents import changed

WEB_ACL = "arn:aws:wafv2:eu-west-1:999988887777:regional/webacl/account/a1b2c3d4-5678-90ab-cdef-111111111111"
PLACE = "the environment's region 'eu-west-1' and account '999988887777'"
GLOBAL, ELSEWHERE = WEB_ACL.replace("regional", "global"), WEB_ACL.replace("eu-west-1", "us-east-1")
HYPHENS = f"{WEB_ACL.rpartition('/')[0]}/{'-' * 36}"
OF_OTHERS = WEB_ACL.replace("999988887777", "111122223333")


def problems_of(key: str, value: object) -> list[str]:
    return problems_raised(lambda: parse("colonnade", "dev", changed(key, value)))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("account_id", "012345678901"),
        ("region", "us-east-1"),
        ("region", "ap-southeast-4"),
        ("region", "mx-central-1"),
        ("zone_name", "xn--mnchen-3ya.de"),
        ("zone_name", "3d.example.co.uk"),
        ("timing.steady_state_timeout_minutes", 153_722_867),
        ("images", {"orders": "1.0.0", "ghcr.io/acme/my_app": "1.0.0", "registry.acme.dev:443/x": "1.0.0"}),
        ("protection.web_acl_arn", WEB_ACL.replace("/webacl/account", "/webacl/TODO-REGION")),
        ("state_bucket", "a1b"),
        ("network.vpc_cidrs.shop", "192.168.0.0/20"),
        ("network.availability_zone_count", 6),
        ("tasks.desired_count", 0),
        ("tasks.stop_timeout_seconds", 120),
        ("tasks.drain_seconds", 13),
        ("tasks.log_retention_days", 3653),
        ("timing.deregistration_delay_seconds", 0),
        ("timing.health_check_interval_seconds", 300),
        ("timing.dns_ttl_seconds", 0),
        ("protection.web_acl_arn", WEB_ACL),
        ("traffic_logs.access_log_days", 1),
        ("images.orders", "_v1.2-rc.1"),
        ("images.orders", "a" * 128),
    ],
)
def test_an_allowed_value_passes(key: str, value: object) -> None:
    assert problems_of(key, value) == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("account_id", "12345678901", "account_id '12345678901' is not 12 digits"),
        ("account_id", "1234-5678-9012", "account_id '1234-5678-9012' is not 12 digits"),
        *(
            ("region", region, f"region {region!r} is not a region that the AWS provider knows")
            for region in ("eu-west", "EU-WEST-1", "eu-west-1a", "cn-north-1", "eu-west-9", "us-central-1", "af-east-5")
        ),
        ("zone_name", "com", "zone_name 'com' is a top-level domain"),
        ("zone_name", "acme.d", "zone_name 'acme.d' ends with 'd', which is not a top-level domain"),
        ("zone_name", "10.0.0.1", "zone_name '10.0.0.1' ends with '1', which is not a top-level domain"),
        *(
            (
                "zone_name",
                f"acme.{last}",
                f"zone_name 'acme.{last}' ends with {last!r}, for which no certificate can be issued",
            )
            for last in ("internal", "local", "localhost", "test")
        ),
        ("state_bucket", "acme-prod-state-an", "state_bucket 'acme-prod-state-an' ends with '-an', which AWS reserves"),
        (
            "timing.deregistration_delay_seconds",
            3600,
            "timing.steady_state_timeout_minutes 15 ends before timing.deregistration_delay_seconds 3600",
        ),
        ("protection.web_acl_arn", HYPHENS, f"protection.web_acl_arn {HYPHENS!r} is not the ARN of a regional web ACL"),
        (
            "images",
            {"orders_x": "1"},
            str(label_fault("images: the name", "orders_x")).splitlines()[0],
        ),
        ("zone_name", "example.com.", "zone_name 'example.com.' is not a domain name"),
        ("state_bucket", "ab", "state_bucket 'ab' has 2 characters"),
        ("state_bucket", "a" * 64, f"state_bucket '{'a' * 64}' has 64 characters"),
        ("state_bucket", "192.168.5.4", "state_bucket '192.168.5.4' has the form of an IP address"),
        ("state_bucket", "My-State", "state_bucket 'My-State' is not a bucket name that works with TLS"),
        ("state_bucket", "my.state", "state_bucket 'my.state' is not a bucket name that works with TLS"),
        ("state_bucket", "my-state-", "state_bucket 'my-state-' is not a bucket name that works with TLS"),
        ("state_bucket", "xn--state", "state_bucket 'xn--state' begins with 'xn--', which AWS reserves"),
        ("state_bucket", "state-s3alias", "state_bucket 'state-s3alias' ends with '-s3alias', which AWS reserves"),
        ("tasks.log_retention_days", 10, "tasks.log_retention_days 10 is not allowed"),
        (
            "tasks.drain_seconds",
            12,
            "tasks.drain_seconds 12 is too short: callers may use a task's address for timing.dns_ttl_seconds 10 plus "
            "2 seconds of the resolver's cache",
        ),
        (
            "tasks.stop_timeout_seconds",
            20,
            "tasks.stop_timeout_seconds 20 is not longer than tasks.drain_seconds 20",
        ),
        (
            "timing.health_check_timeout_seconds",
            10,
            "timing.health_check_timeout_seconds 10 is not less than timing.health_check_interval_seconds 10",
        ),
        (
            "timing.steady_state_timeout_minutes",
            1,
            "timing.steady_state_timeout_minutes 1 ends before timing.health_check_grace_seconds 60",
        ),
        ("protection.web_acl_arn", "", "protection.web_acl_arn '' is not the ARN of a regional web ACL"),
        ("protection.web_acl_arn", GLOBAL, f"protection.web_acl_arn {GLOBAL!r} is not the ARN of a regional web ACL"),
        (
            "protection.web_acl_arn",
            ELSEWHERE,
            f"protection.web_acl_arn {ELSEWHERE!r} is not in {PLACE}",
        ),
        (
            "protection.web_acl_arn",
            OF_OTHERS,
            f"protection.web_acl_arn {OF_OTHERS!r} is not in {PLACE}",
        ),
        ("images.orders", "", "images.orders '' is not an image tag"),
        ("images.orders", ".1", "images.orders '.1' is not an image tag"),
        ("images.orders", "1:2", "images.orders '1:2' is not an image tag"),
        ("images.orders", "a" * 129, f"images.orders '{'a' * 129}' is not an image tag"),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused(key: str, value: object, problem: str) -> None:
    assert [text.splitlines()[0] for text in problems_of(key, value)] == [f"environment 'dev': {problem}"]


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("network.availability_zone_count", 1, (2, 6)),
        ("network.availability_zone_count", 7, (2, 6)),
        ("tasks.desired_count", -1, (0, 5000)),
        ("tasks.desired_count", 5001, (0, 5000)),
        ("tasks.stop_timeout_seconds", 121, (2, 120)),
        ("timing.health_check_interval_seconds", 301, (5, 300)),
        ("timing.healthy_threshold", 1, (2, 10)),
        ("timing.unhealthy_threshold", 11, (2, 10)),
        ("timing.health_check_grace_seconds", -1, (0, 2_147_483_647)),
        ("timing.deregistration_delay_seconds", 3601, (0, 3600)),
        ("timing.dns_ttl_seconds", -1, (0, 2_147_483_647)),
        ("timing.steady_state_timeout_minutes", 200_000_000, (1, 153_722_867)),
        ("traffic_logs.access_log_days", -1, (0, 2_147_483_647)),
    ],
)
def test_a_number_outside_its_range_is_refused_with_the_range(key: str, value: int, allowed: tuple[int, int]) -> None:
    assert problems_of(key, value) == [f"environment 'dev': {out_of_range(key, value, *allowed)}"]


@pytest.mark.parametrize("block", ["10.0.0.1/16", "10.0.0.0/25"])
def test_a_block_that_does_not_suit_the_zones_is_refused(block: str) -> None:
    assert problems_of("network.vpc_cidrs.shop", block) == [
        f"environment 'dev': network.vpc_cidrs.shop {block!r} {cidr_fault(block, zone_count=3)}"
    ]


def test_an_image_whose_name_is_not_a_label_is_refused() -> None:
    assert problems_of("images.Orders", "1") == [f"environment 'dev': {label_fault('images: the name', 'Orders')}"]


def test_the_shortest_allowed_drain_is_longer_than_the_ttl_and_the_resolvers_cache() -> None:
    assert RESOLVER_CACHE_SECONDS == peer.RESOLVER_CACHE_SECONDS
    assert problems_of("tasks.drain_seconds", 11)[0].splitlines()[1] == "    use 13 or more, or a smaller TTL"


def test_an_invalid_web_acl_arn_is_refused_with_the_expected_format() -> None:
    fix = problems_of("protection.web_acl_arn", "account")[0].splitlines()[1]

    assert fix == "    write it as arn:aws:wafv2:eu-west-1:999988887777:regional/webacl/NAME/ID"


def test_a_log_retention_that_cloudwatch_does_not_allow_is_refused_with_the_nearest() -> None:
    fix = problems_of("tasks.log_retention_days", 100)[0].splitlines()[1]

    assert fix.startswith("    nearest: 90; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, ")


@pytest.mark.parametrize("name", ["Dev", "dev-eu", "1dev", "d" * 17, "dev_eu", ""])
def test_a_name_that_cannot_be_part_of_physical_names_is_refused(name: str) -> None:
    problems = problems_raised(lambda: parse("colonnade", name, changed("region", "eu-west-1")))

    assert [text.splitlines()[0] for text in problems] == [
        f"environment {name!r}: the name cannot be part of physical names"
    ]
