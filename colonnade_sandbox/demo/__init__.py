"""The demo: deploys, makes the requests that stand beside the deployment, plans again, destroys."""
