"""AWS's control plane in the sandbox: the state of the API (`snapshot`) and of the sandbox itself (`observations`).

`reader` creates snapshots through `clients`. The whole sandbox uses the frozen types.
"""
