"""IAM actions gained and lost, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.analysis.iam import PolicyChange
from colonnade.review.analysis.policy_documents import Grant
from colonnade.review.markdown.text import code, listed, part_that_differs, plain
from colonnade.review.plan.resource_index import SHARED, ResourceIndex

_MOST_ACTIONS = 4


def iam_summary(policies: Sequence[PolicyChange], index: ResourceIndex) -> Iterator[str]:
    """Yield at most one line: the IAM actions gained and lost, with services of equal changes grouped."""
    owners: dict[tuple[str, str], list[str]] = {}
    by_service: dict[str, list[PolicyChange]] = {}
    for policy in policies:
        by_service.setdefault(index.service(policy.change), []).append(policy)
    for service, own in by_service.items():
        for part in _parts(own):
            owners.setdefault(part, []).append(plain(service) if service != SHARED else "shared resources")
    if owners:
        parts = (f"{what} {listed(names, _MOST_ACTIONS)}{actions}" for (what, actions), names in owners.items())
        yield f"IAM actions {'; '.join(parts)}"


def _parts(own: Sequence[PolicyChange]) -> Iterator[tuple[str, str]]:
    for what, found in (("gained by", [p.gained for p in own]), ("lost by", [p.lost for p in own])):
        # The line shows the actions that a role allows, and not the principals that may assume it.
        ordered = sorted((grant for grants in found for grant in grants), key=lambda grant: grant.principal != "")
        actions = list(dict.fromkeys(_action(grant) for grant in ordered))
        if actions:
            yield what, f": {listed(actions, _MOST_ACTIONS)}"
    if any(policy.unreadable for policy in own):
        yield "unknown (unreadable policy) for", ""


def _action(grant: Grant) -> str:
    return code(grant.action) if grant.effect == "Allow" else f"the denial of {code(grant.action)}"


def iam_lines(policies: Sequence[PolicyChange], index: ResourceIndex) -> Iterator[str]:
    """Yield every policy that changes, with the grants that are gained and lost."""
    for policy in policies:
        yield f"- {plain(index.label(policy.change))} {code(policy.change.address)}"
        if policy.unreadable:
            yield "  - not comparable: sensitive or known after apply"
        for verb, grants in (("gained", policy.gained), ("lost", policy.lost)):
            others = policy.lost if verb == "gained" else policy.gained
            yield from (f"  - {verb} {_grant(grant, _counterpart(grant, others))}" for grant in grants)


def _counterpart(grant: Grant, others: Sequence[Grant]) -> Grant | None:
    """Return the grant of the same action that is lost or gained at the same time."""
    same = (each for each in others if (each.effect, each.action) == (grant.effect, grant.action))
    return max(
        same, key=lambda each: (each.resource == grant.resource) + (each.principal == grant.principal), default=None
    )


def _grant(grant: Grant, other: Grant | None) -> str:
    parts = [
        f" {word} {part_that_differs(getattr(grant, name), getattr(other, name, None))}"
        for word, name in (("on", "resource"), ("for", "principal"), ("if", "conditions"))
        if getattr(grant, name)
    ]
    return "".join([_action(grant), *parts])
