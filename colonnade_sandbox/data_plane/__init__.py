"""The data plane of an Application Load Balancer, on loopback: listeners, rules, health checks, forwarding.

This package imports the frozen values of `colonnade_sandbox.control_plane` and nothing else of the project.
"""
