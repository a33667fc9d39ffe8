"""What every service application shares: settings, health and draining, logs, problems, the HTTP client, the server.

Imported by the service folders next to it. A service is a `service.Service` value handed to `server.run`.
"""
