"""The data plane of an Application Load Balancer, on loopback: listeners, rules, health checks, forwarding.

From the project, this package imports only the frozen values of `colonnade_sandbox.control_plane`.
"""
