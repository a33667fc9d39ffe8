"""The rules for deployments of one environment that share a domain name, a listener, or a VPC with its namespaces.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem
from colonnade.model.network.namespace import hidden_by
from colonnade.model.shape import ShapedDeployment


def sharing_problems(deployments: Sequence[ShapedDeployment], environment: Environment) -> Iterator[Problem]:
    """Yield the conflicts between deployments in the environment; a conflict is a problem of the later one."""
    known = [each for each in deployments if each.knows("name", "subdomain", "namespace", "network")]
    for other, deployment in combinations(known, 2):
        for rule in (_name_faults, _namespace_faults, _priority_faults):
            yield from map(deployment.problem, rule(deployment, other, environment))


def _priority_faults(
    deployment: ShapedDeployment, other: ShapedDeployment, environment: Environment
) -> Iterator[Fault]:
    one, another = environment.listener_of(deployment.value.name), environment.listener_of(other.value.name)
    if one is None or another is None or one.arn != another.arn:
        return
    if max(one.priorities[0], another.priorities[0]) <= min(one.priorities[-1], another.priorities[-1]):
        yield Fault(
            f"listener.priorities {list(one.priorities)} overlap {list(another.priorities)} of {other.title} on the "
            "same listener",
            "give each deployment a range of its own",
        )


def _name_faults(deployment: ShapedDeployment, other: ShapedDeployment, environment: Environment) -> Iterator[Fault]:
    one, another = deployment.value, other.value
    if one.subdomain is not None and one.subdomain == another.subdomain:
        return  # a problem of the declarations themselves
    taken = environment.domain_names_of(another.name, another.subdomain)
    for name in environment.domain_names_of(one.name, one.subdomain):
        if name in taken:
            yield Fault(f"domain name {name!r} is taken by {other.title}", "give each deployment names of its own")


def _namespace_faults(
    deployment: ShapedDeployment, other: ShapedDeployment, environment: Environment
) -> Iterator[Fault]:
    """Yield a fault if two namespaces are in one VPC and one of them hides the other.

    A VPC cannot have two private hosted zones of the same name. It resolves all names below a private hosted zone from
    that zone alone. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
    """
    one, another = deployment.value, other.value
    networks = [environment.network_of(each.name) if each.network is None else None for each in (one, another)]
    vpc_ids = [network.vpc_id for network in networks if network is not None]
    if len(vpc_ids) < len(networks) or len(set(vpc_ids)) > 1 or one.namespace is None or another.namespace is None:
        return
    if hidden_by(one.namespace, another.namespace) or hidden_by(another.namespace, one.namespace):
        yield Fault(
            f"namespace {one.namespace!r} and {another.namespace!r} of {other.title} are in the same VPC "
            f"{vpc_ids[0]!r}, where one would hide the other",
            f"use a namespace of its own, such as '{one.name.replace('_', '-')}.internal'",
        )
