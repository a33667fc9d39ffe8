"""A service as declared: its size, its health check, its container, and their rules."""
