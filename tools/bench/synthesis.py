"""A benchmark of synthesis: `python main.py` against a plain import of one resource, and the growth to 50 services.

Ratios within one run are comparable between machines. Exits with 1 if the target is missed: the sandbox environment
is synthesized in at most 0.15 of the time of a plain import. Run by `make bench`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import main
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.resolve import resolve
from colonnade.model.service.declaration import Service
from colonnade.project import find_project

PROMISED_RATIO = 0.15
_ROOT = Path(__file__).parents[2]
_PLAIN_IMPORT = "from cdktf_cdktf_provider_aws.lb import Lb"
_RUNS = 3
_SIZES = (3, 50)


def benchmark() -> int:
    """Print both measurements; return the exit status."""
    ratio = _print_ratio()
    _print_slope()
    if ratio > PROMISED_RATIO:
        sys.stdout.write(f"synthesis: target missed, {ratio:.3f} is more than {PROMISED_RATIO}\n")
        return 1
    return 0


def _print_ratio() -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CDKTF_OUTDIR": folder, "ENVIRONMENT": SANDBOX, **_node()}
        plain = _median_seconds(lambda: _python(environment, "-c", _PLAIN_IMPORT))
        synthesis = _median_seconds(lambda: _python(environment, "main.py"))
    ratio = synthesis / plain
    sys.stdout.write(
        f"synthesis: python main.py {synthesis:.2f} s, plain import of one resource {plain:.2f} s, "
        f"ratio {ratio:.3f} (target: at most {PROMISED_RATIO})\n"
    )
    return ratio


def _print_slope() -> None:
    environment = find_project().environment(SANDBOX)
    seconds = {size: _median_seconds(lambda size=size: _synthesize(environment, size)) for size in _SIZES}  # type: ignore[misc]
    small, large = _SIZES
    per_service = (seconds[large] - seconds[small]) / (large - small)
    sys.stdout.write(
        f"synthesis: {small} services {seconds[small]:.2f} s, {large} services {seconds[large]:.2f} s once loaded, "
        f"{per_service * 1000:.0f} ms per additional service\n"
    )


def _node() -> dict[str, str]:
    """Return the settings with which an import without lazy loading uses the same Node as synthesis."""
    from colonnade.modules.provider import packaged_node

    node = packaged_node()
    return {} if node is None else {"JSII_NODE": str(node)}


def _python(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=_ROOT, env=environment, check=True)


def _synthesize(environment: Environment, size: int) -> None:
    services = tuple(_service(number) for number in range(1, size + 1))
    larger = replace(environment, images={**environment.images, **{service.image: "1.0.0" for service in services}})
    declared = next(each for each in find_project().deployments() if each.name == "services")
    deployment: Deployment = replace(declared, services=services)
    with tempfile.TemporaryDirectory() as folder:
        main.synthesize(larger, resolve((deployment,), lambda: larger), Path(folder))


def _service(number: int) -> Service:
    # Explicit priorities, because fifty computed ones could collide.
    return Service(
        name=f"service{number}", path_prefix=f"/service{number}", container_port=7070 + number, rule_priority=number
    )


def _median_seconds(work: Callable[[], None]) -> float:
    work()  # warms the caches of jsii, Python and the file system
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    raise SystemExit(benchmark())
