"""The images of the service apps: built from service_apps/Dockerfile, pushed to a registry, pinned by digest.

`python -m colonnade.images build|push`. Reads what `deployments` and `environments` declare.
"""
