"""Tags of an environment and a deployment, the path of roles and their boundary: values, sources and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.model.environment.document import parse
from tests.support.specs import deployment, problems_of, problems_raised, resolved, service
from tests.support.toml_documents import changed

BOUNDARY = "arn:aws:iam::999988887777:policy/workloads"


def test_a_deployments_tags_are_beside_those_of_its_environment_and_each_has_its_source() -> None:
    where = parse("colonnade", "dev", changed("tags", {"CostCenter": "4711", "Owner": "platform"}))
    found = resolved(deployment(service("orders"), tags={"Owner": "orders"}), where)

    assert found.tags == {
        "Project": "colonnade",
        "Environment": "dev",
        "Deployment": "shop",
        "CostCenter": "4711",
        "Owner": "orders",
    }
    assert found.sources["tags.CostCenter"] == "environments/dev.toml [tags]"
    assert found.sources["tags.Owner"].endswith("deployment 'shop'")
    assert where.all_tags == {"Project": "colonnade", "Environment": "dev", "CostCenter": "4711", "Owner": "platform"}


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"service": "x"}, "tags key 'service' is the key of a tag that Colonnade sets"),
        ({"aws:x": "x"}, "tags key 'aws:x' begins with 'aws:'"),
        ({"Owner": "a", "owner": "b"}, "tags keys 'Owner' and 'owner' differ only in case"),
        ({"": "x"}, "tags key '' has 0 characters"),
        ({"Owner": "x" * 257}, "has 257 characters"),
        ({"Owner": "a<b"}, "tags.Owner 'a<b' is not a tag in every service of AWS"),
        ({f"Tag{number}": "x" for number in range(46)}, "a resource would have 46 tags"),
    ],
)
def test_a_tag_that_aws_refuses_is_refused_in_both_places(tags: dict[str, str], problem: str) -> None:
    (of_deployment,) = problems_of(deployment(service("orders"), tags=tags))
    (of_environment,) = problems_raised(lambda: parse("colonnade", "dev", changed("tags", tags)))

    assert problem in of_deployment
    assert of_deployment.startswith("deployment 'shop': ")
    assert problem in of_environment


def test_tags_of_both_places_count_together() -> None:
    where = parse("colonnade", "dev", changed("tags", {f"Tag{number}": "x" for number in range(45)}))
    (found,) = problems_of(deployment(service("orders"), tags={"Owner": "orders"}), where)
    assert "a resource would have 46 tags" in found


def test_the_path_and_the_boundary_of_roles_are_the_environments() -> None:
    where = parse("colonnade", "dev", changed("iam", {"path": "/colonnade/", "permissions_boundary_arn": BOUNDARY}))
    found = resolved(deployment(service("orders")), where)

    assert (found.iam.path, found.iam.permissions_boundary_arn) == ("/colonnade/", BOUNDARY)
    assert found.sources["iam"] == "environments/dev.toml [iam]"
    assert parse("colonnade", "dev", changed("iam", {"path": "/a/b/"})).iam.permissions_boundary_arn is None


@pytest.mark.parametrize(
    ("iam", "problem"),
    [
        ({"path": "colonnade"}, "iam.path 'colonnade' is not the path of a role"),
        ({"path": "//"}, "iam.path '//' is not the path of a role"),
        ({"permissions_boundary_arn": "workloads"}, "is not the ARN of a policy"),
        ({"permissions_boundary_arn": BOUNDARY.replace("9", "1")}, "is a policy of another account than 999988887777"),
    ],
)
def test_a_wrong_path_or_boundary_is_refused(iam: dict[str, Any], problem: str) -> None:
    (found,) = problems_raised(lambda: parse("colonnade", "dev", changed("iam", iam)))
    assert problem in found
