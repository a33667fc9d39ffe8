"""The pairs of CPU and memory that Fargate allows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model import aws_limits
from colonnade.model.errors import Fault


def task_size_fault(cpu_units: int, memory_mib: int) -> Fault | None:
    """Return the fault of a task size that Fargate does not allow, with the allowed sizes in the fix, or None."""
    memory_sizes = aws_limits.FARGATE_MEMORY_MIB.get(cpu_units)
    if memory_sizes is None:
        allowed = _listed(aws_limits.FARGATE_MEMORY_MIB)
        return Fault(f"{cpu_units} CPU units are not a Fargate task size", f"allowed: {allowed}")
    if memory_mib not in memory_sizes:
        return Fault(
            f"{cpu_units} CPU units do not allow {memory_mib} MiB", f"allowed with {cpu_units}: {_listed(memory_sizes)}"
        )
    return None


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)
