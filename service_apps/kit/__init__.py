"""What every service application shares: settings, health and draining, logs, problems, the HTTP client, the server.

A service is a `service.Service` value handed to `server.run`.
"""
