"""Shared parts of all commands: exit statuses, the base exception, child processes with signals, and progress.

The package does not depend on deployments, so the sandbox may import it too.
"""
