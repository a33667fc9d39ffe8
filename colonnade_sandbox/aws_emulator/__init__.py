"""The AWS emulator: moto's server in this process, extended with the state of the sandbox's tasks and targets.

`server` runs it. Each other module closes a gap of moto 5.2.5 and names it. Only `colonnade_sandbox.session`,
`colonnade_sandbox.planning.planning_account` and tests start the emulator; all other code reaches it over HTTP, as AWS.
"""

from __future__ import annotations

from colonnade_sandbox.aws_emulator.server import AwsEmulator

__all__ = ["AwsEmulator"]
