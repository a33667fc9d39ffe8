"""Claims about the review of two real plans: a service that comes, and one in which nearly everything is wrong.

`test_every_request` has the others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.reviewed_plans import SECRET, Shop

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.synth, pytest.mark.terraform, pytest.mark.xdist_group("review")]


def test_a_new_service_passes_and_its_review_is_about_ten_lines_in_sight(shop: Shop) -> None:
    review = shop.review("new_service")
    assert review.exit_status == 0
    assert len(review.top) <= 10
    words = "\n".join(review.top)
    assert "**15 added, 0 changed in place, 0 replaced, 0 destroyed**" in words
    assert "**invoices** new: 2 tasks of 256 CPU units and 512 MiB" in words
    assert "Paths `/invoices`, `/invoices/*` go to invoices" in words
    assert "load balancer → invoices:8080" in words
    assert "invoices → orders:8080" in words
    assert "`ecr:BatchGetImage`" in words
    assert "107.50 → 125.52 USD a month" in words


def test_a_new_service_s_details_name_every_resource_and_the_paths_that_change_owner(shop: Shop) -> None:
    review = shop.review("new_service")
    assert review.markdown.count("- added ") == 15
    assert "- `/invoices/*`: fixed response 404 → invoices" in review.markdown
    assert "| 34115 | `/users`, `/users/*` | users | users |  |" in review.markdown
    assert "gained `logs:PutLogEvents`" in review.markdown


@pytest.mark.parametrize("page", ["docs/plan-review.md"])
def test_the_documentation_shows_this_very_review(shop: Shop, page: str) -> None:
    review = shop.review("new_service")
    example = review.markdown if page.startswith("docs") else review.markdown.partition("<details>")[0]
    assert f"markdown\n{example.strip()}\n```" in (ROOT / page).read_text(encoding="utf-8")


def test_every_change_that_needs_approval_is_found_at_once(shop: Shop) -> None:
    review = shop.review("everything_wrong")
    assert review.exit_status == 3
    blocking = {line.partition("` ")[0].partition(".")[0]: line for line in review.top if line.startswith("- `aws_")}
    assert "opens orders to the internet on 8000-8100" in blocking["- `aws_vpc_security_group_ingress_rule"]
    assert "every action of s3" in "\n".join(review.top)
    assert "leaves a service without tasks (desired_count 2 → 0)" in blocking["- `aws_ecs_service"]
    assert "**Shadowed:** `/orders/stock`, `/orders/stock/*` of stock by orders" in "\n".join(review.top)


def test_an_approved_change_does_not_block_and_is_still_reported(shop: Shop) -> None:
    review = shop.review("everything_wrong")
    addresses = sorted({line.split("`")[1] for line in review.top if line.startswith("- `aws_")})
    assert review.again(addresses[1:]).exit_status == 3
    allowed = review.again(addresses)
    assert allowed.exit_status == 0
    assert "to the internet" in "\n".join(allowed.top)


def test_a_value_that_terraform_holds_sensitive_is_nowhere(shop: Shop) -> None:
    review = shop.review("everything_wrong")
    assert SECRET in review.plan.read_text()
    assert SECRET not in review.markdown
    assert "**orders** container definitions (sensitive)" in review.markdown
