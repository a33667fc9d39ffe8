"""AWS on one machine: real Terraform on the synthesized JSON, an AWS API emulator, tasks as processes, a load balancer.

It reads cdktf.out and the AWS API, and imports of `colonnade` nothing but `colonnade.terminal`. `colonnade sandbox`
starts it as `python -m colonnade_sandbox`; `session` puts the parts together. README.md lists what differs from AWS.
"""
