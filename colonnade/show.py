"""What a deployment resolves to in an environment, and where each value comes from: as text and as JSON."""
