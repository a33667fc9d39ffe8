"""The stack of a deployment: network -> cluster -> target groups -> load balancer -> listener rules -> services.

A domain, a namespace and a record of migration phases depend on the deployment. `foundation` has the parts that all
services share, `outputs` what others attach to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.literals import literal
from colonnade.model.migration.phases import RECORD
from colonnade.model.network.plan import NetworkPlan
from colonnade.model.resolved import Resolved, ResolvedService
from colonnade.model.routing.listener_priority import computed_priority, rule_key
from colonnade.model.routing.path_pattern import owns
from colonnade.model.routing.rule_action import OwnersAction, RuleAction, targets
from colonnade.model.service.container_definition import Container
from colonnade.modules.domain import Domain
from colonnade.modules.existing_load_balancer import AnyLoadBalancer, ExistingLoadBalancer
from colonnade.modules.fargate_service import FargateService
from colonnade.modules.listener_rule import Action, ListenerRule
from colonnade.modules.load_balancer import LoadBalancer
from colonnade.modules.moved import move_from
from colonnade.modules.provider import cdktf, constructs
from colonnade.modules.target_group import TargetGroup
from colonnade.modules.task_security_group import TaskSecurityGroup
from colonnade.stacks.environment_stack import EnvironmentStack
from colonnade.stacks.foundation import access_log_bucket, cluster, domain, log_flows, log_key, namespace, network
from colonnade.stacks.outputs import Parts, add_outputs


class DeploymentStack(EnvironmentStack):
    """The services of a deployment behind one load balancer."""

    def __init__(self, scope: Any, *, deployment: Resolved) -> None:
        # The only place where declared strings become strings of Terraform, which would evaluate them as templates.
        deployment = literal(deployment)
        super().__init__(
            scope,
            deployment.name,
            account_id=deployment.account_id,
            region=deployment.region,
            tags=deployment.tags,
        )
        self._deployment = deployment
        self._names = deployment.names
        self._keep_state_in_bucket(deployment.state_bucket, deployment.state_key)
        self._log_key = log_key(self, deployment)
        self._network = network(self, deployment)
        log_flows(self, deployment, self._network, self._log_key)
        self._cluster = cluster(self, deployment, self._log_key)
        # Service names have no underscore, so these ids cannot collide with other ids of the stack.
        self._scopes = {each.name: constructs.Construct(self, f"{each.name}_service") for each in deployment.services}
        target_groups = {service.name: self._target_group(service) for service in deployment.services}
        self._target_groups = {name: group for name, group in target_groups.items() if group is not None}
        self._load_balancer = self._make_load_balancer(domain(self, deployment))
        self._rules = self._listener_rules()
        self._namespace = namespace(self, deployment, self._network)
        self._security_groups = {service.name: self._security_group(service) for service in deployment.services}
        self._allow_declared_calls()
        self._allow_declared_connections()
        self._services = {service.name: self._fargate_service(service) for service in deployment.services}
        self._record_migration()
        add_outputs(self, deployment, self._parts)

    def _target_group(self, service: ResolvedService) -> TargetGroup | None:
        """Add the target group of a service; return None if the load balancer does not forward to it."""
        name, check, path = service.target_group_name, service.health_check, service.health_check_path
        matcher, protocol = service.health_check_matcher, service.health_check_protocol
        if name is None or check is None or path is None or matcher is None or protocol is None:
            return None
        return TargetGroup(
            self._scopes[service.name],
            "target_group",
            name=name,
            network=self._network,
            title=service.name,
            health_check_path=path,
            health_check_matcher=matcher,
            health_check_port=service.health_check_port,
            health_check_protocol=protocol,
            health_check=check,
            deregistration_delay_seconds=self._deployment.timing.deregistration_delay_seconds,
            sticky_session_seconds=service.sticky_session_seconds,
        )

    @property
    def _domain_names(self) -> tuple[str, ...]:
        name = self._deployment.domain_name
        return (name, *self._deployment.other_domain_names) if name is not None else ()

    def _make_load_balancer(self, domain: Domain | None) -> AnyLoadBalancer:
        title, action = f"{self._deployment.title}LB", self._deployment.default_action
        if isinstance(action, OwnersAction):
            return self._existing_listener(title, domain)
        return LoadBalancer(
            self,
            title,
            name=self._names.load_balancer,
            network=self._network,
            title=title,
            domain=domain,
            default_action=action if isinstance(action, FixedResponse) else self._target_groups[action.service],
            access_logs=access_log_bucket(self, self._deployment),
            deletion_protection=self._deployment.protection.deletion_protection,
            web_acl_arn=self._deployment.protection.web_acl_arn,
            idle_timeout_seconds=self._deployment.timing.idle_timeout_seconds,
            client_cidrs=self._deployment.ingress.cidrs,
            client_prefix_list=self._deployment.ingress.prefix_list,
            internal=self._deployment.ingress.internal,
        )

    def _existing_listener(self, title: str, domain: Domain | None) -> ExistingLoadBalancer:
        listener, network = self._deployment.listener, self._deployment.network
        if listener is None or domain is None or isinstance(network, NetworkPlan):
            raise ValueError("rules on an existing listener need its ARN, a domain name and its network")
        return ExistingLoadBalancer(self, title, listener_arn=listener.arn, vpc_id=network.vpc_id, domain=domain)

    def _listener_rules(self) -> dict[str, ListenerRule]:
        """Return the listener rule of each service that has one."""
        scope = constructs.Construct(self, "listener_rules")
        rules = {}
        for service in self._deployment.services:
            if service.path_prefix is None or service.priority is None or service.rule_action is None:
                continue
            rule = ListenerRule(
                scope,
                rule_key(service.path_prefix),
                load_balancer=self._load_balancer,
                priority=service.priority,
                path_patterns=service.path_patterns,
                action=self._rule_action(service.rule_action),
                host_names=self._domain_names if self._deployment.listener is not None else (),
            )
            formers = [(self._scopes[service.name], "listener_rule", "this")]
            own = self._deployment.listener is None
            if own and service.priority != computed_priority(service.path_prefix):
                formers.append((scope, f"priority:{service.priority}", "this"))
            move_from(rule.this, *formers)
            rules[service.name] = rule
        self._order_nested(rules)
        return rules

    def _order_nested(self, rules: Mapping[str, ListenerRule]) -> None:
        """Let each rule depend on the rules for paths below its own.

        Otherwise, if an apply destroys all of them, requests for a path below match the outer rule for a moment.
        """
        prefixes = {each.name: each.path_prefix for each in self._deployment.services if each.path_prefix is not None}
        for outer, rule in rules.items():
            below = [each for each in rules if each != outer and owns(prefixes[outer], prefixes[each])]
            if below:
                rule.this.depends_on = [
                    f"{rules[each].this.terraform_resource_type}.{rules[each].this.friendly_unique_id}"
                    for each in below
                ]

    def _rule_action(self, action: RuleAction) -> Action:
        if isinstance(action, FixedResponse):
            return action
        if isinstance(action, ForwardTo):
            return self._target_groups[action.service]
        return [(self._target_groups[name], percent) for name, percent in action.percents.items()]

    def _security_group(self, service: ResolvedService) -> TaskSecurityGroup:
        group = TaskSecurityGroup(
            self,
            f"{service.name}_tasks",
            name=service.security_group_name,
            service_name=service.name,
            network=self._network,
            container_port=service.container_port,
            load_balancer=self._load_balancer if service.name in self._target_groups else None,
            health_check_port=service.health_check_port,
        )
        if service.name in self._target_groups:
            self._target_groups[service.name].check_after(group.health_check_rules)
        return group

    def _allow_declared_calls(self) -> None:
        # Two services may call each other, so all groups are created before the rules between them.
        for edge in self._deployment.edges:
            self._security_groups[edge.caller].allow_call_to(self._security_groups[edge.callee])

    def _allow_declared_connections(self) -> None:
        for service in self._deployment.services:
            for each in service.connections.values():
                self._security_groups[service.name].allow_connection_to(
                    each.port,
                    security_group_id=each.security_group_id,
                    cidr=each.cidr,
                    prefix_list_id=each.prefix_list_id,
                    manage_ingress=each.manage_ingress,
                )

    def _fargate_service(self, service: ResolvedService) -> FargateService:
        deployment = self._deployment
        return FargateService(
            self._scopes[service.name],
            "Default",  # CDKTF omits this id from addresses
            name=service.physical_name,
            containers=_containers(service),
            network=self._network,
            cluster=self._cluster,
            security_group=self._security_groups[service.name],
            target_group=self._target_groups.get(service.name),
            depends_on=self._forwarding_to(service),
            account_id=deployment.account_id,
            region=deployment.region,
            namespace=self._namespace,
            dns_ttl_seconds=deployment.timing.dns_ttl_seconds,
            cpu_units=service.cpu_units,
            memory_mib=service.memory_mib,
            architecture=service.architecture,
            desired_count=service.desired_count,
            capacity_provider=deployment.tasks.capacity_provider,
            capacity=service.capacity,
            capacity_base=service.capacity_base,
            ephemeral_storage_gib=service.ephemeral_storage_gib,
            repository_arns=service.repository_arns,
            secret_arns=service.secret_arns,
            secret_key_arns=service.secret_key_arns,
            permissions=service.permissions,
            role_path=deployment.iam.path,
            permissions_boundary_arn=deployment.iam.permissions_boundary_arn,
            execution_role_name=service.execution_role_name,
            task_role_name=service.task_role_name,
            log_group_name=service.log_group_name,
            log_retention_days=deployment.tasks.log_retention_days,
            log_key=self._log_key,
            keep_logs=deployment.protection.deletion_protection,
            health_check_grace_seconds=service.health_check_grace_seconds,
            steady_state_timeout_minutes=deployment.timing.steady_state_timeout_minutes,
        )

    def _forwarding_to(self, service: ResolvedService) -> list[ListenerRule | AnyLoadBalancer]:
        """Return the service's own rule, then other rules and the load balancer if they forward to it."""
        # The service depends on its own rule even if that forwards to other services: a retired monolith must stop only
        # after the rule no longer forwards to it.
        others = [
            each.name
            for each in self._deployment.services
            if each.rule_action is not None and service.name in targets(each.rule_action)
        ]
        own = [service.name] if service.name in self._rules else []
        rules = [self._rules[name] for name in dict.fromkeys([*own, *others])]
        by_default = service.name in targets(self._deployment.default_action)
        return [*rules, self._load_balancer] if by_default else [*rules]

    def _record_migration(self) -> None:
        """Record the phases in the state. `colonnade.model.migration.step` compares the next plan with them."""
        migration = self._deployment.migration
        if migration is not None:
            # This record is created last, so that phases whose apply failed do not count as reached.
            listener = self._load_balancer.listener
            after = [
                *([listener] if listener is not None else []),
                *(service.this for service in self._services.values()),
            ]
            cdktf.DataResource(self, RECORD, input=migration.record().as_input(), depends_on=after)

    @property
    def _parts(self) -> Parts:
        return Parts(
            network=self._network,
            cluster=self._cluster,
            load_balancer=self._load_balancer,
            namespace=self._namespace,
            target_groups=self._target_groups,
            security_groups=self._security_groups,
            services=self._services,
        )


def _containers(service: ResolvedService) -> tuple[Container, ...]:
    if service.containers is None:
        raise ValueError(f"service {service.name!r} has an image that is not pinned, which a deployment's stack needs")
    return service.containers
