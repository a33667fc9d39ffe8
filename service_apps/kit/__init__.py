"""The shared parts of every service application: settings, health and draining, logs, error
responses, HTTP client and server.

A service is a `service.Service` value that `server.run` runs.
"""
