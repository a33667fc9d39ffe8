"""The security group of a service's tasks: security group -> one rule per direction of each edge.

Every rule is a separate resource. So services may call each other, and a new service does not change the rules of other
services.
"""

from __future__ import annotations

import re
from typing import Any, Final

from colonnade.modules.existing_load_balancer import AnyLoadBalancer
from colonnade.modules.existing_network import AnyNetwork
from colonnade.modules.provider import aws, constructs, service_tag
from colonnade.modules.security_group import egress_rule, ingress_rule, security_group

_EVERYWHERE = "0.0.0.0/0"
_HTTPS_PORT = 443


class TaskSecurityGroup(constructs.Construct):
    """The security group of one service's tasks: ingress from the load balancer and callers, egress to callees and to
    port 443.

    All other traffic is blocked: Terraform removes the rule that allows all egress, which AWS adds to a new group.
    Create the groups of all services first, then allow the calls between them, then create the services.

    Inputs:
        name: Its `Name` tag and the start of its name, which Terraform completes.
        service_name: The name of the service, for the descriptions of the rules.
        container_port: The port that its containers listen on. Default: none, nothing may call them.
        network: The network of the tasks.
        load_balancer: The load balancer that sends requests to the tasks. Default: none.
        health_check_port: The port of the load balancer's health checks. Default: `container_port`.

    Resources: `aws_security_group`, `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`; for
    a connection to a group data `aws_security_group`.

    Outputs: `group_id`; `rules`, as CDKTF resources, on which the service depends; `health_check_rules`, those of
        `health_check_port`. `allow_call_to(callee)` adds a call, `allow_connection_to(port, ...)` a connection to
        something outside.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        name: str,
        service_name: str,
        network: AnyNetwork,
        container_port: int | None = None,
        load_balancer: AnyLoadBalancer | None = None,
        health_check_port: int | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._service_name = service_name
        self._container_port = container_port
        self._rules: list[Any] = []
        self._health_check_rules: list[Any] = []
        self._let_out = {(_HTTPS_PORT, _EVERYWHERE)}
        self._let_in: set[tuple[int, str]] = set()
        self._existing_groups: dict[str, str] = {}
        self.group_id: Final[str] = security_group(
            self,
            "this",
            name=name,
            description=f"The tasks of {service_name}",
            vpc_id=network.vpc_id,
            tags=service_tag(service_name),
        )
        if load_balancer is not None:
            self._let_load_balancer_in(load_balancer, health_check_port)
        self._let_out_to_https()

    @property
    def rules(self) -> tuple[Any, ...]:
        """The rules that the tasks need for incoming and outgoing connections."""
        return tuple(self._rules)

    @property
    def health_check_rules(self) -> tuple[Any, ...]:
        """The rules for health checks on a port of their own: see `TargetGroup.check_after`."""
        return tuple(self._health_check_rules)

    def allow_call_to(self, callee: TaskSecurityGroup) -> None:
        """Allow calls: egress from this group and ingress to the callee's, both on the callee's container port."""
        port = callee._listening_port
        egress = self._egress(
            f"egress_to_{callee._service_name}",
            f"Calls to {callee._service_name}",
            port,
            referenced_security_group_id=callee.group_id,
        )
        ingress = callee._ingress_from(
            f"ingress_from_{self._service_name}", f"Calls from {self._service_name}", port, self.group_id
        )
        # Both services depend on both rules. So if a call is removed, its rules stay until the edited service is
        # updated.
        for service in (self, callee):
            service._rules += [egress, ingress]

    def allow_connection_to(
        self,
        port: int,
        *,
        security_group_id: str | None = None,
        cidr: str | None = None,
        prefix_list_id: str | None = None,
        manage_ingress: bool = False,
    ) -> None:
        """Allow connections to a port outside of the deployment.

        Give exactly one destination: a security group, an IPv4 block or a prefix list. With `manage_ingress`, an
        ingress rule is added to that security group too. AWS refuses a second rule for the same destination, so several
        calls for one destination create one rule.
        """
        if security_group_id is not None:
            group_id = self._existing_group(security_group_id)
            self._let_out_to(port, "referenced_security_group_id", security_group_id, group_id)
            if manage_ingress:
                self._let_in_at(security_group_id, group_id, port)
        if cidr is not None:
            self._let_out_to(port, "cidr_ipv4", cidr, cidr)
        if prefix_list_id is not None:
            self._let_out_to(port, "prefix_list_id", prefix_list_id, prefix_list_id)

    def _existing_group(self, group_id: str) -> str:
        """Return the id of an existing security group from its data source, so that the plan fails if the group does
        not exist."""
        if group_id not in self._existing_groups:
            group = aws.data_aws_security_group.DataAwsSecurityGroup(self, f"group_{_id_of(group_id)}", id=group_id)
            self._existing_groups[group_id] = group.id
        return self._existing_groups[group_id]

    def _let_out_to(self, port: int, kind: str, destination: str, value: str) -> None:
        if (port, destination) not in self._let_out:
            self._let_out.add((port, destination))
            id_, description = f"egress_to_{_id_of(destination)}", f"Connections of {self._service_name}"
            peer = {kind: value}
            self._rules.append(
                egress_rule(self, id_, port=port, security_group_id=self.group_id, description=description, **peer)
            )

    def _let_in_at(self, destination: str, group_id: str, port: int) -> None:
        if (port, destination) not in self._let_in:
            self._let_in.add((port, destination))
            ingress = ingress_rule(
                self,
                f"ingress_at_{_id_of(destination)}",
                port=port,
                security_group_id=group_id,
                description=f"Connections of {self._service_name}",
                referenced_security_group_id=self.group_id,
            )
            self._rules.append(ingress)

    @property
    def _listening_port(self) -> int:
        if self._container_port is None:
            raise ValueError(f"{self._service_name} has no container port, so nothing can connect to its tasks")
        return self._container_port

    def _let_load_balancer_in(self, load_balancer: AnyLoadBalancer, health_check_port: int | None) -> None:
        description = "Requests and health checks of the load balancer"
        self._rules += self._let_load_balancer_in_on(self._listening_port, load_balancer, description, moved=True)
        if health_check_port is not None:
            checks = "Health checks of the load balancer"
            self._health_check_rules += self._let_load_balancer_in_on(health_check_port, load_balancer, checks)
            self._rules += self._health_check_rules

    def _let_load_balancer_in_on(
        self, port: int, load_balancer: AnyLoadBalancer, description: str, *, moved: bool = False
    ) -> list[Any]:
        """Return the new ingress rule of the tasks and the new egress rule of the load balancer for a port.

        `moved`: in an earlier version, the addresses of both rules did not contain the port.
        """
        id_, egress_id = "ingress_from_load_balancer", "load_balancer_egress"
        ingress = self._ingress_from(id_, description, port, load_balancer.security_group_id, moved=moved)
        egress = egress_rule(
            self,
            egress_id,
            former_id=egress_id if moved else None,
            port=port,
            security_group_id=load_balancer.security_group_id,
            description=f"The load balancer to the tasks of {self._service_name}",
            referenced_security_group_id=self.group_id,
        )
        return [ingress, egress]

    def _let_out_to_https(self) -> None:
        description = "Image pulls, logs and the APIs of AWS and others"
        self._rules.append(self._egress("egress_https", description, _HTTPS_PORT, cidr_ipv4=_EVERYWHERE))

    def _ingress_from(self, id_: str, description: str, port: int, source_group_id: str, *, moved: bool = True) -> Any:
        return ingress_rule(
            self,
            id_,
            former_id=id_ if moved else None,
            port=port,
            security_group_id=self.group_id,
            description=description,
            referenced_security_group_id=source_group_id,
        )

    def _egress(self, id_: str, description: str, port: int, **destination: str) -> Any:
        return egress_rule(
            self,
            id_,
            former_id=id_,
            port=port,
            security_group_id=self.group_id,
            description=description,
            **destination,
        )


def _id_of(destination: str) -> str:
    """Return the part of a construct id that names a group, a block or a prefix list."""
    return re.sub(r"[^a-z0-9-]", "_", destination)
