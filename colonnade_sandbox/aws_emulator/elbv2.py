"""Elastic Load Balancing for the emulator: moto 5.2.5 reports every registered target as healthy and no draining ones.

DescribeTargetHealth here returns the results of the load balancer's health checks, with the codes and descriptions of
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html. moto also deletes load
balancers with deletion protection, and creates load balancers of the same name and listeners on the same port; the
emulator refuses these, as AWS does. moto itself refuses a target group that is in use or whose name is taken. Its
target groups lack the duration of sticky sessions, which the provider reads. Its load balancers without security
groups do not get the default group of their VPC.
"""

from __future__ import annotations

from typing import Any, ClassVar

import moto.elb.urls
import moto.elbv2.urls
from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.elbv2.exceptions import ELBClientError, TargetGroupNotFoundError
from moto.elbv2.responses import ELBV2Response

from colonnade_sandbox.control_plane.observations import Observations, TargetHealth

_STICKY_SECONDS, _DEFAULT_STICKY_SECONDS = "stickiness.lb_cookie.duration_seconds", "86400"
_PROTECTED = "deletion_protection.enabled"


class _Responses(ELBV2Response):  # type: ignore[misc]
    observations: ClassVar[Observations]

    def create_load_balancer(self) -> ActionResult:
        name = self._get_param("Name")
        if any(each.name == name for each in self.elbv2_backend.load_balancers.values()):
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
            raise ELBClientError("DuplicateLoadBalancerName", f"A load balancer with the name '{name}' already exists")
        answer: ActionResult = super().create_load_balancer()
        for each in answer.result["LoadBalancers"]:
            if each.type == "application" and not each.security_groups:
                each.security_groups = [_default_group(self.elbv2_backend.ec2_backend, each.vpc_id)]
        return answer

    def create_target_group(self) -> ActionResult:
        answer: ActionResult = super().create_target_group()
        for group in answer.result["TargetGroups"]:
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
            attributes = self.elbv2_backend.target_groups[group.arn].attributes
            attributes.setdefault(_STICKY_SECONDS, _DEFAULT_STICKY_SECONDS)
        return answer

    def create_listener(self) -> ActionResult:
        load_balancer = self.elbv2_backend.load_balancers.get(self._get_param("LoadBalancerArn"))
        port = int(self._get_param("Port"))
        if load_balancer is not None and port in [int(each.port) for each in load_balancer.listeners.values()]:
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
            raise ELBClientError("DuplicateListener", "A listener already exists on this port for this load balancer")
        answer: ActionResult = super().create_listener()
        return answer

    def delete_load_balancer(self) -> ActionResult:
        arn = self._get_param("LoadBalancerArn")
        load_balancer = self.elbv2_backend.load_balancers.get(arn)
        if load_balancer is not None and load_balancer.attrs.get(_PROTECTED) == "true":
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
            message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            raise ELBClientError("OperationNotPermitted", message)
        answer: ActionResult = super().delete_load_balancer()
        return answer

    def describe_target_health(self) -> ActionResult:
        arn = self._get_param("TargetGroupArn")
        group = self.elbv2_backend.target_groups.get(arn)
        if group is None:
            raise TargetGroupNotFoundError
        registered = [(str(target["Id"]), int(target["Port"])) for target in group.targets.values()]
        health = target_health(registered, self.observations.target_health.get(arn, ()))
        requested = [(target["Id"], int(target["Port"])) for target in self._get_param("Targets", [])]
        answers = [health.get(each, _not_registered(*each)) for each in (requested if requested else health)]
        return ActionResult({"TargetHealthDescriptions": [_description(answer) for answer in answers]})


def _default_group(ec2: EC2Backend, vpc_id: str) -> str:
    """Return the id of the VPC's default group, which a load balancer without other groups has.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    group: str = ec2.get_security_group_by_name_or_id("default", vpc_id).id
    return group


def target_health(
    registered: list[tuple[str, int]], observed: tuple[TargetHealth, ...]
) -> dict[tuple[str, int], TargetHealth]:
    """Return the observed health of the registered targets and of those that still drain.

    A registered target that was not observed yet is initial.
    """
    seen = {(health.address, health.port): health for health in observed}
    answer = {}
    for address, port in registered:
        health = seen.get((address, port))
        if health is None or health.state == "draining":  # registered since the last observation
            health = TargetHealth(
                address=address,
                port=port,
                state="initial",
                reason="Elb.RegistrationInProgress",
                description="Target registration is in progress",
            )
        answer[address, port] = health
    draining = {key: health for key, health in seen.items() if health.state == "draining" and key not in answer}
    return answer | draining


def _not_registered(address: str, port: int) -> TargetHealth:
    return TargetHealth(
        address=address,
        port=port,
        state="unused",
        reason="Target.NotRegistered",
        description="Target is not registered to the target group",
    )


def _description(health: TargetHealth) -> dict[str, Any]:
    state: dict[str, str] = {"State": health.state}
    if health.reason:
        state |= {"Reason": health.reason, "Description": health.description}
    return {
        "Target": {"Id": health.address, "Port": health.port},
        "HealthCheckPort": str(health.port),
        "TargetHealth": state,
    }


def install(observations: Observations) -> None:
    """Serve the load balancing API with these responses; the classic load balancer's API on the same host is off."""
    _Responses.observations = observations
    moto.elb.urls.url_paths = moto.elbv2.urls.url_paths = {"{0}/$": _Responses.dispatch}
