"""Terraform plans in an emulated account in which no task runs: of a first deployment, and of a change."""
