"""The security scan of synthesized Terraform: stacks -> checkov -> failed checks that are not skipped with a reason.

It reads only what synthesis has written.
"""
