"""The routing of requests by a deployment's load balancer: `colonnade routes table` and `colonnade routes explain`.

Both read the declarations through `colonnade.model` and do not import cdktf, so they start fast.
"""
