"""EC2 for the emulator: moto 5.2.5 loses the description of a security group rule that refers to another group.

Every plan of the provider would add the description again.
"""

from __future__ import annotations

from moto.ec2.models.security_groups import SecurityGroupRule

from colonnade_sandbox.control_plane.observations import Observations


def _description(rule: SecurityGroupRule) -> str | None:
    """Return a rule's description.

    ModifySecurityGroupRules stores a new description in `ip_range`, whatever the rule's source is.
    """
    description: str | None = rule.ip_range.get("Description", rule.source_group.get("Description"))
    return description


def install(_observations: Observations) -> None:
    """Make moto read descriptions of rules with `_description`."""
    SecurityGroupRule.description = property(_description)
