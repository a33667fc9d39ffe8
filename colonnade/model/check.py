"""The check of deployments and their environment against every rule, before any construct exists.

Pure; `colonnade.model.resolve` computes all further values from the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

from colonnade.model import aws_limits
from colonnade.model.declared import Malformed, Unreadable
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.deployment.rules import deployment_problems, environment_problems, shared_problems
from colonnade.model.deployment.sharing import sharing_problems
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Fault, Problem, suggestion
from colonnade.model.images.rules import image_problems
from colonnade.model.images.stand_ins import with_stand_ins
from colonnade.model.migration.rules import declaration_faults, retired_problems, successors
from colonnade.model.migration.settings import PhaseOverride, is_retired, settings_problems, unknown_tables
from colonnade.model.network.blocks import block_problems
from colonnade.model.routing.listener_priority import assign_priorities
from colonnade.model.service.overrides import attributed, override_problems, with_settings
from colonnade.model.service.rules import routable, service_problems
from colonnade.model.shape import ShapedDeployment, shape_deployment


def check(
    deployments: Sequence[object],
    load_environment: Callable[[], Environment],
    *,
    override: PhaseOverride | None = None,
    before_images: bool = False,
    stand_ins: bool = False,
    whole_project: bool = False,
) -> tuple[tuple[Deployment, ...], Environment]:
    """Return the deployments and their environment if each deployment, and all of them together, keep all rules.

    An item that is not a deployment is reported like any other problem; `Malformed` and `Unreadable` carry their own
    problems. `load_environment` is called here, so that its problems and those of the deployments are reported
    together. `override` replaces the environment's migration phases. `before_images`: images need not be pinned; this
    is for stacks that are applied before any image exists. `stand_ins`: images need not be pinned, because the returned
    environment has a stand-in for each other one. `whole_project`: these are all deployments of the project, so
    settings for any other name are a problem. The returned deployments contain the environment's settings for their
    services. Raises ConfigurationError with all problems.
    """
    problems: list[Problem] = []
    environment: Environment | None = None
    try:
        environment = load_environment()
    except ConfigurationError as error:
        problems.extend(error.problems)
    shaped, unshaped = _shaped(deployments)
    problems.extend(unshaped)
    shaped = [_judged(each, environment, override, problems) for each in shaped]
    for each in shaped:
        if environment is not None and not before_images:
            problems.extend(image_problems(each, environment, stand_ins=stand_ins))
    problems.extend(shared_problems(shaped))
    if environment is not None:
        problems.extend(block_problems(shaped, environment, whole_project=whole_project))
        problems.extend(sharing_problems(shaped, environment))
        if whole_project and not unshaped:
            problems.extend(_needless_tables(shaped, environment))
    if environment is None or problems:
        raise ConfigurationError(problems)
    valid = tuple(each.value for each in shaped)
    return valid, with_stand_ins(environment, valid) if stand_ins else environment


def _judged(
    shaped: ShapedDeployment, environment: Environment | None, override: PhaseOverride | None, problems: list[Problem]
) -> ShapedDeployment:
    """Return the deployment with the environment's settings for its services; add the problems of both."""
    if environment is None:
        problems.extend(_problems(shaped, None, override))
        return shaped
    problems.extend(override_problems(shaped, environment))
    effective = with_settings(shaped, environment)
    found = _problems(effective, environment, override)
    if effective is not shaped:
        found = attributed(found, _problems(shaped, environment, override), shaped, environment)
    problems.extend(found)
    return effective


def declared_deployments(deployments: Sequence[object]) -> tuple[Deployment, ...]:
    """Return the deployments after checking types but no rules; raises ConfigurationError for a wrong type."""
    shaped, problems = _shaped(deployments)
    for each in shaped:
        problems += [*each.of_types(), *(problem for service in each.services for problem in service.of_types())]
    if problems:
        raise ConfigurationError(problems)
    return tuple(each.value for each in shaped)


def _shaped(deployments: Sequence[object]) -> tuple[list[ShapedDeployment], list[Problem]]:
    """Return the deployments with their well-typed fields, and the problems of all other items."""
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


def _pair_problems(shaped: ShapedDeployment) -> Iterator[Problem]:
    """Yield the problems of pairs of services; skip a deployment with more services than AWS allows.

    A mistake may declare thousands of services, and comparing all their pairs would take minutes.
    """
    if len(shaped.forwarded) > aws_limits.RULES_PER_SECURITY_GROUP:
        return
    rules = routable(shaped.services_with("name", "path_prefix", "rule_priority"))
    yield from (shaped.problem_of(name, fault) for name, fault in assign_priorities(rules).faults)
    yield from (shaped.problem(fault) for fault in declaration_faults(shaped))


def _needless_tables(shaped: Sequence[ShapedDeployment], environment: Environment) -> Iterator[Problem]:
    """Yield a problem for each table of the environment's file that has no effect.

    Its deployment does not exist, or it sets the phases of a deployment without a migration.
    """
    if not all(each.knows("name") for each in shaped):
        return
    names = [each.value.name for each in shaped]
    for name in environment.deployments.keys() - set(names):
        message = f"table [deployments.{name}] has no effect: there is no deployment of this name"
        fix = suggestion(name, names, label="deployments", taken=environment.deployments)
        yield Fault(message, fix).of("environment", environment.name)
    if all(each.knows("migration") for each in shaped):
        migrating = [each.value.name for each in shaped if each.value.migration is not None]
        yield from unknown_tables(environment, migrating)


def _no_deployment(item: object) -> Problem:
    if isinstance(item, ModuleType):
        message, fix = f"contain the module {item.__name__!r}", f"write {item.__name__.rpartition('.')[2]}.DEPLOYMENT"
    elif isinstance(item, Malformed):
        return Problem(
            subject=item.place, message=f"{item.declaration.__name__} is not a Deployment", fix="write a Deployment"
        )
    else:
        kind = "None" if item is None else f"a {type(item).__name__}"
        message, fix = f"contain {kind}", "write a Deployment"
    return Problem(subject="deployments", message=message, fix=fix)


def _problems(
    shaped: ShapedDeployment, environment: Environment | None, override: PhaseOverride | None
) -> Iterator[Problem]:
    yield from shaped.of_types()
    yield from deployment_problems(shaped)
    yield from service_problems(shaped)
    yield from _pair_problems(shaped)
    if environment is not None:
        yield from environment_problems(shaped, environment)
    migration = shaped.value.migration
    if migration is not None and shaped.knows("name") and shaped.knows_all_of("migration"):
        taking = successors(migration, shaped.services_with("name", "path_prefix"))
        yield from settings_problems(shaped.value.name, migration, environment, override, taking)
        yield from retired_problems(shaped, is_retired(shaped.value.name, environment, override))
