"""An existing listener, to which a deployment adds its rules.

The owner of the listener configures its certificates, its default action and its clients. The deployment uses a range
of its priorities. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.model import aws_limits
from colonnade.model.errors import Fault, out_of_range
from colonnade.model.naming import arn_faults

_MOST_NAMES = aws_limits.COMPARISON_STRINGS_PER_RULE - 2
_LEAST_PRIORITIES = 1000
"""The minimum size of a listener's range of priorities. A smaller one has no room for path prefixes of every depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """The `[deployments.NAME.listener]` table."""

    arn: str
    """The HTTPS listener.

    Other rules on it, and other rules of the load balancer's security group, belong to their owners.

    Rule: the ARN of a listener of an Application Load Balancer in the environment's region and account.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
    Example: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2"
    """
    priorities: tuple[int, ...]
    """The first and the last priority that the deployment's rules may have.

    The order of the rules is the same as on a load balancer that the deployment creates.

    Rule: two numbers, 1 to 50000, with at least 1000 priorities; no other deployment on the listener has one of them.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
    Example: [1000, 1999]
    """

    def priority(self, usual: int) -> int:
        """Return the priority of a rule on this listener.

        `usual` is its priority on a listener that the deployment creates.
        """
        first, last = self.priorities
        least, most = aws_limits.RULE_PRIORITIES
        return first + (usual - least) * (last - first + 1) // (most - least + 1)


def use_faults(
    listener: ListenerSettings, *, in_existing_network: bool, names: int, has_ingress: bool
) -> Iterator[Fault]:
    """Yield the faults of a deployment that adds its rules to the listener."""
    if not in_existing_network:
        yield Fault(
            f"creates a VPC, and the load balancer of listener {listener.arn!r} is in another one",
            "name the load balancer's VPC in [network.existing] or in the deployment's own table",
        )
    if not 1 <= names <= _MOST_NAMES:
        yield Fault(
            f"has {names} domain names for the rules on listener {listener.arn!r}",
            f"give it a subdomain, or one to {_MOST_NAMES} domain_names: a rule compares five strings, with its paths",
        )
    if has_ingress:
        yield Fault(
            "has an [ingress] table of its own, which has no effect on the existing load balancer",
            "remove it; the owner of the load balancer decides about its clients",
        )


def listener_faults(path: str, values: Mapping[str, Any], region: str, account_id: str) -> Iterator[Fault]:
    """Yield the faults of the table at `path`. `values` contains its values of the right type by key."""
    arn, priorities = values.get("arn"), values.get("priorities")
    if arn is not None:
        form = f"arn:aws:elasticloadbalancing:{region}:{account_id}:listener/app/NAME/ID/ID"
        yield from arn_faults(
            f"{path}.arn", arn, aws_limits.LISTENER_ARN, "an application listener", form, (region, account_id)
        )
    if priorities is not None:
        yield from _range_faults(f"{path}.priorities", priorities)


def _range_faults(key: str, priorities: tuple[int, ...]) -> Iterator[Fault]:
    least, most = aws_limits.RULE_PRIORITIES
    outside = [each for each in priorities if not least <= each <= most]
    yield from (out_of_range(key, each, least, most) for each in outside)
    if len(priorities) != 2:
        yield Fault(f"{key} has {len(priorities)} numbers", "write the first and the last priority: [1000, 1999]")
    elif not outside and priorities[1] - priorities[0] + 1 < _LEAST_PRIORITIES:
        yield Fault(
            f"{key} {list(priorities)} has fewer than {_LEAST_PRIORITIES} priorities",
            f"use a range such as [{priorities[0]}, {priorities[0] + _LEAST_PRIORITIES - 1}]",
        )
