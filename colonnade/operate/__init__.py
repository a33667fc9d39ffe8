"""Deployed services: their status, new tasks, earlier revisions, and the lock of a Terraform state.

The functions take boto3 clients and resolved deployments. `colonnade.cli` makes the clients, for an account or for a
running sandbox, and no function here distinguishes the two.
"""
