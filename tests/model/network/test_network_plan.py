"""The network of a deployment: its own layout, or by default its environment's settings."""

from __future__ import annotations

from colonnade.model.network.layout import NetworkLayout
from colonnade.model.network.plan import NetworkPlan, network_plan
from tests.support.specs import environment


def test_without_a_layout_blocks_are_the_environments_and_zones_are_looked_up() -> None:
    plan = network_plan("shop", None, environment())

    assert isinstance(plan, NetworkPlan)
    assert (plan.vpc_cidr, plan.nat, plan.zone_names) == ("10.0.0.0/16", "single", None)
    assert plan.public_cidrs == ("10.0.0.0/20", "10.0.16.0/20")
    assert plan.private_cidrs == ("10.0.128.0/20", "10.0.144.0/20")


def test_a_layout_is_used_unchanged_with_zones_of_the_environments_region() -> None:
    layout = NetworkLayout(
        zones=("a", "c"),
        vpc_cidr="10.9.0.0/16",
        public_cidrs=("10.9.0.0/24", "10.9.1.0/24"),
        private_cidrs=("10.9.2.0/24", "10.9.3.0/24"),
        nat="per_zone",
    )
    plan = network_plan("shop", layout, environment(region="us-east-1"))

    assert isinstance(plan, NetworkPlan)
    assert (plan.vpc_cidr, plan.nat, plan.zone_names) == ("10.9.0.0/16", "per_zone", ("us-east-1a", "us-east-1c"))
    assert (plan.public_cidrs, plan.private_cidrs) == (layout.public_cidrs, layout.private_cidrs)
