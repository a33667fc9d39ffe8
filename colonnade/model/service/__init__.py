"""A service, as its author declares it: its size, its health check, its container, and their rules."""
