"""What every command shares: exit statuses, the root of the exceptions, child processes with signals, and progress.

Knows nothing of deployments, so the sandbox may import it too.
"""
