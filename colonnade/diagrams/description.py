"""A description of the diagram in sentences, for screen readers. Pure functions; `drawing` adds it to the SVG."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.diagrams.deployed import INTERNET, Deployed, Rule, Service


def title(deployed: Deployed) -> str:
    """Return the title of the diagram."""
    return f"Deployment {deployed.name} in environment {deployed.environment}"


def description(deployed: Deployed) -> str:
    """Return all content of the diagram, in the order in which a request passes it."""
    return " ".join(_sentences(deployed))


def _sentences(deployed: Deployed) -> Iterator[str]:
    address = deployed.domain_name if deployed.domain_name is not None else "the load balancer's DNS name"
    ports = " and ".join(map(str, deployed.open_ports))
    clients = "Clients" if INTERNET in deployed.clients else f"Clients in {', '.join(deployed.clients)}"
    yield f"{clients} reach the load balancer {deployed.load_balancer} at {address}, on {ports}."
    yield from (_rule_sentence(rule) for rule in deployed.rules)
    yield from (_service_sentence(service) for service in deployed.services)
    yield from (f"{call.caller} may call {call.callee}." for call in deployed.calls)
    for public in (True, False):
        subnets = [
            f"{each.cidr_block} in {each.zone}" if each.cidr_block else each.zone
            for each in deployed.subnets
            if each.public is public
        ]
        if subnets:
            yield f"{'Public' if public else 'Private'} subnets: {', '.join(subnets)}."
    zones = [each.zone for each in deployed.subnets if each.has_nat_gateway]
    if zones:
        yield f"NAT gateways: {', '.join(zones)}."
    if deployed.added:
        yield f"Also in this state: {', '.join(deployed.added)}."
    yield f"State: bucket {deployed.state[0]}, key {deployed.state[1]}."


def _rule_sentence(rule: Rule) -> str:
    name = "The default rule" if rule.priority is None else f"Rule {rule.priority} for {' and '.join(rule.conditions)}"
    if rule.answer is not None:
        return f"{name} answers {rule.answer}."
    shares = [f"{share.service} {share.percent:g} %" for share in rule.shares]
    return f"{name} forwards to {', '.join(shares)}."


def _service_sentence(service: Service) -> str:
    named = f", called {service.discovery_name}" if service.discovery_name is not None else ""
    return (
        f"{service.name}: {service.task_count} of {service.capacity}, {service.architecture}, "
        f"{f'port {service.port}' if service.port is not None else 'no port'}{named}."
    )
