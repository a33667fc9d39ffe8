"""The applications that run in the containers, one folder each, over the shared `kit`.

They are independent of Terraform, AWS and the sandbox: their only configuration is the environment variables that
`kit/settings.py` reads.
"""

from __future__ import annotations

from typing import Final

DEFAULT_VERSION: Final = "1.0.0"
"""The version in /health and in the OpenAPI document, unless the variable VERSION sets another."""
