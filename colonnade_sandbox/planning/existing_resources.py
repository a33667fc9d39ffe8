"""The resources that exist in an account before the first apply: those that stacks look up and, for a plan, the state
bucket.

data sources of the synthesized JSON -> ids and required attributes -> resources in the emulator
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set

from colonnade_sandbox.aws_emulator.existing import ExistingResources
from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.synthesized import Lookup, Stack

_REGION_WITHOUT_CONSTRAINT = "us-east-1"  # CreateBucket refuses us-east-1, its default region, as a LocationConstraint
_MADE = (
    "aws_acm_certificate",
    "aws_ec2_managed_prefix_list",
    "aws_ecs_cluster",
    "aws_lb_listener",
    "aws_security_group",
    "aws_subnet",
)
_COMPARED_ZONE = re.compile(r"(data\.aws_subnet\.[\w-]+)\.availability_zone")


def make_existing_resources(aws: AwsClients, stacks: Iterable[Stack]) -> None:
    """Create the resources that stacks look up.

    On AWS, these exist before a deployment, such as a hosted zone or an existing network. The emulator must run in this
    process.
    """
    stacks = tuple(stacks)
    make_hosted_zones(aws, stacks)
    for stack in stacks:
        existing = ExistingResources(stack.account_id, stack.region)
        zones = _subnet_zones(stack.lookups)
        # An existing load balancer needs subnets, so they are created first.
        for lookup in sorted(stack.lookups, key=lambda each: each.kind != "aws_subnet"):
            _make(existing, stack, lookup, zones)


def is_made(lookup: Lookup) -> bool:
    """Return whether `make_existing_resources` makes what a data source looks for; AWS has everything else."""
    return lookup.kind in _MADE or (lookup.kind == "aws_route53_zone" and "zone_id" in lookup.arguments)


def make_hosted_zones(aws: AwsClients, stacks: Iterable[Stack], *, besides: Set[str] = frozenset()) -> None:
    """Create the public hosted zones that stacks look up by name, unless another stack looks up the zone by its id.

    `besides` are the names of zones that exist.
    """
    stacks = tuple(stacks)
    lookups = [lookup for stack in stacks for lookup in stack.lookups if lookup.kind == "aws_route53_zone"]
    by_id = {lookup.required["name"] for lookup in lookups if "zone_id" in lookup.arguments}
    for name in sorted({name for stack in stacks for name in stack.zone_names} - by_id - besides):
        aws.route53.create_hosted_zone(Name=name, CallerReference=name)


def _make(existing: ExistingResources, stack: Stack, lookup: Lookup, zones: Mapping[str, int]) -> None:
    arguments, required = lookup.arguments, lookup.required
    if lookup.kind == "aws_subnet":
        existing.put_vpc(required["vpc_id"])
        existing.put_subnet(arguments["id"], required["vpc_id"], zones.get(lookup.address, 0))
    elif lookup.kind == "aws_ec2_managed_prefix_list":
        existing.put_prefix_list(id_=arguments.get("id"), name=arguments.get("name"))
    elif lookup.kind == "aws_lb_listener":
        existing.put_listener(arguments["arn"], _subnets_of_load_balancer(stack), stack.domain_names)
    elif lookup.kind == "aws_ecs_cluster":
        existing.put_cluster(arguments["cluster_name"])
    elif lookup.kind == "aws_security_group":
        existing.put_security_group(arguments["id"])
    elif lookup.kind == "aws_acm_certificate":
        existing.put_certificate(required["arn"], arguments["domain"], stack.domain_names)
    elif lookup.kind == "aws_route53_zone" and "zone_id" in arguments:
        existing.put_zone(arguments["zone_id"], required["name"])


def _subnets_of_load_balancer(stack: Stack) -> list[str]:
    """Return subnets in two or more zones of the VPC in which the stack requires the existing load balancer to be."""
    (vpc_id,) = {each.required["vpc_id"] for each in stack.lookups if each.kind == "aws_lb"}
    subnets = [each for each in stack.lookups if each.kind == "aws_subnet" and each.required["vpc_id"] == vpc_id]
    zones = _subnet_zones(stack.lookups)
    return list({zones.get(each.address, 0): str(each.arguments["id"]) for each in subnets}.values())


def _subnet_zones(lookups: Iterable[Lookup]) -> Mapping[str, int]:
    """Return the zone of each subnet by address.

    Subnets whose zones a postcondition compares are in different zones.
    """
    compared = [_COMPARED_ZONE.findall(condition) for lookup in lookups for condition in lookup.conditions]
    return {address: zone for subnets in compared for zone, address in enumerate(subnets)}


def make_state_bucket(aws: AwsClients, stack: Stack) -> None:
    """Create the bucket of the stack's state, unless the state is a local file."""
    if stack.state_bucket is None:
        return
    if stack.region == _REGION_WITHOUT_CONSTRAINT:
        aws.s3.create_bucket(Bucket=stack.state_bucket)
    else:
        constraint = {"LocationConstraint": stack.region}
        aws.s3.create_bucket(Bucket=stack.state_bucket, CreateBucketConfiguration=constraint)
