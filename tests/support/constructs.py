"""A test stack with constructs from plain values, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from colonnade.modules.network import Network
from colonnade.modules.provider import cdktf
from tests.support.snapshots import normalized

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"


def document_of(make: Callable[[Any], object]) -> Any:
    """Return the resources, data sources and outputs of a stack with the constructs of `make`, normalized."""
    stack = cdktf.TerraformStack(cdktf.Testing.app(), "test")
    make(stack)
    document = normalized(json.loads(cdktf.Testing.synth(stack)))
    document.pop("terraform", None)
    return document


def added_by(make: Callable[[Any, Network], object]) -> Any:
    """Return the resources of a stack with a network, without the network's own."""

    def with_network(stack: Any) -> None:
        make(stack, Network(stack, "network", name="shop", region=REGION))

    document = document_of(with_network)
    resources = {
        kind: {id_: body for id_, body in bodies.items() if not id_.startswith("network_")}
        for kind, bodies in document["resource"].items()
    }
    return {kind: bodies for kind, bodies in resources.items() if bodies}
