"""The existing hosted zone, the existing certificates, and the domain names of a deployment in one environment.

`[zone]` selects the zone for the records, `[certificate]` the certificate of the load balancers. `[deployments.NAME]`
sets the names and the certificate of one deployment. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.errors import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSettings:
    """The `[zone]` table, for a public hosted zone `zone_name` that cannot be found by its name alone."""

    id: str | None = None
    """The zone's ID, for an account that has several zones of this name. None: it is found by `zone_name`.

    Rule: `Z` and capital letters or digits.
    AWS: https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html
    Example: "Z0123456789ABCDEFGHIJ"
    """
    role_arn: str | None = None
    """A role in the account of the zone.

    Terraform assumes it to read the zone and to write its records. None: the zone is in the environment's own account.

    Rule: the ARN of an IAM role.
    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    Example: "arn:aws:iam::111122223333:role/dns"
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSettings:
    """The `[certificate]` table, or `[deployments.NAME.certificate]` for one deployment: an existing certificate of
    ACM."""

    arn: str
    """The certificate. It must be issued, and it must be the newest issued certificate for its domain name.

    Rule: the ARN of a certificate of ACM in the environment's account and region.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
    Example: "arn:aws:acm:eu-west-1:111122223333:certificate/a1b2c3d4-5678-90ab-cdef-111111111111"
    """
    domains: tuple[str, ...]
    """The names of the certificate, as ACM lists them: first the domain name, by which Terraform finds the certificate,
    then the alternative names.

    Rule: one or more names, each with or without `*.` first, which cover every name of the deployment.
    AWS: https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html
    Example: ["example.com", "*.example.com"]
    """


def zone_faults(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of the `[zone]` table. `values` contains its values of the right type by key."""
    id_, role_arn = values.get("id"), values.get("role_arn")
    if id_ is not None and not re.fullmatch(aws_limits.HOSTED_ZONE_ID, id_):
        yield Fault(f"zone.id {id_!r} is not the ID of a hosted zone", "write it as 'Z0123456789ABCDEFGHIJ'")
    if role_arn is not None and not re.fullmatch(aws_limits.ROLE_ARN, role_arn):
        yield Fault(
            f"zone.role_arn {role_arn!r} is not the ARN of a role", "write it as 'arn:aws:iam::ACCOUNT:role/NAME'"
        )


def certificate_faults(path: str, values: Mapping[str, Any], region: str, account_id: str) -> Iterator[Fault]:
    """Yield the faults of the table at `path`. `values` contains its values of the right type by key."""
    arn, domains = values.get("arn"), values.get("domains")
    if arn is not None:
        form = f"arn:aws:acm:{region}:{account_id}:certificate/ID"
        yield from naming.arn_faults(
            f"{path}.arn", arn, aws_limits.CERTIFICATE_ARN, "a certificate of ACM", form, (region, account_id)
        )
    if domains == ():
        yield Fault(f"{path}.domains is empty", "list the certificate's names, its domain name first")
    for domain in domains if domains is not None else ():
        fault = naming.domain_name_fault(f"{path}.domains: the name", domain.removeprefix("*."))
        if fault is not None:
            yield fault


def name_faults(path: str, names: Sequence[str], zone_name: str) -> Iterator[Fault]:
    """Yield the faults of a deployment's `domain_names` at `path`."""
    most = aws_limits.CERTIFICATE_NAMES - 1  # the wildcard of the first name counts as a name too
    if len(names) > most:
        yield Fault(f"{path} has {len(names)} names; a certificate has room for {most}", "use fewer names")
    for position, name in enumerate(names):
        fault = naming.domain_name_fault(f"{path}: the name", name)
        if fault is not None:
            yield fault
        elif name != zone_name and not name.endswith(f".{zone_name}"):
            yield Fault(f"{path}: {name!r} is not in the zone {zone_name!r}", f"use {zone_name!r} or a name below it")
        elif name in names[:position]:
            yield Fault(f"{path} lists {name!r} twice", "list each name once")
        elif position == 0 and len(name) > aws_limits.CERTIFICATE_DOMAIN_LENGTH:
            yield Fault(
                f"{path}: the first name {name!r} has {len(name)} characters; a certificate's domain name has at most "
                f"{aws_limits.CERTIFICATE_DOMAIN_LENGTH}",
                "list a shorter name first",
            )


def coverage_faults(certificate: CertificateSettings, names: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for each of a deployment's names that the certificate does not cover."""
    for name in names:
        if not covers(certificate.domains, name):
            parent = _wildcard(name)
            yield Fault(
                f"its name {name!r} is not covered by the certificate for {', '.join(map(repr, certificate.domains))}",
                f"use a certificate for {name!r} or {parent!r}; a wildcard stands for one label",
            )


def covers(domains: Collection[str], name: str) -> bool:
    """Return True if a certificate for the domains is valid for the name; a wildcard stands for one label."""
    return name in domains or _wildcard(name) in domains


def _wildcard(name: str) -> str:
    return f"*.{name.partition('.')[2]}"
