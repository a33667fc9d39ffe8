"""Permissions of a service's task role: the AWS actions that its containers may take, and on which resources. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from colonnade.model.declared import Declared
from colonnade.model.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow(Declared):
    """Actions that the task role may take on resources; a service may do nothing else in AWS."""

    actions: tuple[str, ...]
    """The actions, with the prefix of their service.

    Rule: one action at least, each named in full.
    AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    Example: ("s3:GetObject",)
    """
    resources: tuple[str, ...]
    """The ARNs of the resources; `*` stands for any characters in the name of a resource.

    Rule: one ARN at least; none is as wide as `*`, except for actions that take no resource.
    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    Example: ("arn:aws:s3:::acme-invoices/*",)
    """


_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_ARN = re.compile(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:.+")


def permission_faults(field: str, allow: Allow, knows: Callable[..., bool]) -> Iterator[Fault]:
    """Yield the faults of one `Allow`; `field` is its place, such as 'permissions[0]'."""
    if knows(f"{field}.actions"):
        yield from _action_faults(f"{field}.actions", allow.actions)
    if knows(f"{field}.resources"):
        yield from _resource_faults(f"{field}.resources", allow.resources)


def _action_faults(field: str, actions: tuple[str, ...]) -> Iterator[Fault]:
    if not actions:
        yield Fault(f"{field} is empty", "name each action, such as 's3:GetObject'")
    for action in actions:
        if "*" in action or "?" in action:
            yield Fault(f"{field} {action!r} contains a wildcard", "name each action that the service needs")
        elif _ACTION.fullmatch(action) is None:
            yield Fault(f"{field} {action!r} is not an action", "write it as SERVICE:ACTION, such as 's3:GetObject'")


def _resource_faults(field: str, resources: tuple[str, ...]) -> Iterator[Fault]:
    if not resources:
        yield Fault(f"{field} is empty", "name each resource by its ARN")
    for resource in resources:
        if _ARN.fullmatch(resource) is None:
            yield Fault(
                f"{field} {resource!r} is not an ARN",
                "write it as arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE, such as 'arn:aws:s3:::acme-invoices/*'",
            )
        elif set(resource.split(":", 5)[-1]) <= set("*?/:"):
            yield Fault(f"{field} {resource!r} is as wide as '*'", "name the resources that the service needs")
