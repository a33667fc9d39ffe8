"""The review of a branch: the changes of the working tree to a deployed base commit, without an AWS account.

    files of the base -> its own main.py ────┐
                                             ├─> colonnade_sandbox plan-change -> analysis of each stack's plan
    working tree -> its own main.py ─────────┘

Both syntheses and the sandbox are child processes, as the base is another version of the project.
"""
