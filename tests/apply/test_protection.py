"""Resources that prevent a destroy, stay after it or lose data, from the JSON of a plan."""

from __future__ import annotations

from typing import Any

import jmespath  # type: ignore[import-untyped]
import pytest

from colonnade.apply.protection import Resource, existing_resources, held_resources, remarks


def resource(kind: str, **values: Any) -> Resource:
    return Resource(address=f"{kind}.this", kind=kind, values=values)


def held(
    *resources: Resource,
    prevented: frozenset[str] = frozenset(),
    added: tuple[str, ...] = (),
    empty: bool = False,
) -> list[tuple[str, str]]:
    found = held_resources(
        resources,
        prevented=prevented,
        added=dict.fromkeys(added, "deployments/shop.tf/own.tf"),
        environment="prod",
        is_empty=lambda _: empty,
    )
    return [(str(each), " / ".join(each.steps)) for each in found]


@pytest.mark.parametrize(
    ("protected", "reason", "step"),
    [
        (
            resource("aws_lb", name="shop", enable_deletion_protection=True),
            "aws_lb.this 'shop': deletion protection is on (enable_deletion_protection)",
            "set `deletion_protection = false` under [protection] in environments/prod.toml",
        ),
        (
            resource("aws_db_instance", identifier="data", deletion_protection=True),
            "aws_db_instance.this 'data': deletion protection is on (deletion_protection)",
            "set `deletion_protection = false` under [protection] in environments/prod.toml",
        ),
        (
            resource("aws_s3_bucket", bucket="logs", force_destroy=False),
            "aws_s3_bucket.this 'logs': it is not empty, and force_destroy is false",
            "copy what you want to keep: `aws s3 sync s3://logs FOLDER` / set `deletion_protection = false` under "
            "[protection] in environments/prod.toml; the objects are then deleted with the bucket",
        ),
        (
            resource("aws_ecr_repository", name="orders", force_delete=None),
            "aws_ecr_repository.this 'orders': it holds images, and force_delete is false",
            "set `force_delete_repositories = true` in environments/prod.toml; "
            "the images are then deleted with the repositories",
        ),
    ],
)
def test_a_resource_that_aws_would_not_delete_is_held_with_the_step_that_releases_it(
    protected: Resource, reason: str, step: str
) -> None:
    assert held(protected) == [(reason, step)]


@pytest.mark.parametrize(
    ("protected", "prevented", "last_step"),
    [
        (
            resource("aws_kms_key"),
            {"aws_kms_key.this"},
            "remove `prevent_destroy` of aws_kms_key.this in deployments/shop.tf/own.tf",
        ),
        (
            resource("aws_db_instance", deletion_protection=True),
            set(),
            "switch deletion_protection off in aws_db_instance.this in deployments/shop.tf/own.tf",
        ),
        (
            resource("aws_s3_bucket", bucket="invoices"),
            set(),
            "set `force_destroy = true` of aws_s3_bucket.this in deployments/shop.tf/own.tf; "
            "the objects are then deleted with the bucket",
        ),
        (
            resource("aws_ecr_repository", name="tools"),
            set(),
            "set `force_delete = true` of aws_ecr_repository.this in deployments/shop.tf/own.tf; "
            "the images are then deleted with the repositories",
        ),
    ],
)
def test_a_resource_of_the_projects_own_terraform_is_released_in_its_file(
    protected: Resource, prevented: set[str], last_step: str
) -> None:
    ((_, steps),) = held(protected, prevented=frozenset(prevented), added=(protected.address,))
    assert steps.split(" / ")[-1] == last_step


def test_an_unprotected_empty_or_forcibly_deleted_resource_is_not_held() -> None:
    assert held(resource("aws_lb", enable_deletion_protection=False)) == []
    assert held(resource("aws_s3_bucket", force_destroy=True), resource("aws_ecr_repository", force_delete=True)) == []
    assert held(resource("aws_s3_bucket"), resource("aws_ecr_repository"), empty=True) == []


def test_prevent_destroy_holds_each_instance_and_a_bucket_is_emptied_version_by_version() -> None:
    one = Resource(address='aws_vpc.this["a"]', kind="aws_vpc", values={"id": "vpc-1"})
    bucket = resource("aws_s3_bucket", bucket="states", region="eu-west-1")
    (first, second) = held(one, bucket, prevented=frozenset({"aws_vpc.this", "aws_s3_bucket.this"}))
    assert first[0] == "aws_vpc.this[\"a\"] 'vpc-1': `prevent_destroy` keeps it"
    assert second[0] == "aws_s3_bucket.this 'states': `prevent_destroy` keeps it"
    assert second[1].endswith("delete the bucket: `aws s3api delete-bucket --bucket states --region eu-west-1`")
    query = second[1].partition("--query '")[2].partition("'")[0]
    listed = {"Versions": [{"Key": "a", "VersionId": "1", "Size": 2}], "DeleteMarkers": None}
    assert jmespath.search(query, listed) == {"Objects": [{"Key": "a", "VersionId": "1"}]}


def test_a_key_that_terraform_keeps_is_released_with_the_protection_of_its_environment() -> None:
    key = resource("aws_kms_key", id="k-1")
    assert held(key, prevented=frozenset({key.address})) == [
        (
            f"{key.address} 'k-1': `prevent_destroy` keeps it",
            "set `deletion_protection = false` under [protection] in environments/prod.toml",
        )
    ]


def test_resources_that_stay_and_data_that_is_deleted_are_reported() -> None:
    reported = list(
        remarks(
            [
                resource("aws_ecs_task_definition", skip_destroy=True),
                resource("aws_ecs_task_definition", skip_destroy=True),
                resource("aws_kms_key", deletion_window_in_days=None, key_id="k-1"),
                resource("aws_cloudwatch_log_group", skip_destroy=False),
                resource("aws_s3_bucket", bucket="logs", force_destroy=True),
                resource("aws_db_instance"),
                Resource(address="aws_db_instance.other", kind="aws_db_instance", values={}),
                resource("aws_ssm_parameter"),
                resource("aws_eip"),
                resource("aws_lb"),
            ]
        )
    )
    assert reported == [
        "2 aws_ecs_task_definition stay in the account (skip_destroy): a revision costs nothing",
        "aws_kms_key.this is deleted after 30 days; data that it encrypted cannot be read after that. "
        "Until then: aws kms cancel-key-deletion --key-id k-1",
        "aws_s3_bucket.this 'logs' is deleted with its objects (force_destroy)",
        "1 log group deleted with all logs",
        "destroys a database: its data is deleted: aws_db_instance.this, aws_db_instance.other",
        "destroys a parameter: its value is deleted: aws_ssm_parameter.this",
    ]


def test_resources_of_modules_are_included_and_data_sources_are_not() -> None:
    vpc = {"address": "module.net.aws_vpc.this", "mode": "managed", "type": "aws_vpc", "values": {"id": "vpc-1"}}
    zone = {"address": "data.aws_route53_zone.this", "mode": "data", "type": "aws_route53_zone", "values": {}}
    module = {"resources": [zone], "child_modules": [{"resources": [vpc]}]}
    found = existing_resources({"prior_state": {"values": {"root_module": module}}})
    assert [each.address for each in found] == ["module.net.aws_vpc.this"]
    assert existing_resources({}) == ()
