"""Access for other accounts, and trusts that are wider than the programs they are for.

The accounts of the plan itself come from its provider, its data sources and the ARNs of its resources.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.iam import PolicyChange
from colonnade.review.analysis.policy_documents import Grant
from colonnade.review.analysis.wide_grants import ACCOUNT_WIDE, KEYS, is_everyone, limits_everyone
from colonnade.review.plan.document import Change
from colonnade.review.plan.values import judged, within

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
NAMING: Mapping[str, Sequence[tuple[str, ...]]] = {
    type_: [tuple(argument.split(".")) for argument in arguments] for type_, arguments in _TABLE["arguments"].items()
}
"""The paths of the arguments that name another account, by resource type."""
_OF_AWS = frozenset(_TABLE["aws"]["accounts"])
_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:[\w-]+:[\w-]*:)?(\d{12})(?::.*)?", re.DOTALL)
_ORGANIZATION = re.compile(r"arn:aws[a-z-]*:organizations::\d{12}:")
_SECRETS = ("aws_secretsmanager_secret", "aws_secretsmanager_secret_policy")
_IDENTITY_PROVIDER = re.compile(r":(oidc|saml)-provider/")
"""A role can only trust an identity provider of its own account.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp.html
"""
_SERVICE = re.compile(r"\.amazonaws\.com(\.cn)?$")
_EVERYONE = ("*", "all")
_LIMITING = (
    "aws:sourceaccount",
    "aws:principalaccount",
    "aws:sourceowner",
    "kms:calleraccount",
    "aws:sourcearn",
    "aws:principalarn",
)
_POSITIVE = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
"""A canonical user ID, another name of an account:
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html"""
_OWN_CANONICAL = "s3_canonical_user_id"
"""The attribute of a CloudFront origin access identity with its canonical user ID."""
_SOURCES = ("source_account", "source_arn")
"""The arguments that limit what another argument allows."""
_MOST_ACTIONS = 3

_FEDERATED = "sts:assumerolewithwebidentity"
_BY_AUDIENCE = ("cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com")
"""Providers whose tokens name the application in another claim than `sub`."""
_MATCHING = ("StringLike", "ForAnyValue:StringLike")
_EXACT = ("StringEquals", "ForAnyValue:StringEquals", "StringEqualsIgnoreCase")


def added_accounts(
    changes: Sequence[Change], policies: Sequence[PolicyChange], own: frozenset[str]
) -> Iterator[Finding]:
    """Yield a finding for each account beside `own`, and each argument for everyone, that gets access."""
    identities = {str(each.judged(after=False).get(_OWN_CANONICAL)) for each in changes}
    for policy in policies:
        yield from _in_policy(policy, own, identities)
    for change in changes:
        for path in NAMING.get(change.type, ()) if change.remains else ():
            before = set(map(_revealed, within(change.before, path)))
            for value in within(change.after, path):
                if _revealed(value) not in before:
                    yield from _named(change, ".".join(path), value, own)


def _named(change: Change, argument: str, value: Any, own: frozenset[str]) -> Iterator[Finding]:
    revealed = _revealed(value)
    account = account_of(revealed)
    if revealed.lower() in _EVERYONE:
        reason = f"gives everyone access ({argument} {value})"
    elif _ORGANIZATION.match(revealed):
        reason = f"gives accounts of an organization access ({argument})"
    elif account is not None and account not in own | _OF_AWS:
        shown = account if value is revealed else "(sensitive)"
        if not own and argument in _SOURCES:
            return  # the plan shows no other account
        reason = f"connects to or shares with account {shown} ({argument})"
    else:
        return
    yield Finding(address=change.address, rule="account-added", reason=reason, kind=Kind.EXPOSURE)


def _revealed(value: Any) -> str:
    return value if isinstance(value, str) else str(judged(value))


def account_of(principal: str) -> str | None:
    """Return the account of a principal, an ARN or a number of twelve digits; None if there is none."""
    found = _ACCOUNT.fullmatch(principal)
    return found[1] if found is not None else None


def _in_policy(policy: PolicyChange, own: frozenset[str], identities: Set[str]) -> Iterator[Finding]:
    change, before = policy.change, _accounts(policy.before)
    known = own | _OF_AWS | before | _of_resources(policy) | identities
    found: dict[str, list[str]] = {}
    for grant in policy.judged:
        for account in _accounts([grant]) - known:
            found.setdefault(account, []).append(grant.action)
    if not own and not before and len(found) == 1 and _names_its_own(policy):
        return  # this plan shows no other account
    for account, actions in found.items():
        if any(account in _accounts([grant]) for grant in policy.gained):
            more = " and more" if len(actions) > _MOST_ACTIONS else ""
            reason = f"gives account {account} access ({', '.join(dict.fromkeys(actions[:_MOST_ACTIONS]))}{more})"
        else:
            reason = "gives another account access (sensitive)"
        yield Finding(address=change.address, rule="account-added", reason=reason, kind=Kind.EXPOSURE)


def _names_its_own(policy: PolicyChange) -> bool:
    """Return True for policies that usually name the account of their resource: those of keys and secrets, and those
    that limit everyone to an account."""
    return policy.change.type in (*KEYS, *_SECRETS) or all(
        account_of(grant.principal) is None for grant in policy.judged if grant.effect == "Allow"
    )


def _of_resources(policy: PolicyChange) -> frozenset[str]:
    """Return the accounts in the ARNs of a resource's own policy, which are those of the resource itself."""
    if policy.change.type in ACCOUNT_WIDE:
        return frozenset()
    found = (account_of(grant.resource) for grant in policy.after if grant.principal)
    return frozenset(each for each in found if each is not None)


def _accounts(grants: Any) -> set[str]:
    """Return the accounts that grants give access to, by principals or by conditions on everyone and services."""
    found: set[str | None] = set()
    for grant in grants:
        if grant.effect != "Allow":
            continue
        if not _IDENTITY_PROVIDER.search(grant.principal):
            found.add(account_of(grant.principal))
        if _CANONICAL.fullmatch(grant.principal):
            found.add(grant.principal)
        if _SERVICE.search(grant.principal) or (is_everyone(grant.principal) and limits_everyone(grant)):
            tests = [(key, values) for operator, key, values in grant.tests() if operator in _POSITIVE]
            found |= {account_of(value) for key, values in tests if key in _LIMITING for value in values}
    return {each for each in found if each is not None}


def widened_trusts(policies: Sequence[PolicyChange]) -> Iterator[Finding]:
    """Yield a finding for each role that programs of any repository, or of any workload, may assume."""
    for policy in policies:
        for grant in policy.judged:
            if grant.effect == "Allow" and _is_federated(grant) and not _is_limited(grant):
                reason = "trusts every token of its identity provider: no condition limits `sub` to one owner"
                yield Finding(address=policy.change.address, rule="trust-widened", reason=reason, kind=Kind.EXPOSURE)


def _is_federated(grant: Grant) -> bool:
    """Return True if the tokens of an identity provider may assume the role; the action may have wildcards."""
    action = grant.action.lower()
    names_provider = _IDENTITY_PROVIDER.search(grant.principal) is not None
    return action == _FEDERATED or (names_provider and fnmatch.fnmatchcase(_FEDERATED, action))


def _is_limited(grant: Grant) -> bool:
    """Return True if a condition on the subject of a token limits the role to one repository, group or workload."""
    claims = ("sub", "aud", "app_id") if any(each in grant.principal for each in _BY_AUDIENCE) else ("sub",)
    for operator, key, values in grant.tests():
        if key.rpartition(":")[2] in claims:
            if operator in _EXACT:
                return True
            if operator in _MATCHING:
                return not any(map(_is_open, values))
    return False


def _is_open(pattern: str) -> bool:
    """Return True if a wildcard stands in the name of the owner: `repo:*`, `repo:acme*`, but not `repo:acme/*`."""
    fixed = re.split(r"[*?]", pattern, maxsplit=1)[0]
    owner = fixed.partition(":")[2]
    return fixed != pattern and not re.search(r"[/:]", owner)
