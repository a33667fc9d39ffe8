"""The domain of a deployment: the hosted zone and the role for it, the certificate, or the existing listener."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from colonnade.model.environment.domain import CertificateSettings, covers
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.errors import Fault
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.resolved import Resolved
from colonnade.verify.need import Need, missing, place
from colonnade.verify.reader import NotCheckedError, Reader

_BALANCER = "elbv2"


def zone_roles(deployment: Resolved) -> Iterator[Need]:
    """Yield the role that Terraform assumes for the hosted zone, if the zone is in another account."""
    role_arn = deployment.zone.role_arn
    if role_arn is not None and deployment.domain_name is not None:
        yield Need(subject=f"role {role_arn!r} (hosted zone)", faults=partial(_zone_role_faults, deployment, role_arn))


def hosted_zones(deployment: Resolved) -> Iterator[Need]:
    """Yield the hosted zone of a deployment with a domain."""
    if deployment.domain_name is not None:
        subject = f"hosted zone {deployment.zone_name!r}"
        yield Need(subject=subject, faults=partial(_zone_faults, deployment))


def certificates(deployment: Resolved) -> Iterator[Need]:
    """Yield the existing certificate, if the deployment does not create its own."""
    certificate = deployment.certificate
    if certificate is not None:
        subject = f"certificate {certificate.arn!r}"
        yield Need(subject=subject, faults=partial(_certificate_faults, deployment, certificate))


def listeners(deployment: Resolved) -> Iterator[Need]:
    """Yield the existing listener that has the deployment's rules."""
    listener = deployment.listener
    if listener is not None:
        yield Need(subject=f"listener {listener.arn!r}", faults=partial(_listener_faults, deployment, listener))


def _zone_role_faults(deployment: Resolved, role_arn: str, reader: Reader) -> Iterator[Fault]:
    try:
        reader.with_role(role_arn)
    except NotCheckedError:
        fix = (
            f"correct [zone] role_arn in environments/{deployment.environment}.toml, or allow sts:AssumeRole in the "
            "role's trust policy and for these credentials"
        )
        yield Fault("AWS does not let these credentials assume it, as Terraform must", fix)


def _zone_faults(deployment: Resolved, reader: Reader) -> Iterator[Fault]:
    role_arn, id_ = deployment.zone.role_arn, deployment.zone.id
    reader = reader.with_role(role_arn) if role_arn is not None else reader
    settings = f"environments/{deployment.environment}.toml"
    if id_ is None:
        yield from _zones_of_name_faults(reader, deployment.zone_name, settings)
        return
    zone = reader.read("route53", "get_hosted_zone", missing=["NoSuchHostedZone"], Id=id_).get("HostedZone")
    if zone is None:
        yield Fault(f"there is no hosted zone with the ID {id_}", f"correct [zone] id in {settings}")
        return
    name = zone["Name"].removesuffix(".")
    if name != deployment.zone_name:
        yield Fault(f"the zone with the ID {id_} is {name!r}", f"correct zone_name or [zone] id in {settings}")
    if zone["Config"]["PrivateZone"]:
        yield Fault(f"the zone with the ID {id_} is private", f"use a public zone as [zone] id in {settings}")


def _zones_of_name_faults(reader: Reader, name: str, settings: str) -> Iterator[Fault]:
    # The zones of this name come first in the response.
    zones = reader.read("route53", "list_hosted_zones_by_name", DNSName=name)["HostedZones"]
    found = [each["Id"] for each in zones if each["Name"] == f"{name}." and not each["Config"]["PrivateZone"]]
    if not found:
        fix = f"create it with `aws route53 create-hosted-zone`, or correct zone_name in {settings}"
        yield Fault("there is no public hosted zone of this name", fix)
    elif len(found) > 1:
        ids = ", ".join(each.removeprefix("/hostedzone/") for each in found)
        yield Fault(f"{len(found)} public hosted zones have this name: {ids}", f"set [zone] id in {settings}")


def _certificate_faults(deployment: Resolved, declared: CertificateSettings, reader: Reader) -> Iterator[Fault]:
    found = reader.read(
        "acm", "describe_certificate", missing=["ResourceNotFoundException"], CertificateArn=declared.arn
    ).get("Certificate")
    if found is None:
        yield missing(place(deployment), "correct its ARN, or remove the table for a certificate of the deployment")
        return
    if found["Status"] != "ISSUED":
        fix = "complete its validation, or use another certificate; a load balancer accepts only an issued one"
        yield Fault(f"its status is {found['Status']}, not ISSUED", fix)
    names = (found["DomainName"], *found.get("SubjectAlternativeNames", ()))
    wrong = [each for each in declared.domains if each not in names]
    if wrong:
        fix = "correct `domains`, or use a certificate for these names"
        yield Fault(f"it is for {', '.join(dict.fromkeys(names))}, not for {', '.join(wrong)}", fix)
    elif declared.domains[0] != names[0]:
        fix = "list it first in `domains`: Terraform finds the certificate by it"
        yield Fault(f"its domain name is {names[0]!r}", fix)


def _listener_faults(deployment: Resolved, declared: ListenerSettings, reader: Reader) -> Iterator[Fault]:
    found = reader.read(
        _BALANCER,
        "describe_listeners",
        missing=["ListenerNotFound", "LoadBalancerNotFound"],
        ListenerArns=[declared.arn],
    ).get("Listeners")
    if not found:
        yield missing(place(deployment), f"correct arn in [deployments.{deployment.name}.listener]")
        return
    yield from _load_balancer_faults(deployment, found[0]["LoadBalancerArn"], reader)
    if found[0]["Protocol"] != "HTTPS":
        yield Fault(f"its protocol is {found[0]['Protocol']}", "use the HTTPS listener of the load balancer")
    else:
        yield from _name_faults(deployment, declared, reader)
    yield from _priority_faults(deployment, declared, reader)


def _load_balancer_faults(deployment: Resolved, arn: str, reader: Reader) -> Iterator[Fault]:
    (found,) = reader.read(_BALANCER, "describe_load_balancers", LoadBalancerArns=[arn])["LoadBalancers"]
    network = deployment.network
    if isinstance(network, ExistingNetwork) and found["VpcId"] != network.vpc_id:
        fix = "use the network of the load balancer, or a listener in this VPC"
        yield Fault(f"its load balancer is in VPC {found['VpcId']}, not in {network.vpc_id}", fix)


def _name_faults(deployment: Resolved, declared: ListenerSettings, reader: Reader) -> Iterator[Fault]:
    """Yield a fault for each name of the deployment that no certificate of the listener covers."""
    certificates = reader.read_all(
        _BALANCER, "describe_listener_certificates", key="Certificates", ListenerArn=declared.arn
    )
    arns = [each["CertificateArn"] for each in certificates]
    issued = [
        reader.read("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
        for arn in dict.fromkeys(arns)
        if arn.startswith("arn:aws:acm:")
    ]
    covered = [name for each in issued for name in (each["DomainName"], *each.get("SubjectAlternativeNames", ()))]
    for name in _names(deployment):
        if covers(covered, name):
            continue
        if len(issued) < len(set(arns)):
            raise NotCheckedError("one of its certificates is in IAM, which does not give the names")
        yield Fault(f"none of its certificates is for {name!r}", "ask its owner to add a certificate for the name")


def _priority_faults(deployment: Resolved, declared: ListenerSettings, reader: Reader) -> Iterator[Fault]:
    """Yield a fault for each rule of another owner that has the priority of one of the deployment's rules."""
    wanted = {str(service.priority): service.name for service in deployment.services if service.priority is not None}
    names = _names(deployment)
    for rule in reader.read_all(_BALANCER, "describe_rules", key="Rules", ListenerArn=declared.arn):
        service = wanted.get(rule["Priority"])
        if service is not None and names.isdisjoint(_host_names(rule)):
            first, last = declared.priorities
            fix = f"use other `priorities` than [{first}, {last}], or another rule_priority of the service"
            yield Fault(
                f"a rule of another owner has priority {rule['Priority']}, which service {service!r} needs", fix
            )


def _names(deployment: Resolved) -> set[str]:
    main = {deployment.domain_name} if deployment.domain_name is not None else set()
    return {*main, *deployment.other_domain_names}


def _host_names(rule: Any) -> Collection[str]:
    hosts = [each for each in rule["Conditions"] if each["Field"] == "host-header"]
    return {name for each in hosts for name in each.get("HostHeaderConfig", {}).get("Values", each.get("Values", ()))}
