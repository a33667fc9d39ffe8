"""AWS's control plane as the sandbox sees it: what the API says (`snapshot`), what the sandbox sees (`observations`).

`reader` makes snapshots through `clients`. The whole sandbox uses the frozen types.
"""
