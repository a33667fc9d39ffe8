"""The real Terraform, run on an unchanged copy of a synthesized stack against one AWS endpoint.

`runner` starts it, `environment` and `mirror` isolate it from the user's configuration, `events` parses its output.
"""
