"""The demo: deploys, makes the deployment's requests, plans again, destroys."""
