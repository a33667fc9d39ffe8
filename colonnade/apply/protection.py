"""Resources that prevent a destroy, that remain after it, or that lose data: the JSON of a plan -> messages for the
user.

The module is pure: its argument `is_empty` reports whether a bucket or a repository is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.findings import Kind
from colonnade.review.analysis.kept import KEPT

_REMARKED = ("aws_cloudwatch_log_group", "aws_ecr_repository", "aws_kms_key", "aws_s3_bucket")
"""The kinds that have remarks of their own: what they lose depends on their arguments."""
_OF_DATA = ("data-destroyed", "key-destroyed")
_SWITCHES = ("enable_deletion_protection", "deletion_protection", "deletion_protection_enabled")
"""The attributes that switch deletion protection on: of load balancers, databases and tables."""
_PREVENTED = "`prevent_destroy` keeps it"
_EMPTY_A_BUCKET = (
    'aws s3api delete-objects --bucket {name} --delete "$(aws s3api list-object-versions --bucket {name} '
    "--max-items 1000 --query '{{Objects: [Versions, DeleteMarkers][].{{Key: Key, VersionId: VersionId}}}}' "
    '--output json)"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource that exists."""

    address: str
    kind: str
    values: Mapping[str, Any]

    @property
    def block(self) -> str:
        """The address without its index: 'aws_subnet.public' for 'aws_subnet.public[0]'."""
        return self.address.partition("[")[0]

    @property
    def physical_name(self) -> str:
        """The name that AWS gives it."""
        for attribute in ("bucket", "name", "identifier", "id"):
            if isinstance(self.values.get(attribute), str):
                return str(self.values[attribute])
        return self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A resource that cannot be deleted yet."""

    resource: Resource
    reason: str
    steps: tuple[str, ...]
    """The steps that release it, in order."""
    released_by_apply: bool = True
    """True if the steps change the synthesized Terraform, so that an apply must follow."""

    def __str__(self) -> str:
        return f"{self.resource.address} {self.resource.physical_name!r}: {self.reason}"


IsEmpty = Callable[[Resource], bool]


def existing_resources(plan: Mapping[str, Any]) -> tuple[Resource, ...]:
    """Return the existing resources, without data sources, from the plan's refresh."""
    module = plan.get("prior_state", {}).get("values", {}).get("root_module", {})
    return tuple(
        Resource(address=each["address"], kind=each["type"], values=each.get("values", {}))
        for each in _all_resources(module)
        if each["mode"] == "managed"
    )


def held_resources(
    resources: Sequence[Resource],
    *,
    prevented: AbstractSet[str],
    added: Mapping[str, str],
    environment: str,
    is_empty: IsEmpty,
) -> tuple[Held, ...]:
    """Return the resources that prevent a destroy.

    `prevented`: the addresses with `prevent_destroy`. `added`: the resources in the project's own Terraform files, by
    address, each with its file. Only an edit of that file releases such a resource.
    """
    settings = f"environments/{environment}.toml"
    held = (
        _held_by_file(resource, prevented, added[resource.block], is_empty)
        if resource.block in added
        else _held(resource, prevented, settings, is_empty)
        for resource in resources
    )
    return tuple(each for each in held if each is not None)


def remarks(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield a remark for each resource that remains after a destroy, and for each resource whose data is deleted."""
    kept = [each for each in resources if each.values.get("skip_destroy") is True]
    for kind in sorted({each.kind for each in kept}):
        count = sum(each.kind == kind for each in kept)
        yield f"{count} {kind} stay{'s' if count == 1 else ''} in the account (skip_destroy){_cost(kind)}"
    for key in _of(resources, "aws_kms_key"):
        days = key.values.get("deletion_window_in_days") or 30
        yield (
            f"{key.address} is deleted after {days} days; data that it encrypted cannot be read after that. "
            f"Until then: aws kms cancel-key-deletion --key-id {key.values.get('key_id')}"
        )
    for kind, flag, content in (
        ("aws_s3_bucket", "force_destroy", "objects"),
        ("aws_ecr_repository", "force_delete", "images"),
    ):
        for each in _of(resources, kind):
            if each.values.get(flag) is True:
                yield f"{each.address} {each.physical_name!r} is deleted with its {content} ({flag})"
    groups = [each for each in _of(resources, "aws_cloudwatch_log_group") if not each.values.get("skip_destroy")]
    if groups:
        yield f"{len(groups)} log group{'' if len(groups) == 1 else 's'} deleted with all logs"
    yield from _losses(resources)


def _losses(resources: Sequence[Resource]) -> Iterator[str]:
    """Yield a remark for each other kind of data: the review's table has the effect of its loss."""
    lost: dict[tuple[str, str], list[str]] = {}
    for each in resources:
        row = KEPT.get(each.kind)
        is_kept = row is None or row.destroyed is not Kind.LOSS or each.values.get("skip_destroy") is True
        if row is not None and not is_kept and row.rule in _OF_DATA and each.kind not in _REMARKED:
            lost.setdefault((row.noun, row.effect), []).append(each.address)
    for (noun, effect), addresses in lost.items():
        yield f"destroys {noun}: {effect}: {', '.join(addresses)}"


def _held(resource: Resource, prevented: AbstractSet[str], file: str, is_empty: IsEmpty) -> Held | None:
    values = resource.values
    unprotect = f"set `deletion_protection = false` under [protection] in {file}"
    if resource.block in prevented:
        return _prevented(resource, unprotect)
    switch = _switch(resource)
    if switch is not None:
        return Held(resource=resource, reason=f"deletion protection is on ({switch})", steps=(unprotect,))
    if resource.kind == "aws_s3_bucket" and not values.get("force_destroy") and not is_empty(resource):
        return _filled_bucket(resource, unprotect)
    if resource.kind == "aws_ecr_repository" and not values.get("force_delete") and not is_empty(resource):
        return _filled_repository(resource, f"set `force_delete_repositories = true` in {file}")
    return None


def _held_by_file(resource: Resource, prevented: AbstractSet[str], file: str, is_empty: IsEmpty) -> Held | None:
    place, switch = f"{resource.address} in {file}", _switch(resource)
    if resource.block in prevented:
        return Held(resource=resource, reason=_PREVENTED, steps=(f"remove `prevent_destroy` of {place}",))
    if switch is not None:
        reason = f"deletion protection is on ({switch})"
        return Held(resource=resource, reason=reason, steps=(f"switch {switch} off in {place}",))
    if resource.kind == "aws_s3_bucket" and not resource.values.get("force_destroy") and not is_empty(resource):
        return _filled_bucket(resource, f"set `force_destroy = true` of {place}")
    if resource.kind == "aws_ecr_repository" and not resource.values.get("force_delete") and not is_empty(resource):
        return _filled_repository(resource, f"set `force_delete = true` of {place}")
    return None


def _switch(resource: Resource) -> str | None:
    """Return the attribute that protects a resource from deletion."""
    return next((each for each in _SWITCHES if resource.values.get(each) in (True, "ACTIVE")), None)


def _filled_bucket(resource: Resource, release: str) -> Held:
    copy = f"copy what you want to keep: `aws s3 sync s3://{resource.physical_name} FOLDER`"
    steps = (copy, f"{release}; the objects are then deleted with the bucket")
    return Held(resource=resource, reason="it is not empty, and force_destroy is false", steps=steps)


def _filled_repository(resource: Resource, release: str) -> Held:
    steps = (f"{release}; the images are then deleted with the repositories",)
    return Held(resource=resource, reason="it holds images, and force_delete is false", steps=steps)


def _prevented(resource: Resource, unprotect: str) -> Held:
    if resource.kind == "aws_s3_bucket":
        return _prevented_bucket(resource)
    remove = f"remove `prevent_destroy` of {resource.address} from its module"
    steps = (unprotect if resource.kind == "aws_kms_key" else remove,)
    return Held(resource=resource, reason=_PREVENTED, steps=steps)


def _prevented_bucket(resource: Resource) -> Held:
    name, region = resource.physical_name, resource.values.get("region")
    empty = _EMPTY_A_BUCKET.format(name=name)
    steps = (
        f"delete every version of every object, a thousand at a time, until there is none: `{empty}`",
        f"delete the bucket: `aws s3api delete-bucket --bucket {name}{f' --region {region}' if region else ''}`",
    )
    return Held(resource=resource, reason=_PREVENTED, steps=steps, released_by_apply=False)


def _all_resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _all_resources(child)


def _of(resources: Sequence[Resource], kind: str) -> list[Resource]:
    return [each for each in resources if each.kind == kind]


def _cost(kind: str) -> str:
    return ": a revision costs nothing" if kind == "aws_ecs_task_definition" else ""
