"""What Amazon ECS does for services on Fargate, on one Linux machine: processes, registration, rolling updates.

`scheduler.TaskScheduler` is the way in, for `colonnade_sandbox.session` alone. It reads snapshots of the AWS APIs and
acts through the AWS APIs (register targets and instances, roll a service back) and through processes; it knows no
Terraform, no AWS emulator, and of the load balancer only what DescribeTargetHealth says.
"""
