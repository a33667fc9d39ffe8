"""The rules of a deployment as a whole: its own fields, quotas that its services share, what its environment gives.

Pure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from colonnade.model import aws_limits, naming
from colonnade.model.declared_types import type_faults
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem, suggestion
from colonnade.model.images.rules import shared_image_problems
from colonnade.model.network.layout import layout_faults
from colonnade.model.service.declaration import Service


def deployment_problems(deployment: Deployment, services: Sequence[Service]) -> Iterator[Problem]:
    """What is wrong with the deployment's own fields and with the number of its services and calls."""
    for fault in chain(_field_faults(deployment, services), _quota_faults(services)):
        yield fault.of("deployment", deployment.name)


def environment_problems(
    deployment: Deployment, services: Sequence[Service], environment: Environment
) -> Iterator[Problem]:
    """What the deployment needs that the environment does not give."""
    if deployment.subdomain is not None:
        for fault in _domain_faults(deployment.subdomain, environment.zone_name):
            yield fault.of("deployment", deployment.name)
    nat = deployment.network.nat if deployment.network is not None else environment.network.nat
    for service in services:
        for fault in _public_image_faults(service, nat):
            yield fault.of("service", service.name)


def _domain_faults(subdomain: str, zone_name: str) -> Iterator[Fault]:
    domain = f"{subdomain}.{zone_name}"
    if len(domain) > aws_limits.CERTIFICATE_DOMAIN_LENGTH:
        yield Fault(
            f"domain name {domain!r} has {len(domain)} characters, a certificate's takes "
            f"{aws_limits.CERTIFICATE_DOMAIN_LENGTH}",
            f"shorten subdomain {subdomain!r}",
        )


def _public_image_faults(service: Service, nat: str) -> Iterator[Fault]:
    if service.public_image is not None and nat == "none":
        yield Fault(
            f"public image {service.public_image!r} cannot be pulled without a NAT gateway",
            "use nat 'single' or 'per_zone', or a repository of your own",
        )


def shared_problems(deployments: Sequence[Deployment]) -> Iterator[Problem]:
    """Where deployments of one environment would get in each other's way."""
    for position, deployment in enumerate(deployments):
        for other in deployments[:position]:
            for fault in _pair_faults(deployment, other):
                yield fault.of("deployment", deployment.name)
    yield from shared_image_problems(deployments)


def _pair_faults(deployment: Deployment, other: Deployment) -> Iterator[Fault]:
    # Physical names take no underscores, so two names that differ in that alone are one.
    name, taken = naming.hyphenated(deployment.name), naming.hyphenated(other.name)
    shorter, longer = sorted((name, taken), key=len)
    if name == taken:
        yield Fault("another deployment has the same name", "give each deployment a name of its own")
    elif longer.startswith(f"{shorter}-"):
        yield Fault(
            f"the name {longer!r} begins with {shorter!r} and a hyphen, so physical names of both could be the same",
            f"rename it, for example {longer.replace('-', '')!r}",
        )
    if deployment.subdomain is not None and deployment.subdomain == other.subdomain:
        yield Fault(
            f"subdomain {deployment.subdomain!r} is taken by deployment {other.name!r}",
            "give each deployment a subdomain of its own",
        )


def _field_faults(deployment: Deployment, services: Sequence[Service]) -> Iterator[Fault]:
    named = naming.deployment_name_fault(deployment.name)
    if named is not None:
        yield named
    if deployment.name in naming.RESERVED_STACK_NAMES:
        yield Fault("another stack has this name", f"reserved: {', '.join(sorted(naming.RESERVED_STACK_NAMES))}")
    if deployment.namespace is not None:
        yield from _namespace_faults(deployment.namespace, services)
    if deployment.subdomain is not None:
        subdomain = naming.label_fault("subdomain", deployment.subdomain)
        yield from [subdomain] if subdomain is not None else []
    yield from _default_action_faults(deployment.default_action, services)
    if deployment.network is not None:
        yield from layout_faults(deployment.network)


def _namespace_faults(namespace: str, services: Sequence[Service]) -> Iterator[Fault]:
    fault = naming.domain_name_fault("namespace", namespace)
    if fault is not None:
        yield fault
    longest = max((len(f"{service.name}.{namespace}") for service in services), default=0)
    if longest > aws_limits.DNS_NAME_LENGTH:
        yield Fault(f"a service's name in the namespace has {longest} characters", "shorten the namespace")


def _default_action_faults(action: FixedResponse | ForwardTo, services: Sequence[Service]) -> Iterator[Fault]:
    if isinstance(action, FixedResponse):
        yield from _response_faults(action)
        return
    declared = [service.name for service in services]
    faults = list(type_faults(action))
    yield from (Fault(f"default action's {fault.message}", fault.fix) for fault in faults)
    if not faults and action.service not in declared:
        yield Fault(
            f"default action forwards to {action.service!r}, which is not a declared service",
            suggestion(action.service, declared, label="declared"),
        )


def _response_faults(response: FixedResponse) -> Iterator[Fault]:
    faults = [*type_faults(response)]
    yield from faults
    if faults:
        return
    if not any(response.status_code in codes for codes in aws_limits.FIXED_RESPONSE_STATUS_CODES):
        yield Fault(
            f"default response's status code {response.status_code} is not allowed", "allowed: 200 to 299, 400 to 599"
        )
    if response.content_type not in aws_limits.FIXED_RESPONSE_CONTENT_TYPES:
        yield Fault(
            f"default response's content type {response.content_type!r} is not allowed",
            suggestion(response.content_type, aws_limits.FIXED_RESPONSE_CONTENT_TYPES, label="allowed"),
        )
    if len(response.message_body) > aws_limits.FIXED_RESPONSE_BODY_LENGTH:
        yield Fault(
            f"default response's body has {len(response.message_body)} characters",
            f"allowed: {aws_limits.FIXED_RESPONSE_BODY_LENGTH}",
        )
    if response.content_type == "application/json":
        yield from _json_faults(response.message_body)


def _json_faults(body: str) -> Iterator[Fault]:
    try:
        json.loads(body)
    except ValueError as error:
        yield Fault(f"default response's body {body!r} is not JSON: {error}", "correct it, or declare 'text/plain'")


def _quota_faults(services: Sequence[Service]) -> Iterator[Fault]:
    rules, group = aws_limits.LISTENER_RULES_PER_LOAD_BALANCER, aws_limits.RULES_PER_SECURITY_GROUP
    with_rule = sum(service.path_prefix is not None for service in services)
    if with_rule > rules:
        yield Fault(
            f"{with_rule} services need {with_rule} listener rules, a load balancer has {rules}",
            "split it: each deployment has a load balancer of its own",
        )
    if len(services) > group:
        yield Fault(
            f"{len(services)} services need as many rules in the load balancer's security group, which has {group}",
            "split it: each deployment has a load balancer of its own",
        )
    callers = Counter(callee for service in services for callee in set(service.calls))
    for name, count in callers.items():
        if count + 1 > group:
            yield Fault(
                f"{count} services and the load balancer call {name!r}, and its security group has {group} rules",
                "split the deployment",
            )
    for service in services:
        if len(service.calls) + 1 > group:
            yield Fault(
                f"{service.name!r} calls {len(service.calls)} services and goes out on 443, and its security group has "
                f"{group} rules",
                "split the service",
            )
