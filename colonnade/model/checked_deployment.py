"""A deployment that keeps every rule, and all that follows from it in one environment.

`check` holds a declared deployment against the rules and gives what its stack is built from, before any construct
exists: priorities, edges, addresses, container definitions. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from colonnade.model.declared import Malformed, Unreadable
from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
from colonnade.model.deployment.rules import deployment_problems, environment_problems, shared_problems
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.model.images.rules import IMAGE_FIELDS, image_problems
from colonnade.model.migration.phases import MigrationState
from colonnade.model.migration.rules import declaration_faults
from colonnade.model.migration.settings import PhaseOverride, parse_override, resolved_state, settings_problems
from colonnade.model.network.plan import NetworkPlan, network_plan
from colonnade.model.routing.listener_priority import assign_priorities
from colonnade.model.routing.rule_action import RuleAction, default_action, rule_action
from colonnade.model.service import container_definition
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from colonnade.model.service.rules import routable, service_problems
from colonnade.model.shape import ShapedDeployment, shape_deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One permitted call between services: the caller's egress to, and the callee's ingress on, the callee's port."""

    caller: Service
    callee: Service

    @property
    def port(self) -> int:
        return self.callee.container_port


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDeployment:
    """A deployment that keeps every rule, with all that follows from it in one environment. Made by `check` alone."""

    spec: Deployment
    environment: Environment
    network: NetworkPlan
    priorities: Mapping[str, int]
    """The listener rule priority of each service that has a rule, by service name; the same in every phase."""
    migration: MigrationState | None
    """How far the declared migration is; None where none is declared."""
    overridden: bool = False
    """Whether MIGRATION_PHASE, not the environment, says how far it is."""

    @property
    def services(self) -> tuple[Service, ...]:
        """The services that there are, in declared order: all, but for microservices before their migration."""
        migration = self.migration
        return tuple(each for each in self.spec.services if migration is None or migration.exists(each.name))

    @property
    def domain_name(self) -> str | None:
        """The name that the certificate and the alias record are for; None where the deployment has none."""
        subdomain = self.spec.subdomain
        return f"{subdomain}.{self.environment.zone_name}" if subdomain is not None else None

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every declared call, by caller in declared order."""
        return tuple(Edge(caller=caller, callee=callee) for caller in self.services for callee in self.callees(caller))

    def priority(self, service: Service) -> int:
        """The priority of the listener rule of a service that has one."""
        return self.priorities[service.name]

    def rule_action(self, service: Service) -> RuleAction:
        """What the service's listener rule does with the requests that it takes."""
        return rule_action(service.name, self.migration)

    @property
    def default_action(self) -> FixedResponse | ForwardTo:
        """What becomes of the requests for paths that no service owns."""
        return default_action(self.spec.default_action, self.migration)

    def health_check(self, service: Service) -> HealthCheck:
        """How the service's tasks are judged: its own way, or the environment's."""
        timing = self.environment.timing
        return (
            service.health_check
            if service.health_check is not None
            else HealthCheck(
                interval_seconds=timing.health_check_interval_seconds,
                timeout_seconds=timing.health_check_timeout_seconds,
                healthy_threshold=timing.healthy_threshold,
                unhealthy_threshold=timing.unhealthy_threshold,
            )
        )

    def desired_count(self, service: Service) -> int:
        """How many tasks the service has: its own number or the environment's, and none of a retired monolith."""
        if self.migration is not None and not self.migration.has_tasks(service.name):
            return 0
        declared = service.desired_count
        return declared if declared is not None else self.environment.tasks.desired_count

    def callees(self, service: Service) -> tuple[Service, ...]:
        """The services that `service` calls, in declared order."""
        by_name = {other.name: other for other in self.spec.services}
        return tuple(by_name[name] for name in service.calls)

    def image(self, service: Service) -> str:
        """Return the image that the service runs, with its tag or digest."""
        return container_definition.image(service, self.environment)

    def environment_variables(self, service: Service) -> dict[str, str]:
        """Return the variables that the service's container gets."""
        return container_definition.environment_variables(
            service,
            callees=self.callees(service),
            namespace=self.spec.namespace,
            drain_seconds=self.environment.tasks.drain_seconds,
        )

    def container_definitions(self, service: Service) -> str:
        """The service's task definition's containers, as the JSON text that ECS takes; the same for the same input."""
        return container_definition.container_definitions(
            service,
            callees=self.callees(service),
            deployment=self.spec.name,
            namespace=self.spec.namespace,
            environment=self.environment,
        )


def check(deployment: Deployment, environment: Environment) -> CheckedDeployment:
    """The deployment with all that follows from it; raises ConfigurationError with every problem of the deployment."""
    return check_all((deployment,), lambda: environment)[0]


def check_all(
    deployments: Sequence[object],
    load_environment: Callable[[], Environment],
    *,
    migration_phase: str | None = None,
    before_images: bool = False,
) -> tuple[CheckedDeployment, ...]:
    """Every deployment of one environment, checked alone and beside the others.

    What is no deployment is a problem among the others: `Malformed` and `Unreadable` hold what is wrong with them.
    Takes the loading of the environment, not the environment, so that its problems and the deployments' come together.
    `migration_phase` takes the place of the environment's phases, see `migration_settings`; None: they hold.
    `before_images`: for what is made before any image can be there, so none need be pinned. Raises ConfigurationError
    with every problem of all of these.
    """
    override = parse_override(migration_phase) if migration_phase is not None else None
    problems: list[Problem] = []
    environment: Environment | None = None
    try:
        environment = load_environment()
    except ConfigurationError as error:
        problems.extend(error.problems)
    shaped, unshaped = _shaped(deployments)
    problems.extend(unshaped)
    for each in shaped:
        problems.extend(_problems(each, environment, override))
        if environment is not None and not before_images:
            problems.extend(image_problems(each.services_with(*IMAGE_FIELDS), environment))
    problems.extend(shared_problems(shaped))
    if environment is None or problems:
        raise ConfigurationError(problems)
    return tuple(_checked(each.value, environment, override) for each in shaped)


def declared_deployments(deployments: Sequence[object]) -> tuple[Deployment, ...]:
    """The deployments, whose types are all right; raises ConfigurationError for any other. No rule is checked."""
    shaped, problems = _shaped(deployments)
    for each in shaped:
        problems += [*each.of_types(), *(problem for service in each.services for problem in service.of_types())]
    if problems:
        raise ConfigurationError(problems)
    return tuple(each.value for each in shaped)


def _shaped(deployments: Sequence[object]) -> tuple[list[ShapedDeployment], list[Problem]]:
    """The shape of what is a deployment, and what is wrong with all else."""
    shaped: list[ShapedDeployment] = []
    problems: list[Problem] = []
    if not isinstance(deployments, Sequence) or isinstance(deployments, str):
        fix = "a tuple of one item ends with a comma: (item,)"
        problems.append(Problem(subject="deployments", message="are not a tuple of deployments", fix=fix))
    for item in deployments if isinstance(deployments, Sequence) else (deployments,):
        if isinstance(item, Unreadable):
            problems += item.problems
        elif isinstance(item, Deployment) or (isinstance(item, Malformed) and item.declaration is Deployment):
            shaped.append(shape_deployment(item))
        else:
            problems.append(_no_deployment(item))
    return shaped, problems


def _no_deployment(item: object) -> Problem:
    if isinstance(item, ModuleType):
        message, fix = f"hold the module {item.__name__!r}", f"write {item.__name__.rpartition('.')[2]}.DEPLOYMENT"
    elif isinstance(item, Malformed):
        return Problem(
            subject=item.place, message=f"{item.declaration.__name__} is no Deployment", fix="write a Deployment"
        )
    else:
        kind = "None" if item is None else f"a {type(item).__name__}"
        message, fix = f"hold {kind}", "write a Deployment"
    return Problem(subject="deployments", message=message, fix=fix)


def _problems(
    shaped: ShapedDeployment, environment: Environment | None, override: PhaseOverride | None
) -> Iterator[Problem]:
    yield from shaped.of_types()
    yield from deployment_problems(shaped)
    yield from service_problems(shaped)
    yield from assign_priorities(routable(shaped.services_with("name", "path_prefix", "rule_priority"))).problems
    if environment is not None:
        yield from environment_problems(shaped, environment)
    yield from (shaped.problem(fault) for fault in declaration_faults(shaped))
    migration = shaped.value.migration
    if migration is not None and shaped.knows("name") and shaped.knows_all_of("migration"):
        yield from settings_problems(shaped.value.name, migration, environment, override)


def _checked(deployment: Deployment, environment: Environment, override: PhaseOverride | None) -> CheckedDeployment:
    migration = deployment.migration
    return CheckedDeployment(
        spec=deployment,
        environment=environment,
        network=network_plan(deployment.network, environment),
        priorities=assign_priorities(deployment.services).priorities,
        migration=resolved_state(deployment.name, migration, environment, override) if migration is not None else None,
        overridden=override is not None,
    )
