"""The security scan of what is synthesized: stacks -> checkov -> failed checks, but for those skipped with a reason.

Reads synthesized JSON alone and imports nothing else of the project.
"""
