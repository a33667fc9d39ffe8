"""The migration of a monolith to microservices: its phases, its settings, and its legal steps."""
