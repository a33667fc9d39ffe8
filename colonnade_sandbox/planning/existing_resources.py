"""The resources of an account before the first apply: the domain's hosted zone and, for a plan, the state bucket."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.synthesized import Stack

_REGION_WITHOUT_CONSTRAINT = "us-east-1"  # CreateBucket refuses its default region as a constraint


def make_hosted_zones(aws: AwsClients, stacks: Iterable[Stack]) -> None:
    """Create the public hosted zones that stacks look up. On AWS, a domain exists before its deployments."""
    for name in sorted({name for stack in stacks for name in stack.zone_names}):
        aws.route53.create_hosted_zone(Name=name, CallerReference=name)


def make_state_bucket(aws: AwsClients, stack: Stack) -> None:
    """Create the bucket of the stack's state, unless the state is a local file."""
    if stack.state_bucket is None:
        return
    if stack.region == _REGION_WITHOUT_CONSTRAINT:
        aws.s3.create_bucket(Bucket=stack.state_bucket)
    else:
        constraint = {"LocationConstraint": stack.region}
        aws.s3.create_bucket(Bucket=stack.state_bucket, CreateBucketConfiguration=constraint)
