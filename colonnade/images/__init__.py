"""The images of the service apps: built from service_apps/Dockerfile, pushed to a registry, pinned by digest.

`colonnade images build` and `colonnade images push` are its commands; it reads what is declared.
"""
