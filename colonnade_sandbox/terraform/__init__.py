"""The real Terraform, run on an unchanged copy of a synthesized stack against one AWS endpoint.

`runner` starts it, `environment` and `mirror` keep the user's configuration out of it, `events` reads what it says.
"""
