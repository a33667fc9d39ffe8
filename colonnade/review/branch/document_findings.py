"""Findings that a plan does not contain: a comparison of the stack's two synthesized documents.

A stack whose state moves is planned from an empty state, so its plan only adds resources. The JSON of a plan has no
`prevent_destroy`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from colonnade.model.terraform_files import SUFFIX, prevented_addresses, prevented_resources
from colonnade.review.analysis.findings import Finding, Kind

_BACKEND = "terraform.backend"
_SAME_STATE = frozenset({
    "access_key", "acl", "assume_role", "dynamodb_table", "encrypt", "kms_key_id", "max_retries", "profile", "region",
    "secret_key", "shared_config_files", "shared_credentials_files", "skip_credentials_validation",
    "skip_metadata_api_check", "skip_region_validation", "skip_requesting_account_id", "token", "use_lockfile",
})  # fmt: skip
"""The settings of a backend that do not change which state it reads. The name of a bucket is unique in all regions.
https://developer.hashicorp.com/terraform/language/backend/s3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The account, region and state of a stack. If one of them differs, its resources do not exist there yet."""

    account: str
    region: str
    state: str

    def __str__(self) -> str:
        return f"`{self.state}` (account {self.account}, {self.region})"


def place(document: Mapping[str, Any]) -> Place:
    """Return the place of a synthesized stack."""
    provider = document["provider"]["aws"][0]
    ((kind, settings),) = document["terraform"]["backend"].items()
    own = {name: value for name, value in settings.items() if name not in _SAME_STATE}
    bucket, key = own.pop("bucket", None), own.pop("key", None)
    state = f"s3://{bucket}/{key}" if kind == "s3" else kind
    return Place(
        account=" or ".join(provider["allowed_account_ids"]),
        region=provider["region"],
        state=f"{state} {json.dumps(own, sort_keys=True)}" if own else state,
    )


def document_findings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings of a stack that the base has."""
    before, after = place(old), place(new)
    if before != after:
        reason = (
            f"plans from an empty state: the stack moves from {before} to {after}; every resource is created again, "
            "and those of the base remain"
        )
        steps = (
            f"To keep the resources, move the state itself from `{before.state}` to `{after.state}`: "
            "`terraform init -migrate-state`.",
        )
        yield Finding(
            address=_BACKEND,
            rule="state-moved",
            reason=reason,
            kind=Kind.LOSS,
            judged=((astuple(before), astuple(after)),),
            steps=steps if (before.account, before.region) == (after.account, after.region) else (),
        )
    yield from _unprevented(old, new)


def _unprevented(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    declared = {f"{kind}.{name}" for kind, resources in new.get("resource", {}).items() for name in resources}
    moved = {each.get("from"): each.get("to") for each in new.get("moved", [])}
    for address in sorted(_prevented(old)):
        now = moved.get(address, address)
        if now not in _prevented(new):
            stays = now in declared
            what = "a later apply may destroy it" if stays else "it is no longer declared"
            yield Finding(
                address=now,
                rule="prevent-destroy-removed",
                reason=f"is no longer protected by prevent_destroy: {what}",
                kind=Kind.LOSS,
                judged=(stays,),
            )


def _prevented(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the resources with `prevent_destroy`, in the stack's JSON and in the Terraform files beside it."""
    files = (text for name, text in document.items() if name.endswith(SUFFIX))
    added = (address for text in files for address in prevented_addresses(text))
    return frozenset([*prevented_resources(document), *added])
