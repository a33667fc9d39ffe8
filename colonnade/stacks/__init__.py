"""The Terraform stacks, each with its own state: one for each deployment, one for the image repositories, and one for
the state bucket."""
