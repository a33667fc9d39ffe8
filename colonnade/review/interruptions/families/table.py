"""The families of needs, in the order in which they are judged.

A family is a function that yields what the apply interrupts. A new one is a module here and a line in `FAMILIES`. Its
claims state their facts in `about`, because approvals bind these and not the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from colonnade.review.interruptions.families.associations import associations
from colonnade.review.interruptions.families.backends import backends
from colonnade.review.interruptions.families.calls import calls
from colonnade.review.interruptions.families.client_connections import client_connections
from colonnade.review.interruptions.families.default_routes import default_routes
from colonnade.review.interruptions.families.names import names
from colonnade.review.interruptions.families.paths import paths
from colonnade.review.interruptions.families.ports import ports
from colonnade.review.interruptions.families.priorities import priorities
from colonnade.review.interruptions.families.redirects import redirects
from colonnade.review.interruptions.families.refusals import refusals
from colonnade.review.interruptions.families.rollouts import rollouts
from colonnade.review.interruptions.families.service_connect import service_connect
from colonnade.review.interruptions.families.starts import starts
from colonnade.review.interruptions.families.vpc_endpoints import vpc_endpoints
from colonnade.review.interruptions.families.zones import zones
from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judge import Judge

Family = Callable[[Judge], Iterator[Interruption]]

FAMILIES: Sequence[Family] = (
    client_connections,
    paths,
    redirects,
    priorities,
    names,
    associations,
    ports,
    zones,
    calls,
    service_connect,
    backends,
    starts,
    default_routes,
    vpc_endpoints,
    rollouts,
    refusals,
)
