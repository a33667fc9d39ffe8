"""The rollouts of the ECS services in a Terraform state: state -> services -> wait until each is completed and healthy.

This package depends only on `colonnade.terminal`. `colonnade apply`, `colonnade wait` and the sandbox use it, with
clients of the AWS API that they make themselves.
"""
