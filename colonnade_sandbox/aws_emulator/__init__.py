"""The AWS emulator: moto's server in this process, extended with the state of the sandbox's tasks and targets.

`server` runs it. Each other module works around a limitation of moto 5.2.5, which its docstring describes. Only
`colonnade_sandbox.session`, `colonnade_sandbox.planning.planning_account` and tests start the emulator; all other code
sends HTTP requests to it, as it would to AWS.
"""

from __future__ import annotations

from colonnade_sandbox.aws_emulator.server import AwsEmulator

__all__ = ["AwsEmulator"]
