"""AWS on one machine: real Terraform on the synthesized JSON, an AWS API emulator, tasks as processes, a load balancer.

It reads cdktf.out and the AWS API and imports nothing of `modules`, `stacks`, `deployments` or `service_apps`.
`python -m colonnade_sandbox` is the way in; `session` puts the parts together. README.md lists what differs from AWS.
"""
