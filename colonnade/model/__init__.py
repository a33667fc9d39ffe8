"""Deployments as plain data, and the rules that they must keep: no cdktf, no constructs, no files, no network.

Everything here can be imported in milliseconds and checked before any construct exists. `check` reports every
problem of deployments in an environment; `resolve` gives everything that follows from them, with its source.
"""
