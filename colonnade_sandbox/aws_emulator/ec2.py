"""EC2 for the emulator: moto 5.2.5 forgets the description of a security group rule that names another group.

The provider would plan to write it again for ever.
"""

from __future__ import annotations

from moto.ec2.models.security_groups import SecurityGroupRule

from colonnade_sandbox.control_plane.observations import Observations


def _description(rule: SecurityGroupRule) -> str | None:
    """ModifySecurityGroupRules leaves a new one in `ip_range`, whatever the rule's kind."""
    description: str | None = rule.ip_range.get("Description", rule.source_group.get("Description"))
    return description


def install(_observations: Observations) -> None:
    """Describe rules this way."""
    SecurityGroupRule.description = property(_description)
