"""What an Application Load Balancer's data plane does, on loopback: listeners, rules, health checks, forwarding.

This package knows `colonnade_sandbox.control_plane`'s frozen values and nothing else of the project.
"""
