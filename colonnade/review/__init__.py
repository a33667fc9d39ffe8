"""Plan review: what `terraform show -json` prints of a saved plan, as Markdown that a person reads in a pull request.

    plan JSON -> plan_document -> directory (who is whose, what refers to what)
      -> listener_rules, security_groups, iam, task_definitions, attributes, cost: what changes, each its own view
        -> blocking: what must be named before it may happen
          -> report -> markdown

It reads the plan and nothing else: of the project it imports `colonnade.model` alone, for how path patterns match.
"""
