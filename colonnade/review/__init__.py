"""The plan review: the changes of a Terraform plan, as Markdown for a pull request or as JSON, with a verdict.

    plan JSON -> plan.document -> plan.resource_index
      -> analysis: services, listener rules, security groups, IAM, cost, findings
        -> verdict: the findings without approval
          -> markdown.report | json_report

`branch` prepares the plans of a branch and reviews each. The package imports only `colonnade.model`,
`colonnade.synthesis` and `colonnade.terminal`.
"""
