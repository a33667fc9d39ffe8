"""What policies gain and lose, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.directory import SHARED, Directory
from colonnade.review.iam import Grant, PolicyChange
from colonnade.review.markdown import code, plain

_MOST_ACTIONS = 4


def iam_summary(policies: Sequence[PolicyChange], directory: Directory) -> Iterator[str]:
    """One line for all: which actions come and go, and whose; those who share the same are told together."""
    owners: dict[tuple[str, str], list[str]] = {}
    for service in dict.fromkeys(directory.service(policy.change) for policy in policies):
        own = [policy for policy in policies if directory.service(policy.change) == service]
        for part in _parts(own):
            owners.setdefault(part, []).append(plain(service) if service != SHARED else "what is shared")
    if owners:
        told = (f"{what} {_listed(names)}{actions}" for (what, actions), names in owners.items())
        yield f"IAM actions {'; '.join(told)}"


def _parts(own: Sequence[PolicyChange]) -> Iterator[tuple[str, str]]:
    for what, found in (("gained by", [p.gained for p in own]), ("lost by", [p.lost for p in own])):
        # Who may take a role matters less than what the role may do.
        ordered = sorted((grant for grants in found for grant in grants), key=lambda grant: grant.principal != "")
        actions = list(dict.fromkeys(_action(grant) for grant in ordered))
        if actions:
            yield what, f": {_listed(actions)}"
    if any(policy.unreadable for policy in own):
        yield "that cannot be read change for", ""


def _action(grant: Grant) -> str:
    return code(grant.action) if grant.effect == "Allow" else f"the ban on {code(grant.action)}"


def _listed(actions: Sequence[str]) -> str:
    more = len(actions) - _MOST_ACTIONS
    return ", ".join(actions[:_MOST_ACTIONS]) + (f" and {more} more" if more > 0 else "")


def iam_lines(policies: Sequence[PolicyChange], directory: Directory) -> Iterator[str]:
    """Every grant that comes or goes, policy by policy."""
    for policy in policies:
        yield f"- {plain(directory.label(policy.change))} {code(policy.change.address)}"
        if policy.unreadable:
            yield "  - sensitive or known after apply, so it cannot be compared"
        for word, grants in (("gained", policy.gained), ("lost", policy.lost)):
            yield from (f"  - {word} {_grant(grant)}" for grant in grants)


def _grant(grant: Grant) -> str:
    resource = f" on {code(grant.resource)}" if grant.resource else ""
    principal = f" for {code(grant.principal)}" if grant.principal else ""
    conditions = f" if {code(grant.conditions)}" if grant.conditions else ""
    return f"{_action(grant)}{resource}{principal}{conditions}"
