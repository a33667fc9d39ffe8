"""`make bench`: all benchmarks, one after the other; exits with 1 if a target is missed.

`--report-only` measures and exits with 0.
"""

from __future__ import annotations

import argparse

from tools.bench import review, service_apps, synthesis


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="Measures the performance targets.")
    parser.add_argument("--report-only", action="store_true", help="exit with 0 even if a target is missed")
    report_only: bool = parser.parse_args().report_only
    broken = [benchmark() for benchmark in (review.benchmark, synthesis.benchmark, service_apps.benchmark)]
    return 0 if report_only or not any(broken) else 1


if __name__ == "__main__":
    raise SystemExit(main())
