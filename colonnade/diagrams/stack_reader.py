"""A reader of `cdk.tf.json`, so that a diagram shows what Terraform would create.

It finds resources by following references (`${aws_lb.ServicesLB_this_1.arn}`), not by their logical ids.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from colonnade.diagrams.deployed import Call, Deployed, Listener, Rule, Service, Share, Subnet
from colonnade.model.literals import evaluated
from colonnade.model.terraform_files import resource_addresses

_REFERENCE = re.compile(r"\$\{(?:data\.)?(\w+)\.([\w-]+)\.\w+\}")
_HTTPS_PORT = 443
_OWNERS_CLIENTS, _OWNERS_DEFAULT = "networks that its owner allows", "as its owner sets it"
"""The clients and the default answer of an existing load balancer."""
_ZONE_NUMBER = re.compile(r"\.names\[(\d+)\]")

_Body = Mapping[str, Any]


def read_deployed(document: _Body, files: Iterable[str] = ()) -> Deployed:
    """Return the deployment of a synthesized stack; raises KeyError for any other document.

    `files`: the content of the Terraform files beside it.
    """
    added = (address for text in files for address in resource_addresses(text) if not address.startswith("data."))
    return dataclasses.replace(_Reader(document).deployed(), added=tuple(sorted(added)))


class _Reader:
    """The document of one stack, with its resources by type and logical id."""

    def __init__(self, document: _Body) -> None:
        self._document = document
        self._provider: _Body = document["provider"]["aws"][0]
        self._resources: Mapping[str, Mapping[str, _Body]] = document["resource"]
        self._service_of_group = {
            _id(group["target_group_arn"]): group["container_name"]
            for body in self._of("aws_ecs_service").values()
            for group in body.get("load_balancer", [])
        }

    def deployed(self) -> Deployed:
        backend = self._document["terraform"]["backend"]["s3"]
        load_balancer_id, load_balancer = self._load_balancer()
        record = self._of("terraform_data").get("migration", {}).get("input", {})
        return Deployed(
            name=self._document["//"]["metadata"]["stackName"],
            environment=self._provider["default_tags"][0]["tags"]["Environment"],
            region=self._provider["region"],
            phases=record.get("services", {}),
            load_balancer=load_balancer["name"],
            domain_name=self._domain_name(load_balancer_id),
            internal=load_balancer["internal"],
            clients=tuple(dict.fromkeys(client for client, _ in self._ingress(load_balancer))),
            open_ports=tuple(sorted({port for _, port in self._ingress(load_balancer)})),
            listeners=self._listeners(),
            services=tuple(self._service(body) for body in self._of("aws_ecs_service").values()),
            calls=tuple(sorted(self._calls(), key=lambda call: (call.caller, call.callee))),
            vpc_cidr=self._vpc(),
            subnets=tuple(
                sorted(
                    (*self._subnets(), *self._existing_subnets(load_balancer)),
                    key=lambda each: (not each.public, each.zone, each.cidr_block),
                )
            ),
            state=(backend["bucket"], backend["key"]),
        )

    def _of(self, kind: str) -> Mapping[str, _Body]:
        return self._resources.get(kind, {})

    def _lookups(self, kind: str) -> Mapping[str, _Body]:
        found: Mapping[str, _Body] = self._document.get("data", {}).get(kind, {})
        return found

    def _referred(self, reference: str) -> _Body:
        found = _REFERENCE.search(reference)
        if found is None:
            raise KeyError(reference)
        return self._resources[found[1]][found[2]]

    def _domain_name(self, load_balancer_id: str) -> str | None:
        for record in self._of("aws_route53_record").values():
            if "alias" in record and _id(record["alias"]["name"]) == load_balancer_id:
                name: str = record["name"]
                return name
        return None

    def _load_balancer(self) -> tuple[str, _Body]:
        """Return the id and the body of the load balancer. Of an existing load balancer, only the name is known."""
        for own in self._of("aws_lb").items():
            return own
        ((id_, _),) = self._lookups("aws_lb").items()
        ((_, listener),) = self._lookups("aws_lb_listener").items()
        return id_, {"name": listener["arn"].split("/")[-3], "internal": False}

    def _ingress(self, load_balancer: _Body) -> Iterator[tuple[str, int]]:
        """Yield the clients and the port of each ingress rule of the load balancer."""
        if "security_groups" not in load_balancer:
            yield _OWNERS_CLIENTS, _HTTPS_PORT
            return
        group = _id(load_balancer["security_groups"][0])
        for rule in self._of("aws_vpc_security_group_ingress_rule").values():
            if _id(rule["security_group_id"]) == group:
                lookup = self._lookups("aws_ec2_managed_prefix_list").get(_id(rule.get("prefix_list_id", "")), {})
                yield rule.get("cidr_ipv4", lookup.get("name", lookup.get("id", ""))), rule["from_port"]

    def _vpc(self) -> str:
        made, existing = self._of("aws_vpc"), self._lookups("aws_vpc")
        label: str = next(iter(made.values()))["cidr_block"] if made else next(iter(existing.values()))["id"]
        return label

    def _listeners(self) -> tuple[Listener, ...]:
        found = [
            Listener(port=body["port"], protocol=body["protocol"], rules=tuple(self._rules(id_, body)))
            for id_, body in self._of("aws_lb_listener").items()
        ]
        for id_ in self._lookups("aws_lb_listener"):
            rules = (*self._own_rules(id_), Rule(priority=None, conditions=(), shares=(), answer=_OWNERS_DEFAULT))
            found.append(Listener(port=_HTTPS_PORT, protocol="HTTPS", rules=rules))
        return tuple(sorted(found, key=lambda listener: listener.port))

    def _rules(self, listener_id: str, listener: _Body) -> Iterator[Rule]:
        yield from self._own_rules(listener_id)
        yield self._rule(listener["default_action"][0], priority=None, conditions=())

    def _own_rules(self, listener_id: str) -> Iterator[Rule]:
        own = [body for body in self._of("aws_lb_listener_rule").values() if _id(body["listener_arn"]) == listener_id]
        for body in sorted(own, key=lambda rule: int(rule["priority"])):
            conditions = tuple(
                value for condition in body["condition"] for block in condition.values() for value in block["values"]
            )
            yield self._rule(body["action"][0], priority=int(body["priority"]), conditions=conditions)

    def _rule(self, action: _Body, *, priority: int | None, conditions: tuple[str, ...]) -> Rule:
        return Rule(
            priority=priority, conditions=conditions, shares=tuple(self._shares(action)), answer=_answer(action)
        )

    def _shares(self, action: _Body) -> Iterator[Share]:
        if "target_group_arn" in action:
            yield Share(service=self._service_of_group[_id(action["target_group_arn"])], percent=100)
        groups = action.get("forward", {}).get("target_group", [])
        total = sum(group["weight"] for group in groups)
        for group in groups:
            percent = round(100 * group["weight"] / total, 1) if total else 0
            yield Share(service=self._service_of_group[_id(group["arn"])], percent=percent)

    def _service(self, body: _Body) -> Service:
        task = self._referred(body["task_definition"])
        own = self._own_container(body)
        return Service(
            name=own["name"],
            port=next((each["containerPort"] for each in own["portMappings"]), None),
            task_count=body["desired_count"],
            capacity=" + ".join(each["capacity_provider"] for each in body["capacity_provider_strategy"]),
            architecture=task["runtime_platform"]["cpu_architecture"],
            cpu_units=int(task["cpu"]),
            memory_mib=int(task["memory"]),
            discovery_name=self._discovery_name(body.get("service_registries")),
        )

    def _own_container(self, service: _Body) -> _Body:
        """Return the definition of the service's own container, which is the first of its task."""
        definitions = self._referred(service["task_definition"])["container_definitions"]
        own: _Body = json.loads(evaluated(definitions))[0]
        return own

    def _discovery_name(self, registry: _Body | None) -> str | None:
        if registry is None:
            return None
        service = self._referred(registry["registry_arn"])
        namespace = self._referred(service["dns_config"]["namespace_id"])
        return f"{service['name']}.{namespace['name']}"

    def _calls(self) -> Iterator[Call]:
        """Yield the calls that both the caller's egress rule and the callee's ingress rule allow."""
        owners = {
            _id(group): self._own_container(body)["name"]
            for body in self._of("aws_ecs_service").values()
            for group in body["network_configuration"]["security_groups"]
        }
        out = {(own, other, port) for own, other, port in self._edges("aws_vpc_security_group_egress_rule")}
        for own, other, port in self._edges("aws_vpc_security_group_ingress_rule"):
            if own in owners and other in owners and (other, own, port) in out:
                yield Call(caller=owners[other], callee=owners[own])

    def _edges(self, kind: str) -> Iterator[tuple[str, str, int]]:
        """Yield the rules of one direction between security groups: own group, other group, port."""
        for rule in self._of(kind).values():
            if "referenced_security_group_id" in rule:
                yield _id(rule["security_group_id"]), _id(rule["referenced_security_group_id"]), rule["from_port"]

    def _subnets(self) -> Iterator[Subnet]:
        public_tables = {
            _id(route["route_table_id"]) for route in self._of("aws_route").values() if "gateway_id" in route
        }
        tables = {
            _id(each["subnet_id"]): _id(each["route_table_id"])
            for each in self._of("aws_route_table_association").values()
        }
        with_nat = {_id(each["subnet_id"]) for each in self._of("aws_nat_gateway").values()}
        for id_, body in self._of("aws_subnet").items():
            yield Subnet(
                zone=self._zone(body["availability_zone"]),
                cidr_block=body["cidr_block"],
                public=tables.get(id_) in public_tables,
                has_nat_gateway=id_ in with_nat,
            )

    def _existing_subnets(self, load_balancer: _Body) -> Iterator[Subnet]:
        """Yield the subnets of an existing network; their zones and blocks are not in the stack."""
        services = self._of("aws_ecs_service").values()
        private = {_id(subnet) for body in services for subnet in body["network_configuration"]["subnets"]}
        for id_, body in self._lookups("aws_subnet").items():
            public = id_ not in private and not load_balancer["internal"]
            yield Subnet(zone=body["id"], cidr_block="", public=public, has_nat_gateway=False)

    def _zone(self, availability_zone: str) -> str:
        found = _ZONE_NUMBER.search(availability_zone)
        region: str = self._provider["region"]
        return f"zone {int(found[1]) + 1 if found is not None else availability_zone.removeprefix(region)}"


def _id(reference: str) -> str:
    """Return the logical id in a reference."""
    found = _REFERENCE.search(reference)
    return found[2] if found is not None else reference


def _answer(action: _Body) -> str | None:
    if "fixed_response" in action:
        response = action["fixed_response"]
        return f"{response['status_code']} {' '.join(evaluated(response['message_body']).split())}"
    if "redirect" in action:
        redirect = action["redirect"]
        return f"{redirect['status_code'].removeprefix('HTTP_')} to {redirect['protocol']} on {redirect['port']}"
    return None
