"""The spans in which a target group has healthy tasks: those of the ECS services that register in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import SERVICE
from colonnade.review.plan.values import UNKNOWN, blocks

_ATTACHMENTS = ("aws_lb_target_group_attachment", "aws_alb_target_group_attachment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The time for which a target group has targets."""

    spans: tuple[Span, ...]
    unwaited: tuple[Change, ...] = ()
    """The services whose tasks may not be healthy yet when their span starts, as the apply does not wait for them."""
    services: tuple[Change, ...] = ()
    moved: tuple[Change, ...] = ()
    """The services that leave the target group empty: they register in other ones after the apply, or are deleted."""
    unclear: bool = False
    """True if a service that registers in the target group may leave it: the plan does not show where it registers."""
    hidden: tuple[str, ...] = ()
    """The attributes that decide and that the plan does not show, as `ADDRESS: attribute`."""


class Targets:
    """The target groups of a plan and the ECS services that register in them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._services: dict[tuple[Object, Side], list[Change]] = defaultdict(list)
        self._attached: set[tuple[Object, Side]] = set()
        self._by_ecs = all(deployed_by_ecs(each) for side in SIDES for each in world.of(SERVICE, side=side))
        for side in SIDES:
            for service in world.of(SERVICE, side=side):
                for group in registered(world, service, side):
                    self._services[group, side].append(service)
            for each in world.of(*_ATTACHMENTS, side=side):
                self._attached |= {(group, side) for group in world.links(each, side, "target_group_arn").objects}

    def services(self, group: Object, side: Side) -> Sequence[Change]:
        """Return the ECS services that register their tasks in a target group."""
        return self._services.get((group, side), ())

    def served(self, group: Object, side: Side) -> Served:
        """Return the time for which a target group exists and has targets, by what registers in it on a side."""
        exists = self._world.lasts(group, side)
        services = self.services(group, side)
        moved = self._moved(group, side)
        if moved:
            return Served(spans=(), moved=moved)
        if not services:
            # Lambda functions, instances and addresses are not followed. A group that stays has the targets it has,
            # unless CodeDeploy moves a service between two groups, of which the plan shows one.
            stays = not exists.starts and (group, side.other) not in self._services
            known = (stays and self._by_ecs) or (group, side) in self._attached
            former = self.services(group, Side.BEFORE) if side is Side.AFTER and not known else ()
            unclear = any(self._world.value(each, side, "load_balancer") is UNKNOWN for each in former)
            hidden = () if known else (f"{group.address}: targets",)
            return Served(spans=(exists,), hidden=hidden, unclear=unclear)
        controlled = tuple(f"{each.address}: deployment_controller" for each in services if not deployed_by_ecs(each))
        spans = tuple(
            self._world.holds(each, side, on_both=self._serves(each, group, side.other)) & exists
            for each in services
            if self._serves(each, group, side)
        )
        return Served(
            spans=spans,
            services=tuple(services),
            hidden=controlled,
            unwaited=tuple(each for each in services if self._starts_unwaited(each, group, side)),
        )

    def _moved(self, group: Object, side: Side) -> tuple[Change, ...]:
        """Return the services that leave a target group, if it has no targets then."""
        if side is Side.BEFORE or self._services.get((group, side)) or (group, side) in self._attached:
            return ()
        former = self.services(group, Side.BEFORE)
        leave = (each.action is Action.DESTROY or registered(self._world, each, side) for each in former)
        return tuple(former) if all(leave) and all(map(deployed_by_ecs, former)) else ()

    def _starts_unwaited(self, service: Change, group: Object, side: Side) -> bool:
        if side is Side.BEFORE or _is_waited_for(service) or not self._serves(service, group, side):
            return False
        return bool(self._world.holds(service, side, on_both=self._serves(service, group, Side.BEFORE)).starts)

    def _serves(self, service: Change, group: Object, side: Side) -> bool:
        return service in self.services(group, side) and self._world.value(service, side, "desired_count") != 0


def _is_waited_for(service: Change) -> bool:
    return (service.after or {}).get("wait_for_steady_state") is True


def registered(world: World, service: Change, side: Side) -> Mapping[Object, int | None]:
    """Return the target groups that a service registers its tasks in, each with the container port."""
    found: dict[Object, int | None] = {}
    for place, block in enumerate(blocks(world.value(service, side, "load_balancer"))):
        port = block.get("container_port")
        for group in world.links(service, side, "load_balancer", place, "target_group_arn").objects:
            found[group] = port if isinstance(port, int) else None
    return found


def deployed_by_ecs(service: Change) -> bool:
    """Return True if ECS exchanges the tasks behind the same target group, one after the other: not CodeDeploy, not an
    external controller, and no deployment that moves requests between two target groups.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-options.html#service_controllers
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """
    values = service.after or service.before or {}
    controllers = {each.get("type") for each in blocks(values.get("deployment_controller"))}
    strategies = {each.get("strategy") for each in blocks(values.get("deployment_configuration"))}
    return controllers <= {"ECS"} and strategies <= {"ROLLING", None, ""}
