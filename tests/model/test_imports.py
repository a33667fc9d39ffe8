"""Time and imports of checking all deployments: milliseconds, and nothing of cdktf."""

from __future__ import annotations

import json
import subprocess
import sys

_PROGRAM = """
import json, sys, time
started = time.process_time()
from colonnade.project import find_project
imported = time.process_time()
find_project().resolve("sandbox")
checked = time.process_time()
print(json.dumps({"import": imported - started, "check": checked - imported, "modules": sorted(sys.modules)}))
"""


def _run() -> dict[str, object]:
    process = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, check=True, text=True)
    found = json.loads(process.stdout)
    assert isinstance(found, dict)
    return found


def test_checking_every_deployment_loads_neither_cdktf_nor_the_provider() -> None:
    modules = _run()["modules"]

    assert isinstance(modules, list)
    heavy = {"cdktf", "cdktf_cdktf_provider_aws", "constructs", "jsii", "boto3", "moto", "socket", "asyncio"}
    assert {name.partition(".")[0] for name in modules} & heavy == set()


def test_importing_and_checking_every_deployment_takes_milliseconds() -> None:
    runs = [_run() for _ in range(3)]

    assert min(float(str(run["import"])) for run in runs) < 0.15
    assert min(float(str(run["check"])) for run in runs) < 0.05
