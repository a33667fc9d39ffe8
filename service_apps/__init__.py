"""The applications that run in the containers, one folder each, over the shared `kit`.

They know nothing of Terraform, AWS or the sandbox: what they need comes from the environment variables that
`kit/settings.py` names.
"""

from __future__ import annotations

from typing import Final

DEFAULT_VERSION: Final = "1.0.0"
"""The version that /health and the OpenAPI document tell, unless the variable VERSION says otherwise."""
