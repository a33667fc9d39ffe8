"""What every command shares: exit statuses, the root of the exceptions, progress, and child processes.

Knows nothing of deployments: the sandbox may import it too.
"""
