"""Terraform plans of a first deployment and of a change, in an emulated account in which no task runs."""
