"""The Terraform stacks, each with its own state: one per deployment, image repositories, and the state bucket."""
