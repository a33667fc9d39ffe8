"""A planner of Terraform plans for tests: two synthesized documents of one stack -> the JSON of the plan between them.

No Terraform and no provider run, so thousands of edits can be planned in a minute. tests/edits compares its plans with
those of Terraform. A type or an argument that `resource_types.toml` does not have is an error, never a guess.
"""
