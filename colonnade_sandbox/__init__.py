"""AWS on one machine: real Terraform on the synthesized JSON, an AWS API emulator, tasks as processes, a load balancer.

It reads cdktf.out and the AWS API. From `colonnade`, it imports only `colonnade.terminal` and `colonnade.rollouts`.
`colonnade sandbox` starts it as `python -m colonnade_sandbox`. `session` connects the parts. README.md lists the
differences from AWS.
"""
