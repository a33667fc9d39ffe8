"""The AWS emulator: moto's server in this process, with answers that only the sandbox's own tasks and targets can give.

`server` runs it; every other module names the gap of moto 5.2.5 that it closes. Only `colonnade_sandbox.session`,
`colonnade_sandbox.planning.planning_account` and tests start it: everyone else reaches it over HTTP, as AWS.
"""

from __future__ import annotations

from colonnade_sandbox.aws_emulator.server import AwsEmulator

__all__ = ["AwsEmulator"]
