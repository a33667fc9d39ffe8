"""Permissions of a service's task role: the AWS actions that its containers may take, and on which resources. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from colonnade.model.declared import Declared
from colonnade.model.errors import Fault, suggestion
from colonnade.model.service.iam_actions import action_fault, arns_of, takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow(Declared):
    """AWS actions that the task role may take, and the resources. The task role has no other permission."""

    actions: tuple[str, ...]
    """The actions, with the prefix of their service.

    Rule: one action at least, each named in full.
    AWS: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    Example: ("s3:GetObject",)
    """
    resources: tuple[str, ...]
    """The ARNs of the resources; `*` stands for any characters in the name of a resource.

    {account_id}, {region}, {project} and {environment} stand for the environment's values.

    Rule: one ARN at least; none is as wide as `*`, except for actions that support no other resource.
    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    Example: ("arn:aws:s3:::acme-invoices/*",)
    """

    def within(self, places: Mapping[str, str]) -> Allow:
        """Return the permission with the values of an environment in place of its placeholders."""
        return replace(self, resources=tuple(_filled(each, places) for each in self.resources))


PLACES: Mapping[str, str] = {
    "account_id": "111111111111",
    "region": "eu-west-1",
    "project": "project",
    "environment": "environment",
}
"""Example values of the placeholders, used to check resources while no environment is known."""
_PLACEHOLDER = r"\{(\w*)\}"
_ARN = r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12})?:.+"
_ANY = "*"


def permission_faults(field: str, allow: Allow, knows: Callable[..., bool]) -> Iterator[Fault]:
    """Yield the faults of one `Allow`; `field` is its place, such as 'permissions[0]'."""
    actions = list(_action_faults(f"{field}.actions", allow.actions)) if knows(f"{field}.actions") else []
    yield from actions
    if knows(f"{field}.resources"):
        valid = allow.actions if knows(f"{field}.actions") and not actions else ()
        yield from _resources_faults(f"{field}.resources", allow.resources, valid)


def _action_faults(field: str, actions: tuple[str, ...]) -> Iterator[Fault]:
    if not actions:
        yield Fault(f"{field} is empty", "name each action, such as 's3:GetObject'")
    for action in actions:
        if "*" in action or "?" in action:
            yield Fault(f"{field} {action!r} contains a wildcard", "name each action that the service needs")
        elif (fault := action_fault(action)) is not None:
            yield Fault(f"{field} {fault.message}", fault.fix)


def _resources_faults(field: str, resources: tuple[str, ...], actions: Sequence[str]) -> Iterator[Fault]:
    """Yield the faults of the resources, and a fault for each action without a resource.

    `actions` is empty if any action is invalid.
    """
    only_any = [action for action in actions if not arns_of(action)]
    if only_any and (len(only_any) < len(actions) or set(resources) != {_ANY}):
        yield Fault(
            f"{field}: {', '.join(map(repr, only_any))} cannot be limited to a resource",
            f"declare it in an `Allow` of its own with resources=('{_ANY}',)",
        )
        return
    if only_any:
        return
    found = [fault for resource in resources for fault in _resource_faults(field, resource, actions)]
    if not resources:
        found.append(Fault(f"{field} is empty", "name each resource by its ARN"))
    yield from found
    for action in actions:
        if not found and not any(takes(action, _filled(resource, PLACES)) for resource in resources):
            yield Fault(f"{field} has no resource that {action!r} takes", _forms((action,)))


def _filled(resource: str, places: Mapping[str, str]) -> str:
    return re.sub(_PLACEHOLDER, lambda found: places.get(found[1], found[0]), resource)


def _resource_faults(field: str, resource: str, actions: Sequence[str]) -> Iterator[Fault]:
    unknown = [name for name in re.findall(_PLACEHOLDER, resource) if name not in PLACES]
    if unknown:
        fix = suggestion(unknown[0], PLACES, label="placeholders")
        yield Fault(f"{field} {resource!r} has an unknown placeholder {{{unknown[0]}}}", fix)
        return
    resource = _filled(resource, PLACES)
    if resource == _ANY or set(resource.split(":", 5)[-1]) <= set("*?/:"):
        yield Fault(f"{field} {resource!r} is as wide as '*'", "name the resources by their ARNs")
    elif re.fullmatch(_ARN, resource) is None:
        yield Fault(
            f"{field} {resource!r} is not an ARN",
            "write it as arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE, such as 'arn:aws:s3:::acme-invoices/*'",
        )
    elif actions and not any(takes(action, resource) for action in actions):
        listed = ", ".join(map(repr, actions))
        yield Fault(f"{field} {resource!r} is not a resource that {listed} takes", _forms(actions))


def _forms(actions: Sequence[str]) -> str:
    forms = dict.fromkeys(form.replace("${Partition}", "aws") for action in actions for form in arns_of(action))
    return f"write an ARN such as {' or '.join(list(forms)[:3])}"
