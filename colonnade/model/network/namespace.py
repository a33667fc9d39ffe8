"""The public names that a private hosted zone hides in its VPC.

In the VPC, Route 53 Resolver answers every query for a name in or below a private hosted zone from that zone alone. It
does not query public DNS.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
A Cloud Map namespace creates such a zone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.model import aws_limits
from colonnade.model.errors import Fault
from colonnade.model.network.top_level_domains import TOP_LEVEL_DOMAINS

AWS_DOMAINS = (aws_limits.AWS_DOMAIN, "aws", "cloudfront.net")
"""The domains of AWS's endpoints. Tasks pull images and write logs through them.
https://docs.aws.amazon.com/general/latest/gr/rande.html
A registry may send the layers of its images through CloudFront:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-values-returned.html"""

_FIX = "use a name that no public domain has, such as 'shop.internal'"


def hidden_by(namespace: str, domain: str) -> bool:
    """Return True if the domain is the namespace or lies below it."""
    return domain == namespace or domain.endswith(f".{namespace}")


def hiding_faults(namespace: str, needed: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a fault if the namespace hides the endpoints of AWS or a domain of `needed`.

    `needed` maps each domain that tasks must resolve to its description in the message.
    """
    if any(hidden_by(namespace, domain) or hidden_by(domain, namespace) for domain in AWS_DOMAINS):
        yield Fault(
            f"namespace {namespace!r} hides the endpoints of AWS: tasks could not pull images or send logs", _FIX
        )
        return
    for domain, place in needed.items():
        if hidden_by(namespace, domain):
            yield Fault(f"namespace {namespace!r} hides {place}", _FIX)


def public_domain_fault(namespace: str, zone_name: str) -> Fault | None:
    """Return the fault of a namespace under a public top-level domain; None below the environment's own zone."""
    domain = namespace.rpartition(".")[2]
    if domain not in TOP_LEVEL_DOMAINS or hidden_by(zone_name, namespace):
        return None
    return Fault(
        f"namespace {namespace!r} hides the public names under .{namespace} from the tasks: .{domain} is a top-level "
        "domain",
        _FIX,
    )
