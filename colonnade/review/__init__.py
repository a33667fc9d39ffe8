"""Plan review: what a Terraform plan changes, as Markdown for a pull request or as JSON, with a verdict.

    plan JSON -> plan.document -> plan.resource_index
      -> analysis: services, listener rules, security groups, IAM, cost, findings; computed once
        -> verdict: the findings without approval
          -> markdown.report | json_report

`branch` prepares the plans of a branch and reviews each. Of the project it imports `colonnade.model` and
`colonnade.terminal` alone.
"""
