"""Fargate's pairs of CPU and memory: allowed pairs pass, others are refused with the allowed memory sizes."""

from __future__ import annotations

import pytest

from colonnade.model.service.task_size import task_size_fault


@pytest.mark.parametrize(
    ("cpu_units", "memory_mib"),
    [(256, 512), (256, 2048), (512, 4096), (1024, 2048), (2048, 16384), (4096, 30720), (8192, 61440), (16384, 122880)],
)
def test_a_pair_that_fargate_allows_passes(cpu_units: int, memory_mib: int) -> None:
    assert task_size_fault(cpu_units, memory_mib) is None


@pytest.mark.parametrize(
    ("cpu_units", "memory_mib"),
    [(256, 1536), (256, 4096), (512, 512), (1024, 9216), (2048, 4608), (4096, 31744), (8192, 17408), (16384, 36864)],
)
def test_any_other_pair_is_refused_with_the_allowed_sizes(cpu_units: int, memory_mib: int) -> None:
    fault = task_size_fault(cpu_units, memory_mib)

    assert fault is not None
    assert fault.message == f"{cpu_units} CPU units do not allow {memory_mib} MiB"
    allowed = [int(size) for size in fault.fix.removeprefix(f"allowed with {cpu_units}: ").split(", ")]
    assert all(task_size_fault(cpu_units, size) is None for size in allowed)


def test_the_fix_lists_all_memory_sizes_of_the_cpu_size() -> None:
    fault = task_size_fault(8192, 1024)

    assert fault is not None
    assert fault.fix == (
        "allowed with 8192: 16384, 20480, 24576, 28672, 32768, 36864, 40960, 45056, 49152, 53248, 57344, 61440"
    )


def test_an_unknown_cpu_size_is_refused() -> None:
    fault = task_size_fault(300, 512)

    assert fault == (
        "300 CPU units are not a Fargate task size",
        "allowed: 256, 512, 1024, 2048, 4096, 8192, 16384",
    )
