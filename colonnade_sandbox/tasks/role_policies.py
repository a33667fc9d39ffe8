"""The permissions of a role: its inline and attached policies, from IAM -> what a session of the role may do.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, without conditions: an Allow
counts whatever its condition is, and a Deny counts only without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from botocore.exceptions import ClientError

from colonnade_sandbox.control_plane.wildcards import matches


class IamClients(Protocol):
    """The boto3 client that reads roles."""

    @property
    def iam(self) -> Any: ...


class RoleError(Exception):
    """A role that ECS cannot assume, or an action that the role may not perform, with the message of AWS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """A role as ECS assumes it for one task."""

    role_arn: str
    name: str
    """The name of the session: the task's id."""
    policies: tuple[Mapping[str, Any], ...]

    @classmethod
    def assume(cls, aws: IamClients, *, role_arn: str, name: str) -> Self:
        """Return a session of the role with its current policies. Raises RoleError if the role does not exist."""
        try:
            policies = _policies(aws, role_arn.rpartition("/")[2])
        except ClientError as error:
            raise RoleError(
                f"ECS was unable to assume the role '{role_arn}' that was provided for this task. Please verify that "
                "the role being passed has the proper trust relationship and permissions and that your IAM user has "
                "permissions to pass this role."
            ) from error
        return cls(role_arn=role_arn, name=name, policies=tuple(policies))

    def require(self, action: str, resource: str) -> None:
        """Raise RoleError if the role may not perform `action` on the ARN `resource`."""
        if allowed(self.policies, action, resource):
            return
        role = self.role_arn.replace(":iam:", ":sts:").partition(":role/")
        raise RoleError(
            f"AccessDeniedException: User: {role[0]}:assumed-role/{role[2].rpartition('/')[2]}/{self.name} is not "
            f"authorized to perform: {action} on resource: {resource} because no identity-based policy allows the "
            f"{action} action"
        )


def _policies(aws: IamClients, role_name: str) -> list[Mapping[str, Any]]:
    inline = aws.iam.list_role_policies(RoleName=role_name)["PolicyNames"]
    attached = aws.iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]
    return [
        *(aws.iam.get_role_policy(RoleName=role_name, PolicyName=each)["PolicyDocument"] for each in inline),
        *(_attached_policy(aws, each["PolicyArn"]) for each in attached),
    ]


def allowed(policies: Iterable[Mapping[str, Any]], action: str, resource: str) -> bool:
    """Return True if a statement of the policies allows `action` on the ARN `resource`, and none denies it."""
    statements = [each for policy in policies for each in _listed(policy["Statement"])]
    effects = {
        (each["Effect"], "Condition" in each)
        for each in statements
        if _covers(each, "Action", action, fold=True) and _covers(each, "Resource", resource, fold=False)
    }
    return bool(effects & {("Allow", True), ("Allow", False)}) and ("Deny", False) not in effects


def _attached_policy(aws: IamClients, arn: str) -> Mapping[str, Any]:
    version = aws.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Mapping[str, Any] = aws.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"][
        "Document"
    ]
    return document


def _covers(statement: Mapping[str, Any], element: str, value: str, *, fold: bool) -> bool:
    """Return True if the element (or its opposite, such as NotAction) covers the value; `fold` ignores case."""
    if element in statement:
        return any(_matches(pattern, value, fold=fold) for pattern in _listed(statement[element]))
    return not any(_matches(pattern, value, fold=fold) for pattern in _listed(statement[f"Not{element}"]))


def _matches(pattern: str, value: str, *, fold: bool) -> bool:
    return matches(pattern.lower(), value.lower()) if fold else matches(pattern, value)


def _listed(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]
