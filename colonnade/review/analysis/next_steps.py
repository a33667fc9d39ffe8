"""The steps that rename a service, move its path prefix or exchange two, without a failed request.

Each step is an edit that `colonnade check` accepts, followed by an apply. The phases of a migration move a path to
another service while both services run: docs/decisions/0013-interruptions-are-blocked.md.
"""

from __future__ import annotations


def take_over_steps(former: str, successor: str, prefix: str, *, runs: str | None = None) -> tuple[str, ...]:
    """Return the steps by which a service takes over another's path prefix.

    `runs`: the service whose image the successor runs; None if the successor is declared already.
    """
    image, calls = (
        "",
        f"Name {successor!r} in place of {former!r} in the calls of other services and in the default action.",
    )
    if runs is not None:
        image = f", the image and the other fields of {runs!r}"
        # Two services exchange their prefixes. The former service has its new prefix only after the exchange, so
        # nothing may call it before.
        calls = f"Neither the calls of other services nor the default action may name {former!r} any more."
    return (
        f"Keep service {former!r} with path prefix {prefix!r}. Declare {successor!r} with the same path prefix{image}, "
        f"and migration=Migration(monolith={former!r}, microservices=({successor!r},)). "
        'Set phase = "attached" in the table [migration.DEPLOYMENT] of the environment. Apply.',
        'Set phase = "canary". Apply.',
        f'Set phase = "cutover". {calls} Apply.',
        'Set phase = "retired". Apply.',
        f"Remove service {former!r}, the migration and its table. Approve the removal. Apply.",
    )


def successor_steps(former: str, successor: str, *, one_group: bool) -> tuple[str, ...]:
    """Return the steps by which one ECS service takes over the requests of another one, in any Terraform.

    `one_group`: True if both register in the same target group.
    """
    removed = f"Remove service {former}. Apply."
    if one_group:
        return (
            f"Keep service {former}, and create service {successor} beside it, with a name of its own. Apply.",
            removed,
        )
    return (
        f"Keep service {former}. Create service {successor}, and forward to its target group with weight 0 beside that "
        f"of {former}. Apply, and wait until its tasks are healthy.",
        f"Give the target group of {successor} all the weight. Apply.",
        removed,
    )


def move_steps(name: str, copy: str, old: str, new: str) -> tuple[str, ...]:
    """Return the steps that move a service to another path prefix by means of a second service, `copy`, with the same
    image."""
    kept = f"with path prefix {old!r}" if old else "without a path prefix"
    return (
        f"Keep service {name!r} {kept}. Declare {copy!r} with path prefix {new!r}, without a rule_priority, with the "
        f"image and the other fields of {name!r}. Apply.",
        f"Let clients use {new!r}. Name {copy!r} in place of {name!r} in the calls of other services. Apply.",
        f"Remove service {name!r}. Approve the removal. Apply.",
    )


def give_up_steps(name: str, copy: str, old: str) -> tuple[str, ...]:
    """Return the steps by which a service without a path prefix, of the same image, replaces one that has one."""
    return (
        f"Keep service {name!r} with path prefix {old!r}. Declare {copy!r} without a path prefix, with the image and "
        f"the other fields of {name!r}, and name it after {name!r} in the calls of other services. Apply.",
        f"Let the callers use the URL of {copy!r}, and clients no longer use {old!r}. Apply.",
        f"Remove service {name!r} and the calls of it. Approve the removal. Apply.",
    )


def check_steps(name: str) -> tuple[str, ...]:
    """Return the steps that change a health check to a path or port that only the service's next revision serves."""
    return (
        f"Keep the health check of {name!r}, and let its next revision answer at both places. Apply.",
        f"Change the health check of {name!r}. Apply.",
    )


def port_steps(name: str, copy: str, port: int, *, routed: bool) -> tuple[str, ...]:
    """Return the steps that change the port of a called service.

    Meanwhile, callers use a second service, `copy`, with the same image. `routed`: True if the load balancer forwards
    to it; otherwise it exists only while a service calls it.
    """
    if not routed:
        return (
            f"Keep service {name!r} and its port. Declare {copy!r} with container_port={port}, the image and the other "
            f"fields of {name!r}, and name it after {name!r} in the calls of other services. Apply.",
            f"Let the callers use the URL of {copy!r}. Apply.",
            f"Remove service {name!r} and the calls of it. Approve the removal. Apply.",
        )
    return (
        f"Keep service {name!r} and its port. Declare {copy!r} with a path prefix of its own, without a rule_priority, "
        f"with the image and the other fields of {name!r}. Apply.",
        f"Name {copy!r} in place of {name!r} in the calls of other services. Apply.",
        f"Set container_port={port} of {name!r}, which no service calls now. Apply.",
        f"Name {name!r} in place of {copy!r} in the calls of other services. Apply.",
        f"Remove service {copy!r}. Approve the removal. Apply.",
    )
