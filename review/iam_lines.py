"""What policies gain and lose, as Markdown. Imported by `report`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from review.directory import SHARED, Directory
from review.iam import Grant, PolicyChange
from review.markdown import code, plain

_MOST_ACTIONS = 4


def iam_summary(policies: Sequence[PolicyChange], directory: Directory) -> Iterator[str]:
    """One line for all: who gains and who loses which actions; those who do the same are told together."""
    names: dict[str, list[str]] = {}
    for service in dict.fromkeys(directory.service(policy.change) for policy in policies):
        own = [policy for policy in policies if directory.service(policy.change) == service]
        for part in _parts(own):
            names.setdefault(part, []).append(plain(service) if service != SHARED else "what is shared")
    if names:
        yield f"IAM: {'; '.join(f'{_listed(services)} {part}' for part, services in names.items())}"


def _parts(own: Sequence[PolicyChange]) -> Iterator[str]:
    for word, found in (("gained", [p.gained for p in own]), ("lost", [p.lost for p in own])):
        # Who may take a role matters less than what the role may do.
        ordered = sorted((grant for grants in found for grant in grants), key=lambda grant: grant.principal != "")
        actions = list(dict.fromkeys(_action(grant) for grant in ordered))
        if actions:
            yield f"{word} {_listed(actions)}"
    if any(policy.unreadable for policy in own):
        yield "changed in a way that cannot be read"


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
