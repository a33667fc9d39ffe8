"""The rules for a deployment as a whole: its fields, the quotas that its services share, and the limits of its
environment.

Pure.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from colonnade.model import aws_limits, naming
from colonnade.model.deployment.capacity import capacity_problems
from colonnade.model.deployment.declaration import Deployment, FixedResponse
from colonnade.model.deployment.shared_listener import listener_problems
from colonnade.model.environment.domain import coverage_faults
from colonnade.model.environment.ingress import security_group_faults
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem, suggestion
from colonnade.model.images.rules import shared_image_problems
from colonnade.model.network.existing import ExistingNetwork, public_subnet_fault
from colonnade.model.network.layout import layout_faults
from colonnade.model.network.namespace import hiding_faults
from colonnade.model.service.connections import connection_problems
from colonnade.model.service.declaration import Service
from colonnade.model.shape import ShapedDeployment
from colonnade.model.tags import tag_faults
from colonnade.model.warnings import acceptance_faults


def deployment_problems(shaped: ShapedDeployment) -> Iterator[Problem]:
    """Yield the problems of the deployment's own fields and of the number of its services and calls."""
    for fault in chain(_field_faults(shaped), _quota_faults(shaped)):
        yield shaped.problem(fault)


def environment_problems(shaped: ShapedDeployment, environment: Environment) -> Iterator[Problem]:
    """Yield a problem for each thing that the deployment needs and the environment does not provide."""
    network = shaped.value.network
    names: tuple[str, ...] = ()
    if shaped.knows("name", "subdomain"):
        names = environment.domain_names_of(shaped.value.name, shaped.value.subdomain)
        yield from map(shaped.problem, _domain_faults(shaped.value, names, environment))
    if shaped.value.namespace is not None and shaped.knows("namespace", "subdomain"):
        needed = _needed_domains(shaped, environment.zone_name, names)
        yield from (shaped.problem(fault) for fault in hiding_faults(shaped.value.namespace, needed))
    yield from (shaped.problem(fault) for fault in _access_log_bucket_faults(shaped, environment))
    yield from map(shaped.problem, _tag_faults(shaped, environment))
    yield from connection_problems(shaped, environment)
    yield from capacity_problems(shaped, environment)
    existing = environment.network_of(shaped.value.name) if network is None and shaped.knows("name") else None
    if shaped.knows("name", "subdomain"):
        yield from map(shaped.problem, _ingress_faults(shaped.value.name, existing, len(names), environment))
        yield from listener_problems(shaped, existing, len(names), environment)
    for service in shaped.services:
        if service.knows("stop_timeout_seconds"):
            drain = environment.tasks.drain_seconds
            yield from (service.problem(fault) for fault in _stop_timeout_faults(service.value, drain))
    if not shaped.knows("network.nat") or existing is not None:
        return
    nat = network.nat if network is not None else environment.network.nat
    for service in shaped.services:
        if service.knows("public_image"):
            yield from (service.problem(fault) for fault in _public_image_faults(service.value, nat))


def _ingress_faults(
    name: str, existing: ExistingNetwork | None, names: int, environment: Environment
) -> Iterator[Fault]:
    ingress = environment.ingress_of(name)
    if environment.listener_of(name) is not None:
        return
    yield from security_group_faults(ingress, ports=2 if names else 1, region=environment.region)
    fault = public_subnet_fault(existing) if existing is not None and not ingress.internal else None
    if fault is not None:
        yield fault


def _needed_domains(shaped: ShapedDeployment, zone_name: str, names: Sequence[str]) -> Mapping[str, str]:
    """Return the domains that tasks must resolve, each with the words that describe it in a message."""
    images = [service.public_image or "" for service in shaped.services_with("public_image")]
    found = (re.fullmatch(aws_limits.IMAGE_PATH, image) for image in images)
    return {
        **{each["host"]: f"registry {each['host']!r}: tasks could not pull their image" for each in found if each},
        zone_name: f"the environment's own zone {zone_name!r}",
        **{name: f"its own domain name {name!r}" for name in names},
    }


def _domain_faults(deployment: Deployment, names: Sequence[str], environment: Environment) -> Iterator[Fault]:
    certificate = environment.certificate_of(deployment.name)
    if certificate is not None:
        yield from coverage_faults(certificate, names)
    subdomain, zone_name, most = deployment.subdomain, environment.zone_name, aws_limits.CERTIFICATE_DOMAIN_LENGTH
    domain = names[0] if names else ""
    if certificate is None and domain == f"{subdomain}.{zone_name}" and len(domain) > most:
        room = most - len(f".{zone_name}")
        yield Fault(
            f"domain name {domain!r} has {len(domain)} characters; a certificate's has at most {most}",
            f"shorten subdomain {subdomain!r} to {room} or fewer"
            if room > 0
            else f"use a zone_name of {most - 2} characters or fewer",
        )


def _tag_faults(shaped: ShapedDeployment, environment: Environment) -> Iterator[Fault]:
    if shaped.knows("tags"):
        yield from tag_faults("tags", shaped.value.tags, environment.tags)


def _access_log_bucket_faults(shaped: ShapedDeployment, environment: Environment) -> Iterator[Fault]:
    if environment.traffic_logs.access_log_days == 0 or not shaped.knows("name"):
        return
    bucket = naming.access_log_bucket_name(
        environment.project, environment.name, shaped.value.name, account_id=environment.account_id
    )
    if bucket == environment.state_bucket:
        yield Fault(
            f"the bucket of its access logs has the name {bucket!r}, which is the state_bucket of environment "
            f"{environment.name!r}",
            "rename the state_bucket",
        )


def _public_image_faults(service: Service, nat: str) -> Iterator[Fault]:
    if service.public_image is not None and nat == "none":
        yield Fault(
            f"public image {service.public_image!r} cannot be pulled without a NAT gateway",
            "use nat 'single' or 'per_zone', or a repository of your own",
        )


def _stop_timeout_faults(service: Service, drain_seconds: int) -> Iterator[Fault]:
    timeout, (least, most) = service.stop_timeout_seconds, aws_limits.FARGATE_STOP_TIMEOUT_SECONDS
    if timeout is not None and least <= timeout <= min(drain_seconds, most):
        yield Fault(
            f"stop_timeout_seconds {timeout} is not longer than the environment's tasks.drain_seconds {drain_seconds}: "
            "ECS would kill its tasks while they serve requests",
            f"use {drain_seconds + 1} or more" if drain_seconds < most else f"use a drain time of {most - 1} or less",
        )


def shared_problems(deployments: Sequence[ShapedDeployment]) -> Iterator[Problem]:
    """Yield the conflicts between deployments of one environment."""
    for position, deployment in enumerate(deployments):
        for other in deployments[:position]:
            for fault in chain(_name_pair_faults(deployment, other), _subdomain_pair_faults(deployment, other)):
                yield deployment.problem(fault)
    yield from shared_image_problems(deployments)


def _name_pair_faults(deployment: ShapedDeployment, other: ShapedDeployment) -> Iterator[Fault]:
    if not (deployment.knows("name") and other.knows("name")):
        return
    # Physical names have hyphens in place of underscores, so `a_b` and `a-b` would get the same physical names.
    name, taken = naming.hyphenated(deployment.value.name), naming.hyphenated(other.value.name)
    shorter, longer = sorted((name, taken), key=len)
    if name == taken:
        yield Fault("another deployment has the same name", "give each deployment a name of its own")
    elif longer.startswith(f"{shorter}-"):
        yield Fault(
            f"the name {longer!r} begins with {shorter!r} and a hyphen, so the physical names of both could be equal",
            f"rename it, for example {longer.replace('-', '')!r}",
        )


def _subdomain_pair_faults(deployment: ShapedDeployment, other: ShapedDeployment) -> Iterator[Fault]:
    subdomain = deployment.value.subdomain
    both = deployment.knows("subdomain") and other.knows("subdomain")
    if both and subdomain is not None and subdomain == other.value.subdomain:
        yield Fault(f"subdomain {subdomain!r} is taken by {other.title}", "give each deployment a subdomain of its own")


def _field_faults(shaped: ShapedDeployment) -> Iterator[Fault]:
    deployment = shaped.value
    if shaped.knows("name"):
        named = naming.deployment_name_fault(deployment.name)
        yield from [named] if named is not None else []
        if deployment.name in naming.RESERVED_STACK_NAMES:
            yield Fault("another stack has this name", f"reserved: {', '.join(sorted(naming.RESERVED_STACK_NAMES))}")
    if deployment.namespace is not None and shaped.knows("namespace"):
        yield from _namespace_faults(deployment.namespace, shaped.names)
    if deployment.subdomain is not None and shaped.knows("subdomain"):
        subdomain = naming.subdomain_fault(deployment.subdomain)
        yield from [subdomain] if subdomain is not None else []
    if shaped.knows("default_action"):
        yield from _default_action_faults(shaped)
    if deployment.network is not None and shaped.knows("network"):
        yield from layout_faults(deployment.network, shaped.knows)
    if shaped.knows("accepted_warnings"):
        yield from acceptance_faults("deployment", deployment.accepted_warnings)


def _namespace_faults(namespace: str, names: Sequence[str]) -> Iterator[Fault]:
    fault = naming.domain_name_fault("namespace", namespace)
    if fault is not None:
        yield fault
    longest, most = max(names, key=len, default=""), aws_limits.DNS_NAME_LENGTH
    length = len(f"{longest}.{namespace}")
    if names and length > most:
        yield Fault(
            f"namespace {namespace!r} gives service {longest!r} a name of {length} characters; a DNS name has at most "
            f"{most}",
            f"shorten the namespace to {most - len(longest) - 1} characters or fewer",
        )


def _default_action_faults(shaped: ShapedDeployment) -> Iterator[Fault]:
    action = shaped.value.default_action
    if isinstance(action, FixedResponse):
        yield from _response_faults(action, shaped)
    elif shaped.knows("default_action.service") and shaped.complete and action.service not in shaped.names:
        yield Fault(
            f"default action forwards to {action.service!r}, which is not a declared service",
            suggestion(action.service, shaped.names, label="declared"),
        )


def _response_faults(response: FixedResponse, shaped: ShapedDeployment) -> Iterator[Fault]:
    status, types, body = response.status_code, aws_limits.FIXED_RESPONSE_CONTENT_TYPES, response.message_body
    if shaped.knows("default_action.status_code") and not any(
        status in codes for codes in aws_limits.FIXED_RESPONSE_STATUS_CODES
    ):
        yield Fault(f"default response's status code {status} is not allowed", "allowed: 200 to 299, 400 to 599")
    type_known = shaped.knows("default_action.content_type")
    if type_known and response.content_type not in types:
        yield Fault(
            f"default response's content type {response.content_type!r} is not allowed",
            suggestion(response.content_type, types, label="allowed"),
        )
    if not shaped.knows("default_action.message_body"):
        return
    if len(body) > aws_limits.FIXED_RESPONSE_BODY_LENGTH:
        fix = f"allowed: {aws_limits.FIXED_RESPONSE_BODY_LENGTH}"
        yield Fault(f"default response's body has {len(body)} characters", fix)
    if type_known and response.content_type == "application/json":
        yield from _json_faults(body)


def _json_faults(body: str) -> Iterator[Fault]:
    try:
        json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        yield Fault(f"default response's body {body!r} is not JSON: {error}", "correct it, or declare 'text/plain'")


def _no_constant(name: str) -> None:
    # Python accepts NaN and Infinity, JSON does not: RFC 8259, section 6.
    raise ValueError(f"{name} is not a value of JSON")


def _quota_faults(shaped: ShapedDeployment) -> Iterator[Fault]:
    rules, group = aws_limits.LISTENER_RULES_PER_LOAD_BALANCER, aws_limits.RULES_PER_SECURITY_GROUP
    with_rule = sum(service.path_prefix is not None for service in shaped.services_with("path_prefix"))
    if with_rule > rules:
        yield Fault(
            f"{with_rule} services need {with_rule} listener rules; a load balancer has at most {rules}",
            "split it: each deployment has a load balancer of its own",
        )
    # The load balancer's security group needs an egress rule for each port that the load balancer connects to.
    checked = [(each.name, 1 if each.health_check_port is None else 2) for each in shaped.forwarded]
    needed = sum(count for _, count in checked)
    if needed > group:
        yield Fault(
            f"its services need {needed} rules in the load balancer's security group, which has at most {group}",
            "split it: each deployment has a load balancer of its own",
        )
    yield from _call_quota_faults(shaped.services_with("name", "calls", "connections"), dict(checked))


def _call_quota_faults(services: Sequence[Service], checked: Mapping[str, int]) -> Iterator[Fault]:
    """Yield the faults of security groups with too many rules.

    `checked` is the number of rules for the load balancer, by service.
    """
    group = aws_limits.RULES_PER_SECURITY_GROUP
    callers = Counter(callee for service in services for callee in set(service.calls))
    for name, count in callers.items():
        if count + checked.get(name, 0) > group:
            others = " and the load balancer" if name in checked else ""
            yield Fault(
                f"{count} services{others} call {name!r}; its security group has at most {group} rules",
                "split the deployment",
            )
    for service in services:
        if len(service.calls) + len(service.connections) + 1 > group:
            connects = f", has {len(service.connections)} connections" if service.connections else ""
            yield Fault(
                f"{service.name!r} calls {len(service.calls)} services{connects} and uses port 443; its security group "
                f"has at most {group} rules",
                "split the service",
            )
