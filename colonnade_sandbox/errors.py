"""The sandbox's own error, for every module of `sandbox`."""

from __future__ import annotations


class SandboxError(Exception):
    """The sandbox cannot do what was asked; the text says why and, where there is one, what to do."""
