"""The images of the service apps: built from service_apps/Dockerfile, pushed to a registry, pinned by digest.

Its commands are `colonnade images build` and `colonnade images push`. Its input is the declared deployments.
"""
