"""Claims about the reviews of two real plans: a new service, and a plan with most kinds of blocked changes.

`test_every_request` reviews the other plans.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.reviewed_plans import SECRET, Shop

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.synth, pytest.mark.terraform, pytest.mark.xdist_group("review")]


def test_new_service_passes_with_at_most_ten_visible_lines(shop: Shop) -> None:
    review = shop.review("new_service")
    assert review.exit_status == 0
    assert len(review.top) <= 10
    summary = "\n".join(review.top)
    assert "**15 added, 0 changed in place, 0 replaced, 0 destroyed**" in summary
    assert "**invoices** new: 2 tasks of 256 CPU units and 512 MiB" in summary
    assert "Paths `/invoices`, `/invoices/*` go to invoices" in summary
    assert "load balancer → invoices:8080" in summary
    assert "invoices → orders:8080" in summary
    assert "`ecr:BatchGetImage`" in summary
    assert "107.50 → 125.52 USD a month" in summary


def test_details_of_a_new_service_list_every_resource_and_changed_owners(shop: Shop) -> None:
    review = shop.review("new_service")
    assert review.markdown.count("- added ") == 15
    assert "- `/invoices/*`: fixed response 404 → invoices" in review.markdown
    assert "| 34115 | `/users`, `/users/*` | users | users |  |" in review.markdown
    assert "gained `logs:PutLogEvents`" in review.markdown


@pytest.mark.parametrize("page", ["docs/plan-review.md"])
def test_documentation_shows_the_review_of_the_new_service(shop: Shop, page: str) -> None:
    review = shop.review("new_service")
    example = review.markdown if page.startswith("docs") else review.markdown.partition("<details>")[0]
    assert f"markdown\n{example.strip()}\n```" in (ROOT / page).read_text(encoding="utf-8")


def test_one_review_reports_every_change_that_needs_approval(shop: Shop) -> None:
    review = shop.review("everything_wrong")
    assert review.exit_status == 3
    blocking = {line.partition("` ")[0].partition(".")[0]: line for line in review.top if line.startswith("- `aws_")}
    assert "opens orders to the internet on 8000-8100" in blocking["- `aws_vpc_security_group_ingress_rule"]
    assert "every action of s3" in "\n".join(review.top)
    assert "leaves a service without tasks" in blocking["- `aws_ecs_service"]
    assert "**Shadowed:** `/orders/stock`, `/orders/stock/*` of stock by orders" in "\n".join(review.top)


def test_an_approved_change_does_not_block_and_is_still_reported(shop: Shop) -> None:
    review = shop.review("everything_wrong")
    addresses = sorted({line.split("`")[1] for line in review.top if line.startswith("- `aws_")})
    assert review.again(addresses[1:]).exit_status == 3
    allowed = review.again(addresses)
    assert allowed.exit_status == 0
    assert "to the internet" in "\n".join(allowed.top)


def test_sensitive_value_is_not_in_the_review(shop: Shop) -> None:
    review = shop.review("everything_wrong")
    assert SECRET in review.planned.shown.read_text()
    assert SECRET not in review.markdown
    assert "**orders** container definitions (sensitive)" in review.markdown
