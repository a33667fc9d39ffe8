"""The images of the service apps: built from service_apps/Dockerfile, pushed to a registry, pinned by digest.

`colonnade images build|push`. Reads what is declared.
"""
