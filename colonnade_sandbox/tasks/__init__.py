"""The part of Amazon ECS for services on Fargate, on one Linux machine: processes, registration, rolling updates.

`scheduler.TaskScheduler` is the entry point; only `colonnade_sandbox.session` uses it. It reads snapshots of the AWS
APIs and acts through the AWS APIs (register targets and instances, roll a service back) and through processes. It does
not depend on Terraform or the AWS emulator, and reads the load balancer's state only through DescribeTargetHealth.
"""
