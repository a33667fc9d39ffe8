"""The VPC blocks of an environment's deployments. They do not overlap, so that the VPCs can be connected later.

A VPC's block cannot be changed, and overlapping VPCs can share neither a peering connection nor a transit gateway.
https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
Pure.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations

from colonnade.model import naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import Fault, Problem
from colonnade.model.network.cidr_plan import cidr_fault
from colonnade.model.shape import ShapedDeployment

_Block = ipaddress.IPv4Network

_PROPOSED_FROM = _Block("10.0.0.0/8")
_PROPOSED_PREFIX_LENGTH = 16
"""The size of a proposed block if the environment has no block yet.

Otherwise, a proposed block has the size of the last one.
"""


def block_problems(
    deployments: Sequence[ShapedDeployment], environment: Environment, *, whole_project: bool = False
) -> Iterator[Problem]:
    """Yield a problem for each deployment without a block in the environment, and for each pair of overlapping blocks.

    `whole_project`: these are all deployments of the project, so a block under any other name is probably misspelt. In
    the sandbox, blocks may overlap: each deployment runs in an account of its own there.
    """
    known = [each for each in deployments if each.knows("name", "network")]
    declared = environment.network.vpc_cidrs
    taken = dict(_valid(chain(declared.items(), _own_blocks(known))))
    if environment.name != SANDBOX:
        yield from (fault.of("environment", environment.name) for fault in _overlap_faults(taken))
    free = _free_blocks(tuple(taken.values()))
    for deployment in known:
        name, own = deployment.value.name, deployment.value.network is not None
        existing = environment.network_of(name)
        if existing is not None and (own or name in declared) and existing is not environment.network.existing:
            other = "a network of its own" if own else "a block in [network.vpc_cidrs]"
            message = f"has {other} and an existing network in environment {environment.name!r}"
            yield deployment.problem(Fault(message, f"remove one of them, such as [deployments.{name}.network]"))
        elif own and name in declared:
            message = f"has a network of its own and a block in environment {environment.name!r}"
            yield deployment.problem(Fault(message, f"remove {name} from [network.vpc_cidrs]"))
        elif existing is not None and not own:
            continue
        elif not own and name not in declared and naming.deployment_name_fault(name) is None:
            block = next(free, None)
            fix = f'add `{name} = "{block}"`' if block is not None else "add one"
            unused = declared.keys() - {each.value.name for each in known} if whole_project else ()
            for close in difflib.get_close_matches(name, sorted(unused), n=1):
                fix = f"did you mean to write {name!r} in place of {close!r}? Rename it, or {fix}"
            message = f"has no block in environment {environment.name!r}"
            place = f"[network.vpc_cidrs] of environments/{environment.name}.toml"
            yield deployment.problem(Fault(message, f"{fix} to {place}"))


def _own_blocks(deployments: Iterable[ShapedDeployment]) -> Iterator[tuple[str, str]]:
    for deployment in deployments:
        network = deployment.value.network
        if network is not None and deployment.knows("network.vpc_cidr"):
            yield deployment.value.name, network.vpc_cidr


def _valid(blocks: Iterable[tuple[str, str]]) -> Iterator[tuple[str, _Block]]:
    """Yield the valid blocks; `environment.rules` reports the others."""
    return ((name, _Block(block)) for name, block in blocks if cidr_fault(block, 0) is None)


def _overlap_faults(taken: Mapping[str, _Block]) -> Iterator[Fault]:
    for (name, block), (other, others_block) in combinations(taken.items(), 2):
        if block.overlaps(others_block):
            yield Fault(
                f"the blocks of {name!r}, {block}, and {other!r}, {others_block}, overlap",
                f"give one of them a free block, such as {next(_free_blocks(tuple(taken.values())), None)}: a VPC's "
                "block cannot be changed later",
            )


def _free_blocks(taken: Sequence[_Block]) -> Iterator[_Block]:
    """Yield blocks that overlap neither a taken one nor each other, first those after the last taken block."""
    last = max((block for block in taken if block.subnet_of(_PROPOSED_FROM)), default=None)
    prefix_length = last.prefixlen if last is not None else _PROPOSED_PREFIX_LENGTH
    first, size = int(_PROPOSED_FROM.network_address), 1 << (32 - prefix_length)
    start = (int(last.network_address) - first) // size + 1 if last is not None else 0
    for number in chain(range(start, _PROPOSED_FROM.num_addresses // size), range(start)):
        block = _Block((first + number * size, prefix_length))
        if not any(block.overlaps(other) for other in taken):
            yield block
