"""The images of the service apps: built from service_apps/Dockerfile, pushed to a registry, pinned by digest.

`python -m images build|push`. Reads what `deployments` and `environments` declare; nothing of the project imports it.
"""
