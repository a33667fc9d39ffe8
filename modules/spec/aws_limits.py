"""Every limit of AWS that the rules know, as named constants, each with its source. Plain numbers; imported by rules.

Quotas that AWS raises on request are its defaults: a deployment that keeps them applies in a fresh account.
"""

from __future__ import annotations

# Elastic Load Balancing: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
LISTENER_RULES_PER_LOAD_BALANCER = 100
"""Not counting default rules; adjustable."""
WILDCARDS_PER_RULE = 5
COMPARISON_STRINGS_PER_CONDITION = 3
COMPARISON_STRINGS_PER_RULE = 5

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
RULE_PRIORITIES = (1, 50_000)

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
PATH_PATTERN_LENGTH = 128
PATH_PATTERN_CHARACTERS = r"A-Za-z0-9_\-.$/~\"'@:+"
"""As the inside of a regular expression's class, without the wildcards * and ?, and without &, which must be escaped."""

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html and _CreateTargetGroup
LOAD_BALANCER_NAME_LENGTH = 32
TARGET_GROUP_NAME_LENGTH = 32
# The provider completes a target group's name_prefix to 32 characters with 26 of its own.
TARGET_GROUP_NAME_PREFIX_LENGTH = 6

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html (subnets)
LOAD_BALANCER_SUBNET_PREFIX_LENGTH = 27
"""The smallest subnet that a load balancer takes."""
MINIMUM_LOAD_BALANCER_ZONES = 2

# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
VPC_PREFIX_LENGTHS = (16, 28)
"""Largest and smallest block of a VPC."""
PRIVATE_ADDRESS_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""RFC 1918 and RFC 6598; a VPC in public address space would hide the hosts that own it."""
